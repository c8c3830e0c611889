/** Where the tests find Kokoro's files, and why they skip where these are not. */
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const modelsDir = process.env['ANTIPHON_MODELS_DIR'] ?? path.join(os.homedir(), '.antiphon', 'models');

export const kokoroFiles = {
  model: path.join(modelsDir, 'kokoro-82m-int8', 'kokoro-v1.0.int8.onnx'),
  vocabulary: path.join(modelsDir, 'kokoro-82m-int8', 'vocab.json'),
  voicesDir: path.join(modelsDir, 'kokoro-voices'),
};

export const kokoroSkipReason = Object.values(kokoroFiles).every((file) => existsSync(file))
  ? undefined
  : 'the Kokoro model is not in ANTIPHON_MODELS_DIR';
