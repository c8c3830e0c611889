/** Text in, encoded speech out: the story of a speech request, told once for every client. */
import { audioFormats, type AudioFormatId } from '../audio/formats.ts';
import type { Marker } from '../audio/watermark/marker.ts';
import { begunGenerator } from '../begun-generator.ts';
import type { Caller } from '../caller.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import { localMember, type Fallback } from '../dispatch/fallback.ts';
import type { ProviderBooks } from '../dispatch/provider-books.ts';
import type { ProviderRoster } from '../dispatch/provider-roster.ts';
import type { RequestRegistry } from '../dispatch/request-registry.ts';
import type { SpeechPool } from '../dispatch/speech-pool.ts';
import { AntiphonError, toAntiphonError } from '../errors.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { TraceContext } from '../telemetry/trace-context.ts';
import type { Dictionary } from '../text/pronunciation/dictionary.ts';
import type { SpeechCache } from './cache/cached-speech.ts';
import type { ChosenVoice } from './choose-voice.ts';
import { encodeSpeech } from './encode-speech.ts';
import type { Markup } from './passages-of.ts';
import { withFirstSentence } from './growing-text.ts';
import { mostSecondsOf, type SpeechMarks } from './marking/speech-marks.ts';
import { createSpeechPlanner, type PlannedSpeech } from './plan-speech.ts';
import { createAccount, type Account } from './speech-account.ts';
import { chooseSpeechMembers, createProviderSentences, watchFirstSound, type SpeechMembers } from './speech-source.ts';
import { createUsageMeter, type UsageMeter } from './usage-meter.ts';
import { synthesisePlan, type SpokenPart } from './synthesise-plan.ts';
import type { SpeechPart } from './timed-sentence.ts';
import type { OpenUsage, UsageBook } from '../usage.ts';
import type { VoiceCatalog } from './voice-catalog.ts';

export type SpeakRequest = {
  readonly requestId: string;
  readonly trace: TraceContext;
  /** Who asks: whose plan, lane and limits count, and whether what is spoken owes a mark. */
  readonly caller: Caller;
  /** Whole, or still being written: then each sentence is spoken as soon as it is complete. Whoever writes must come to an end. */
  readonly text: string | AsyncIterable<string>;
  /** Of a request that counts already: the reply of a spoken turn. Default false. */
  readonly isPart?: boolean;
  /** Where a dialect promises more than speech.maxInputCharacters. */
  readonly maxCharacters?: number;
  /** Default: `none`, which a text that is still being written always is. */
  readonly markup?: Markup;
  /** False: numbers and signs are left to the engine. Default: true. */
  readonly normalise?: boolean;
  /** `tts-1` or `auto` (the chain), an engine or a model of one (this machine), `openai` or `openai/some-model` (that provider alone). */
  readonly model: string;
  readonly voice?: string | undefined;
  /** 0.25…4. */
  readonly speed: number;
  readonly format: AudioFormatId;
  readonly sampleRateHz?: number | undefined;
  readonly bitrateBps?: number | undefined;
};

export type Speech = {
  /** Who speaks: `local`, or a provider's id. */
  readonly provider: string;
  readonly contentType: string;
  readonly fileExtension: string;
  readonly voice: ChosenVoice;
  readonly outputRateHz: number;
  /** Of the text; of one that is still being written, so far. */
  readonly characters: number;
  /** The model says when each sound is heard; else sentences come without words. */
  readonly tellsTimings: boolean;
  /** Encoded audio as it is made, and what is said in it. Leaving the loop early cancels the inference. */
  readonly parts: AsyncGenerator<SpeechPart>;
  /** The audio of `parts` alone; read one or the other. */
  readonly bytes: AsyncGenerator<Uint8Array>;
  /** Figures so far, whole once `bytes` has ended. */
  readonly progress: () => SpeechProgress;
};

export type SpeechProgress = {
  /** From the request in hand to the first encoded audio; undefined before. */
  readonly firstAudioMs: number | undefined;
  readonly audioSeconds: number;
  readonly elapsedMs: number;
};

export type SpeechRecord = {
  readonly requestId: string;
  readonly owner: string;
  readonly engine: string;
  readonly voice: string;
  readonly format: string;
  readonly characters: number;
  readonly audioSeconds: number;
  readonly firstAudioMs: number | undefined;
  readonly durationMs: number;
  /** `ok` or an error code. */
  readonly outcome: string;
};

export type SpeakDependencies = {
  readonly config: Config['speech'];
  readonly catalog: VoiceCatalog;
  readonly pool: SpeechPool;
  readonly roster: ProviderRoster;
  readonly fallback: Pick<Fallback, 'stream' | 'chain'>;
  readonly books: Pick<ProviderBooks, 'spend'>;
  readonly requests: RequestRegistry;
  readonly usage: UsageBook;
  /** An owner's own pronunciations. */
  readonly dictionary: (owner: string) => Promise<Dictionary | undefined>;
  readonly marks: Pick<SpeechMarks, 'begin'>;
  /** What was spoken before, for this machine's own voices. Default: nothing is kept. */
  readonly cache?: Pick<SpeechCache, 'over'> | undefined;
  /** The fast voice is to speak for the fine one. Default: it is not. */
  readonly usesSmallModel?: () => Promise<boolean>;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Takes the outcome of every request; must not block. */
  readonly record: (record: SpeechRecord) => void;
};

export type Speak = (request: SpeakRequest, caller: AbortSignal) => Promise<Speech>;

/**
 * Where this machine alone speaks, the returned function checks everything that can be checked without inference and
 * gives the stream; what goes wrong later rejects from `bytes`. Where a provider may, it resolves with the first sound
 * in hand, since only then is known who speaks. A text that is still being written has its first sentence by then, and
 * its figures count from there. Errors: mark_unavailable; those of prepareText, chooseVoice, outputRateFor, the pool and
 * the providers.
 */
export function createSpeak(dependencies: SpeakDependencies): Speak {
  const { config, pool, clock, roster, fallback, requests } = dependencies;
  const planner = createSpeechPlanner(dependencies);

  return async (given, caller) => {
    checkSpeed(given.speed);
    const request = typeof given.text === 'string' ? given : { ...given, text: await withFirstSentence(given.text, caller) };
    const startedMs = clock.now();
    const choice = chooseSpeechMembers({ model: request.model, config, roster });
    const members = choice.members ?? fallback.chain('speech');
    if (members.length === 1 && members[0] === localMember) return speakHere(request, caller, startedMs);
    return speakThrough({ request, choice, members, caller, startedMs });
  };

  async function speakHere(request: SpeakRequest, caller: AbortSignal, startedMs: number): Promise<Speech> {
    const planned = await planner.here(request);
    pool.admit(request.caller.lane);
    const marker = await beginMark(request, planned);
    const characters = () => planned.plan.requestText().length;
    const meter = createUsageMeter();
    const account = createAccount({ dependencies, request, characters, voice: planned.voice, startedMs, usage: await openUsage(request), meter });
    const parts = await begunGenerator<SpeechPart>(async function* () {
      try {
        yield undefined;
        const handle = requests.begin({ caller: request.caller, id: request.requestId, kind: 'speech', model: planned.voice.modelId, voice: planned.voice.voice, characters: lengthOf(request.text) }, caller);
        yield* encodeSpeech({ request, planned, spoken: synthesisePlan({ ...planned.plan, meter }, { pool: spokenHere(planned, meter), config, clock }, handle.signal), handle, account, marker });
      } finally {
        // Done already, unless nobody ever began to read, or the server is about to end.
        await account.close('cancelled');
      }
    });
    return toSpeech({ request, planned, provider: localMember, parts, account });
  }

  /** Errors: mark_unavailable. */
  function beginMark({ caller, requestId, text, speed }: SpeakRequest, { voice }: PlannedSpeech): Promise<Marker | undefined> {
    return dependencies.marks.begin({ caller, requestId, sampleRateHz: voice.sampleRateHz, seconds: mostSecondsOf({ characters: lengthOf(text), speed }) });
  }

  /** The workers, and before them what they made earlier. */
  function spokenHere({ voice }: PlannedSpeech, meter: UsageMeter): Pick<SpeechPool, 'synthesise'> {
    return dependencies.cache?.over(voice, meter.cached) ?? pool;
  }

  /** Errors: quota_exceeded, rate_limited. */
  function openUsage({ caller, requestId, text, isPart }: SpeakRequest): Promise<OpenUsage> {
    return dependencies.usage.open({ caller, requestId, action: 'speech', characters: lengthOf(text), isPart });
  }

  type ThroughOptions = { readonly request: SpeakRequest; readonly choice: SpeechMembers; readonly members: readonly string[]; readonly caller: AbortSignal; readonly startedMs: number };

  async function speakThrough({ request, choice, members, caller, startedMs }: ThroughOptions): Promise<Speech> {
    const handle = requests.begin({ caller: request.caller, id: request.requestId, kind: 'speech', model: request.model, ...(request.voice === undefined ? {} : { voice: request.voice }), characters: lengthOf(request.text) }, caller);
    const usage = await openUsage(request).catch((error: unknown) => {
      handle.end();
      throw error;
    });
    const meter = createUsageMeter();
    const plans = new Map<string, PlannedSpeech>();
    try {
      const { member, insteadOf, value } = await fallback.stream('speech', (one, signal) => spokenBy(one, { request, choice, isFirst: one === members[0], plans, meter, signal }), { signal: handle.signal, members });
      const own = plans.get(member)!;
      const planned = { ...own, voice: { ...own.voice, insteadOf: insteadOf ?? own.voice.insteadOf } };
      handle.update({ voice: planned.voice.voice });
      const marker = await beginMark(request, planned).catch(async (error: unknown) => {
        await value.return(undefined);
        throw error;
      });
      const characters = () => planned.plan.requestText().length;
      const account = createAccount({ dependencies, request, characters, voice: planned.voice, startedMs, usage, meter });
      const parts = await begunGenerator(async function* () {
        try {
          yield undefined;
          yield* encodeSpeech({ request, planned, spoken: value, handle, account, marker });
          dependencies.books.spend(member, { kind: 'speech', characters: characters() });
        } finally {
          // All of it done already, unless nobody ever began to read.
          await account.close('cancelled');
          await value.return(undefined);
          handle.end();
        }
      });
      return toSpeech({ request, planned, provider: member, parts, account });
    } catch (error) {
      await createAccount({ dependencies, request, characters: () => lengthOf(request.text), voice: { engine: members[0]!, voice: request.voice ?? '', sampleRateHz: 1 }, startedMs, usage, meter }).close(toAntiphonError(error).code, error);
      handle.end();
      throw error;
    }
  }

  type SpokenByOptions = Pick<ThroughOptions, 'request' | 'choice'> & { readonly isFirst: boolean; readonly plans: Map<string, PlannedSpeech>; readonly meter: UsageMeter; readonly signal: AbortSignal };

  /** Everything that a member says, from its first sound on: whatever stands before that is no reason to be bound to it. */
  async function* spokenBy(member: string, { request, choice, isFirst, plans, meter, signal }: SpokenByOptions): AsyncGenerator<SpokenPart> {
    const isLocal = member === localMember;
    const planned = isLocal ? await planner.here(request, !isFirst) : await planner.by(member, request, choice);
    plans.set(member, planned);
    if (isLocal) pool.admit(request.caller.lane);
    const source = isLocal ? watchFirstSound(spokenHere(planned, meter)) : createProviderSentences({ entry: roster.get(member), model: planned.voice.modelId.slice(member.length + 1), fallback });
    const held: SpokenPart[] = [];
    for await (const part of synthesisePlan({ ...planned.plan, meter }, { pool: source.pool, config, clock }, signal)) {
      held.push(part);
      if (source.firstSound.heard()) yield* held.splice(0);
    }
    yield* held;
  }
}

type ToSpeechOptions = { readonly request: SpeakRequest; readonly planned: PlannedSpeech; readonly provider: string; readonly parts: AsyncGenerator<SpeechPart>; readonly account: Account };

function toSpeech({ request, planned: { voice, outputRateHz, plan }, provider, parts, account }: ToSpeechOptions): Speech {
  return {
    provider,
    contentType: audioFormats[request.format].contentType,
    fileExtension: audioFormats[request.format].fileExtension,
    voice,
    outputRateHz,
    get characters() { return plan.requestText().length; },
    tellsTimings: voice.tellsTimings,
    parts,
    bytes: bytesOf(parts),
    progress: account.progress,
  };
}

async function* bytesOf(parts: AsyncGenerator<SpeechPart>): AsyncGenerator<Uint8Array> {
  for await (const { bytes } of parts) if (bytes.length > 0) yield bytes;
}

/** Of a text that is still being written nothing is said before it is known. */
function lengthOf(text: SpeakRequest['text']): number {
  return typeof text === 'string' ? text.length : 0;
}

function checkSpeed(speed: number): void {
  if (speed >= 0.25 && speed <= 4) return;
  throw new AntiphonError('input_invalid', `speed must be between 0.25 and 4, not ${speed}.`, { param: 'speed' });
}
