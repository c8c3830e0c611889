/** `npm run bench <name>`: measures, prints a table, and with --json gives the raw figures. */
import { arch, cpus, platform, totalmem } from 'node:os';
import { benchCache } from './cache.ts';
import { benchClone } from './clone.ts';
import { benchFailover } from './failover.ts';
import { benchFineVoice } from './fine-voice.ts';
import { benchLanes } from './lanes.ts';
import { benchListen } from './listen.ts';
import { benchPhonemes } from './phonemes.ts';
import { benchLongForm } from './long-form.ts';
import { benchQuota } from './quota.ts';
import { benchSpeak } from './speak.ts';
import { benchText } from './text.ts';
import { benchThink } from './think.ts';
import { benchTimings } from './timings.ts';
import { benchTurn } from './turn.ts';

const benches: Readonly<Record<string, (options: BenchOptions) => Promise<readonly Figure[]>>> = { speak: benchSpeak, 'fine-voice': benchFineVoice, listen: benchListen, lanes: benchLanes, cache: benchCache, quota: benchQuota, clone: benchClone, failover: benchFailover, 'long-form': benchLongForm, phonemes: benchPhonemes, text: benchText, think: benchThinking, timings: benchTimings, turn: benchTurn };

export type BenchOptions = {
  /** Fewer rounds: for a quick look, not for the record. */
  readonly quick: boolean;
  /** Python that has piper-tts[http]; without it one is made in a temporary folder. */
  readonly python: string | undefined;
  /** Parts of a bench that can be run by themselves (listen); undefined: all. */
  readonly only?: readonly string[] | undefined;
};

export type Figure = {
  readonly what: string;
  readonly value: string;
  readonly aim: string;
  readonly met: boolean | undefined;
};

/** The model, the spoken turn and the chains, each of which can be run by its own name too. */
async function benchThinking(options: BenchOptions): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const bench of [benchThink, benchTurn, benchFailover]) figures.push(...await bench(options));
  return figures;
}

const [name = '', ...rest] = process.argv.slice(2);
const bench = benches[name];
if (!bench) {
  console.error(`Usage: npm run bench <${Object.keys(benches).join('|')}> [-- --quick --only PART,PART --python PATH]`);
  process.exit(2);
}
const option = (flag: string): string | undefined => (rest.includes(flag) ? rest[rest.indexOf(flag) + 1] : undefined);
console.log(`${cpus()[0]?.model.trim() ?? 'unknown CPU'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, ${platform()} ${arch()}, Node ${process.version}\n`);
const figures = await bench({ quick: rest.includes('--quick'), python: option('--python'), only: option('--only')?.split(',') });
console.log('\n| what | measured | aim | met |\n|---|---|---|---|');
for (const { what, value, aim, met } of figures) console.log(`| ${what} | ${value} | ${aim} | ${met === undefined ? '–' : met ? 'yes' : 'no'} |`);
process.exit(0);
