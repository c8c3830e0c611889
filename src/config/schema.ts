/** Every setting of the server: type, unit, default and what it is for. The reference page is generated from it. */
import { homedir, availableParallelism } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { premadeVoiceAliases } from './elevenlabs-voices.ts';
import { groqVoiceAliases } from './groq-voices.ts';
import { vendorVoices } from './vendor-voices.ts';
import { lanesSchema } from './lane-settings.ts';
import { plansSchema } from './plan-settings.ts';
import { chainsSchema, checkChains, failoverSchema, providersSchema } from './provider-settings.ts';

const home = join(homedir(), '.antiphon');
const milliseconds = (defaultMs: number) => z.number().int().min(1).max(86_400_000).default(defaultMs);
const port = (defaultPort: number) => z.number().int().min(0).max(65_535).default(defaultPort);

const server = z.object({
  host: z.string().min(1).default('127.0.0.1').meta({ description: 'Address to listen on. On anything but loopback everybody needs a key (access.requireKeys), and an owner\'s must be there before the server starts: `antiphon keys create`.' }),
  port: port(8080).meta({ description: 'Main port: web page and every HTTP API. 0 takes any free port. Taken: the server does not start.' }),
  healthPort: port(8081).meta({ description: 'Side port for /health only. Taken: a warning. 0 turns it off.' }),
  metricsPort: port(9090).meta({ description: 'Side port for /metrics only. Taken: a warning. 0 turns it off.' }),
  allowUnauthenticated: z.boolean().default(false).meta({ description: 'The older name of access.requireKeys: never, for addresses that are not loopback; it counts while that is auto.' }),
  allowedHosts: z.array(z.string()).default([]).meta({ description: 'Names under which clients may address a server bound to loopback, besides localhost and its addresses; a proxy\'s name belongs here. Guards against web pages that rebind a name of theirs to this machine.' }),
  headersTimeoutMs: milliseconds(10_000).meta({ description: 'A client has this long to send its headers.', unit: 'ms' }),
  bodyTimeoutMs: milliseconds(30_000).meta({ description: 'A client has this long to send the whole request.', unit: 'ms' }),
  drainTimeoutMs: milliseconds(20_000).meta({ description: 'On Ctrl-C or SIGTERM speech in flight may finish for this long.', unit: 'ms' }),
  maxBodyBytes: z.number().int().min(1_024).default(1_048_576).meta({ description: 'Largest JSON body that is read.', unit: 'bytes' }),
  maxConnections: z.number().int().min(1).default(2_048).meta({ description: 'Connections open at once on the main port; more are refused.' }),
});

const speech = z.object({
  maxInputCharacters: z.number().int().min(1).max(1_000_000).default(4_096).meta({ description: 'Longest text of one request, as in OpenAI\'s API.', unit: 'characters' }),
  models: z.record(z.string(), z.enum(['piper', 'kokoro', 'flite'])).default(defaultModelAliases()).meta({ description: 'What a client calls a model → the engine that serves it. Engines\' own names always work.' }),
  fallback: z.record(z.string(), z.array(z.enum(['piper', 'kokoro', 'flite']))).default({ piper: ['flite'], kokoro: ['piper', 'flite'] }).meta({ description: 'Engines that stand in, in order, while the files of the engine behind an alias such as tts-1 are not here. An engine asked for by its own name is never replaced. The answer\'s x-antiphon-engine header says who spoke.' }),
  voices: z.record(z.string(), z.record(z.string(), z.string())).default(defaultVoiceAliases()).meta({ description: 'Voice names of other vendors → the voice that speaks for them, for each engine and each provider.' }),
  defaultVoices: z.record(z.string(), z.string()).default({ piper: 'en_US-joe-medium', kokoro: 'af_heart', flite: 'cmu_us_slt' }).meta({ description: 'The voice of an engine when the caller names none.' }),
  sentencesAhead: z.number().int().min(1).max(8).default(2).meta({ description: 'Sentences of one request that may be in work at once.' }),
  bufferSeconds: z.number().min(1).max(600).default(20).meta({ description: 'Synthesis may run this far ahead of what the client has read.', unit: 's of audio' }),
  sentencePauseMs: z.number().int().min(0).max(5_000).default(280).meta({ description: 'Silence between sentences at speed 1.', unit: 'ms' }),
  paragraphPauseMs: z.number().int().min(0).max(10_000).default(600).meta({ description: 'Silence between paragraphs at speed 1.', unit: 'ms' }),
  stallTimeoutMs: milliseconds(60_000).meta({ description: 'A client that reads nothing for this long loses its stream.', unit: 'ms' }),
});

const transcription = z.object({
  models: z.record(z.string(), z.string().min(1)).default(defaultTranscriptionModels()).meta({ description: 'What a client calls a model → the model that serves it, as `antiphon models` names it without `whisper-`. Models\' own names always work.' }),
  fallback: z.array(z.string()).default(['base', 'tiny.en']).meta({ description: 'Models that stand in, in order, while the files of the one behind an alias such as whisper-1 are not here. One asked for by its own name is never replaced. The answer\'s x-antiphon-model header says who heard.' }),
  language: z.string().default('').meta({ description: 'Language of recordings whose sender names none, ISO 639-1. Empty: told from the sound, which costs the first piece of every recording up to a second.' }),
  maxUploadBytes: z.number().int().min(1_024).default(1_073_741_824).meta({ description: 'Largest file that may be sent.', unit: 'bytes' }),
  uploadStallMs: milliseconds(15_000).meta({ description: 'An upload that makes no progress worth the name (16 kB) for this long is ended.', unit: 'ms' }),
  maxSeconds: z.number().int().min(1).max(864_000).default(43_200).meta({ description: 'Longest recording, decoded.', unit: 's of audio' }),
  decoderMemoryBytes: z.number().int().min(134_217_728).default(536_870_912).meta({ description: 'A file whose decoding takes more memory than this is refused.', unit: 'bytes' }),
  maxOpen: z.number().int().min(1).max(1_000).default(32).meta({ description: 'Recordings that may be heard at once, each decoded in a process of its own (about 70 MB); more are refused with 429.' }),
  pieceSeconds: z.number().min(2).max(28).default(12).meta({ description: 'Recordings are heard in pieces of about this length, cut at silences.', unit: 's of audio' }),
  maxPiecesPerWorker: z.number().int().min(1).max(64).default(4).meta({ description: 'Pieces that one worker may hold at once; it takes turns between them, and with speech, by when each is needed.' }),
});

const companion = z.object({
  persona: z.string().max(20_000).default('You are a warm and attentive companion in a spoken conversation. Answer briefly, in one to three short, plain sentences, as people talk. Never use lists, headings, Markdown or emoji.').meta({ description: 'What the model is told before every conversation: who it is and how it speaks. It is spoken aloud, so it should ask for plain sentences.' }),
  model: z.string().min(1).default('auto').meta({ description: 'Who thinks: `auto` for the chain of chat providers, `local`, a model or a provider, as in /v1/chat/completions.' }),
  speechModel: z.string().min(1).default('tts-1').meta({ description: 'What replies are spoken with, as in /v1/audio/speech.' }),
  voice: z.string().default('').meta({ description: 'The voice of the replies. Empty: the speech model\'s own.' }),
  hearingModel: z.string().min(1).default('whisper-1').meta({ description: 'What recordings are heard with, as in /v1/audio/transcriptions.' }),
  language: z.string().default('en').meta({ description: 'Language that is spoken to it, ISO 639-1. Empty: told from the sound, which costs every turn up to a second.' }),
  maxReplyTokens: z.number().int().min(1).max(100_000).default(200).meta({ description: 'Longest reply; a spoken one is better short.', unit: 'tokens' }),
  historyTokens: z.number().int().min(0).max(1_000_000).default(1_200).meta({ description: 'So much of the conversation so far goes with each turn, by an estimate of four characters a token. Beyond it the older half is left out; where a model holds less, more of it.', unit: 'tokens' }),
  maxCharacters: z.number().int().min(1).max(100_000).default(4_096).meta({ description: 'Longest text of one turn.', unit: 'characters' }),
  maxUploadBytes: z.number().int().min(1_024).default(10_485_760).meta({ description: 'Largest recording of one turn.', unit: 'bytes' }),
  turnTimeoutMs: milliseconds(60_000).meta({ description: 'A turn that has no whole reply and no sound of it after this long fails with 504.', unit: 'ms' }),
  waitingTurns: z.number().int().min(0).max(100).default(3).meta({ description: 'Turns of one session that may wait for the one before them; they are taken in order, more are refused with 429.' }),
  sessionDays: z.number().min(0.01).max(3_650).default(7).meta({ description: 'A session that is not used for this long is forgotten, with all its turns.', unit: 'days' }),
  audioHours: z.number().min(0.01).max(8_760).default(24).meta({ description: 'Spoken replies can be fetched for this long.', unit: 'hours' }),
});

const chat = z.object({
  models: z.record(z.string(), z.string().min(1)).default({ 'gpt-*': 'auto', 'chatgpt-*': 'auto', 'o1*': 'auto', 'o3*': 'auto', 'o4*': 'auto', 'claude-*': 'auto', 'gemini-*': 'auto', 'llama-3*': 'auto', 'llama3*': 'auto', 'meta-llama/*': 'auto', 'mixtral-*': 'auto', 'qwen*': 'auto' }).meta({ description: 'What a client calls a model for conversation → auto (the chain), local, a local model\'s name, or provider/model. A * at the end stands for the rest of a name. Local models\' own names always work.' }),
  local: z.array(z.string()).default([]).meta({ description: 'Local models for conversation in order of preference; the first that is here answers as local. Where none of them is: the largest.' }),
});

const embeddings = z.object({
  models: z.record(z.string(), z.string().min(1)).default({ 'text-embedding-*': 'auto' }).meta({ description: 'What a client calls a model for embeddings → auto (the chain), local, a local model\'s name, or provider/model. A * at the end stands for the rest of a name. Local models\' own names always work.' }),
  local: z.array(z.string()).default([]).meta({ description: 'Local models for embeddings in order of preference; the first that is here serves as local. Where none of them is: the first known.' }),
});

const language = z.object({
  ggufDir: z.string().default('').meta({ description: 'Language models of your own: drop *.gguf files with a chat template here, no restart needed. Default: gguf in dataDir.' }),
  threads: z.number().int().min(1).max(64).default(1).meta({ description: 'Threads of the language model. More than the cores that are free make it many times slower.' }),
  contextTokens: z.number().int().min(256).max(1_048_576).default(4_096).meta({ description: 'Longest conversation, answers included; less where the model was trained on less. Each that is remembered takes memory for so many: 94 MB with the smallest model, 0.6 GB with one of 4 billion parameters.', unit: 'tokens' }),
  conversations: z.number().int().min(1).max(64).default(4).meta({ description: 'Conversations that a model remembers, so that their next turn costs only what is new, and that it continues in turns; fewer where memory does not suffice. More wait, for no longer than it takes to write 128 tokens.' }),
  maxOpen: z.number().int().min(1).max(1_024).default(16).meta({ description: 'Answers that may be open at the language worker at once.' }),
  maxWaiting: z.number().int().min(1).max(100_000).default(64).meta({ description: 'Conversations, or requests for embeddings, that may wait for it; more are refused with 429.' }),
  residentBytes: z.number().int().min(1_000_000).default(8_000_000_000).meta({ description: 'Models the language worker keeps in memory; the least recently used leaves first. What does not fit into the memory that is free is not loaded.', unit: 'bytes' }),
  idleUnloadMs: milliseconds(600_000).meta({ description: 'The language worker ends, with all it holds, when nobody asked for this long.', unit: 'ms' }),
});

const perMinute = (defaultLimit: number, what: string) => z.number().int().min(1).max(1_000_000).default(defaultLimit).meta({ description: `${what} a minute for each key, and for each address in the free lane.` });

/** Those of speech belong to the lanes and plans. */
const limits = z.object({
  transcriptionPerMinute: perMinute(60, 'Recordings'),
  chatPerMinute: perMinute(60, 'Answers of language models, spoken turns among them,'),
  embeddingsPerMinute: perMinute(300, 'Requests for embeddings'),
  globalPerMinute: z.number().int().min(1).max(10_000_000).default(6_000).meta({ description: 'Requests a minute of everybody together who has a limit.' }),
});

const access = z.object({
  requireKeys: z.enum(['auto', 'always', 'never']).default('auto').meta({ description: 'auto: whoever reaches a loopback address is the owner and needs no key; on any other address everybody needs one, unless server.allowUnauthenticated is on. always: everybody needs one. never: nobody does, and whoever reaches the server is its owner: for a trusted network behind a proxy that checks who asks.' }),
  openMetrics: z.boolean().default(false).meta({ description: 'Serve GET /metrics without a key, though keys are needed for all else: for a scraper that can send none. It tells how much is done here, never what or for whom.' }),
  rotateGraceHours: z.number().min(0).max(8_760).default(24).meta({ description: 'A key that was rotated goes on working for this long beside the new one.', unit: 'hours' }),
});

const cache = z.object({
  enabled: z.boolean().default(true).meta({ description: 'Keep what the voices of this machine have said, sentence by sentence, for whoever asks for the same again.' }),
  maxBytes: z.number().int().min(0).default(500_000_000).meta({ description: 'Room for kept sentences in dataDir; the least recently used leave first. A second of speech takes about 45 kB.', unit: 'bytes' }),
  ttlHours: z.number().min(0).max(8_760).default(24).meta({ description: 'A sentence is kept for this long after it was made.', unit: 'hours' }),
  longTtlHours: z.number().min(0).max(8_760).default(2).meta({ description: 'The same for long sentences, which are seldom asked for twice.', unit: 'hours' }),
  longCharacters: z.number().int().min(1).default(200).meta({ description: 'A sentence counts as long from here on.', unit: 'characters' }),
});

const housekeeping = z.object({
  uploadHours: z.number().min(1).max(8_760).default(24).meta({ description: 'An upload whose server is gone is removed after this long.', unit: 'hours' }),
  recordDays: z.number().min(1).max(3_650).default(90).meta({ description: 'Figures of requests that have ended, and signals, are kept for this long; the usage ledger for good.', unit: 'days' }),
});

const watermark = z.object({
  strengthDb: z.number().min(0.5).max(4).default(2).meta({ description: 'How far the mark lifts and lowers the parts of a sound. More survives more, and is sooner heard.', unit: 'dB' }),
});

const startUp = (what: string) => z.boolean().default(false).meta({ description: `At the start ${what}, as \`antiphon switch\` does while the server runs. A start without it takes that back, unless somebody has turned the switch since.` });

const switches = z.object({
  cloningOff: startUp('voice cloning is switched off; DISABLE_VOICE_CLONING=1 is the same'),
  smallModel: startUp('the fast voice speaks for the fine one; DIA_USE_BNB=1 is the same'),
  freeLaneClosed: startUp('the free lane is closed'),
  newWorkRefused: startUp('no new work is taken'),
  readOnly: startUp('nothing that callers would have kept is taken'),
});

const workers = z.object({
  count: z.number().int().min(1).max(64).default(Math.max(1, availableParallelism())).meta({ description: 'Worker processes for speech; each runs one inference thread. Default: the number of cores.' }),
  preload: z.array(z.string()).default(['piper/en_US-joe-medium', 'flite']).meta({ description: 'Models that speak fast from the first request on: every worker loads and warms the first of these that lies here before it takes work. Others load on first use.' }),
  residentBytes: z.number().int().min(1_000_000).default(1_500_000_000).meta({ description: 'Models a worker keeps in memory; the least recently used leaves first.', unit: 'bytes' }),
  maxStreams: z.number().int().min(1).max(1_024).default(16).meta({ description: 'Sentences one worker may hold open at once; it takes turns between them by playout deadline.' }),
  maxWaiting: z.number().int().min(1).max(100_000).default(512).meta({ description: 'Sentences that may wait for a worker; a new request beyond that gets 429.' }),
  waitTimeoutMs: milliseconds(30_000).meta({ description: 'A sentence for which no worker could be had for this long fails.', unit: 'ms' }),
  heartbeatIntervalMs: milliseconds(2_000).meta({ description: 'Time between two health checks of a worker.', unit: 'ms' }),
  heartbeatTimeoutMs: milliseconds(15_000).meta({ description: 'A worker silent for this long counts as hung and is replaced. Must exceed the longest inference step.', unit: 'ms' }),
  startTimeoutMs: milliseconds(30_000).meta({ description: 'A worker must report for duty in this time.', unit: 'ms' }),
  restartBackoffMs: milliseconds(200).meta({ description: 'Pause before the first restart of a worker that died; doubles up to 30 s until it stays up.', unit: 'ms' }),
});

const jobs = z.object({
  maxCharacters: z.number().int().min(1).max(10_000_000).default(2_000_000).meta({ description: 'Longest text of one job: a book, where speech.maxInputCharacters is for what somebody waits for.', unit: 'characters' }),
  concurrency: z.number().int().min(1).max(16).default(1).meta({ description: 'Jobs that run at once. One already keeps every worker busy; more share them.' }),
  workers: z.number().int().min(0).max(64).default(0).meta({ description: 'Workers that jobs keep busy at once; 0 for all. Whoever waits to hear is served before any job, but not before a step of inference has ended: a tenth of a second with the fast voice, up to three seconds with the fine one. One worker less than there are keeps one free for them, at the price of a slower job.' }),
  maxOpen: z.number().int().min(1).max(10_000).default(100).meta({ description: 'Jobs that may wait, run or pause at once; more are refused with 429.' }),
});

const inference = z.object({
  executionProviders: z.array(z.string()).min(1).default(['cpu']).meta({ description: 'ONNX execution providers in order of preference (cpu, cuda, …). One that fails falls back to cpu, which the log and /health show.' }),
  threads: z.number().int().min(1).max(64).default(1).meta({ description: 'Threads of one inference. More than 1 pays only with a single worker on idle cores.' }),
});

const models = z.object({
  offline: z.boolean().default(false).meta({ description: 'Never fetch; use what lies in modelsDir.' }),
  mirror: z.string().default('').meta({ description: 'Base address of a model hub mirror, in place of the public hub.' }),
  prefetch: z.array(z.string()).default(['piper-en_US-joe-medium', 'silero-vad', 'kokoro-82m-int8', 'kokoro-voices', 'kokoro-lexicon', 'whisper-base', 'smollm2-135m-instruct', 'all-minilm-l6-v2']).meta({ description: 'Models to fetch by themselves. The first is fetched before the server starts, the others behind its back.' }),
  retryMs: milliseconds(60_000).meta({ description: 'Pause between attempts while no source answers.', unit: 'ms' }),
});

const log = z.object({
  level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info').meta({ description: 'Least severe level that is logged.' }),
  format: z.enum(['auto', 'json', 'text']).default('auto').meta({ description: 'auto: text on a terminal, JSON lines elsewhere.' }),
});

export const configSchema = z.object({
  dataDir: z.string().min(1).default(join(home, 'data')).meta({ description: 'Database, sockets and everything else that is written at run time.' }),
  modelsDir: z.string().min(1).default(join(home, 'models')).meta({ description: 'Where fetched models lie.' }),
  voicesDir: z.string().default('').meta({ description: 'Piper voices of your own: drop *.onnx with its *.onnx.json here, no restart needed. Default: voices in dataDir.' }),
  server: server.prefault({}),
  whisperDir: z.string().default('').meta({ description: 'Whisper models of your own: drop faster-whisper (CTranslate2) folders here, no restart needed. Default: whisper in dataDir.' }),
  speech: speech.prefault({}),
  transcription: transcription.prefault({}),
  companion: companion.prefault({}),
  chat: chat.prefault({}),
  embeddings: embeddings.prefault({}),
  providers: providersSchema.meta({ description: 'Whom else to ask, by a name of your choice: type (openai, elevenlabs, anthropic), baseUrl, keyVariable or keyFile, models by kind (speech, transcription, chat, embeddings), defaultVoice, answerTimeoutMs, stallTimeoutMs, allowHttp, prices. Laid over the presets groq, openai, elevenlabs and anthropic field by field. Nobody is asked who stands in no chain and is not named by a caller.' }),
  chains: chainsSchema.prefault({}),
  failover: failoverSchema.prefault({}),
  language: language.prefault({}),
  access: access.prefault({}),
  limits: limits.prefault({}),
  plans: plansSchema.meta({ description: 'What a key of each plan may use, by a name of your choice: requestsPerDay, requestsPerMonth, charactersPerDay, charactersPerMonth, concurrency (null for no bound), lanes, speechPerMinute (null for the lane\'s own), watermark, pricePerMonth. Laid over the presets free, pro, business and enterprise field by field; days and months are those of UTC.' }),
  lanes: lanesSchema.prefault({}),
  cache: cache.prefault({}),
  watermark: watermark.prefault({}),
  housekeeping: housekeeping.prefault({}),
  switches: switches.prefault({}),
  workers: workers.prefault({}),
  jobs: jobs.prefault({}),
  inference: inference.prefault({}),
  models: models.prefault({}),
  log: log.prefault({}),
}).superRefine((config, context) => {
  for (const issue of checkChains(config)) context.addIssue({ code: 'custom', ...issue });
});

export type Config = z.infer<typeof configSchema>;

/** What vendors call their models: those they made for speed go to the fast engine, the others to the fine one. */
function defaultModelAliases(): Record<string, 'piper' | 'kokoro' | 'flite'> {
  return {
    'tts-1': 'piper', 'tts-1-hd': 'kokoro', 'gpt-4o-mini-tts': 'kokoro',
    eleven_flash_v2_5: 'piper', eleven_flash_v2: 'piper', eleven_turbo_v2_5: 'piper', eleven_turbo_v2: 'piper',
    eleven_v3: 'kokoro', eleven_multilingual_v2: 'kokoro', eleven_multilingual_v1: 'kokoro', eleven_monolingual_v1: 'kokoro',
    'playai-tts': 'kokoro', 'canopylabs/orpheus-v1-english': 'kokoro',
  };
}

/** What vendors call their models for listening: the local one that understands the most languages. */
function defaultTranscriptionModels(): Record<string, string> {
  const names = [
    'whisper-1', 'gpt-transcribe', 'gpt-4o-transcribe', 'gpt-4o-mini-transcribe', 'gpt-4o-mini-transcribe-2025-12-15', 'whisper-large-v3', 'whisper-large-v3-turbo', 'distil-whisper-large-v3-en',
    'scribe_v1', 'scribe_v1_experimental', 'scribe_v2',
  ];
  return Object.fromEntries(names.map((name) => [name, 'base']));
}

/** OpenAI's voice names, matched by gender and register; every one is a preset that people type by habit. And ElevenLabs' premade ids, and Groq's names. */
function defaultVoiceAliases(): Record<string, Record<string, string>> {
  const kokoro = {
    alloy: 'af_alloy', ash: 'am_adam', ballad: 'bm_george', cedar: 'am_michael', coral: 'af_bella', echo: 'am_echo', fable: 'bm_fable',
    marin: 'af_heart', nova: 'af_nova', onyx: 'am_onyx', sage: 'af_sarah', shimmer: 'af_sky', verse: 'am_puck',
  };
  const male = new Set(['ash', 'ballad', 'cedar', 'echo', 'fable', 'onyx', 'verse']);
  const fastVoice = 'en_US-joe-medium';
  const presets = Object.entries(kokoro).map(([name, voice]) => [name, { piper: fastVoice, kokoro: voice, flite: male.has(name) ? 'cmu_us_rms' : 'cmu_us_slt', ...vendorVoices(name, male.has(name) ? 'male' : 'female', 'openai') }] as const);
  return { ...Object.fromEntries(presets), ...premadeVoiceAliases(fastVoice), ...groqVoiceAliases(fastVoice) };
}
