/** Who may speak a request, and how each of them would: this machine through its workers, a provider a sentence a call. */
import type { Config } from '../config/schema.ts';
import { localMember, type Fallback } from '../dispatch/fallback.ts';
import type { ProviderEntry, ProviderRoster } from '../dispatch/provider-roster.ts';
import type { SpeechPool, SpeechTask } from '../dispatch/speech-pool.ts';
import type { SpeechChunk } from '../engines/kinds.ts';
import { AntiphonError } from '../errors.ts';
import type { ChosenVoice } from './choose-voice.ts';
import { untilOrAborted } from './until-or-aborted.ts';

export type SpeechMembers = {
  /** Only these; undefined: the chain of speech. */
  readonly members: readonly string[] | undefined;
  /** The model that the caller named of a provider. */
  readonly providerModel: string | undefined;
};

/** Names of models that stand for the chain besides the configured aliases. */
const chainName = 'auto';

/** An alias is whoever the chain says; an engine's own name is this machine; a provider's name is that provider alone. */
export function chooseSpeechMembers({ model, config, roster }: { readonly model: string; readonly config: Config['speech']; readonly roster: Pick<ProviderRoster, 'find'> }): SpeechMembers {
  if (model === chainName || Object.hasOwn(config.models, model)) return { members: undefined, providerModel: undefined };
  const [id, ...rest] = model.split('/');
  if (id === undefined || roster.find(id) === undefined) return { members: [localMember], providerModel: undefined };
  return { members: [id], providerModel: rest.length === 0 ? undefined : rest.join('/') };
}

export type ProviderVoiceOptions = {
  readonly entry: ProviderEntry;
  readonly model: string;
  readonly voice: string | undefined;
  readonly config: Config['speech'];
  /** The caller named this provider: his voice is one of its own. */
  readonly isNamed: boolean;
  /** This machine knows the voice by that name. */
  readonly isLocalVoice: (voice: string) => boolean;
};

/** Errors: provider_unknown where it does not speak; voice_unknown where no voice is known for it. */
export function chooseProviderVoice({ entry: { id, provider, settings }, model, voice, config, isNamed, isLocalVoice }: ProviderVoiceOptions): ChosenVoice {
  if (provider.speech === undefined) throw new AntiphonError('provider_unknown', `${id} does not speak.`, { param: 'model' });
  const aliases = voice !== undefined && Object.hasOwn(config.voices, voice) ? config.voices[voice]! : undefined;
  const own = aliases?.[id] ?? (voice !== undefined && (isNamed || (aliases === undefined && !isLocalVoice(voice))) ? voice : settings.defaultVoice);
  return {
    modelId: `${id}/${model}`,
    engine: id,
    voice: own,
    // What it speaks is told it by the text; ours is only to find the ends of sentences.
    language: 'en',
    sampleRateHz: provider.speech.sampleRateHz,
    changesPitch: false,
    tellsTimings: false,
    takesPronunciations: false,
    revision: undefined,
    inLanguage: () => own,
    insteadOf: undefined,
  };
}

/** Tells when the first sound has come, whoever makes it. */
export type FirstSound = { readonly heard: () => boolean; readonly come: Promise<void> };

/** The pool's promise kept by a member: `firstSound` tells of it. */
export type SpeechSource = { readonly pool: Pick<SpeechPool, 'synthesise'>; readonly firstSound: FirstSound };

export function watchFirstSound(pool: Pick<SpeechPool, 'synthesise'>): SpeechSource {
  const first = createFirstSound();
  return { firstSound: first, pool: { synthesise: (task, signal) => first.tap(pool.synthesise(task, signal)) } };
}

export type ProviderSentencesOptions = {
  readonly entry: ProviderEntry;
  readonly model: string;
  readonly fallback: Pick<Fallback, 'stream'>;
};

/**
 * A call a sentence. Who asks for the first one decides what becomes of its failure; once something was heard nobody
 * else may go on, so each later sentence gets the attempts of this member alone, and waits until the first has begun.
 */
export function createProviderSentences({ entry: { id, provider }, model, fallback }: ProviderSentencesOptions): SpeechSource {
  const first = createFirstSound();
  let sentences = 0;

  /** A pitch or a sound that markup asks for is passed on in any case: a provider that cannot do it says so. */
  function say({ text, voice, speed, pitchSemitones = 0, pronunciations = [] }: SpeechTask, signal: AbortSignal): AsyncIterable<SpeechChunk> {
    return provider.speech!.synthesise(model, { text, voice, speed, ...(pitchSemitones === 0 ? {} : { pitchSemitones }), ...(pronunciations.length === 0 ? {} : { pronunciations }) }, signal);
  }

  async function* sayLater(task: SpeechTask, signal: AbortSignal): AsyncGenerator<SpeechChunk> {
    await untilOrAborted(first.come, signal);
    const { value } = await fallback.stream('speech', (_, own) => say(task, own), { signal, members: [id], isPart: true });
    yield* value;
  }

  return {
    firstSound: first,
    pool: {
      synthesise: (task, signal) => {
        const isFirst = sentences++ === 0;
        return first.tap(isFirst ? say(task, signal) : sayLater(task, signal));
      },
    },
  };
}

function createFirstSound() {
  const { promise, resolve } = Promise.withResolvers<void>();
  let isHeard = false;
  async function* tap(chunks: AsyncIterable<SpeechChunk>): AsyncGenerator<SpeechChunk> {
    for await (const chunk of chunks) {
      isHeard ||= chunk.samples.length > 0;
      if (isHeard) resolve();
      yield chunk;
    }
    // One that has nothing to say holds nobody back.
    resolve();
  }
  return { heard: () => isHeard, come: promise, tap };
}
