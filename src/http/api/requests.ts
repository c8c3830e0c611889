/** The live queue: what is in flight, a way to cancel each of it, and what has ended lately. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isAtLeast } from '../../caller.ts';
import type { RequestRegistry } from '../../dispatch/request-registry.ts';
import type { SpeechPool } from '../../dispatch/speech-pool.ts';
import type { TranscriptionPool } from '../../dispatch/transcription-pool.ts';
import type { WorkerRoster } from '../../dispatch/worker-roster.ts';
import { callerOf } from '../request-context.ts';

export type EndedRequest = { readonly id: string; readonly kind: 'speech' | 'transcription' | 'chat' | 'embeddings'; readonly endedAt: string; readonly engine: string; readonly voice: string | null; readonly characters: number | null; readonly audioSeconds: number; readonly firstAudioMs: number | null; readonly durationMs: number; readonly outcome: string };

export type RequestRoutesOptions = {
  readonly requests: RequestRegistry;
  readonly pool: SpeechPool;
  readonly transcriptions: TranscriptionPool;
  readonly roster: WorkerRoster;
  /** Newest first; of everybody where no owner is named. */
  readonly recent: (query: { readonly owner: string | undefined; readonly limit: number }) => Promise<readonly EndedRequest[]>;
};

const recentLimit = 50;

/** Whose requests somebody may see and end: a user his own, operators everybody's. */
function ownerSeenBy(request: FastifyRequest): string | undefined {
  const { owner, role } = callerOf(request);
  return isAtLeast(role, 'operator') ? undefined : owner;
}

export function registerRequestRoutes(app: FastifyInstance, { requests, pool, transcriptions, roster, recent }: RequestRoutesOptions): void {
  app.get('/api/v1/requests', async (request) => ({
    waiting_sentences: pool.waiting(),
    waiting_pieces: transcriptions.waiting(),
    open_streams: roster.load.all(),
    requests: requests.list().filter(({ owner }) => [undefined, owner].includes(ownerSeenBy(request))).map((entry) => ({
      id: entry.id,
      kind: entry.kind,
      model: entry.model,
      lane: entry.lane,
      voice: entry.voice ?? null,
      characters: entry.characters ?? null,
      started_at: entry.startedAt.toISOString(),
      phase: entry.phase,
      audio_seconds: Math.round(entry.audioSeconds * 1000) / 1000,
    })),
  }));

  app.get('/api/v1/requests/recent', async (request) => ({
    requests: (await recent({ owner: ownerSeenBy(request), limit: recentLimit })).map((ended) => ({
      id: ended.id,
      kind: ended.kind,
      ended_at: ended.endedAt,
      engine: ended.engine,
      voice: ended.voice,
      characters: ended.characters,
      audio_seconds: ended.audioSeconds,
      first_audio_ms: ended.firstAudioMs,
      duration_ms: ended.durationMs,
      outcome: ended.outcome,
    })),
  }));

  app.delete<{ Params: { id: string } }>('/api/v1/requests/:id', async (request, reply) => {
    requests.cancel(request.params.id, ownerSeenBy(request));
    return reply.code(202).send({ id: request.params.id, cancelled: true });
  });
}
