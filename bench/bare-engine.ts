/** The engine without the house: a loop in one process and thread, which is what everything else is compared with. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../src/clock.ts';
import { createEngines } from '../src/engines/create-engines.ts';
import type { LoadedSpeechModel } from '../src/engines/kinds.ts';
import { modelsDir } from './processes.ts';
import { p50 } from './statistics.ts';
import { sentences } from './texts.ts';

/** One warm model of its own. */
export async function loadBare(engineId: string, modelId: string): Promise<LoadedSpeechModel> {
  const engines = await createEngines({ modelsDir, voicesDir: modelsDir, executionProviders: ['cpu'], threads: 1, onProviderFallback: () => undefined });
  const model = await engines.find(({ id }) => id === engineId)!.load(modelId, new AbortController().signal);
  await model.warmUp();
  return model;
}

export type BareFigures = { readonly firstChunkMs: number; readonly audioSecondsPerSecond: number };

export async function runBare(model: LoadedSpeechModel, texts: readonly string[], rounds: number): Promise<BareFigures> {
  const first: number[] = [];
  let audioSeconds = 0;
  const startedMs = systemClock.now();
  for (let round = 0; round < rounds; round++) {
    const askedMs = systemClock.now();
    let heard = false;
    for await (const { samples, sampleRateHz } of model.synthesise({ text: texts[round % texts.length]!, voice: model.info.voices[0]!.id, speed: 1 }, new AbortController().signal)) {
      if (!heard) first.push(systemClock.now() - askedMs);
      heard = true;
      audioSeconds += samples.length / sampleRateHz;
    }
  }
  return { firstChunkMs: p50(first), audioSecondsPerSecond: audioSeconds / ((systemClock.now() - startedMs) / 1000) };
}

/** Bare loops, one a core, at the same time: what the machine can do at most. */
export async function bareOnEveryCore(rounds: number): Promise<number> {
  const script = fileURLToPath(import.meta.url);
  const loops = await Promise.all([0, 1].map(async () => {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, 'piper', 'en_US-joe-medium', String(rounds), ...sentences], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout });
    await once(lines, 'line');
    return { child, lines };
  }));
  const results = await Promise.all(loops.map(async ({ child, lines }) => {
    const answer = once(lines, 'line');
    child.stdin.write('go\n');
    return (JSON.parse(String((await answer)[0])) as BareFigures).audioSecondsPerSecond;
  }));
  return results.reduce((sum, each) => sum + each, 0);
}

/** Started as a process of its own by the throughput bench: prints its figures when told to go by a line on stdin. */
if (process.argv[1]?.endsWith('bare-engine.ts')) {
  const [, , engineId = 'piper', modelId = 'en_US-joe-medium', rounds = '20', ...texts] = process.argv;
  const model = await loadBare(engineId, modelId);
  process.stdout.write('ready\n');
  process.stdin.once('data', () => {
    runBare(model, texts, Number(rounds)).then((figures) => {
      process.stdout.write(`${JSON.stringify(figures)}\n`);
      process.exit(0);
    }, () => process.exit(1));
  });
}
