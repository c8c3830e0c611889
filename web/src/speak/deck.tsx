/** The player: waveform, transport, figures, and the file. */
import type { ApiFailure, SpeechRequest } from '../api.ts';
import { formatClock } from '../shell/format-quantity.ts';
import { PauseIcon, PlayIcon, StopIcon } from '../shell/icons.tsx';
import { DownloadTools } from './download-tools.tsx';
import { inPlainWords } from './plain-words.ts';
import { ReadAlong } from './read-along.tsx';
import { RunFigures } from './run-figures.tsx';
import { describeRun, isBusy, type SpeechRun } from './speech-run.ts';
import type { SpeechSession } from './speech-session.ts';
import { engineTitle } from './voice-choices.ts';
import { Waveform } from './waveform.tsx';

type DeckProps = {
  readonly run: SpeechRun;
  readonly session: SpeechSession;
  readonly request: SpeechRequest;
  /** A failure that no field of the form shows. */
  readonly failure: ApiFailure | undefined;
};

export function Deck({ run, session, request, failure }: DeckProps) {
  const hasSound = run.receivedSeconds > 0;
  const sounding = run.playback === 'playing' || (run.playback === 'buffering' && hasSound);
  return (
    <section className="panel deck" aria-label="Player" data-phase={run.phase} data-playback={run.playback}>
      <div className="deck-head">
        <p className="deck-state">{describeRun(run) || 'Press Speak. Sound starts while the rest is still being made.'}</p>
        <SpokenBy run={run} />
      </div>
      <Waveform run={run} session={session} />
      <ReadAlong run={run} session={session} />
      {failure && <p className="field-error" role="alert">{inPlainWords(failure)}</p>}
      {!session.streams && <p className="quiet">This page came over plain http, where browsers offer no AudioWorklet. Speech therefore plays once all of it is here; over https or on localhost it plays as it is made.</p>}
      <div className="transport">
        <button type="button" className="round-button" aria-label={sounding ? 'Pause' : 'Play'} disabled={!hasSound || (!session.streams && isBusy(run))} onClick={session.togglePlay}>{sounding ? <PauseIcon /> : <PlayIcon />}</button>
        <button type="button" className="icon-button" aria-label="Stop" disabled={!isBusy(run) && !hasSound} onClick={session.stop}><StopIcon /></button>
        <p className="transport-time"><span className="figure">{formatClock(run.positionSeconds)}</span><span className="quiet figure"> / {formatClock(run.receivedSeconds)}{isBusy(run) ? '…' : ''}</span></p>
        <DownloadTools run={run} session={session} request={request} />
      </div>
      <RunFigures run={run} />
    </section>
  );
}

function SpokenBy({ run: { speaker } }: { readonly run: SpeechRun }) {
  if (!speaker) return null;
  const { engine, voice, insteadOf } = speaker;
  return (
    <p className="deck-speaker">
      <span>{engineTitle(engine)}</span> {voice}
      {insteadOf !== undefined && <span className="tag" data-state="partial">stands in for {engineTitle(insteadOf)}</span>}
    </p>
  );
}
