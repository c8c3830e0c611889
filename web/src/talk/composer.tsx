/** What the user says: typed, or spoken into the microphone. */
import { useId, useRef, useState, type KeyboardEvent } from 'react';
import { ApiFailure } from '../api.ts';
import { useRecorder } from '../listen/use-recorder.ts';
import { formatClock } from '../shell/format-quantity.ts';
import { StopIcon } from '../shell/icons.tsx';

type ComposerProps = {
  /** A reply is being made or heard. */
  readonly isBusy: boolean;
  readonly onText: (text: string) => void;
  readonly onRecording: (file: File) => void;
  readonly onStop: () => void;
};

const longestText = 4_000;

export function Composer({ isBusy, onText, onRecording, onStop }: ComposerProps) {
  const id = useId();
  const [text, setText] = useState('');
  const [failure, setFailure] = useState<ApiFailure>();
  const field = useRef<HTMLTextAreaElement>(null);
  const recorder = useRecorder(onRecording);

  const send = () => {
    const said = text.trim();
    if (said === '') return field.current?.focus();
    setText('');
    onText(said);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // While an input method composes, Enter is its own.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };
  const record = async () => {
    setFailure(undefined);
    try {
      onStop();
      await recorder.start();
    } catch (thrown) {
      setFailure(thrown instanceof ApiFailure ? thrown : new ApiFailure('microphone', 'The microphone could not be opened.'));
    }
  };

  return (
    <section className="panel composer" aria-label="Your turn">
      <label className="visually-hidden" htmlFor={id}>What you say</label>
      <textarea ref={field} id={id} className="composer-text" rows={2} maxLength={longestText} placeholder="Say something, or ask" value={text} onChange={(event) => setText(event.target.value)} onKeyDown={onKeyDown} />
      {failure && <p className="field-error" role="alert">{failure.message}</p>}
      <div className="composer-tools">
        {recorder.state === 'idle' && <button type="button" className="button" onClick={() => void record()}><span className="record-dot" aria-hidden="true" />Speak</button>}
        {recorder.state === 'opening' && <p className="quiet">Waiting for the microphone…</p>}
        {recorder.state === 'recording' && (
          <>
            <button type="button" className="button button-primary" onClick={recorder.stop}><StopIcon />Stop and send</button>
            <p className="recording-now"><span className="record-dot" data-on="true" aria-hidden="true" /><span className="visually-hidden">Recording, </span><span className="figure">{formatClock(recorder.seconds)}</span></p>
          </>
        )}
        {isBusy && <button type="button" className="button composer-stop" onClick={onStop}><StopIcon />Stop</button>}
        {recorder.state !== 'recording' && <button type="button" className="button button-primary composer-send" onClick={send}>Send</button>}
      </div>
    </section>
  );
}
