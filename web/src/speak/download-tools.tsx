/** Saves the request on the screen as a file in its format, or what was heard of one that did not come to its end. */
import { useEffect, useRef, useState } from 'react';
import { ApiFailure, captionFormats, isAbort, type SpeechRequest } from '../api.ts';
import { useAnnounce } from '../shell/announcer.tsx';
import { DownloadIcon } from '../shell/icons.tsx';
import { formatHints } from './format-choices.ts';
import { inPlainWords } from './plain-words.ts';
import { saveCaptions, saveSpeech, saveTake } from './save-audio.ts';
import type { SpeechRun } from './speech-run.ts';
import type { SpeechSession } from './speech-session.ts';

type DownloadToolsProps = { readonly run: SpeechRun; readonly session: SpeechSession; readonly request: SpeechRequest };

export function DownloadTools({ run, session, request }: DownloadToolsProps) {
  const announce = useAnnounce();
  const making = useRef<AbortController>(undefined);
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<{ readonly of: string; readonly text: string; readonly bad: boolean }>();
  useEffect(() => () => making.current?.abort(), []);
  // Said of another request it would be wrong.
  const of = JSON.stringify(request);
  const shown = outcome?.of === of ? outcome : undefined;

  const saved = (name: string) => {
    setOutcome({ of, text: `Saved ${name}`, bad: false });
    announce(`Saved ${name}`);
  };

  const saveHeard = (format: 'wav' | 'pcm') => {
    const take = session.take();
    if (take) saved(saveTake(take, run.speaker?.voice ?? request.voice, format));
  };

  const save = async () => {
    const format = request.response_format;
    // The very samples that were heard are better than spoken anew, where the format can hold them.
    if ((format === 'wav' || format === 'pcm') && run.phase === 'complete' && isSameSpeech(run.request, request)) return saveHeard(format);
    const own = new AbortController();
    making.current = own;
    setBusy(true);
    setOutcome(undefined);
    try {
      saved(await saveSpeech(request, own.signal));
    } catch (thrown) {
      if (!isAbort(thrown)) setOutcome({ of, text: thrown instanceof ApiFailure ? inPlainWords(thrown) : 'The file could not be made.', bad: true });
    } finally {
      setBusy(false);
    }
  };

  const incomplete = run.receivedSeconds > 0 && (run.phase === 'stopped' || run.phase === 'cut');
  const label = formatHints[request.response_format].label;
  return (
    <div className="download">
      {shown && <p className={shown.bad ? 'field-error' : 'quiet'} role={shown.bad ? 'alert' : undefined}>{shown.text}</p>}
      {run.captions && (
        <p className="captions">Captions{captionFormats.map((format) => (
          <button key={format} type="button" className="text-button" aria-label={`Captions as ${format.toUpperCase()}`} onClick={() => saved(saveCaptions(run.captions?.[format] ?? '', run.speaker?.voice ?? request.voice, format))}>{format.toUpperCase()}</button>
        ))}</p>
      )}
      {incomplete && <button type="button" className="button" onClick={() => saveHeard('wav')}>Save what was heard</button>}
      {busy
        ? <button type="button" className="button" onClick={() => making.current?.abort()}><StopLabel label={label} /></button>
        : <button type="button" className="button" onClick={() => void save()}><DownloadIcon />Download {label}</button>}
    </div>
  );
}

function StopLabel({ label }: { readonly label: string }) {
  return <><span className="spinner" aria-hidden="true" />Making {label}… cancel</>;
}

function isSameSpeech(a: SpeechRequest | undefined, b: SpeechRequest): boolean {
  return a !== undefined && a.input === b.input && a.markup === b.markup && a.model === b.model && a.voice === b.voice && a.speed === b.speed;
}
