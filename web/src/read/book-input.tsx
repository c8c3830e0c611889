/** Where a book comes in: dropped, chosen, or pasted; with what the server finds in it. */
import { useEffect, useId, useRef, useState } from 'react';
import { formatAge, formatBytes, formatCount } from '../shell/format-quantity.ts';
import { ChevronIcon } from '../shell/icons.tsx';
import { emptySource, type BookSource } from './book-source.ts';
import type { OutlineState } from './use-outline.ts';

type BookInputProps = { readonly source: BookSource; readonly onSource: (source: BookSource) => void; readonly found: OutlineState };

/** At a usual pace. */
const charactersPerSecond = 14;

export function BookInput({ source, onSource, found }: BookInputProps) {
  const id = useId();
  const { zone, over } = useFileDrop((file) => onSource({ kind: 'file', file }));
  const chooser = useRef<HTMLInputElement>(null);
  const take = (file: File | undefined) => { if (file) onSource({ kind: 'file', file }); };

  return (
    <section ref={zone} className="panel book" aria-label="Text" data-over={over}>
      {source.kind === 'file'
        ? (
          <div className="book-file">
            <p><strong>{source.file.name}</strong><span className="quiet">{formatBytes(source.file.size)}</span></p>
            <button type="button" className="button" onClick={() => onSource(emptySource)}>Take another</button>
          </div>
        )
        : (
          <>
            <label className="visually-hidden" htmlFor={`${id}-text`}>Text to read aloud</label>
            <textarea
              id={`${id}-text`}
              className="editor-text book-text"
              rows={9}
              value={source.text}
              placeholder="Drop a .txt or .md file here, choose one, or paste the text."
              aria-invalid={found.failure !== undefined}
              onChange={(event) => onSource({ kind: 'text', text: event.target.value })}
            />
            <div className="book-foot">
              <input ref={chooser} id={`${id}-file`} className="visually-hidden" type="file" accept=".txt,.md,.markdown,text/plain,text/markdown" tabIndex={-1} aria-hidden="true" onChange={(event) => take(event.target.files?.[0])} />
              <button type="button" className="button" onClick={() => chooser.current?.click()}>Choose a file</button>
              {source.text !== '' && <button type="button" className="text-button" onClick={() => onSource(emptySource)}>Clear</button>}
            </div>
          </>
        )}
      {found.failure && <p className="field-error" role="alert">{found.failure.message}</p>}
      <Found found={found} />
    </section>
  );
}

/** For the mouse alone: the button beside does the same for everybody. */
function useFileDrop(onFile: (file: File) => void) {
  const zone = useRef<HTMLElement>(null);
  const [over, setOver] = useState(false);
  useEffect(() => {
    const closed = new AbortController();
    const { signal } = closed;
    zone.current?.addEventListener('dragover', (event) => { event.preventDefault(); setOver(true); }, { signal });
    zone.current?.addEventListener('dragleave', () => setOver(false), { signal });
    zone.current?.addEventListener('drop', (event) => {
      event.preventDefault();
      setOver(false);
      const file = event.dataTransfer?.files[0];
      if (file) onFile(file);
    }, { signal });
    return () => closed.abort();
  }, [onFile]);
  return { zone, over };
}

function Found({ found: { outline, looking } }: { readonly found: OutlineState }) {
  if (!outline) return <output className="book-found quiet">{looking ? 'Looking for chapters…' : ''}</output>;
  const { chapters, characters } = outline;
  return (
    <details className="book-found">
      <summary>
        <ChevronIcon />
        <output><strong>{chapters.length} {chapters.length === 1 ? 'chapter' : 'chapters'}</strong>, {formatCount(characters)} characters, about {formatAge(characters / charactersPerSecond)} of speech</output>
      </summary>
      <ol>
        {chapters.map((chapter, index) => <li key={index}><span>{chapter.title}</span><span className="quiet figure">{formatCount(chapter.characters)}</span></li>)}
      </ol>
    </details>
  );
}
