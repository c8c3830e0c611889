/** What is heard and how far it is, the recording's player, and what can be done with the words. */
import { useSyncExternalStore } from 'react';
import { formatAge, formatClock } from '../shell/format-quantity.ts';
import { PauseIcon, PlayIcon } from '../shell/icons.tsx';
import { describeRun, isBusy, languageName, secondsLeft, shareDone, type ListenRun } from './listen-run.ts';
import type { ListenSession } from './listen-session.ts';
import type { RecordingPlayer } from './recording-player.ts';
import { TranscriptTools } from './transcript-tools.tsx';
import { TranscriptView } from './transcript-view.tsx';

type ListenDeckProps = { readonly run: ListenRun; readonly session: ListenSession; readonly onAgain: () => void };

export function ListenDeck({ run, session, onAgain }: ListenDeckProps) {
  const hasWords = run.passages.length > 0 || run.pending !== undefined;
  return (
    <section className="panel deck heard" aria-label="Transcript" data-phase={run.phase}>
      <div className="deck-head">
        <p className="deck-state">{run.name === '' ? 'Live' : <strong>{run.name}</strong>} · {describeRun(run)}</p>
        <HeardBy run={run} />
      </div>
      <Progress run={run} />
      {run.failure && <p className="field-error" role="alert">{run.failure.message}</p>}
      {hasWords && <TranscriptView run={run} player={session.player} />}
      {run.phase !== 'failed' && <Playback player={session.player} />}
      <div className="heard-foot">
        {isBusy(run)
          ? run.phase !== 'live' && <button type="button" className="button" onClick={session.stop}>Cancel</button>
          : (
            <>
              {(run.name !== '' || run.phase === 'complete') && <button type="button" className="button" onClick={onAgain}>{run.phase === 'failed' ? 'Try again' : 'Transcribe again'}</button>}
              <button type="button" className="text-button" onClick={session.clear}>Clear</button>
            </>
          )}
        {run.passages.length > 0 && <TranscriptTools run={run} />}
      </div>
    </section>
  );
}

function HeardBy({ run: { model, insteadOf, language } }: { readonly run: ListenRun }) {
  if (model === undefined && language === undefined) return null;
  return (
    <p className="deck-speaker">
      <span>{language === undefined ? '' : languageName(language)}</span> {model}
      {insteadOf !== undefined && <span className="tag" data-state="partial">stands in for {insteadOf}</span>}
    </p>
  );
}

function Progress({ run }: { readonly run: ListenRun }) {
  const { phase, doneSeconds, expectedSeconds, durationSeconds, speechSeconds, speed } = run;
  if (phase === 'complete' && durationSeconds !== undefined) {
    return <p className="quiet figure">{formatClock(durationSeconds)} of sound, {formatClock(speechSeconds ?? 0)} of speech{speed === undefined ? '' : `, ${speed.toFixed(1)} × as fast as it plays`}</p>;
  }
  if (phase !== 'sending' && phase !== 'hearing') return null;
  const left = secondsLeft(run);
  return (
    <div className="fetch heard-progress">
      <progress max={1} value={shareDone(run)} aria-label="Transcribing" />
      <span className="figure">{phase === 'sending' ? '' : `${formatClock(doneSeconds)}${expectedSeconds === undefined ? '' : ` of ${formatClock(expectedSeconds)}`}${speed === undefined ? '' : `, ${speed.toFixed(1)} × as fast as it plays`}${left === undefined ? '' : `, ${formatAge(left)} left`}`}</span>
    </div>
  );
}

function Playback({ player }: { readonly player: RecordingPlayer }) {
  const { state, positionSeconds, durationSeconds } = useSyncExternalStore(player.subscribe, player.snapshot);
  if (state === 'none') return null;
  if (state === 'unplayable') return <p className="quiet">This browser cannot play this kind of file; its words are heard all the same.</p>;
  const share = durationSeconds > 0 ? positionSeconds / durationSeconds : 0;
  return (
    <div className="transport">
      <button type="button" className="round-button" aria-label={state === 'playing' ? 'Pause' : 'Play'} onClick={player.togglePlay}>{state === 'playing' ? <PauseIcon /> : <PlayIcon />}</button>
      <input type="range" aria-label="Place in the recording" aria-valuetext={formatClock(positionSeconds)} min={0} max={Math.max(durationSeconds, 0.1)} step={0.1} value={positionSeconds} style={{ '--fill': `${share * 100}%` }} onChange={(event) => player.seek(Number(event.target.value))} />
      <p className="transport-time"><span className="figure">{formatClock(positionSeconds)}</span><span className="quiet figure"> / {formatClock(durationSeconds)}</span></p>
    </div>
  );
}
