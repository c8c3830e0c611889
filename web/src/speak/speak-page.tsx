/** Text in, voice out: the page's story. What sounds lives in the speech session; this arranges it. */
import { useSyncExternalStore } from 'react';
import type { SpeechRequest } from '../api.ts';
import { useEscape, usePageSession, useSpokenState } from '../shell/use-page-session.ts';
import { CodePanel } from './code-panel.tsx';
import { Deck } from './deck.tsx';
import { DeliveryControls } from './delivery-controls.tsx';
import { inPlainWords } from './plain-words.ts';
import { createPreviewSession } from './preview-session.ts';
import { ReadingPanel } from './reading-panel.tsx';
import { ScriptEditor } from './script-editor.tsx';
import { describeRun, isBusy } from './speech-run.ts';
import { createSpeechSession } from './speech-session.ts';
import { useSpeakForm } from './use-speak-form.ts';
import { useVoices } from './use-voices.ts';
import { VoiceChooser } from './voice-chooser.tsx';

export function SpeakPage({ visible }: { readonly visible: boolean }) {
  const { session, previews } = usePageSession(createSessions);
  const run = useSyncExternalStore(session.subscribe, session.snapshot);
  const voices = useVoices(visible);
  const form = useSpeakForm(voices.choices);
  useSpokenState(describeRun(run));
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

/** The speech and the previews of voices: one ends the other. */
function createSessions() {
  const session = createSpeechSession();
  const previews = createPreviewSession({ beforePlay: session.pause });
  const stop = () => {
    session.stop();
    previews.stop();
  };
  return { session, previews, stop };
}
