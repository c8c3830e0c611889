/** What was measured on this page, from the click on. */
import { formatClock, formatDelay } from '../shell/format-quantity.ts';
import { isBusy, type SpeechRun } from './speech-run.ts';

export function RunFigures({ run }: { readonly run: SpeechRun }) {
  const { firstByteMs, firstSoundMs, realTimeFactor, receivedSeconds } = run;
  const pending = isBusy(run) ? '…' : '–';
  return (
    <dl className="figures">
      <Figure name="First byte" value={firstByteMs === undefined ? pending : formatDelay(firstByteMs)} title="From the click to the first audio received" />
      <Figure name="First sound" value={firstSoundMs === undefined ? pending : formatDelay(firstSoundMs)} title="From the click to the first sample heard" />
      <Figure name="Real-time factor" value={realTimeFactor === undefined ? pending : `${realTimeFactor.toFixed(2)}`} title="Seconds of making per second of speech; below 1 is faster than speech" />
      <Figure name="Duration" value={receivedSeconds === 0 || isBusy(run) ? pending : formatClock(receivedSeconds)} title="Of the speech" />
    </dl>
  );
}

function Figure({ name, value, title }: { readonly name: string; readonly value: string; readonly title: string }) {
  return <div title={title}><dt>{name}</dt><dd className="figure">{value}</dd></div>;
}
