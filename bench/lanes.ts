/** Two lanes under a load that is offered whatever becomes of it: what gets through, how soon, and how soon the rest is told. */
import { request as httpRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../test/support/start-server.ts';
import type { BenchOptions, Figure } from './main.ts';
import { startAntiphon } from './processes.ts';
import { milliseconds, p50, p95, quantile } from './statistics.ts';

const steps = [1, 2, 5, 10] as const;
/** Of what the machine can do, asked for by the priority lane at every step: more than all of it no lane could get. */
const priorityShare = 0.2;
const patienceMs = 10_000;

type Lane = 'priority' | 'free';
type Answer = { readonly lane: Lane; readonly status: number; readonly firstByteMs: number; readonly totalMs: number; readonly endedAtMs: number };
type Step = { readonly times: number; readonly answers: readonly Answer[]; readonly seconds: number };

export async function benchLanes({ quick }: BenchOptions): Promise<readonly Figure[]> {
  const [priorityPort, freePortNumber] = [await freePort(), await freePort()];
  const server = await startAntiphon({
    ANTIPHON_LANES_PRIORITY_PORT: String(priorityPort), ANTIPHON_LANES_FREE_PORT: String(freePortNumber),
    ANTIPHON_LANES_FREE_WAIT_TIMEOUT_MS: String(patienceMs), ANTIPHON_LANES_FREE_MAX_WAITING: '24',
    // What is measured is the queue; how much one caller may ask for is another matter.
    ANTIPHON_LANES_FREE_SPEECH_PER_MINUTE: '1000000', ANTIPHON_LANES_PRIORITY_SPEECH_PER_MINUTE: '1000000',
  });
  const ports = { priority: priorityPort, free: freePortNumber };
  const seconds = quick ? 8 : 40;
  try {
    await saturate(ports, 3);
    const unloaded = await oneAfterTheOther(ports, quick ? 10 : 60);
    const capacity = await saturate(ports, seconds);
    console.log(`capacity ${capacity.toFixed(2)} requests a second; unloaded p50 ${milliseconds(p50(unloaded))}, p95 ${milliseconds(p95(unloaded))}`);
    const measured: Step[] = [];
    for (const times of steps) measured.push(await offer(ports, { times, capacity, seconds }));
    return [...measured.flatMap((step) => figuresOf(step, { capacity, unloaded })), refusalFigure(measured.at(-1)!)];
  } finally {
    await server.stop();
  }
}

const people = ['Anna', 'Boris', 'Clara', 'David', 'Emma', 'Felix', 'Grace', 'Henry', 'Irene', 'Jacob', 'Karen', 'Louis', 'Maria', 'Nathan', 'Olive', 'Peter', 'Rosa', 'Simon', 'Tessa', 'Victor'];
const places = ['garden', 'kitchen', 'harbour', 'market', 'library', 'station', 'forest', 'valley', 'museum', 'village', 'castle', 'office', 'bakery', 'chapel', 'island', 'meadow', 'school', 'theatre', 'tower', 'workshop'];
const things = ['letters', 'apples', 'candles', 'baskets', 'lanterns', 'pictures', 'bottles', 'flowers', 'ribbons', 'blankets', 'pencils', 'buttons', 'cherries', 'feathers', 'hammers', 'needles', 'pebbles', 'saddles', 'tickets', 'whistles'];

let texts = 0;
/** Never twice the same: what was said before need not be said again. */
function nextText(): string {
  const number = texts++;
  const word = (words: readonly string[], at: number): string => words[Math.floor(number / words.length ** at) % words.length]!;
  return `${word(people, 0)} carried a box of ${word(things, 1)} to the ${word(places, 2)} and came back before it was dark.`;
}

function ask(lane: Lane, ports: Readonly<Record<Lane, number>>): Promise<Answer> {
  const startedMs = performance.now();
  const body = JSON.stringify({ model: 'piper', input: nextText(), response_format: 'mp3' });
  return new Promise((resolve) => {
    let firstByteMs = 0;
    const done = (status: number): void => resolve({ lane, status, firstByteMs, totalMs: performance.now() - startedMs, endedAtMs: performance.now() });
    const request = httpRequest({ port: ports[lane], path: '/v1/audio/speech', method: 'POST', agent: false, headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } }, (response) => {
      response.on('data', () => { firstByteMs ||= performance.now() - startedMs; });
      response.on('end', () => done(response.complete ? response.statusCode ?? 0 : 0));
      response.on('error', () => done(0));
    });
    request.on('error', () => done(0));
    request.end(body);
  });
}

async function oneAfterTheOther(ports: Readonly<Record<Lane, number>>, rounds: number): Promise<number[]> {
  const totalMs: number[] = [];
  for (let round = 0; round < rounds; round++) totalMs.push((await ask('priority', ports)).totalMs);
  return totalMs;
}

/** Requests a second that come through with a dozen clients who ask again at once; the last ones' time counts, too. */
async function saturate(ports: Readonly<Record<Lane, number>>, seconds: number): Promise<number> {
  const startedMs = performance.now();
  let done = 0;
  await Promise.all(Array.from({ length: 12 }, async () => {
    while (performance.now() - startedMs < seconds * 1_000) {
      if ((await ask('free', ports)).status === 200) done++;
    }
  }));
  return done / ((performance.now() - startedMs) / 1_000);
}

/** Arrivals by themselves, at random (Poisson), of both lanes. */
async function offer(ports: Readonly<Record<Lane, number>>, { times, capacity, seconds }: { times: number; capacity: number; seconds: number }): Promise<Step> {
  const answers: Answer[] = [];
  const open = new Set<Promise<void>>();
  const startedMs = performance.now();
  const untilMs = startedMs + seconds * 1_000;
  const arrive = async (lane: Lane, perSecond: number): Promise<void> => {
    for (let nextMs = startedMs; ;) {
      nextMs += (-Math.log(1 - Math.random()) / perSecond) * 1_000;
      if (nextMs > untilMs) return;
      await sleep(Math.max(0, nextMs - performance.now()));
      const answer = ask(lane, ports).then((one) => { answers.push(one); });
      open.add(answer);
      void answer.finally(() => open.delete(answer));
    }
  };
  await Promise.all([arrive('priority', capacity * priorityShare), arrive('free', capacity * (times - priorityShare))]);
  const arrivedUntilMs = performance.now();
  await Promise.all(open);
  // Until the last arrival the load was on; what was in work then is done, and counts with the time that it took.
  const lastMs = Math.max(arrivedUntilMs, ...answers.filter(({ status }) => status === 200).map(({ endedAtMs }) => endedAtMs));
  return { times, answers, seconds: (lastMs - startedMs) / 1_000 };
}

function figuresOf({ times, answers, seconds }: Step, { capacity, unloaded }: { capacity: number; unloaded: readonly number[] }): Figure[] {
  const served = answers.filter(({ status }) => status === 200);
  const priority = answers.filter(({ lane }) => lane === 'priority');
  const spoken = priority.filter(({ status }) => status === 200);
  const goodput = served.length / seconds / Math.min(capacity, answers.length / seconds);
  const success = spoken.length / Math.max(1, priority.length);
  const slower = p95(spoken.map(({ totalMs }) => totalMs)) / p95([...unloaded]);
  const free = served.filter(({ lane }) => lane === 'free').map(({ totalMs }) => totalMs);
  return [
    { what: `${times} × capacity offered: goodput`, value: `${(served.length / seconds).toFixed(2)} a second = ${(goodput * 100).toFixed(0)} % of what could be done (${answers.length} asked, ${served.length} served)`, aim: '≥ 98 %', met: goodput >= 0.98 },
    { what: `${times} ×: priority served`, value: `${(success * 100).toFixed(1)} % (${spoken.length} of ${priority.length})`, aim: '≥ 99.9 %', met: success >= 0.999 },
    { what: `${times} ×: priority, whole answer`, value: `p50 ${milliseconds(p50(spoken.map(({ totalMs }) => totalMs)))}, p95 ${milliseconds(p95(spoken.map(({ totalMs }) => totalMs)))} = ${slower.toFixed(2)} × unloaded; free p50 ${milliseconds(p50(free))}`, aim: '≤ 1.3 ×', met: slower <= 1.3 },
  ];
}

function refusalFigure({ times, answers }: Step): Figure {
  const refused = answers.filter(({ status }) => status === 429).map(({ totalMs }) => totalMs);
  // Whoever was let into the queue and had no turn in the lane's time is refused, too, but not at once.
  const atOnce = refused.filter((ms) => ms < patienceMs / 2);
  const p99 = quantile(atOnce, 0.99);
  return { what: `refusal (429) at ${times} ×, of who was not let into the queue`, value: `p50 ${milliseconds(p50(atOnce))}, p99 ${milliseconds(p99)} (${atOnce.length}; ${refused.length - atOnce.length} more waited in vain)`, aim: 'p99 ≤ 10 ms', met: p99 <= 10 };
}
