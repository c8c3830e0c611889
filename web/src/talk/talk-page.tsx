/** Talk: a conversation with the language model, which answers aloud. What talks lives in the session; this arranges it. */
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import type { Health } from '../api-schemas.ts';
import { fetchHealth } from '../api.ts';
import { useEscape, usePageSession, useSpokenState } from '../shell/use-page-session.ts';
import { usePolled } from '../shell/use-polled.ts';
import { Composer } from './composer.tsx';
import { Conversation } from './conversation.tsx';
import { describeRun, isBusy } from './talk-run.ts';
import { createTalkSession } from './talk-session.ts';

const healthIntervalMs = 15_000;

export function TalkPage({ visible }: { readonly visible: boolean }) {
  const session = usePageSession(createTalkSession);
  const run = useSyncExternalStore(session.subscribe, session.snapshot);
  const [isSpoken, setSpoken] = useState(true);
  const latest = useRef(isSpoken);
  useEffect(() => { latest.current = isSpoken; }, [isSpoken]);
  const { value: health } = usePolled({ ask: fetchHealth, intervalMs: healthIntervalMs, enabled: visible });
  const isActive = isBusy(run) || run.isPlaying;
  // The reply itself is not said: two voices at once are none.
  useSpokenState(describeRun(run));
  useEscape(session, visible && isActive);

  const onRecording = useCallback((file: File) => session.say({ kind: 'recording', file }, { isSpoken: latest.current }), [session]);
  return (
    <section className="page talk" aria-labelledby="talk-title">
      <div className="page-head">
        <h1 id="talk-title">Talk</h1>
        <p>Say or type something; the answer is written and spoken at once.</p>
      </div>
      <ModelNotice health={health} />
      <div className="panel talk-panel">
        <Conversation run={run} onReplay={session.replay} />
        <div className="talk-foot">
          <label className="check"><input type="checkbox" checked={isSpoken} onChange={(event) => setSpoken(event.target.checked)} />Answer aloud</label>
          <button type="button" className="text-button" disabled={run.exchanges.length === 0} onClick={session.startAnew}>New conversation</button>
        </div>
      </div>
      <Composer isBusy={isActive} onText={(text) => session.say({ kind: 'text', text }, { isSpoken })} onRecording={onRecording} onStop={session.stop} />
    </section>
  );
}

/** Whoever talks should know beforehand that only a small model answers, or none. */
function ModelNotice({ health }: { readonly health: Health | undefined }) {
  const message = health?.components['thinking']?.message;
  return message === undefined ? null : <p className="talk-notice">{message}</p>;
}
