/** Every metric of the server in one place: base units, a bucket on each objective, no user, key or text in a label. */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics, type OpenMetricsContentType } from 'prom-client';
import { createLaneFigures } from './lane-figures.ts';

export type Metrics = ReturnType<typeof createMetrics>;

/** First-audio objectives (90 and 150 ms) are bucket bounds, so that a quantile at an objective is exact. */
const firstAudioSeconds = [0.025, 0.05, 0.09, 0.15, 0.25, 0.5, 1, 2, 5, 10];
const workSeconds = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** 5 s of speech are to be heard in 0.35 s, 30 s in 3 s: both are bounds. */
const answerSeconds = [0.1, 0.2, 0.35, 0.5, 1, 2, 3, 5, 10, 30, 60, 300];
/** 1.5 s from the end of speech to the first sound of the reply is the aim. */
const turnSeconds = [0.05, 0.1, 0.25, 0.5, 1, 1.5, 2, 3, 5, 10, 30, 60];
const waitSeconds = [0.001, 0.005, 0.015, 0.05, 0.15, 0.5, 1, 2.5, 5, 15, 30];

export function createMetrics() {
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const speechLabels = ['engine', 'format'] as const;
  return {
    registry,
    /** What the lanes' own /metrics tell. */
    lanes: createLaneFigures(() => performance.now()),
    speechRequests: new Counter({ name: 'antiphon_speech_requests_total', help: 'Speech requests that ended, by outcome (ok, or the error code).', labelNames: ['engine', 'outcome'], registers }),
    firstAudio: new Histogram({ name: 'antiphon_speech_first_audio_seconds', help: 'From the request in hand to the first encoded audio.', labelNames: speechLabels, buckets: firstAudioSeconds, registers }),
    requestDuration: new Histogram({ name: 'antiphon_speech_duration_seconds', help: 'From the request in hand to the last encoded audio.', labelNames: speechLabels, buckets: workSeconds, registers }),
    synthesis: new Histogram({ name: 'antiphon_speech_synthesis_seconds', help: 'One sentence from worker assigned to last sample, turns given to other streams included.', labelNames: ['engine'], buckets: workSeconds, registers }),
    transcriptionRequests: new Counter({ name: 'antiphon_transcription_requests_total', help: 'Transcriptions that ended, by outcome (ok, or the error code).', labelNames: ['model', 'outcome'], registers }),
    transcriptionDuration: new Histogram({ name: 'antiphon_transcription_duration_seconds', help: 'From the file in hand to the last word.', labelNames: ['model'], buckets: answerSeconds, registers }),
    transcriptionRealTime: new Histogram({ name: 'antiphon_transcription_real_time_ratio', help: 'Duration of a transcription that ended well against the length of its recording.', labelNames: ['model'], buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2], registers }),
    transcribedSeconds: new Counter({ name: 'antiphon_transcription_audio_seconds_total', help: 'Seconds of recordings that were heard.', labelNames: ['model'], registers }),
    recognition: new Histogram({ name: 'antiphon_recognition_seconds', help: 'One piece of a recording from worker assigned to its words, turns given to others included.', labelNames: ['engine'], buckets: answerSeconds, registers }),
    liveSessions: new Gauge({ name: 'antiphon_live_sessions', help: 'WebSockets whose speech is being followed.', registers }),
    wordDelay: new Histogram({ name: 'antiphon_live_word_final_seconds', help: 'From the end of a word, as it was sent, to its being final.', buckets: [0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10], registers }),
    turns: new Counter({ name: 'antiphon_turns_total', help: 'Spoken turns that ended, by outcome (ok, or the error code).', labelNames: ['outcome'], registers }),
    turnStage: new Histogram({ name: 'antiphon_turn_stage_seconds', help: 'Stages of a spoken turn: hear (recording to words), remember, first_word (of the model), first_sentence (asked to complete), speak (first sentence to first sound), think (asked to last word).', labelNames: ['stage'], buckets: turnSeconds, registers }),
    turnFirstAudio: new Histogram({ name: 'antiphon_turn_first_audio_seconds', help: 'From the recording or text in hand to the first sound of the reply.', buckets: turnSeconds, registers }),
    sessions: new Gauge({ name: 'antiphon_companion_sessions', help: 'Conversations that are remembered.', registers }),
    chatFirstToken: new Histogram({ name: 'antiphon_chat_first_token_seconds', help: 'From the local language worker assigned to the first text of its answer, loading and turns given to others included.', labelNames: ['model'], buckets: [0.05, 0.1, 0.2, 0.35, 0.5, 1, 2, 5, 10, 30], registers }),
    chatSpeed: new Histogram({ name: 'antiphon_chat_tokens_per_second', help: 'Tokens of an answer a second, the first not counted, turns given to others included.', labelNames: ['model'], buckets: [1, 2, 5, 10, 20, 35, 50, 75, 100, 200], registers }),
    chatTokens: new Counter({ name: 'antiphon_chat_tokens_total', help: 'Tokens of answers that ended, by kind: prompt, completion.', labelNames: ['model', 'kind'], registers }),
    embedding: new Histogram({ name: 'antiphon_embedding_seconds', help: 'One request for embeddings from worker assigned to its vectors.', labelNames: ['model'], buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5], registers }),
    embeddingTokens: new Counter({ name: 'antiphon_embedding_tokens_total', help: 'Tokens of texts that were turned into vectors.', labelNames: ['model'], registers }),
    queueWait: new Histogram({ name: 'antiphon_dispatch_queue_seconds', help: 'Wait of a sentence, a piece of a recording, a conversation or texts to embed for a worker.', labelNames: ['pool'], buckets: waitSeconds, registers }),
    queueDepth: new Gauge({ name: 'antiphon_dispatch_queue_depth', help: 'Sentences, pieces of recordings, conversations and texts to embed that wait for a worker.', labelNames: ['pool'], registers }),
    laneWaiting: new Gauge({ name: 'antiphon_lane_waiting', help: 'Requests of a lane that wait to begin.', labelNames: ['pool', 'lane'], registers }),
    accessRefusals: new Counter({ name: 'antiphon_access_refusals_total', help: 'Requests that were let in no further than the door, by the code of the error table.', labelNames: ['reason'], registers }),
    usageRequests: new Counter({ name: 'antiphon_usage_requests_total', help: 'Requests in the usage ledger, by action, plan (empty: none) and lane.', labelNames: ['action', 'plan', 'lane'], registers }),
    usageComputeSeconds: new Counter({ name: 'antiphon_usage_compute_seconds_total', help: 'Seconds of inference in the usage ledger.', labelNames: ['plan', 'lane'], registers }),
    abuseSignals: new Counter({ name: 'antiphon_abuse_signals_total', help: 'Keys or addresses that began (raised) or ceased (lifted) to ask ten times as often as is normal.', labelNames: ['kind'], registers }),
    markOwedSeconds: new Counter({ name: 'antiphon_mark_owed_seconds_total', help: 'Seconds of speech that had to carry a mark. What of it is marked must be all of it.', labelNames: ['lane'], registers }),
    markedSeconds: new Counter({ name: 'antiphon_marked_seconds_total', help: 'Seconds of speech that were marked.', labelNames: ['lane'], registers }),
    cacheLookups: new Counter({ name: 'antiphon_cache_lookups_total', help: 'Sentences that were spoken: found in the cache (hit), spoken together with somebody who had just asked for the same (joined), or made (miss).', labelNames: ['lane', 'result'], registers }),
    cacheDamaged: new Counter({ name: 'antiphon_cache_damaged_total', help: 'Kept sentences that were cut off or changed on the disk, and were made anew.', registers }),
    cacheEvictedBytes: new Counter({ name: 'antiphon_cache_evicted_bytes_total', help: 'Bytes of kept sentences that went because they had expired or others needed the room.', registers }),
    cacheBytes: new Gauge({ name: 'antiphon_cache_bytes', help: 'Bytes of kept sentences.', registers }),
    switches: new Gauge({ name: 'antiphon_switch', help: 'What the live switches stand at: 1 for the value that holds.', labelNames: ['name', 'value'], registers }),
    inFlight: new Gauge({ name: 'antiphon_requests_in_flight', help: 'Requests being served.', labelNames: ['kind'], registers }),
    audioSeconds: new Counter({ name: 'antiphon_speech_audio_seconds_total', help: 'Seconds of audio made.', labelNames: ['engine'], registers }),
    characters: new Counter({ name: 'antiphon_speech_characters_total', help: 'Characters of text accepted.', labelNames: ['engine'], registers }),
    errors: new Counter({ name: 'antiphon_errors_total', help: 'Requests refused or failed, by code of the error table.', labelNames: ['code'], registers }),
    retries: new Counter({ name: 'antiphon_dispatch_retries_total', help: 'Work begun anew on another worker.', labelNames: ['pool'], registers }),
    workerRestarts: new Counter({ name: 'antiphon_worker_restarts_total', help: 'Worker processes replaced.', labelNames: ['worker'], registers }),
    workersReady: new Gauge({ name: 'antiphon_workers_ready', help: 'Worker processes that take work.', registers }),
    workerMemory: new Gauge({ name: 'antiphon_worker_resident_memory_bytes', help: 'Memory of a worker process.', labelNames: ['worker'], registers }),
    modelLoad: new Histogram({ name: 'antiphon_model_load_seconds', help: 'Loading a model into a worker.', labelNames: ['model'], buckets: workSeconds, registers }),
    languageRequests: new Counter({ name: 'antiphon_language_requests_total', help: 'Conversation turns and batches of embeddings that ended, by outcome (ok, or the error code) and who served (local, a provider, or nobody).', labelNames: ['kind', 'provider', 'outcome'], registers }),
    languageFirstText: new Histogram({ name: 'antiphon_language_first_text_seconds', help: 'From the request in hand to the first text of the answer.', labelNames: ['provider'], buckets: answerSeconds, registers }),
    languageDuration: new Histogram({ name: 'antiphon_language_duration_seconds', help: 'From the request in hand to the end of the answer.', labelNames: ['kind', 'provider'], buckets: answerSeconds, registers }),
    languageTokens: new Counter({ name: 'antiphon_language_tokens_total', help: 'Tokens read (in) and written (out).', labelNames: ['kind', 'provider', 'direction'], registers }),
    providerRequests: new Counter({ name: 'antiphon_provider_requests_total', help: 'Attempts of members of chains that ended, by outcome (ok, or the error code). Work that this machine does without a chain is not among them.', labelNames: ['kind', 'provider', 'outcome'], registers }),
    providerDuration: new Histogram({ name: 'antiphon_provider_request_seconds', help: 'One attempt of a member of a chain, to the end of its answer.', labelNames: ['kind', 'provider'], buckets: answerSeconds, registers }),
    providerBreaker: new Gauge({ name: 'antiphon_provider_breaker_state', help: 'Whether a member of a chain is in service: 0 closed (in service), 1 half-open (one request tries), 2 open (passed over).', labelNames: ['kind', 'provider'], registers }),
    providerConnected: new Gauge({ name: 'antiphon_provider_connected', help: 'Whether the last check reached the provider and its key was taken: 1 or 0.', labelNames: ['provider'], registers }),
    providerCost: new Counter({ name: 'antiphon_provider_cost_total', help: 'What providers cost by providers.<id>.prices, in the currency of those.', labelNames: ['kind', 'provider'], registers }),
    failovers: new Counter({ name: 'antiphon_provider_failovers_total', help: 'Requests that another member of the chain served than the first.', labelNames: ['kind', 'from', 'to'], registers }),
    gpuMemoryUsed: new Gauge({ name: 'antiphon_gpu_memory_used_bytes', help: 'Memory in use on a GPU.', labelNames: ['gpu'], registers }),
    gpuMemoryTotal: new Gauge({ name: 'antiphon_gpu_memory_total_bytes', help: 'Memory of a GPU.', labelNames: ['gpu'], registers }),
    gpuUtilization: new Gauge({ name: 'antiphon_gpu_utilization_ratio', help: 'How busy a GPU is, 0 to 1.', labelNames: ['gpu'], registers }),
    jobs: new Gauge({ name: 'antiphon_jobs', help: 'Durable jobs, by state.', labelNames: ['state'], registers }),
    jobSentences: new Counter({ name: 'antiphon_job_sentences_total', help: 'Sentences that durable jobs have made and kept.', labelNames: ['kind'], registers }),
    jobAudioSeconds: new Counter({ name: 'antiphon_job_audio_seconds_total', help: 'Seconds of audio that durable jobs have made and kept.', labelNames: ['kind'], registers }),
    httpRequests: new Counter({ name: 'antiphon_http_requests_total', help: 'HTTP answers by route and status.', labelNames: ['route', 'status'], registers }),
  };
}
