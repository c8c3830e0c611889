/** One conversation's text on its way to speech: what waits, what is being said, and what the messages ask of both. */
import { createSpokenStretches, type SpokenStretchesOptions } from './spoken-stretches.ts';
import type { StreamInputMessage } from './stream-input-fields.ts';
import { createTextBuffer } from './text-buffer.ts';

export type SpokenContext = {
  /** Text, settings, flush and trigger of a message. */
  readonly take: (message: Partial<StreamInputMessage>) => void;
  /** Says all that waits, then ends. */
  readonly end: () => void;
  /** Characters that are not wholly said yet. */
  readonly waitingCharacters: () => number;
  /** Of those, the ones that have been cut into stretches and will be said without any further message. */
  readonly dueCharacters: () => number;
  /** Resolves when the last message is sent; rejects with what kept it from that. */
  readonly done: Promise<void>;
};

export type SpokenContextOptions = SpokenStretchesOptions & {
  /** The context's first message. */
  readonly opening: Partial<StreamInputMessage>;
};

export function createSpokenContext({ opening, ...options }: SpokenContextOptions): SpokenContext {
  const stretches = createSpokenStretches(options);
  const schedule = (opening.generation_config ?? opening.generator_config)?.chunk_length_schedule ?? defaultSchedule;
  const buffer = createTextBuffer({ schedule, bySentence: options.query.auto_mode, locale: options.speaker.language });

  return {
    take: (message) => {
      const speed = message.voice_settings?.speed;
      if (typeof speed === 'number') stretches.setSpeed(speed);
      // The blank of the first message opens the stream; it is no part of the text.
      if (message !== opening || message.text !== ' ') buffer.push(message.text ?? '').forEach(stretches.add);
      if (message.try_trigger_generation === true) buffer.trigger().forEach(stretches.add);
      if (message.flush === true) buffer.flush().forEach(stretches.add);
    },
    end: () => {
      buffer.flush().forEach(stretches.add);
      stretches.end();
    },
    waitingCharacters: () => buffer.waitingCharacters() + stretches.waitingCharacters(),
    dueCharacters: stretches.waitingCharacters,
    done: stretches.done,
  };
}

/** The vendor's: a first stretch that is heard soon, longer ones while it plays. */
const defaultSchedule: readonly number[] = [120, 160, 250, 290];
