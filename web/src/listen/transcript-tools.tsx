/** Takes the words along: to the clipboard, or as a file. */
import { useEffect, useState } from 'react';
import { useAnnounce } from '../shell/announcer.tsx';
import { copyText } from '../shell/copy-text.ts';
import { CheckIcon, CopyIcon, DownloadIcon } from '../shell/icons.tsx';
import type { ListenRun } from './listen-run.ts';
import { fileFormats, fileName, saveFile, transcriptFile, type FileFormat } from './transcript-files.ts';
import { textOf } from './transcript-words.ts';

const confirmMs = 2_000;

export function TranscriptTools({ run }: { readonly run: ListenRun }) {
  const announce = useAnnounce();
  const save = (format: FileFormat) => {
    const file = transcriptFile(run, format);
    if (!file) return;
    const name = fileName(run, format);
    saveFile(file, name);
    announce(`Saved ${name}`);
  };
  return (
    <div className="transcript-tools">
      <CopyButton text={textOf(run.passages)} />
      <p className="captions"><DownloadIcon />{fileFormats.map((format) => (
        <button key={format} type="button" className="text-button" aria-label={`Download as ${format.toUpperCase()}`} disabled={transcriptFile(run, format) === undefined} onClick={() => save(format)}>{format.toUpperCase()}</button>
      ))}</p>
    </div>
  );
}

function CopyButton({ text }: { readonly text: string }) {
  const announce = useAnnounce();
  const [outcome, setOutcome] = useState<'copied' | 'failed'>();
  useEffect(() => {
    if (outcome === undefined) return undefined;
    const timer = window.setTimeout(() => setOutcome(undefined), confirmMs);
    return () => window.clearTimeout(timer);
  }, [outcome]);

  const copy = async () => {
    const isCopied = await copyText(text);
    setOutcome(isCopied ? 'copied' : 'failed');
    announce(isCopied ? 'Copied the words.' : 'The browser did not let the page copy; select the text instead.');
  };
  return (
    <button type="button" className="button" onClick={() => void copy()}>
      {outcome === 'copied' ? <CheckIcon /> : <CopyIcon />}
      {outcome === 'copied' ? 'Copied' : outcome === 'failed' ? 'Not copied' : 'Copy'}<span className="visually-hidden"> the words</span>
    </button>
  );
}
