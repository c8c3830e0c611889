/** How the text on the page is read: what is said for what is written, the sounds, and the user's own pronunciations. */
import { useEffect, useId, useMemo, useState } from 'react';
import { ApiFailure, fetchReading, isAbort, type SpeechRequest } from '../api.ts';
import type { Reading } from '../api-schemas.ts';
import { inPlainWords } from './plain-words.ts';
import { createOncePlayer } from './play-once.ts';
import { PronunciationList } from './pronunciation-list.tsx';

type ReadingPanelProps = {
  readonly request: SpeechRequest;
  /** Called when a word is about to be heard by itself. */
  readonly onHear: () => void;
};

type Sentence = Reading['sentences'][number];

/** Nobody reads along while he writes. */
const settleMs = 400;

export function ReadingPanel({ request, onHear }: ReadingPanelProps) {
  const id = useId();
  const [open, setOpen] = useState(false);
  const [word, setWord] = useState('');
  const [revision, setRevision] = useState(0);
  const { reading, failure } = useReading(request, { open, revision });
  const player = useMemo(() => createOncePlayer({ beforePlay: onHear }), [onHear]);
  useEffect(() => () => player.stop(), [player]);

  return (
    <section className="panel reading" aria-labelledby={`${id}-title`}>
      <div className="reading-head">
        <h2 id={`${id}-title`}>How it is read</h2>
        <button type="button" className="button" aria-expanded={open} aria-controls={`${id}-body`} onClick={() => setOpen(!open)}>{open ? 'Hide' : 'Show'}<span className="visually-hidden"> how it is read</span></button>
      </div>
      <div id={`${id}-body`} className="reading-body" hidden={!open}>
        {failure !== undefined && <p className="field-error" role="alert">{failure}</p>}
        {reading && (
          <ol className="reading-sentences">
            {reading.sentences.map((sentence) => <SentenceRow key={`${sentence.source.start}-${sentence.source.end}`} sentence={sentence} onWord={setWord} />)}
          </ol>
        )}
        {open && <PronunciationList request={request} player={player} word={word} onWord={setWord} onChange={() => setRevision((before) => before + 1)} />}
      </div>
    </section>
  );
}

function SentenceRow({ sentence: { source, changes, pronunciations, ipa }, onWord }: { readonly sentence: Sentence; readonly onWord: (word: string) => void }) {
  return (
    <li>
      <p className="reading-text">{source.text}</p>
      {(changes.length > 0 || pronunciations.length > 0) && (
        <ul className="reading-changes">
          {changes.map(({ start, end, text, spoken }) => <Change key={`${start}-${end}`} text={text.trim()} spoken={spoken} onWord={onWord} />)}
          {pronunciations.map((given) => <Change key={`given-${given.start}`} text={given.text} spoken={`/${given.ipa}/`} onWord={onWord} />)}
        </ul>
      )}
      {ipa !== null && <p className="reading-ipa">/{ipa}/</p>}
    </li>
  );
}

function Change({ text, spoken, onWord }: { readonly text: string; readonly spoken: string; readonly onWord: (word: string) => void }) {
  return (
    <li>
      <button type="button" className="reading-change" title="Say it otherwise…" onClick={() => onWord(text)}>{text}</button>
      <span aria-hidden="true">→</span><span className="visually-hidden"> is read as </span>
      <span>{spoken === '' ? <i>nothing</i> : spoken}</span>
    </li>
  );
}

function useReading(request: SpeechRequest, { open, revision }: { readonly open: boolean; readonly revision: number }): { readonly reading: Reading | undefined; readonly failure: string | undefined } {
  const [state, setState] = useState<{ reading?: Reading; failure?: string }>({});
  const { input, model, voice, markup } = request;
  useEffect(() => {
    if (!open) return undefined;
    const own = new AbortController();
    const timer = window.setTimeout(() => {
      fetchReading({ input, model, voice, ...(markup === undefined ? {} : { markup }), response_format: 'pcm', speed: 1 }, own.signal).then(
        (reading) => setState({ reading }),
        (thrown: unknown) => {
          if (!own.signal.aborted && !isAbort(thrown)) setState({ failure: thrown instanceof ApiFailure ? inPlainWords(thrown) : 'The reading could not be shown.' });
        },
      );
    }, settleMs);
    return () => {
      own.abort();
      window.clearTimeout(timer);
    };
  }, [open, revision, input, model, voice, markup]);
  return { reading: state.reading, failure: state.failure };
}
