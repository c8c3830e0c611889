/** The Piper adapter: voices dropped into directories, loaded one by one and spoken with onnxruntime. */
import { readFile } from 'node:fs/promises';
import { AntiphonError } from '../../errors.ts';
import type { SpeechEngine } from '../kinds.ts';
import { availableExecutionProviders } from '../onnx-session.ts';
import { createPiperCatalogReader } from './piper-catalog.ts';
import type { PiperVoiceFile, PiperVoiceProblem } from './piper-catalog.ts';
import { openPiperModel } from './piper-model.ts';
import type { PiperOnnxOptions } from './piper-model.ts';
import type { PiperPhonemizer } from './piper-phonemes.ts';
import { createPiperVoice } from './piper-voice.ts';

export type PiperEngineOptions = {
  /** Searched with their direct subdirectories for `name.onnx` beside `name.onnx.json`, anew at each listing. */
  readonly voiceDirs: readonly string[];
  readonly phonemizer: PiperPhonemizer;
  readonly onnx?: PiperOnnxOptions;
};

export interface PiperEngine extends SpeechEngine {
  /** Voices that are there and cannot be used, and why; looks at the directories like listModels. */
  problems(): Promise<readonly PiperVoiceProblem[]>;
}

export function createPiperEngine({ voiceDirs, phonemizer, onnx = {} }: PiperEngineOptions): PiperEngine {
  const readCatalog = createPiperCatalogReader(voiceDirs);

  return {
    id: 'piper',
    capabilities: { blends: false, streamsInsideSentence: true, changesPitch: false, tellsTimings: true, takesPronunciations: true, executionProviders: availableExecutionProviders() },
    listModels: async () => (await readCatalog()).voices.map((voice) => voice.info),
    problems: async () => (await readCatalog()).problems,
    async load(modelId, signal) {
      signal.throwIfAborted();
      const catalog = await readCatalog();
      const file = catalog.voices.find((voice) => voice.info.id === modelId);
      if (file === undefined) throw unusable(modelId, catalog.problems);
      checkLanguage(file, phonemizer);
      const bytes = await readWeights(file, signal);
      const model = await openPiperModel({ bytes, sampleRateHz: file.config.sampleRateHz, onnx }, signal);
      return createPiperVoice({ file, model, phonemizer });
    },
  };
}

function unusable(modelId: string, problems: readonly PiperVoiceProblem[]): AntiphonError {
  const problem = problems.find((candidate) => candidate.modelId === modelId);
  if (problem === undefined) return new AntiphonError('model_unknown', 'There is no Piper voice of that name.', { param: 'model' });
  return new AntiphonError('model_file_invalid', problem.reason, { param: 'model' });
}

/** A language that espeak does not have is a fault of the voice's configuration, not of each request. */
function checkLanguage({ config }: PiperVoiceFile, phonemizer: PiperPhonemizer): void {
  if (config.phonemeType !== 'espeak') return;
  try {
    phonemizer.phonemiseWithPunctuation('1', config.espeakVoice);
  } catch (thrown) {
    throw new AntiphonError('model_file_invalid', `The voice needs espeak's rules for '${config.espeakVoice}', which are not here.`, { cause: thrown });
  }
}

async function readWeights(file: PiperVoiceFile, signal: AbortSignal): Promise<Uint8Array> {
  try {
    return await readFile(file.modelPath, { signal });
  } catch (thrown) {
    signal.throwIfAborted();
    throw new AntiphonError('model_file_invalid', 'The voice file cannot be read.', { cause: thrown });
  }
}
