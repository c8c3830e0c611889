/** Listen: a recording goes in, its words come out while they are heard. What listens lives in the session; this arranges it. */
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { useEscape, usePageSession, useSpokenState } from '../shell/use-page-session.ts';
import { fetchChains } from '../providers/providers-api.ts';
import { usePolled } from '../shell/use-polled.ts';
import { ListenDeck } from './listen-deck.tsx';
import { describeRun, isBusy } from './listen-run.ts';
import { createListenSession } from './listen-session.ts';
import { automaticModel, ListenSettings } from './listen-settings.tsx';
import { RecordingInput } from './recording-input.tsx';
import { fetchListeningModels, type ListenOptions } from './transcription-api.ts';

const modelsIntervalMs = 30_000;

const firstOptions: ListenOptions = { model: automaticModel, language: '', translate: false, prompt: '' };

export function ListenPage({ visible }: { readonly visible: boolean }) {
  const session = usePageSession(createListenSession);
  const run = useSyncExternalStore(session.subscribe, session.snapshot);
  const [options, setOptions] = useState(firstOptions);
  // A recording that ends begins with the settings of that moment, not of its own beginning.
  const latest = useRef(options);
  useEffect(() => { latest.current = options; }, [options]);
  const { value: models, failure } = usePolled({ ask: fetchListeningModels, intervalMs: modelsIntervalMs, enabled: visible });
  const { value: chains } = usePolled({ ask: fetchChains, intervalMs: modelsIntervalMs, enabled: visible });
  const staysHere = chains?.find(({ kind }) => kind === 'transcription')?.members.every((member) => member === 'local');
  // Neither words nor who speaks is said: that would talk over the recording, and over whoever speaks live.
  useSpokenState(describeRun(run.phase === 'live' ? { ...run, isSpeech: false } : run));
  useEscape(session, visible && isBusy(run));

  const onFile = useCallback((file: File) => session.transcribe(file, latest.current), [session]);
  return (
    <section className="page" aria-labelledby="listen-title">
      <div className="page-head">
        <h1 id="listen-title">Listen</h1>
        <p>What a recording says, with the time of every word. Click a word to hear it.</p>
      </div>
      <div className="read">
        <div className="listen-main">
          <RecordingInput isBusy={isBusy(run)} staysHere={staysHere} liveSeconds={run.phase === 'live' ? run.doneSeconds : undefined} onFile={onFile} onLive={(microphone) => session.listenLive(microphone, options)} onFinishLive={session.finishLive} />
          {run.phase !== 'idle' && <ListenDeck run={run} session={session} onAgain={() => session.again(options)} />}
        </div>
        <div className="read-side">
          <ListenSettings models={models ?? []} options={options} onChange={(change) => setOptions((before) => ({ ...before, ...change }))} />
          {failure && <p className="field-error" role="alert">{failure.message}</p>}
        </div>
      </div>
    </section>
  );
}
