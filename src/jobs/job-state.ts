/** The life of a job: every change of state that there is, in one table. */

export const jobStates = ['queued', 'running', 'paused', 'done', 'failed', 'cancelled'] as const;

export type JobState = (typeof jobStates)[number];

/** `interrupt`: its process ended or is about to; the work goes on later where it was. */
export type JobEvent = 'start' | 'interrupt' | 'pause' | 'resume' | 'cancel' | 'finish' | 'fail';

const changes: Readonly<Record<JobEvent, Partial<Record<JobState, JobState>>>> = {
  start: { queued: 'running' },
  interrupt: { running: 'queued' },
  // What is so already is granted: two people may press the same button.
  pause: { queued: 'paused', running: 'paused', paused: 'paused' },
  resume: { paused: 'queued', failed: 'queued', queued: 'queued', running: 'running' },
  cancel: { queued: 'cancelled', running: 'cancelled', paused: 'cancelled', failed: 'cancelled', cancelled: 'cancelled' },
  finish: { running: 'done' },
  fail: { running: 'failed' },
};

/** The state that follows; undefined where the event cannot happen to a job in this state. */
export function nextState(state: JobState, event: JobEvent): JobState | undefined {
  return changes[event][state];
}

/** Nothing happens to it any more by itself, and it may be deleted. */
export function isAtRest(state: JobState): boolean {
  return state !== 'queued' && state !== 'running';
}

export function isJobState(value: string): value is JobState {
  return (jobStates as readonly string[]).includes(value);
}
