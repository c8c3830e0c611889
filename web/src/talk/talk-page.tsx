/** Talk: a conversation with the language model, which answers aloud. What talks lives in the session; this arranges it. */
import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import type { Health } from '../api-schemas.ts';
import { fetchHealth } from '../api.ts';
import { useAnnounce } from '../shell/announcer.tsx';
import { usePolled } from '../shell/use-polled.ts';
import { Composer } from './composer.tsx';
import { Conversation } from './conversation.tsx';
import { describeRun, isBusy, type TalkRun } from './talk-run.ts';
import { createTalkSession, type TalkSession } from './talk-session.ts';

const healthIntervalMs = 15_000;

export function TalkPage({ visible }: { readonly visible: boolean }) {
  const session = useSession();
  const run = useSyncExternalStore(session.subscribe, session.snapshot);
  const [isSpoken, setSpoken] = useState(true);
  const latest = useRef(isSpoken);
  useEffect(() => { latest.current = isSpoken; }, [isSpoken]);
  const { value: health } = usePolled({ ask: fetchHealth, intervalMs: healthIntervalMs, enabled: visible });
  const isActive = isBusy(run) || run.isPlaying;
  useSpokenState(run);
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
  const thinking = health?.components['thinking'];
  if (thinking === undefined || thinking.status === 'pass' || thinking.message === undefined) return null;
  return <p className="talk-notice">{thinking.message}</p>;
}

function useSession(): TalkSession {
  const session = useMemo(() => createTalkSession(), []);
  useEffect(() => {
    // Not closed with the component: StrictMode mounts twice, and the session is the page's for as long as it is open.
    window.addEventListener('pagehide', session.stop);
    return () => window.removeEventListener('pagehide', session.stop);
  }, [session]);
  return session;
}

/** Escape stops what is being answered or heard, wherever the keyboard is. */
function useEscape(session: TalkSession, isActive: boolean): void {
  useEffect(() => {
    if (!isActive) return undefined;
    const onKeyDown = (event: KeyboardEvent) => { if (event.key === 'Escape') session.stop(); };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [session, isActive]);
}

/** The reply itself is said only where it is not heard: two voices at once are none. */
function useSpokenState(run: TalkRun): void {
  const announce = useAnnounce();
  const state = describeRun(run);
  useEffect(() => {
    if (state !== '') announce(state);
  }, [state, announce]);
}
