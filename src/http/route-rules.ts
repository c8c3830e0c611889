/** What each route is, in one table: which work it does and who may call it. A test holds that none is missing. */
import type { Caller, Role } from '../caller.ts';
import type { GatedRequest } from '../operations/switches/switch-gate.ts';
import type { WorkAction } from '../usage.ts';

export type RouteRule = {
  /** It has this machine, or a provider, do work, which counts and is limited. */
  readonly action?: WorkAction;
  /** The least that whoever calls it must be. Default: a user. `anybody`: no key is asked for. */
  readonly needs?: Role | 'anybody';
  /** It has something kept for a caller, which a read-only server takes none of. */
  readonly writes?: boolean;
  /** It makes a voice of a recording. */
  readonly clones?: boolean;
};

const speech: RouteRule = { action: 'speech' };
const transcription: RouteRule = { action: 'transcription' };
const open: RouteRule = { needs: 'anybody' };
const own: RouteRule = {};
const operator: RouteRule = { needs: 'operator' };
const ownKept: RouteRule = { writes: true };

/** By method and path as registered; a WebSocket's method is WS. */
export const routeRules: Readonly<Record<string, RouteRule>> = {
  'POST /v1/audio/speech': speech,
  'POST /openai/v1/audio/speech': speech,
  'POST /tts': speech,
  'POST /tts/stream': speech,
  'POST /api/v1/synthesize': speech,
  'POST /api/v1/speech': speech,
  'POST /v1/text-to-speech/:voice_id': speech,
  'POST /v1/text-to-speech/:voice_id/stream': speech,
  'POST /v1/text-to-speech/:voice_id/with-timestamps': speech,
  'POST /v1/text-to-speech/:voice_id/stream/with-timestamps': speech,
  'WS /v1/text-to-speech/:voice_id/stream-input': speech,
  'WS /v1/text-to-speech/:voice_id/multi-stream-input': speech,

  'POST /v1/audio/transcriptions': transcription,
  'POST /v1/audio/translations': transcription,
  'POST /openai/v1/audio/transcriptions': transcription,
  'POST /openai/v1/audio/translations': transcription,
  'POST /v1/speech-to-text': transcription,
  'POST /api/v1/transcriptions': transcription,
  'WS /api/v1/listen': transcription,

  'POST /v1/chat/completions': { action: 'chat' },
  'POST /openai/v1/chat/completions': { action: 'chat' },
  'POST /v1/embeddings': { action: 'embeddings' },
  'POST /openai/v1/embeddings': { action: 'embeddings' },

  'POST /api/v1/session/start': ownKept,
  'POST /api/session/start': ownKept,
  'POST /api/v1/voice/process': { action: 'chat', writes: true },
  'POST /api/voice/process': { action: 'chat', writes: true },
  'GET /api/v1/voice/audio/:id': own,
  'POST /api/v1/sessions': ownKept,
  'POST /api/v1/sessions/:id/turns': { action: 'chat', writes: true },

  'POST /api/v1/jobs/speech': { action: 'speech', writes: true },
  'POST /api/v1/jobs/speech/outline': own,
  'GET /api/v1/jobs': own,
  'GET /api/v1/jobs/:id': own,
  'POST /api/v1/jobs/:id/pause': ownKept,
  'POST /api/v1/jobs/:id/resume': ownKept,
  'POST /api/v1/jobs/:id/cancel': ownKept,
  'DELETE /api/v1/jobs/:id': ownKept,
  'GET /api/v1/jobs/:id/files/*': own,

  'GET /api/v1/pronunciations': own,
  'PUT /api/v1/pronunciations': ownKept,
  'DELETE /api/v1/pronunciations/:id': ownKept,
  'POST /api/v1/pronunciations/import': ownKept,
  'POST /api/v1/pronounce': own,

  'GET /api/v1/requests': own,
  'GET /api/v1/requests/recent': own,
  'DELETE /api/v1/requests/:id': own,

  'GET /api/v1/providers': operator,
  'GET /api/v1/providers/:id': operator,
  'POST /api/v1/providers/:id/test': operator,
  'POST /api/v1/providers/:id/reset': operator,
  'GET /api/v1/chains': operator,
  'PUT /api/v1/chains/:kind': { needs: 'operator', writes: true },
  'DELETE /api/v1/chains/:kind': { needs: 'operator', writes: true },

  'GET /api/v1/models': own,
  'GET /api/v1/voices': own,
  'GET /api/v1/speakers': own,
  'GET /api/v1/transcriptions/models': own,
  'GET /v1/models': own,
  'GET /v1/models/*': own,
  'GET /v1/audio/voices': own,
  'GET /openai/v1/models': own,
  'GET /openai/v1/models/*': own,
  'GET /openai/v1/audio/voices': own,
  'GET /voices': own,
  'GET /v1/user': own,
  'GET /v1/user/subscription': own,
  'GET /v1/voices': own,
  'GET /v2/voices': own,
  'GET /v1/voices/:voice_id': own,
  'GET /v1/voices/settings/default': own,
  'GET /v1/voices/:voice_id/settings': own,

  'GET /whoami': own,
  'GET /api/v1/me': own,
  'POST /api/v1/tickets': own,
  'GET /api/v1/usage': own,
  'GET /api/v1/usage.csv': own,
  'GET /api/v1/usage/summary': operator,
  'GET /api/v1/signals': operator,
  'GET /api/v1/users': operator,
  'POST /api/v1/users': { needs: 'owner', writes: true },
  'PUT /api/v1/users/:name': { needs: 'owner', writes: true },
  'GET /api/v1/keys': operator,
  'POST /api/v1/keys': { needs: 'owner', writes: true },
  'POST /api/v1/keys/:id/rotate': { needs: 'owner', writes: true },
  'DELETE /api/v1/keys/:id': { needs: 'owner' },
  'GET /api/v1/operations/kpis': operator,
  'GET /api/v1/operations/series': operator,
  'POST /api/v1/operations/checks/:time': operator,
  'GET /api/v1/operations/housekeeping': operator,
  'POST /api/v1/operations/housekeeping': operator,
  'GET /api/v1/cache': operator,
  'DELETE /api/v1/cache': operator,
  'GET /api/v1/switches': operator,
  'PUT /api/v1/switches/:name': operator,
  'GET /health': open,
  'GET /health/live': open,
  'GET /health/ready': open,
  'GET /api/health': open,
  'GET /api/v1/health': open,
  // The figures of everybody's work. On a machine that asks for no key whoever asks is its owner.
  'GET /metrics': operator,
  'GET /': open,
  // The page's own files.
  'GET /*': open,
};

/** What the switches are asked of a request of that kind. */
export function gatedRequest({ action, writes = false, clones = false }: RouteRule, { lane }: Caller): GatedRequest {
  return { works: action !== undefined, writes, clones, lane };
}
