/** How long somebody waits who has asked something: from the end of the upload to the first sound of the reply, all on this machine. */
import { readEvents, startSession, turnForm } from '../test/support/turn-client.ts';
import { speakTimed, toWav } from './listening-client.ts';
import type { BenchOptions, Figure } from './main.ts';
import { startAntiphon } from './processes.ts';
import { milliseconds, p50, p95 } from './statistics.ts';

/** Questions as people ask them, 1.5 to 3 s long. */
const questions = [
  'How are you this morning?', 'What should I cook tonight?', 'Can you tell me something about the sea?', 'Why is the sky blue?', 'I could not sleep last night.',
  'What do you think about rainy days?', 'Tell me a short story about a fox.', 'Which book should I read next?', 'I am a little nervous about tomorrow.', 'What is a good name for a cat?',
];
const aimMs = 1_500;

/** Milliseconds since the upload ended, as the client sees them, and the server's own of each stage. */
type Round = { readonly firstByteMs: number; readonly answeredMs: number; readonly lastByteMs: number; readonly audioBytes: number; readonly stages: Readonly<Record<string, number>> };

export async function benchTurn({ quick }: BenchOptions): Promise<readonly Figure[]> {
  const server = await startAntiphon();
  try {
    const { url } = server;
    const asked = quick ? questions.slice(0, 3) : questions;
    const recordings: Buffer[] = [];
    for (const text of asked) recordings.push(toWav(await speakTimed(url, { text, model: 'piper' })));
    // The first loads the models, the second writes what only a second use needs.
    for (let round = 0; round < 2; round++) await turn(url, recordings[0]!, await startSession(url));
    const rounds: Round[] = [];
    for (const recording of recordings) rounds.push(await turn(url, recording, await startSession(url)));
    const conversation = await startSession(url);
    const later: Round[] = [];
    for (const recording of recordings) later.push(await turn(url, recording, conversation));
    return [...firstAudio(rounds, `${asked.length} questions, a session each`), ...stages(rounds), ...firstAudio(later, 'the same as one conversation')];
  } finally {
    await server.stop();
  }
}

/** As a client would: the events tell when there is something to hear, which is then fetched. */
async function turn(url: string, recording: Buffer, sessionId: string): Promise<Round> {
  const form = turnForm(recording, { session_id: sessionId });
  const startedMs = performance.now();
  const since = (): number => performance.now() - startedMs;
  const answer = await fetch(`${url}/api/v1/voice/process`, { method: 'POST', body: form, headers: { accept: 'text/event-stream' } });
  if (!answer.ok) throw new Error(await answer.text());
  let heard: Promise<Pick<Round, 'firstByteMs' | 'lastByteMs' | 'audioBytes'>> | undefined;
  let answered: Pick<Round, 'answeredMs' | 'stages'> | undefined;
  for await (const { event, data } of readEvents(answer)) {
    if (event === 'audio') heard = listen(`${url}${String(data['audio_url'])}`, since);
    if (event === 'answered') answered = { answeredMs: since(), stages: data['timings'] as Record<string, number> };
    if (event === 'error') throw new Error(JSON.stringify(data));
  }
  if (heard === undefined || answered === undefined) throw new Error('A turn ended without sound or answer.');
  return { ...(await heard), ...answered };
}

async function listen(url: string, since: () => number) {
  let firstByteMs: number | undefined;
  let audioBytes = 0;
  for await (const chunk of (await fetch(url)).body!) {
    firstByteMs ??= since();
    audioBytes += chunk.length;
  }
  return { firstByteMs: firstByteMs ?? Number.NaN, lastByteMs: since(), audioBytes };
}

function firstAudio(rounds: readonly Round[], what: string): Figure[] {
  const firstByte = rounds.map(({ firstByteMs }) => firstByteMs);
  const ahead = rounds.map(({ firstByteMs, answeredMs }) => answeredMs - firstByteMs);
  return [
    { what: `end of upload to the first byte of the reply's sound, ${what}`, value: spread(firstByte), aim: `p50 ≤ ${aimMs} ms`, met: p50(firstByte) <= aimMs },
    { what: 'of which it came before the reply was wholly written', value: `p50 ${milliseconds(p50(ahead))} earlier`, aim: '', met: undefined },
  ];
}

const stageNames = { stt_ms: 'recording to its words', memory_retrieval_ms: 'remembering', first_word_ms: 'model asked to its first word', first_sentence_ms: 'model asked to a whole sentence', tts_ms: 'that sentence to its first sound' } as const;

function stages(rounds: readonly Round[]): Figure[] {
  return Object.entries(stageNames).map(([name, what]) => ({ what: `stage: ${what}`, value: spread(rounds.map((round) => round.stages[name]!)), aim: '', met: undefined }));
}

function spread(values: readonly number[]): string {
  return `p50 ${milliseconds(p50(values))}, p95 ${milliseconds(p95(values))}`;
}
