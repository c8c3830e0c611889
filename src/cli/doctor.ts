/** `antiphon doctor`: looks at everything the server needs and says for each what to do if it is not right. */
import type { Command } from 'commander';
import { randomUUID } from 'node:crypto';
import { access, constants, mkdir, mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkKeys } from './key-findings.ts';
import { askerOf } from '../dispatch/lanes.ts';
import { localCaller } from '../caller.ts';
import { buildRoster } from '../build-providers.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import type { Config } from '../config/schema.ts';
import { AntiphonError, toAntiphonError } from '../errors.ts';
import { isFitForCompanion } from '../dispatch/language-models.ts';
import type { LanguageModel } from '../dispatch/language-pool.ts';
import { availableExecutionProviders } from '../engines/onnx-session.ts';
import { catalog } from '../models/catalog.ts';
import { createModelStore } from '../models/store.ts';
import { createRuntime, type Runtime } from '../runtime.ts';
import { createSilentLogger } from '../telemetry/logger.ts';
import { continueTrace } from '../telemetry/trace-context.ts';
import { collectTranscript, textOf } from '../transcription/transcript.ts';
import { readConfig, withGlobalOptions, type CommandContext, type GlobalOptions } from './command.ts';
import { chainsOf, examineProvider } from './provider-findings.ts';

export type Finding = {
  readonly check: string;
  readonly status: 'ok' | 'warning' | 'error';
  readonly detail: string;
  /** What to do; present when the status is not ok. */
  readonly fix?: string;
};

const neededBytes = 500_000_000;

export function registerDoctorCommand(program: Command, context: CommandContext): void {
  withGlobalOptions(program.command('doctor'))
    .description('check everything the server needs, each with its fix')
    .addHelpText('after', '\nExamples:\n  antiphon doctor\n  antiphon doctor --json')
    .action(async (flags: GlobalOptions) => {
      const findings: Finding[] = [];
      for await (const finding of examine(context, flags)) {
        findings.push(finding);
        if (flags.json !== true) print(finding, context.output);
      }
      if (flags.json === true) context.output.write(`${JSON.stringify({ findings }, null, 2)}\n`);
      const errors = findings.filter(({ status }) => status === 'error').length;
      if (errors > 0) throw new AntiphonError('config_invalid', `${errors} ${errors === 1 ? 'check needs' : 'checks need'} your attention.`);
    });
}

async function* examine(context: CommandContext, flags: GlobalOptions): AsyncGenerator<Finding> {
  yield checkNode();
  let loaded: LoadedConfig;
  try {
    loaded = readConfig(context, flags);
    yield { check: 'configuration', status: 'ok', detail: 'every setting is known and in range' };
  } catch (error) {
    yield { check: 'configuration', status: 'error', detail: toAntiphonError(error).message, fix: '`antiphon config` lists every setting.' };
    return;
  }
  const { config } = loaded;
  yield await checkFolder('data folder', config.dataDir, 'ANTIPHON_DATA_DIR');
  yield await checkFolder('models folder', config.modelsDir, 'ANTIPHON_MODELS_DIR');
  yield await checkPort(config);
  yield checkExecutionProviders(config);
  yield* checkKeys(config);
  yield* checkOtherServers(loaded, context.interrupted);
  yield* checkModels(config);
  yield* checkEngines(loaded);
}

function checkNode(): Finding {
  const [major = 0] = process.versions.node.split('.').map(Number);
  return major >= 24
    ? { check: 'Node', status: 'ok', detail: process.version }
    : { check: 'Node', status: 'error', detail: `${process.version} is too old`, fix: 'Start with `npm start` or `npx antiphon`, which bring Node 24 with them.' };
}

async function checkFolder(check: string, path: string, variable: string): Promise<Finding> {
  try {
    await mkdir(path, { recursive: true });
    await access(path, constants.W_OK);
    const { bavail, bsize } = await statfs(path);
    const free = bavail * bsize;
    const detail = `${path}, ${(free / 1e9).toFixed(1)} GB free`;
    return free > neededBytes ? { check, status: 'ok', detail } : { check, status: 'warning', detail, fix: `Make room (0.5 GB), or set ${variable} to a folder on a larger disk.` };
  } catch {
    return { check, status: 'error', detail: `${path} cannot be written`, fix: `Give this user the right to write there, or set ${variable} to another folder.` };
  }
}

async function checkPort({ server: { host, port } }: Config): Promise<Finding> {
  const code = await new Promise<string | undefined>((resolve) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'));
    probe.listen({ host, port }, () => probe.close(() => resolve(undefined)));
  });
  if (code === undefined) return { check: 'main port', status: 'ok', detail: `${host}:${port} is free` };
  const runsAlready = await fetch(`http://${host}:${port}/health/live`, { signal: AbortSignal.timeout(1_000) }).then((answer) => answer.ok, () => false);
  if (runsAlready) return { check: 'main port', status: 'ok', detail: `a server answers on ${host}:${port}` };
  return { check: 'main port', status: 'error', detail: `${host}:${port} cannot be opened (${code})`, fix: 'Stop what holds it, or set ANTIPHON_SERVER_PORT.' };
}

function checkExecutionProviders({ inference }: Config): Finding {
  const available = availableExecutionProviders();
  const missing = inference.executionProviders.filter((provider) => !available.includes(provider));
  const detail = `wanted ${inference.executionProviders.join(', ')}; this runtime has ${available.join(', ')}`;
  return missing.length === 0 ? { check: 'inference', status: 'ok', detail } : { check: 'inference', status: 'warning', detail, fix: `${missing.join(', ')} will fall back to cpu; set ANTIPHON_INFERENCE_EXECUTION_PROVIDERS to what is here.` };
}

/** Those that somebody may be asked: in a chain, or with a key. None of them is needed. */
async function* checkOtherServers(loaded: LoadedConfig, signal: AbortSignal): AsyncGenerator<Finding> {
  for (const entry of buildRoster(loaded).all()) {
    const chains = chainsOf(entry.id, loaded.config.chains);
    if (chains.length === 0 && (await entry.key.status()).state !== 'present') continue;
    const { status, detail, fix } = await examineProvider(entry, signal);
    // Where another member stands in its place, requests are served all the same.
    const isNeeded = chains.some((kind) => loaded.config.chains[kind].length === 1);
    yield { check: `provider ${entry.id}`, status: status === 'error' && !isNeeded ? 'warning' : status, detail: `${detail}${chains.length === 0 ? '' : ` (in the chain of ${chains.join(', ')})`}`, ...(fix === undefined ? {} : { fix }) };
  }
}

async function* checkModels({ modelsDir, models }: Config): AsyncGenerator<Finding> {
  const store = createModelStore({ modelsDir, catalog, offline: true });
  for (const { artefact, state } of await store.list()) {
    if (!models.prefetch.includes(artefact.id)) continue;
    yield state.status === 'ready'
      ? { check: `model ${artefact.id}`, status: 'ok', detail: `${Math.round(artefact.totalBytes / 1e6)} MB, here` }
      : { check: `model ${artefact.id}`, status: 'warning', detail: state.status, fix: `\`antiphon models pull ${artefact.id}\` fetches it and says what stands in the way.` };
  }
}

const testSentence = 'The doctor listens.';

/** The proof of all the rest: a sentence through a real worker and a real encoder, and back to its words. */
async function* checkEngines(loaded: LoadedConfig): AsyncGenerator<Finding> {
  let runtime: Runtime | undefined;
  try {
    runtime = await createRuntime({ loaded, log: createSilentLogger(), workers: 1, preload: loaded.config.workers.preload });
    await runtime.supervisor.settled();
    const { finding, audio } = await checkSpeech(runtime);
    yield finding;
    yield await checkHearing(runtime, audio);
    yield* checkThinking(runtime);
  } catch (error) {
    yield { check: 'speech', status: 'error', detail: toAntiphonError(error).message, fix: 'Run `ANTIPHON_LOG_LEVEL=debug antiphon say "test" -o test.mp3` to see where it stops.' };
  } finally {
    await runtime?.close(1_000);
  }
}

async function checkSpeech({ speak }: Runtime): Promise<{ finding: Finding; audio: Buffer }> {
  const speech = await speak({ requestId: randomUUID(), trace: continueTrace(undefined), caller: localCaller, text: testSentence, model: 'local', speed: 1, format: 'mp3' }, AbortSignal.timeout(60_000));
  const audio = Buffer.concat(await Array.fromAsync(speech.bytes));
  const { audioSeconds, firstAudioMs = 0 } = speech.progress();
  const detail = `${speech.voice.voice} spoke ${audioSeconds.toFixed(1)} s (${audio.length} bytes of MP3), first audio after ${Math.round(firstAudioMs)} ms`;
  const finding: Finding = speech.voice.insteadOf === undefined ? { check: 'speech', status: 'ok', detail } : { check: 'speech', status: 'warning', detail, fix: 'The built-in voice stood in for the fast one; fetch it with `antiphon models pull`.' };
  return { finding, audio };
}

async function checkHearing({ transcribe, listening }: Runtime, audio: Buffer): Promise<Finding> {
  const check = 'listening';
  if ((await listening.catalog.models()).length === 0) return { check, status: 'warning', detail: 'no model is here', fix: '`antiphon models pull whisper-base` fetches one; `antiphon models pull silero-vad` what tells speech from silence.' };
  const folder = await mkdtemp(join(tmpdir(), 'antiphon-doctor-'));
  try {
    const path = join(folder, 'spoken.mp3');
    await writeFile(path, audio);
    const { text, tookMs, model } = await hearOnce(transcribe, path);
    const detail = `${model} heard "${text}" in ${Math.round(tookMs)} ms`;
    return /doctor/iu.test(text) ? { check, status: 'ok', detail } : { check, status: 'warning', detail, fix: `It was "${testSentence}": a larger model hears better (docs/listening.md).` };
  } catch (error) {
    return { check, status: 'error', detail: toAntiphonError(error).message, fix: 'Run `antiphon models verify`, then `ANTIPHON_LOG_LEVEL=debug antiphon transcribe` with a file to see where it stops.' };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A short answer and a vector, by the worker that thinks. */
async function* checkThinking({ language }: Runtime): AsyncGenerator<Finding> {
  const models = await language.catalog.models();
  const chat = models.find(isFitForCompanion) ?? models.find(({ kind }) => kind === 'chat');
  const embeddings = models.find(({ kind }) => kind === 'embeddings');
  const missing = (check: string, id: string): Finding => ({ check, status: 'warning', detail: 'no model is here', fix: `\`antiphon models pull ${id}\` fetches one.` });
  yield chat === undefined ? missing('thinking', 'smollm2-135m-instruct') : await checkChat(language, chat);
  yield embeddings === undefined ? missing('embeddings', 'all-minilm-l6-v2') : await checkEmbeddings(language, embeddings);
  for (const problem of await language.problems()) yield { check: 'language model', status: 'warning', detail: problem, fix: 'Fetch or copy the file again, or remove it.' };
}

async function checkChat({ pool }: Runtime['language'], model: LanguageModel): Promise<Finding> {
  const check = 'thinking';
  const startedMs = performance.now();
  let firstMs: number | undefined;
  let answer = '';
  try {
    for await (const delta of pool.chat({ asker: askerOf(localCaller), modelId: model.modelId, messages: [{ role: 'user', content: 'Say hello.' }], temperature: 0, maxTokens: 16 }, AbortSignal.timeout(120_000))) {
      firstMs ??= performance.now() - startedMs;
      if (delta.type === 'chat.text') answer += delta.text;
    }
  } catch (error) {
    return { check, status: 'error', detail: toAntiphonError(error).message, fix: 'Run `antiphon models verify`; where memory is short, a smaller model (`antiphon models list`).' };
  }
  const detail = `${model.modelId} said "${answer.trim()}", first word after ${Math.round(firstMs ?? 0)} ms, loading included`;
  return isFitForCompanion(model) ? { check, status: 'ok', detail } : { check, status: 'warning', detail, fix: 'It is a small model, whose answers are often wrong; `antiphon models list` shows larger ones and which fit here.' };
}

async function checkEmbeddings({ pool }: Runtime['language'], { modelId }: LanguageModel): Promise<Finding> {
  const check = 'embeddings';
  const startedMs = performance.now();
  try {
    const { vectors } = await pool.embed({ asker: askerOf(localCaller), modelId, texts: [testSentence] }, AbortSignal.timeout(60_000));
    return { check, status: 'ok', detail: `${modelId} gave ${vectors[0]!.length} numbers after ${Math.round(performance.now() - startedMs)} ms, loading included` };
  } catch (error) {
    return { check, status: 'error', detail: toAntiphonError(error).message, fix: 'Run `antiphon models verify`.' };
  }
}

async function hearOnce(transcribe: Runtime['transcribe'], path: string): Promise<{ text: string; tookMs: number; model: string }> {
  const startedMs = performance.now();
  const transcript = await collectTranscript(await transcribe({ requestId: randomUUID(), trace: continueTrace(undefined), caller: localCaller, path, model: 'local', language: 'en', task: 'transcribe', words: false }, AbortSignal.timeout(120_000)));
  return { text: textOf(transcript.segments), tookMs: performance.now() - startedMs, model: transcript.model };
}

function print({ check, status, detail, fix }: Finding, output: NodeJS.WriteStream): void {
  const mark = { ok: '✓', warning: '!', error: '✗' }[status];
  output.write(`${mark} ${check}: ${detail}\n${fix === undefined ? '' : `    → ${fix}\n`}`);
}
