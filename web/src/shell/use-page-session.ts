/** What a page with a session needs of its surroundings: a session for as long as it is open, Escape to stop it, its state said aloud. */
import { useEffect, useState } from 'react';
import { useAnnounce } from './announcer.tsx';

type Stoppable = { readonly stop: () => void };

/** One session for as long as the page is open. `create` must be a stable function. */
export function usePageSession<Session extends Stoppable>(create: () => Session): Session {
  const [session] = useState(create);
  useEffect(() => {
    // Not closed with the component: StrictMode mounts twice, and the session is the page's for as long as it is open.
    window.addEventListener('pagehide', session.stop);
    return () => window.removeEventListener('pagehide', session.stop);
  }, [session]);
  return session;
}

/** Escape stops what is in work, wherever the keyboard is. */
export function useEscape({ stop }: Stoppable, isActive: boolean): void {
  useEffect(() => {
    if (!isActive) return undefined;
    const onKeyDown = (event: KeyboardEvent) => { if (event.key === 'Escape') stop(); };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [stop, isActive]);
}

/** Says a state to those who do not see it; nothing where it is empty. */
export function useSpokenState(state: string): void {
  const announce = useAnnounce();
  useEffect(() => {
    if (state !== '') announce(state);
  }, [state, announce]);
}
