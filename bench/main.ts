/** `npm run bench <name>`: measures, prints a table, and with --json gives the raw figures. */
import { arch, cpus, platform, totalmem } from 'node:os';
import { benchClone } from './clone.ts';
import { benchFailover } from './failover.ts';
import { benchListen } from './listen.ts';
import { benchPhonemes } from './phonemes.ts';
import { benchLongForm } from './long-form.ts';
import { benchSpeak } from './speak.ts';
import { benchText } from './text.ts';
import { benchThink } from './think.ts';
import { benchTimings } from './timings.ts';
import { benchTurn } from './turn.ts';

const benches: Readonly<Record<string, (options: BenchOptions) => Promise<readonly Figure[]>>> = { speak: benchSpeak, listen: benchListen, clone: benchClone, failover: benchFailover, 'long-form': benchLongForm, phonemes: benchPhonemes, text: benchText, think: benchThink, timings: benchTimings, turn: benchTurn };

export type BenchOptions = {
  /** Fewer rounds: for a quick look, not for the record. */
  readonly quick: boolean;
  /** Python that has piper-tts[http]; without it one is made in a temporary folder. */
  readonly python: string | undefined;
};

export type Figure = {
  readonly what: string;
  readonly value: string;
  readonly aim: string;
  readonly met: boolean | undefined;
};

const [name = '', ...rest] = process.argv.slice(2);
const bench = benches[name];
if (!bench) {
  console.error(`Usage: npm run bench <${Object.keys(benches).join('|')}> [-- --quick --python PATH]`);
  process.exit(2);
}
const python = rest.includes('--python') ? rest[rest.indexOf('--python') + 1] : undefined;
console.log(`${cpus()[0]?.model.trim() ?? 'unknown CPU'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, ${platform()} ${arch()}, Node ${process.version}\n`);
const figures = await bench({ quick: rest.includes('--quick'), python });
console.log('\n| what | measured | aim | met |\n|---|---|---|---|');
for (const { what, value, aim, met } of figures) console.log(`| ${what} | ${value} | ${aim} | ${met === undefined ? '–' : met ? 'yes' : 'no'} |`);
process.exit(0);
