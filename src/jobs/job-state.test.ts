import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAtRest, jobStates, nextState, type JobEvent, type JobState } from './job-state.ts';

const events: readonly JobEvent[] = ['start', 'interrupt', 'pause', 'resume', 'cancel', 'finish', 'fail'];
const after = (state: JobState, ...happenings: JobEvent[]): JobState => happenings.reduce((now, event) => nextState(now, event) ?? now, state);

describe('a job', () => {
  it('waits, runs and is done', () => {
    expect(after('queued', 'start', 'finish')).toBe('done');
  });

  it('goes on after a pause, a crash and a failure', () => {
    expect(after('queued', 'start', 'pause', 'resume', 'start', 'interrupt', 'start', 'fail', 'resume', 'start', 'finish')).toBe('done');
  });

  it('runs only out of the queue', () => {
    expect(jobStates.filter((state) => nextState(state, 'start') === 'running')).toEqual(['queued']);
  });

  it('never leaves done or cancelled again', () => {
    for (const state of ['done', 'cancelled'] as const) {
      for (const event of events) expect([undefined, state]).toContain(nextState(state, event));
    }
  });

  it('takes the same wish twice', () => {
    fc.assert(fc.property(fc.constantFrom(...jobStates), fc.constantFrom('pause', 'cancel', 'resume' as const), (state, wish) => {
      const once = nextState(state, wish);
      return once === undefined || nextState(once, wish) === once;
    }));
  });

  it('may be deleted only when nobody works on it or is about to', () => {
    expect(jobStates.filter(isAtRest)).toEqual(['paused', 'done', 'failed', 'cancelled']);
  });
});
