/** The Kokoro adapter: one model with some fifty voices, which may be mixed. */
import { createHash } from 'node:crypto';
import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { AntiphonError } from '../../errors.ts';
import type { LoadedSpeechModel, SpeechEngine, SpeechModelInfo } from '../kinds.ts';
import type { ProviderFallback } from '../onnx-session.ts';
import { availableExecutionProviders } from '../onnx-session.ts';
import { createDecoderPace } from './decoder-pace.ts';
import type { DecoderPace } from './decoder-pace.ts';
import { createEnglishReader } from './kokoro-english.ts';
import type { EnglishReader } from './kokoro-english.ts';
import { createKokoroLexicons } from './kokoro-lexicon.ts';
import { kokoroSampleRateHz, openKokoroModel } from './kokoro-model.ts';
import { createKokoroStyles, voiceFileBytes } from './kokoro-styles.ts';
import { readKokoroVocabulary } from './kokoro-tokens.ts';
import type { TokenSource } from './kokoro-tokens.ts';
import { createLoadedKokoro } from './kokoro-voice-model.ts';
import { describeKokoroVoice } from './kokoro-voices.ts';
import type { KokoroLanguage } from './kokoro-voices.ts';

export type KokoroEngineOptions = {
  /** The ONNX file; undefined while it is not here. Asked anew at each listing and load. */
  readonly modelPath: () => string | undefined;
  /** Holds `<voice>.bin`. */
  readonly voicesDir: string;
  /** JSON with the model's symbols: `{"vocab": {"a": 43, …}}`. */
  readonly vocabPath: string;
  readonly phonemizer: TokenSource['phonemizer'];
  /** Holds misaki's dictionaries, `us_gold.json` and so on; words are read by espeak's rules alone while they are not there. */
  readonly lexiconDir?: string;
  readonly onnx?: {
    readonly executionProviders?: readonly string[];
    /** Default 1. */
    readonly threads?: number;
    readonly onProviderFallback?: (fallback: ProviderFallback) => void;
  };
  /** Called as each inference step begins, for telemetry and tests. */
  readonly onStep?: () => void;
  /** One a loaded model; default: what its steps really take. A steady one makes the same sound every time. */
  readonly createPace?: () => DecoderPace;
};

const modelId = 'kokoro';
/** The generator's weights as floats, the others as they are, and what a long window takes while it is computed. */
const residentBytesPerFileByte = 3.5;

export function createKokoroEngine(options: KokoroEngineOptions): SpeechEngine {
  const { modelPath, voicesDir, vocabPath, phonemizer, onnx = {}, onStep = () => {}, createPace = createDecoderPace } = options;
  const lexicons = options.lexiconDir === undefined ? undefined : createKokoroLexicons(options.lexiconDir);

  async function english(dialect: KokoroLanguage['dialect']): Promise<EnglishReader | undefined> {
    const lexicon = dialect === 'other' ? undefined : await lexicons?.of(dialect);
    return lexicon === undefined ? undefined : createEnglishReader(lexicon, { british: dialect === 'gb' });
  }

  async function load(id: string, signal: AbortSignal): Promise<LoadedSpeechModel> {
    signal.throwIfAborted();
    if (id !== modelId) throw new AntiphonError('model_unknown', 'The Kokoro engine has one model, kokoro.', { param: 'model' });
    const file = modelPath();
    const info = await describe(options);
    if (file === undefined || info === undefined) throw new AntiphonError('model_not_ready', 'The files of the Kokoro model are not here yet.', { param: 'model' });
    const vocabulary = readKokoroVocabulary(await readFile(vocabPath, 'utf8').catch(unreadable));
    const bytes = await readFile(file, { signal }).catch((thrown: unknown) => {
      signal.throwIfAborted();
      return unreadable(thrown);
    });
    const model = await openKokoroModel(bytes, onnx, signal);
    return createLoadedKokoro({
      info,
      residentBytes: Math.round(bytes.length * residentBytesPerFileByte),
      model,
      styles: createKokoroStyles(voicesDir),
      text: { phonemizer, vocabulary },
      english,
      onStep,
      pace: createPace(),
    });
  }

  return {
    id: 'kokoro',
    capabilities: { blends: true, streamsInsideSentence: true, changesPitch: true, tellsTimings: true, takesPronunciations: true, executionProviders: availableExecutionProviders() },
    listModels: async () => {
      const info = await describe(options);
      return info === undefined ? [] : [info];
    },
    load,
  };
}

/** undefined where the model, its symbols or every voice is missing. */
async function describe({ modelPath, voicesDir, vocabPath, lexiconDir }: Pick<KokoroEngineOptions, 'modelPath' | 'voicesDir' | 'vocabPath' | 'lexiconDir'>): Promise<SpeechModelInfo | undefined> {
  const file = modelPath();
  if (file === undefined) return undefined;
  const [model, vocab, names] = await Promise.all([statOf(file), statOf(vocabPath), readdir(voicesDir).catch(() => [])]);
  const voices = names
    .filter((name) => name.endsWith('.bin'))
    .toSorted()
    .flatMap((name) => describeKokoroVoice(path.basename(name, '.bin')) ?? []);
  if (model === undefined || vocab === undefined || voices.length === 0) return undefined;
  return { id: modelId, engine: 'kokoro', voices, sampleRateHz: kokoroSampleRateHz, fileBytes: model.size + vocab.size + voices.length * voiceFileBytes, revision: await revisionOf([file, vocabPath, ...names.toSorted((one, other) => one.localeCompare(other)).map((name) => path.join(voicesDir, name)), ...(lexiconDir === undefined ? [] : [lexiconDir])]) };
}

/** Of the model, its symbols, its voices, and the dictionary by which words are read. */
async function revisionOf(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const found of await Promise.all(files.map(statOf))) hash.update(`${found?.size} ${found?.mtimeMs};`);
  return hash.digest('hex').slice(0, 16);
}

async function statOf(file: string): Promise<{ readonly size: number; readonly mtimeMs: number } | undefined> {
  try {
    return await stat(file);
  } catch {
    return undefined;
  }
}

function unreadable(thrown: unknown): never {
  throw new AntiphonError('model_file_invalid', 'A file of the Kokoro model cannot be read.', { cause: thrown });
}
