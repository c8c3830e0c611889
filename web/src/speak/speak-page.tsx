/** Text in, voice out: the page's story. What sounds lives in the speech session; this arranges it. */
import { useEffect, useMemo, useSyncExternalStore } from 'react';
import type { SpeechRequest } from '../api.ts';
import { useAnnounce } from '../shell/announcer.tsx';
import { CodePanel } from './code-panel.tsx';
import { Deck } from './deck.tsx';
import { DeliveryControls } from './delivery-controls.tsx';
import { inPlainWords } from './plain-words.ts';
import { createPreviewSession, type PreviewSession } from './preview-session.ts';
import { ReadingPanel } from './reading-panel.tsx';
import { ScriptEditor } from './script-editor.tsx';
import { describeRun, isBusy, type SpeechRun } from './speech-run.ts';
import { createSpeechSession, type SpeechSession } from './speech-session.ts';
import { useSpeakForm } from './use-speak-form.ts';
import { useVoices } from './use-voices.ts';
import { VoiceChooser } from './voice-chooser.tsx';

export function SpeakPage({ visible }: { readonly visible: boolean }) {
  const { session, previews } = useSessions();
  const run = useSyncExternalStore(session.subscribe, session.snapshot);
  const voices = useVoices(visible);
  const form = useSpeakForm(voices.choices);
  useSpokenState(run);
  useEscape(session, visible && isBusy(run));

  const request: SpeechRequest = { model: form.choice.model, voice: form.choice.voice, input: form.text, response_format: form.format, speed: form.speed, ...(form.markup === 'ssml' ? { markup: 'ssml' } : {}) };
  const speak = () => {
    previews.stop();
    session.speak(request);
  };
  // The fault of a field is shown until the field changes; what belongs to none is shown with the player.
  const failed = run.request;
  const faultOf = (param: string, unchanged: boolean) => (run.failure?.param === param && unchanged ? inPlainWords(run.failure) : undefined);
  const faults = {
    input: faultOf('input', failed?.input === form.text),
    voice: faultOf('voice', failed?.voice === form.choice.voice) ?? faultOf('model', failed?.model === form.choice.model),
    speed: faultOf('speed', failed?.speed === form.speed),
    format: faultOf('response_format', failed?.response_format === form.format),
  };
  const shownElsewhere = ['input', 'voice', 'model', 'speed', 'response_format'].includes(run.failure?.param ?? '');

  return (
    <div className="speak">
      <h1 className="visually-hidden">Speak</h1>
      <div className="speak-main">
        <ScriptEditor text={form.text} onText={form.setText} ssml={form.markup === 'ssml'} onSsml={(on) => form.setMarkup(on ? 'ssml' : 'none')} fault={faults.input} busy={isBusy(run)} onSpeak={speak} onStop={session.stop} choiceName={form.choice.name} />
        <Deck run={run} session={session} request={request} failure={shownElsewhere ? undefined : run.failure} />
      </div>
      <div className="speak-side">
        <VoiceChooser voices={voices} choice={form.choice} onChoice={form.setChoice} previews={previews} fault={faults.voice} />
        <DeliveryControls speed={form.speed} onSpeed={form.setSpeed} format={form.format} onFormat={form.setFormat} faults={faults} />
      </div>
      <ReadingPanel request={request} onHear={session.pause} />
      <CodePanel request={request} />
    </div>
  );
}

function useSessions(): { readonly session: SpeechSession; readonly previews: PreviewSession } {
  const sessions = useMemo(() => {
    const session = createSpeechSession();
    return { session, previews: createPreviewSession({ beforePlay: session.pause }) };
  }, []);
  useEffect(() => {
    // Not closed with the component: StrictMode mounts twice, and the sessions are the page's for as long as it is open.
    const end = () => { sessions.session.stop(); sessions.previews.stop(); };
    window.addEventListener('pagehide', end);
    return () => window.removeEventListener('pagehide', end);
  }, [sessions]);
  return sessions;
}

/** Escape stops what is being made, wherever the keyboard is. */
function useEscape(session: SpeechSession, active: boolean): void {
  useEffect(() => {
    if (!active) return undefined;
    const onKeyDown = (event: KeyboardEvent) => { if (event.key === 'Escape') session.stop(); };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [session, active]);
}

function useSpokenState(run: SpeechRun): void {
  const announce = useAnnounce();
  const state = describeRun(run);
  useEffect(() => {
    if (state !== '') announce(state);
  }, [state, announce]);
}
