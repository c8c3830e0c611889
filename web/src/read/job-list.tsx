/** The readings that there are, newest first, each with what can be done to it. */
import { useCallback, useState } from 'react';
import { ApiFailure } from '../api.ts';
import { useAnnounce } from '../shell/announcer.tsx';
import { changeJob, deleteJob, type Job, type JobAction } from './jobs-api.ts';
import { JobCard } from './job-card.tsx';

const patienceMs = 20_000;
const doneWords = { pause: 'Paused', resume: 'Resumed', cancel: 'Cancelled', delete: 'Deleted' } as const;

export function JobList({ jobs, refresh }: { readonly jobs: readonly Job[]; readonly refresh: () => void }) {
  const announce = useAnnounce();
  const [busy, setBusy] = useState<ReadonlySet<string>>(new Set());
  const [failure, setFailure] = useState<ApiFailure>();

  const act = useCallback(async (job: Job, action: JobAction | 'delete') => {
    setBusy((ids) => new Set([...ids, job.id]));
    setFailure(undefined);
    try {
      const signal = AbortSignal.timeout(patienceMs);
      await (action === 'delete' ? deleteJob(job, signal) : changeJob(job, action, signal));
      announce(`${doneWords[action]}: ${job.title}.`);
    } catch (thrown) {
      setFailure(thrown instanceof ApiFailure ? thrown : new ApiFailure('internal', 'The server took too long to answer.'));
    } finally {
      setBusy((ids) => new Set([...ids].filter((one) => one !== job.id)));
      refresh();
    }
  }, [announce, refresh]);

  if (jobs.length === 0) return null;
  return (
    <div className="jobs">
      <h2 id="jobs-title">Readings</h2>
      {failure && <p className="field-error" role="alert">{failure.message}</p>}
      <ul className="rows" aria-labelledby="jobs-title">
        {jobs.map((job) => <JobCard key={job.id} job={job} busy={busy.has(job.id)} onAction={(action) => void act(job, action)} />)}
      </ul>
    </div>
  );
}
