/** One long reading: how far it is, chapter by chapter, what can be done to it, and its files. */
import type { MouseEvent } from 'react';
import { openAddress } from '../access/access-api.ts';
import { pageKey } from '../access/page-key.ts';
import { useAnnounce } from '../shell/announcer.tsx';
import { formatAge, formatBytes, formatClock } from '../shell/format-quantity.ts';
import { DownloadIcon } from '../shell/icons.tsx';
import { engineTitle } from '../speak/voice-choices.ts';
import type { Job, JobAction } from './jobs-api.ts';

type JobCardProps = { readonly job: Job; readonly busy: boolean; readonly onAction: (action: JobAction | 'delete') => void };

const ticketPatienceMs = 10_000;

const stateWords: Readonly<Record<Job['state'], string>> = { queued: 'Waiting', running: 'Reading', paused: 'Paused', done: 'Done', failed: 'Failed', cancelled: 'Cancelled' };
const stateTones: Readonly<Record<Job['state'], string>> = { queued: 'queued', running: 'speaking', paused: 'partial', done: 'ready', failed: 'partial', cancelled: 'absent' };

export function JobCard({ job, busy, onAction }: JobCardProps) {
  const { title, state, engine, voice, characters, error } = job;
  const percent = Math.floor((100 * characters.done) / Math.max(1, characters.total));
  return (
    <li className="job">
      <div className="job-head">
        <div className="row-title">
          <strong>{title}</strong>
          <span className="quiet">{voice} · {engineTitle(engine)} · {new Date(job.created_at).toLocaleString()}</span>
        </div>
        <span className="tag" data-state={stateTones[state]}>{stateWords[state]}</span>
        <Actions job={job} busy={busy} onAction={onAction} />
      </div>
      {state !== 'cancelled' && (
        <div className="fetch job-progress">
          <progress max={characters.total} value={characters.done} aria-label={`Reading ${title}`} />
          <span className="figure">{percent} % · {formatClock(job.audio_seconds)} of speech{figuresOf(job)}</span>
        </div>
      )}
      {error && <p className="field-error" role="alert">{error.message}</p>}
      {job.place === 'command' && <p className="quiet">Begun on the command line{state === 'paused' ? '; the same command goes on with it, and so does Resume' : ''}.</p>}
      {job.chapters.length > 1 && state !== 'cancelled' && <Chapters job={job} />}
      {job.files.length > 0 && <Files job={job} />}
    </li>
  );
}

function figuresOf({ state, real_time_factor: factor, seconds_left: left }: Job): string {
  if (state !== 'running') return '';
  return `${factor === null ? '' : `, ${factor.toFixed(1)} × as fast as it plays`}${left === null || left === 0 ? '' : `, ${formatAge(left)} left`}`;
}

function Actions({ job: { title, state }, busy, onAction }: JobCardProps) {
  const button = (action: JobAction | 'delete', label: string) => <button type="button" className="button" disabled={busy} aria-label={`${label} ${title}`} onClick={() => onAction(action)}>{label}</button>;
  return (
    <div className="job-actions">
      {(state === 'queued' || state === 'running') && button('pause', 'Pause')}
      {(state === 'paused' || state === 'failed') && button('resume', 'Resume')}
      {(state === 'queued' || state === 'running') && button('cancel', 'Cancel')}
      {state !== 'queued' && state !== 'running' && button('delete', 'Delete')}
    </div>
  );
}

function Chapters({ job: { chapters } }: { readonly job: Job }) {
  const done = chapters.filter(({ state }) => state === 'done').length;
  return (
    <details className="job-chapters">
      <summary>{done} of {chapters.length} chapters are done</summary>
      <ol>
        {chapters.map((chapter, index) => (
          <li key={index} data-state={chapter.state}>
            <span>{chapter.title}</span>
            <span className="quiet figure">{chapter.state === 'waiting' ? 'waiting' : chapter.state === 'encoding' ? 'writing the file' : chapter.state === 'done' ? formatClock(chapter.audio_seconds) : `${Math.floor((100 * chapter.characters.done) / Math.max(1, chapter.characters.total))} %`}</span>
          </li>
        ))}
      </ol>
    </details>
  );
}

/** A link sends no key: where one is needed, it leads to an address that is good for a while. */
function FileLink({ url, name }: { readonly url: string; readonly name: string }) {
  const announce = useAnnounce();
  const follow = (event: MouseEvent) => {
    if (pageKey() === undefined) return;
    event.preventDefault();
    openAddress(url, AbortSignal.timeout(ticketPatienceMs)).then((address) => saveFrom(address, name), () => announce(`${name} could not be fetched.`));
  };
  return <a href={url} download={name} onClick={follow}><DownloadIcon />{name}</a>;
}

function saveFrom(address: string, name: string): void {
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
}

function Files({ job: { files } }: { readonly job: Job }) {
  return (
    <ul className="job-files" aria-label="Files">
      {files.map(({ name, url, bytes }) => (
        <li key={name}><FileLink url={url} name={name} /><span className="quiet figure">{formatBytes(bytes)}</span></li>
      ))}
    </ul>
  );
}
