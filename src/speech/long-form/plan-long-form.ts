/** From what a caller sent to a job that can be kept: text checked, voice chosen, chapters found. */
import { createHash } from 'node:crypto';
import { audioFormats, outputRateFor, type AudioFormatId } from '../../audio/formats.ts';
import type { Config } from '../../config/schema.ts';
import { AntiphonError } from '../../errors.ts';
import { hasSpeakableContent } from '../../text/speakable.ts';
import type { Caller } from '../../caller.ts';
import { owesMark } from '../marking/mark-policy.ts';
import type { CaptionFormat } from '../captions.ts';
import type { VoiceCatalog } from '../voice-catalog.ts';
import { findChapters, namesDivision, type Chapter } from './chapters.ts';
import { findVoiceNow } from './find-voice.ts';
import { initialProgress, type LongFormProgress } from './long-form-progress.ts';
import { longFormKindName, sourceFileName, type LongFormSettings } from './long-form-settings.ts';

export type LongFormRequest = {
  readonly text: string;
  readonly model: string;
  readonly voice?: string | undefined;
  /** 0.25…4. */
  readonly speed: number;
  readonly format: AudioFormatId;
  readonly bitrateBps?: number | undefined;
  readonly output: 'split' | 'single';
  readonly chapters: 'auto' | 'none';
  /** Default: the text's first line, where it is short enough to be one. */
  readonly title?: string | undefined;
  readonly author?: string | undefined;
  /** −40…−10. */
  readonly loudnessLufs?: number | undefined;
  readonly captions: readonly CaptionFormat[];
  /** Who asks, and by which request; a job of this machine's owner needs neither. */
  readonly asked?: { readonly caller: Caller; readonly requestId: string };
};

export type PlannedLongForm = {
  readonly kind: string;
  readonly title: string;
  readonly fingerprint: string;
  readonly settings: LongFormSettings;
  readonly progress: LongFormProgress;
  readonly files: Readonly<Record<string, string>>;
  /** Room on the disk that the work takes at its peak, about. */
  readonly neededBytes: number;
};

export type LongFormPlanner = {
  /** Errors: input_empty, input_too_long, input_invalid, and those of the voice. */
  readonly plan: (request: LongFormRequest) => Promise<PlannedLongForm>;
  /** What a text would be divided into. Errors: input_empty, input_too_long. */
  readonly outline: (request: Pick<LongFormRequest, 'text' | 'chapters' | 'title'>) => { readonly title: string; readonly chapters: readonly Chapter[] };
};

export type LongFormPlannerOptions = { readonly catalog: VoiceCatalog; readonly config: Pick<Config, 'speech' | 'jobs'> };

/** What a text is called that begins with no title of its own. */
export const untitled = 'Untitled';
const longestTitle = 120;
const longestFirstLine = 80;
/** A usual pace at speed 1. */
const charactersPerSecond = 14;
const encodedBytesPerSecond = 20_000;

export function createLongFormPlanner({ catalog, config }: LongFormPlannerOptions): LongFormPlanner {
  function outline({ text, chapters: mode, title: given }: Pick<LongFormRequest, 'text' | 'chapters' | 'title'>) {
    if (text.length > config.jobs.maxCharacters) {
      throw new AntiphonError('input_too_long', `The text has ${text.length} characters; the most of one job is ${config.jobs.maxCharacters} (jobs.maxCharacters).`, { param: 'input' });
    }
    const title = tidy(given ?? '') || titleOf(text);
    const chapters = findChapters(text, { mode, title });
    if (chapters.length === 0) throw new AntiphonError('input_empty', 'The text holds nothing that can be spoken.', { param: 'input' });
    return { title, chapters };
  }

  return {
    outline,
    plan: async (request) => {
      const text = request.text.toWellFormed();
      checkRanges(request);
      const { title, chapters } = outline({ ...request, text });
      const chosen = await findVoiceNow({ model: request.model, voice: request.voice, catalog, config: config.speech });
      // Told now and not after an hour of speaking.
      outputRateFor({ format: request.format, sourceRateHz: chosen.sampleRateHz });
      const settings: LongFormSettings = {
        model: request.model,
        modelId: chosen.modelId,
        engine: chosen.engine,
        voice: chosen.voice,
        speed: request.speed,
        format: request.format,
        ...(request.bitrateBps === undefined ? {} : { bitrateBps: request.bitrateBps }),
        output: request.output,
        title,
        ...(request.author === undefined || tidy(request.author) === '' ? {} : { author: tidy(request.author) }),
        ...(request.loudnessLufs === undefined ? {} : { loudnessLufs: request.loudnessLufs }),
        ...(request.asked === undefined || !owesMark(request.asked.caller) ? {} : { marked: { owner: request.asked.caller.owner, ...(request.asked.caller.keyId === undefined ? {} : { keyId: request.asked.caller.keyId }), requestId: request.asked.requestId } }),
        captions: [...new Set(request.captions)],
        sentencePauseMs: config.speech.sentencePauseMs,
        paragraphPauseMs: config.speech.paragraphPauseMs,
        chapters: chapters.map(({ title: name, start, end }) => ({ title: name, start, end })),
      };
      const fingerprint = createHash('sha256').update(JSON.stringify(settings)).update(text).digest('hex');
      return { kind: longFormKindName, title, fingerprint, settings, progress: initialProgress(settings), files: { [sourceFileName]: text }, neededBytes: neededBytes(settings, chosen.sampleRateHz) };
    },
  };
}

/** Samples wait until their file is encoded: two chapters of them at most, or everything; and then the files. */
function neededBytes({ chapters, output, speed, format }: LongFormSettings, sampleRateHz: number): number {
  const secondsOf = (characters: number): number => characters / charactersPerSecond / speed;
  const lengths = chapters.map(({ start, end }) => secondsOf(end - start));
  const all = lengths.reduce((sum, length) => sum + length, 0);
  const waiting = output === 'single' ? all : Math.min(all, 2 * Math.max(...lengths));
  const isPlain = ['wav', 'pcm', 'flac'].includes(format);
  return Math.round(waiting * sampleRateHz * 2 + all * (isPlain ? sampleRateHz * 2 : encodedBytesPerSecond));
}

function checkRanges({ speed, loudnessLufs, format }: LongFormRequest): void {
  if (!(speed >= 0.25 && speed <= 4)) throw new AntiphonError('input_invalid', `speed must be between 0.25 and 4, not ${speed}.`, { param: 'speed' });
  if (loudnessLufs !== undefined && !(loudnessLufs >= -40 && loudnessLufs <= -10)) throw new AntiphonError('input_invalid', `loudness_lufs must be between -40 and -10, not ${loudnessLufs}.`, { param: 'loudness_lufs' });
  if (!Object.hasOwn(audioFormats, format)) throw new AntiphonError('input_invalid', `"${String(format)}" is no audio format here.`, { param: 'response_format' });
}

function titleOf(text: string): string {
  const line = text.slice(0, 2_000).split(/[\n\r\f]/u).map((one) => one.replace(/^#+\s*/u, '').trim()).find(hasSpeakableContent) ?? '';
  return line.length <= longestFirstLine && !namesDivision(line) ? tidy(line) || untitled : untitled;
}

function tidy(title: string): string {
  return title.replace(/[*_`~]+/gu, '').replace(/[\s\p{Cc}]+/gu, ' ').trim().slice(0, longestTitle);
}
