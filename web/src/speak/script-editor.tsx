/** Where the text is written, with its length, and the button that speaks it. */
import { useId, type KeyboardEvent } from 'react';
import { formatCount } from '../shell/format-quantity.ts';
import { PlayIcon, StopIcon } from '../shell/icons.tsx';

/** The server's default (speech.maxInputCharacters) and OpenAI's. Only shown: the server has the last word. */
const characterLimit = 4_096;

type ScriptEditorProps = {
  readonly text: string;
  readonly onText: (text: string) => void;
  /** The text is SSML, not text to be read as it stands. */
  readonly ssml: boolean;
  readonly onSsml: (on: boolean) => void;
  readonly fault: string | undefined;
  readonly busy: boolean;
  readonly onSpeak: () => void;
  readonly onStop: () => void;
  readonly choiceName: string;
};

const isApple = /Mac|iPhone|iPad/.test(navigator.userAgent);

export function ScriptEditor({ text, onText, ssml, onSsml, fault, busy, onSpeak, onStop, choiceName }: ScriptEditorProps) {
  const id = useId();
  const over = text.length - characterLimit;
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    onSpeak();
  };
  return (
    <section className="panel editor" aria-label="Text">
      <label className="visually-hidden" htmlFor={`${id}-text`}>Text to speak</label>
      <textarea
        id={`${id}-text`}
        className="editor-text"
        value={text}
        rows={7}
        spellCheck
        placeholder="Write or paste what should be said."
        aria-invalid={fault !== undefined}
        aria-describedby={`${id}-count${fault === undefined ? '' : ` ${id}-fault`}`}
        onChange={(event) => onText(event.target.value)}
        onKeyDown={onKeyDown}
      />
      {fault !== undefined && <p id={`${id}-fault`} className="field-error" role="alert">{fault}</p>}
      <div className="editor-foot">
        <p id={`${id}-count`} className="editor-count" data-over={over > 0}>
          <span className="figure">{formatCount(text.length)}</span> / {formatCount(characterLimit)}<span className="visually-hidden"> characters</span>
          {over > 0 && <span> · {formatCount(over)} too many</span>}
        </p>
        {text !== '' && <button type="button" className="text-button" onClick={() => onText('')}>Clear</button>}
        <label className="check" title="Read the text as SSML: <speak>, <break>, <prosody> and their like"><input type="checkbox" checked={ssml} onChange={(event) => onSsml(event.target.checked)} />SSML</label>
        <span className="editor-hint" aria-hidden="true"><kbd>{isApple ? '⌘' : 'Ctrl'}</kbd> <kbd>{isApple ? 'Return' : 'Enter'}</kbd></span>
        {busy
          ? <button type="button" className="button button-primary" data-busy onClick={onStop}><StopIcon />Stop</button>
          : <button type="button" className="button button-primary" aria-keyshortcuts="Control+Enter Meta+Enter" onClick={onSpeak}><PlayIcon />Speak<span className="visually-hidden"> with {choiceName}</span></button>}
      </div>
    </section>
  );
}
