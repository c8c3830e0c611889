/** The open sessions of a worker: opened on a model, found by id, controlled, ended. */
import type { LoadedSpeechModel } from '../engines/kinds.ts';
import { AntiphonError } from '../errors.ts';
import type { ControlRequest, StartSessionRequest } from './protocol.ts';
import type { Residency } from './residency.ts';
import { createSession, StopSpeech, type Session } from './session.ts';

export type SessionTable = {
  /** Loads the model where needed. Errors: input_invalid, queue_full, model_unknown. */
  readonly open: (request: StartSessionRequest, signal: AbortSignal) => Promise<{ readonly session: Session; readonly nativeRateHz: number }>;
  /** Errors: session_unknown. */
  readonly find: (id: string) => Session;
  /** Ends what it is saying, too. */
  readonly end: (session: Session) => void;
  /** Resolves with what was done, in words. Errors: session_unknown, input_invalid. */
  readonly control: (request: ControlRequest) => Promise<string>;
  readonly size: () => number;
};

export type SessionTableOptions = {
  readonly residency: Residency<LoadedSpeechModel>;
  readonly maxSessions: number;
  /** Lets paused streams be looked at again. */
  readonly wake: () => void;
};

export function createSessionTable({ residency, maxSessions, wake }: SessionTableOptions): SessionTable {
  const sessions = new Map<string, Session>();

  async function open(request: StartSessionRequest, signal: AbortSignal): Promise<{ session: Session; nativeRateHz: number }> {
    const session = createSession(request);
    if (sessions.has(session.id)) throw new AntiphonError('input_invalid', `Session "${session.id}" is open already.`, { param: 'session_id' });
    if (sessions.size >= maxSessions) throw new AntiphonError('queue_full', `This worker holds ${maxSessions} sessions, the most it may.`, { retryAfterSeconds: 1 });
    sessions.set(session.id, session);
    try {
      const { model, release } = await residency.acquire(session.modelId, signal);
      release();
      requireVoice(session, model.info.voices);
      return { session, nativeRateHz: model.info.sampleRateHz };
    } catch (error) {
      sessions.delete(session.id);
      throw error;
    }
  }

  function find(id: string): Session {
    const session = sessions.get(id);
    if (!session) throw new AntiphonError('session_unknown', `No session "${id}" is open.`, { param: 'session_id' });
    return session;
  }

  function end(session: Session): void {
    sessions.delete(session.id);
    session.closed.abort(new AntiphonError('cancelled', 'The session was ended.'));
  }

  async function control({ session_id: id, command }: ControlRequest): Promise<string> {
    const session = find(id);
    switch (command) {
      case 'PAUSE':
        session.paused = true;
        return 'Paused.';
      case 'RESUME':
        session.paused = false;
        wake();
        return 'Resumed.';
      case 'STOP':
        session.paused = false;
        if (!session.speech) return 'Nothing was being said.';
        session.speech.abort(new StopSpeech());
        return 'Stopped.';
      case 'RELOAD':
        await residency.unload(session.modelId);
        (await residency.acquire(session.modelId, session.closed.signal)).release();
        return 'Reloaded; the next sentence uses the fresh model.';
      default:
        throw new AntiphonError('input_invalid', 'command must be PAUSE, RESUME, STOP or RELOAD.', { param: 'command' });
    }
  }

  return { open, find, end, control, size: () => sessions.size };
}

/** A wrong name is told before any text is sent. What may be a blend, only the engine can read. */
function requireVoice({ modelId, options: { voice } }: Session, known: readonly { readonly id: string }[]): void {
  if (voice === undefined || voice.includes('+') || voice.includes(':') || known.some(({ id }) => id === voice)) return;
  throw new AntiphonError('voice_unknown', `${modelId} has no voice "${voice}".`, { param: 'options.voice' });
}
