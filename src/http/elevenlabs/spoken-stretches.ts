/** Says the stretches of a stream-input connection one after the other, and sends them as one stream with its times. */
import type { Caller } from '../../caller.ts';
import { createAsyncQueue } from '../../async-queue.ts';
import type { Config } from '../../config/schema.ts';
import { toAntiphonError } from '../../errors.ts';
import type { Speak, Speech } from '../../speech/speak.ts';
import type { TimedCharacters, TimedSentence } from '../../speech/timed-sentence.ts';
import type { TraceContext } from '../../telemetry/trace-context.ts';
import { spokenOf, toSocketAlignment } from './alignment.ts';
import type { Speaker } from './choose-speaker.ts';
import { createJoinedAudio, type JoinedAudio } from './joined-audio.ts';
import type { OutputFormat } from './output-formats.ts';
import type { StreamInputQuery } from './stream-input-fields.ts';
import type { SendMessage } from './stream-input-writer.ts';
import type { Stretch } from './text-buffer.ts';

export type SpokenStretches = {
  readonly add: (stretch: Stretch) => void;
  /** Of what is said from now on. */
  readonly setSpeed: (speed: number) => void;
  /** No more will come. */
  readonly end: () => void;
  /** Characters that are not wholly said yet. */
  readonly waitingCharacters: () => number;
  /** Resolves when the last message is sent; rejects with what kept it from that. */
  readonly done: Promise<void>;
};

export type SpokenStretchesOptions = {
  readonly speak: Speak;
  readonly speech: Config['speech'];
  readonly trace: TraceContext;
  readonly caller: Caller;
  /** Every stretch is a request of its own in the queue. */
  readonly nextRequestId: () => string;
  /** Aborted where nobody wants to hear the rest. */
  readonly signal: AbortSignal;
  readonly query: StreamInputQuery;
  readonly speaker: Speaker;
  readonly output: OutputFormat;
  readonly send: SendMessage;
  /** After every stretch. */
  readonly onProgress: () => void;
};

const mostCarriedCharacters = 1_000;

export function createSpokenStretches(options: SpokenStretchesOptions): SpokenStretches {
  const { speech: config, signal, query, speaker, output, send } = options;
  const queue = createAsyncQueue<Stretch>();
  let waiting = 0;
  let inQueue = 0;
  let speed = 1;
  /** What could not be said by itself, a lone break for instance, goes before what follows. */
  let carried = '';
  /** Silence owed before the next stretch. */
  let pauseMs = 0;
  /** Where the characters told so far end, in seconds of the stream: the next message's times count from there. */
  let toldSeconds = 0;

  // Whoever left without a word will never end the queue.
  signal.addEventListener('abort', () => queue.fail(signal.reason), { once: true });

  async function run(): Promise<void> {
    const audio = createJoinedAudio(output);
    try {
      for await (const stretch of queue) {
        inQueue--;
        await say(stretch, audio);
        waiting -= stretch.text.length;
        if (inQueue === 0) await sendAudio(await audio.settle());
        options.onProgress();
      }
      await sendAudio(await audio.finish());
      await send({ audio: null, isFinal: true, alignment: null, normalizedAlignment: null });
    } finally {
      audio.close();
    }
  }

  async function say(stretch: Stretch, audio: JoinedAudio): Promise<void> {
    const text = carried + stretch.text;
    const speech = await begin(text);
    carried = speech === undefined && text.length <= mostCarriedCharacters ? text : '';
    if (speech === undefined) return;
    const pacedMs = Math.round(pauseMs / speed) - audio.settledMs();
    if (pacedMs > 0) await sendAudio(await audio.addSilence(pacedMs));
    const startSeconds = audio.seconds();
    try {
      for await (const { bytes, sentences } of speech.parts) await sendAudio(await audio.add(bytes), sentences, startSeconds);
    } catch (error) {
      if (toAntiphonError(error).code !== 'input_empty') throw error;
    }
    pauseMs = { none: 0, sentence: config.sentencePauseMs, paragraph: config.paragraphPauseMs }[stretch.ending];
  }

  /** Undefined where the text holds nothing that can be said: a bar of a table, a lone dash. */
  async function begin(text: string): Promise<Speech | undefined> {
    try {
      return await options.speak({
        requestId: options.nextRequestId(),
        trace: options.trace,
        caller: options.caller,
        text,
        markup: query.enable_ssml_parsing ? 'fragments' : 'none',
        normalise: query.apply_text_normalization !== 'off',
        model: speaker.model,
        voice: speaker.voice,
        speed,
        format: 'pcm',
        sampleRateHz: output.sampleRateHz,
      }, signal);
    } catch (error) {
      if (toAntiphonError(error).code === 'input_empty') return undefined;
      throw error;
    }
  }

  async function sendAudio(bytes: Uint8Array | undefined, sentences: readonly TimedSentence[] = [], startSeconds = 0): Promise<void> {
    if (bytes === undefined && sentences.length === 0) return;
    const source = sentences.map(({ sourceCharacters }) => later(sourceCharacters, startSeconds));
    const spoken = sentences.map((sentence) => later(spokenOf(sentence, toldSeconds > 0 || sentence.index > 0), startSeconds));
    await send({
      audio: Buffer.from(bytes ?? []).toString('base64'),
      isFinal: null,
      alignment: toSocketAlignment(source, toldSeconds),
      normalizedAlignment: toSocketAlignment(spoken, toldSeconds),
    });
    toldSeconds = source.at(-1)?.endSeconds.at(-1) ?? toldSeconds;
  }

  return {
    add: (stretch) => {
      waiting += stretch.text.length;
      inQueue++;
      queue.push(stretch);
    },
    setSpeed: (wanted) => { speed = wanted; },
    end: () => queue.end(),
    waitingCharacters: () => waiting,
    done: run(),
  };
}

function later({ characters, startSeconds, endSeconds }: TimedCharacters, bySeconds: number): TimedCharacters {
  return { characters, startSeconds: startSeconds.map((at) => at + bySeconds), endSeconds: endSeconds.map((at) => at + bySeconds) };
}
