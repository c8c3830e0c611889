/** Read aloud: a book goes in, its chapters come out as files, whether anybody watches or not. */
import { useState } from 'react';
import { ApiFailure } from '../api.ts';
import { useAnnounce } from '../shell/announcer.tsx';
import { usePolled } from '../shell/use-polled.ts';
import { useVoices } from '../speak/use-voices.ts';
import { automaticChoice } from '../speak/voice-choices.ts';
import { BookInput } from './book-input.tsx';
import { contentOf, emptySource, type BookSource } from './book-source.ts';
import { JobList } from './job-list.tsx';
import { beginReading, fetchJobs, type ReadingOptions } from './jobs-api.ts';
import { ReadingSettings } from './reading-settings.tsx';
import { useOutline } from './use-outline.ts';

const busyIntervalMs = 1_000;
const idleIntervalMs = 10_000;
const uploadPatienceMs = 60_000;

const firstOptions: ReadingOptions = { model: automaticChoice.model, voice: automaticChoice.voice, format: 'mp3', speed: 1, chapters: 'split', title: '', author: '', loudness: true, captions: false };

export function ReadPage({ visible }: { readonly visible: boolean }) {
  const [source, setSource] = useState<BookSource>(emptySource);
  const [options, setOptions] = useState(firstOptions);
  const [isWorking, setIsWorking] = useState(true);
  const { value: jobs, failure: listFailure, refresh } = usePolled({ ask: fetchJobs, intervalMs: isWorking ? busyIntervalMs : idleIntervalMs, enabled: visible });
  const anyAtWork = jobs?.some(({ state }) => state === 'queued' || state === 'running') ?? true;
  if (anyAtWork !== isWorking) setIsWorking(anyAtWork);
  const voices = useVoices(visible);
  const found = useOutline(source, options.chapters);
  const { start, starting, startFailure } = useStart(() => {
    setSource(emptySource);
    setOptions((before) => ({ ...before, title: '', author: '' }));
    refresh();
  });
  const content = contentOf(source);
  const foundTitle = titleOf(source, found.outline?.title);

  return (
    <section className="page" aria-labelledby="read-title">
      <div className="page-head">
        <h1 id="read-title">Read aloud</h1>
        <p>A whole book, chapter by chapter. It goes on when you close this page, and after a restart where it stopped.</p>
      </div>
      <div className="read">
        <BookInput source={source} onSource={setSource} found={found} />
        <div className="read-side">
          <ReadingSettings choices={voices.choices} options={options} onChange={(change) => setOptions((before) => ({ ...before, ...change }))} foundTitle={foundTitle} />
          {startFailure && <p className="field-error" role="alert">{startFailure.message}</p>}
          <button type="button" className="button button-primary" disabled={content === undefined || starting || found.outline === undefined} onClick={() => { if (content !== undefined) void start(content, { ...options, title: options.title.trim() === '' ? foundTitle : options.title }); }}>
            {starting ? 'Handing it in…' : 'Start reading'}
          </button>
        </div>
      </div>
      {listFailure && <p className="field-error" role="alert">{listFailure.message}</p>}
      <JobList jobs={jobs ?? []} refresh={refresh} />
    </section>
  );
}

/** A text without a title of its own is called as its file. */
function titleOf(source: BookSource, found: string | undefined): string {
  const isUntitled = found === undefined || found === 'Untitled';
  return isUntitled && source.kind === 'file' ? source.file.name.replace(/\.[^.]*$/, '') : found ?? '';
}

function useStart(onStarted: () => void) {
  const announce = useAnnounce();
  const [starting, setStarting] = useState(false);
  const [startFailure, setFailure] = useState<ApiFailure>();
  const start = async (content: Blob | string, options: ReadingOptions) => {
    setStarting(true);
    setFailure(undefined);
    try {
      const job = await beginReading(content, options, AbortSignal.timeout(uploadPatienceMs));
      announce(`Reading ${job.title} has begun.`);
      onStarted();
    } catch (thrown) {
      setFailure(thrown instanceof ApiFailure ? thrown : new ApiFailure('internal', 'The server took too long to take the text.'));
    } finally {
      setStarting(false);
    }
  };
  return { start, starting, startFailure };
}
