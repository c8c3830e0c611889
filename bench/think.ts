/** `npm run bench think`: the local language model through the house against a bare loop over the same file, and embeddings. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getLlama, JinjaTemplateChatWrapper, LlamaLogLevel } from 'node-llama-cpp';
import { localCaller } from '../src/caller.ts';
import { askerOf } from '../src/dispatch/lanes.ts';
import { buildLanguage, type Language } from '../src/build-language.ts';
import { systemClock } from '../src/clock.ts';
import { loadConfig } from '../src/config/load-config.ts';
import { createMiniLmEngine } from '../src/engines/minilm/minilm-engine.ts';
import { cosine, readReferenceTexts } from '../src/engines/minilm/reference-vectors.ts';
import { createSilentLogger } from '../src/telemetry/logger.ts';
import { createMetrics } from '../src/telemetry/metrics.ts';
import type { BenchOptions, Figure } from './main.ts';
import { modelsDir } from './processes.ts';
import { milliseconds, p50 } from './statistics.ts';

type Round = { readonly firstMs: number; readonly tokensPerSecond: number };
type Ask = (question: string) => Promise<Round>;

const chatModel = 'llama/smollm2-135m-instruct';
const embeddingModel = 'minilm/all-minilm-l6-v2';
const file = join(modelsDir, 'smollm2-135m-instruct', 'SmolLM2-135M-Instruct.Q4_1.gguf');
const contextTokens = 2048;
const answerTokens = 64;
const aims = { firstRatio: 1.1, speedRatio: 0.95, embeddingMs: 10, cosine: 0.9999 };
const quiet = new AbortController().signal;
/** Said first, so that no prompt begins like another and nothing of one's processing serves the next. */
const manner = (question: string): string => `${question.length} ${question.slice(0, 3)}: you answer in plain words.`;
const questionOf = (round: number): string => `${round}. Please describe, in a few sentences, what somebody sees who walks along a river on a clear morning in early spring.`;
const twentyWords = 'Please remember to water the plants in the kitchen and to close the window before you leave the house today.';

export async function benchThink({ quick }: BenchOptions): Promise<readonly Figure[]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'antiphon-bench-'));
  const language = openLanguage(dataDir);
  try {
    return [...await benchChat(language, quick ? 6 : 20), ...await benchTurns(language, quick ? 3 : 8), ...await benchEmbeddings(language, quick ? 30 : 200)];
  } finally {
    await language.close(1_000);
    await rm(dataDir, { recursive: true, force: true });
  }
}

function openLanguage(dataDir: string): Language {
  const { config } = loadConfig({ environment: process.env, flags: { dataDir, modelsDir, 'language.contextTokens': contextTokens } });
  const worker = {
    modelsDir, voicesDir: dataDir, whisperDir: dataDir, ggufDir: config.language.ggufDir, contextTokens, conversations: config.language.conversations,
    residentBytes: config.language.residentBytes, maxSessions: 16, executionProviders: ['cpu'], threads: 1, logLevel: 'silent' as const, logFormat: 'json' as const,
  };
  return buildLanguage({ config, worker, clock: systemClock, metrics: createMetrics(), log: createSilentLogger() });
}

/** In turns, so that whatever else the machine does meets both alike. */
async function benchChat(language: Language, rounds: number): Promise<Figure[]> {
  const bare = await openBare();
  const house: Ask = (question) => timed(language.pool.chat({ asker: askerOf(localCaller), modelId: chatModel, messages: [{ role: 'system', content: manner(question) }, { role: 'user', content: question }], temperature: 0, maxTokens: answerTokens }, quiet), (delta) => delta.type === 'chat.text');
  await house('warm up');
  await bare.ask('warm up');
  const results: { house: Round; bare: Round }[] = [];
  for (let round = 0; round < rounds; round++) {
    const ofBare = await bare.ask(questionOf(2 * round));
    results.push({ bare: ofBare, house: await house(questionOf(2 * round + 1)) });
  }
  await bare.close();
  const [firstHouse, firstBare] = [p50(results.map((one) => one.house.firstMs)), p50(results.map((one) => one.bare.firstMs))];
  const [speedHouse, speedBare] = [p50(results.map((one) => one.house.tokensPerSecond)), p50(results.map((one) => one.bare.tokensPerSecond))];
  return [
    ratioFigure('first token, p50, against a bare loop', { value: firstHouse / firstBare, detail: `${milliseconds(firstHouse)} : ${milliseconds(firstBare)}`, aim: aims.firstRatio, atMost: true }),
    ratioFigure('tokens a second, p50, against a bare loop', { value: speedHouse / speedBare, detail: `${speedHouse.toFixed(1)} : ${speedBare.toFixed(1)}`, aim: aims.speedRatio, atMost: false }),
  ];
}

function ratioFigure(what: string, { value, detail, aim, atMost }: { value: number; detail: string; aim: number; atMost: boolean }): Figure {
  return { what, value: `${value.toFixed(3)}× (${detail})`, aim: `${atMost ? '≤' : '≥'} ${aim}×`, met: atMost ? value <= aim : value >= aim };
}

/** What a conversation's next turn costs that has all before it in memory. */
async function benchTurns(language: Language, rounds: number): Promise<Figure[]> {
  const first: number[] = [];
  const next: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const history = `Conversation ${round}. ${'The river runs along the old town and under three bridges to the sea. '.repeat(12)}What is it about?`;
    const messages = [{ role: 'user' as const, content: history }];
    const startedMs = systemClock.now();
    let firstMs: number | undefined;
    let answer = '';
    for await (const delta of language.pool.chat({ asker: askerOf(localCaller), modelId: chatModel, messages, temperature: 0, maxTokens: 12 }, quiet)) {
      firstMs ??= systemClock.now() - startedMs;
      if (delta.type === 'chat.text') answer += delta.text;
    }
    first.push(firstMs!);
    const followUp = await timed(language.pool.chat({ asker: askerOf(localCaller), modelId: chatModel, messages: [...messages, { role: 'assistant', content: answer }, { role: 'user', content: 'And then?' }], temperature: 0, maxTokens: 4 }, quiet), () => true);
    next.push(followUp.firstMs);
  }
  return [{ what: 'first token of the next turn after 200 tokens, p50', value: `${milliseconds(p50(next))} (the first turn: ${milliseconds(p50(first))})`, aim: '–', met: undefined }];
}

async function benchEmbeddings(language: Language, rounds: number): Promise<Figure[]> {
  const engine = await createMiniLmEngine({ modelsDir }).load('all-minilm-l6-v2', quiet);
  const embed = (text: string) => language.pool.embed({ asker: askerOf(localCaller), modelId: embeddingModel, texts: [text] }, quiet);
  await embed('warm up');
  await engine.warmUp();
  const times: number[] = [];
  const alone: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const startedMs = systemClock.now();
    await embed(twentyWords);
    const askedMs = systemClock.now();
    await engine.embed([twentyWords], quiet);
    times.push(askedMs - startedMs);
    alone.push(systemClock.now() - askedMs);
  }
  await engine.close();
  let worst = 1;
  for (const { text, vector } of readReferenceTexts()) worst = Math.min(worst, cosine((await embed(text)).vectors[0]!, vector));
  return [
    { what: 'embedding of 20 words by the engine alone, p50', value: milliseconds(p50(alone)), aim: `≤ ${aims.embeddingMs} ms`, met: p50(alone) <= aims.embeddingMs },
    { what: 'embedding of 20 words through the house, p50', value: milliseconds(p50(times)), aim: `≤ ${aims.embeddingMs} ms`, met: p50(times) <= aims.embeddingMs },
    { what: 'cosine to the reference, the worst text', value: worst.toFixed(7), aim: `≥ ${aims.cosine}`, met: worst >= aims.cosine },
  ];
}

async function timed<Item>(items: AsyncIterable<Item>, counts: (item: Item) => boolean): Promise<Round> {
  const startedMs = systemClock.now();
  let firstMs: number | undefined;
  let more = -1;
  let lastMs = startedMs;
  for await (const item of items) {
    if (!counts(item)) continue;
    lastMs = systemClock.now();
    firstMs ??= lastMs - startedMs;
    more++;
  }
  return { firstMs: firstMs ?? Number.NaN, tokensPerSecond: more / ((lastMs - startedMs - (firstMs ?? 0)) / 1000) };
}

/** The library as its guide shows it, with the same template, context and thread, and nothing around it. */
async function openBare(): Promise<{ ask: Ask; close: () => Promise<void> }> {
  const llama = await getLlama({ gpu: false, build: 'never', skipDownload: true, maxThreads: 1, logLevel: LlamaLogLevel.error });
  const model = await llama.loadModel({ modelPath: file });
  const context = await model.createContext({ contextSize: contextTokens, sequences: 1, threads: 1 });
  const sequence = context.getSequence();
  const wrapper = new JinjaTemplateChatWrapper({ template: model.fileInfo.metadata.tokenizer.chat_template!, tokenizer: model.tokenizer });
  async function* answer(question: string): AsyncGenerator<string> {
    await sequence.clearHistory();
    const { contextText } = wrapper.generateContextState({ chatHistory: [{ type: 'system', text: manner(question) }, { type: 'user', text: question }, { type: 'model', response: [] }] });
    let written = 0;
    for await (const token of sequence.evaluate(contextText.tokenize(model.tokenizer), { temperature: 0 })) {
      yield model.detokenize([token]);
      if (++written === answerTokens) return;
    }
  }
  return { ask: (question) => timed(answer(question), () => true), close: () => llama.dispose() };
}
