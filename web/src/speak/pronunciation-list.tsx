/** The user's own pronunciations: say a word as …, hear it, list and remove them, import a lexicon. */
import { useEffect, useId, useState, type ChangeEvent, type FormEvent } from 'react';
import { ApiFailure, fetchPronunciations, importPronunciations, isAbort, removePronunciation, savePronunciation, type SpeechRequest } from '../api.ts';
import type { Pronunciation } from '../api-schemas.ts';
import { useAnnounce } from '../shell/announcer.tsx';
import { PlayIcon } from '../shell/icons.tsx';
import type { OncePlayer } from './play-once.ts';

type PronunciationListProps = {
  /** Its voice says the words. */
  readonly request: SpeechRequest;
  readonly player: OncePlayer;
  readonly word: string;
  readonly onWord: (word: string) => void;
  /** The text may be read otherwise from now on. */
  readonly onChange: () => void;
};

export function PronunciationList({ request, player, word, onWord, onChange }: PronunciationListProps) {
  const id = useId();
  const announce = useAnnounce();
  const [entries, setEntries] = useState<readonly Pronunciation[]>([]);
  const [kind, setKind] = useState<'respelling' | 'ipa'>('respelling');
  const [as, setAs] = useState('');
  const [failure, setFailure] = useState<string>();

  useEffect(() => {
    const own = new AbortController();
    fetchPronunciations(own.signal).then(setEntries, (thrown: unknown) => setFailure(inWords(thrown)));
    return () => own.abort();
  }, []);

  const change = async (work: (signal: AbortSignal) => Promise<string>) => {
    const { signal } = new AbortController();
    try {
      announce(await work(signal));
      setEntries(await fetchPronunciations(signal));
      setFailure(undefined);
      onChange();
    } catch (thrown) {
      setFailure(inWords(thrown));
    }
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    void change(async (signal) => {
      await savePronunciation({ word, ...(kind === 'ipa' ? { ipa: as } : { respelling: as }) }, signal);
      onWord('');
      setAs('');
      return `${word} is said so from now on.`;
    });
  };
  const onFile = (event: ChangeEvent<HTMLInputElement>) => {
    const [file] = event.target.files ?? [];
    event.target.value = '';
    if (file) void change(async (signal) => `${await importPronunciations(file, signal)} words imported.`);
  };
  const hear = (input: string, ssml = false) => void player.play({ ...request, input, markup: ssml ? 'ssml' : 'none' }).then(setFailure);

  const ready = word.trim() !== '' && as.trim() !== '';
  return (
    <div className="pronunciations">
      <h3>Say it as …</h3>
      <form className="say-as" onSubmit={onSubmit}>
        <span><label htmlFor={`${id}-word`}>Word</label><input id={`${id}-word`} value={word} onChange={(event) => onWord(event.target.value)} autoComplete="off" /></span>
        <span><label htmlFor={`${id}-kind`}>Given</label><select id={`${id}-kind`} value={kind} onChange={(event) => setKind(event.target.value === 'ipa' ? 'ipa' : 'respelling')}><option value="respelling">as it sounds</option><option value="ipa">in IPA</option></select></span>
        <span><label htmlFor={`${id}-as`}>Is said</label><input id={`${id}-as`} value={as} placeholder={kind === 'ipa' ? 'ˈsiːkwəl' : 'sequel'} onChange={(event) => setAs(event.target.value)} autoComplete="off" autoCapitalize="off" spellCheck={false} /></span>
        <button type="button" className="button" disabled={!ready} onClick={() => hear(kind === 'ipa' ? phonemeMarkup(word, as) : as, kind === 'ipa')}><PlayIcon />Hear</button>
        <button type="submit" className="button" disabled={!ready}>Save</button>
      </form>
      {failure !== undefined && <p className="field-error" role="alert">{failure}</p>}
      {entries.length > 0 && (
        <ul className="pronunciation-entries" aria-label="Your pronunciations">
          {entries.map((entry) => (
            <li key={entry.id}>
              <span className="pronunciation-word">{entry.word}</span>
              <span>{entry.ipa === undefined ? entry.respelling : `/${entry.ipa}/`}</span>
              {entry.language !== null && <span className="tag">{entry.language}</span>}
              <button type="button" className="icon-button" aria-label={`Hear ${entry.word}`} onClick={() => hear(entry.word)}><PlayIcon /></button>
              <button type="button" className="text-button" onClick={() => void change(async (signal) => { await removePronunciation(entry.id, signal); return `${entry.word} is read as before.`; })}>Remove<span className="visually-hidden"> {entry.word}</span></button>
            </li>
          ))}
        </ul>
      )}
      <label className="button import">Import a lexicon (PLS)<input type="file" className="visually-hidden" accept=".pls,.xml,application/pls+xml" onChange={onFile} /></label>
    </div>
  );
}

/** undefined for what nobody needs to hear of. */
function inWords(thrown: unknown): string | undefined {
  if (isAbort(thrown)) return undefined;
  return thrown instanceof ApiFailure ? thrown.message : 'That did not work.';
}

function phonemeMarkup(word: string, ipa: string): string {
  const escape = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
  return `<speak><phoneme alphabet="ipa" ph="${escape(ipa)}">${escape(word)}</phoneme></speak>`;
}
