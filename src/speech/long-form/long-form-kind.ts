/** Reads a book: part by part into journals, chapter by chapter into files. The story of a long reading as a durable job. */
import { mkdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { audioFormats } from '../../audio/formats.ts';
import { machineMadeTags } from '../../audio/metadata/tags.ts';
import type { Clock } from '../../clock.ts';
import type { Config } from '../../config/schema.ts';
import type { SpeechPool } from '../../dispatch/speech-pool.ts';
import type { Job, JobContext, JobKind } from '../../jobs/job.ts';
import { writeWhole, type OpenFile } from '../../jobs/job-files.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { SpeechMarks } from '../marking/speech-marks.ts';
import type { ChosenVoice } from '../choose-voice.ts';
import type { Dictionary } from '../../text/pronunciation/dictionary.ts';
import { prepareText, type PlannedSentence } from '../prepare-text.ts';
import type { VoiceCatalog } from '../voice-catalog.ts';
import { formatCaptions, type CaptionFormat } from '../captions.ts';
import { findVoiceNow } from './find-voice.ts';
import { createProgressTracker, type Made, type ProgressTracker } from './long-form-progress.ts';
import { longFormKindName, longFormSettingsSchema, sourceFileName, type LongFormSettings } from './long-form-settings.ts';
import { captionsName, outputName } from './output-names.ts';
import { openPart, readPart, samplesPath, type KeptPart } from './part-journal.ts';
import { readingParts, type ReadingPart } from './reading-parts.ts';
import { renderFile } from './render-file.ts';
import { fingerprintOf, speakPart } from './speak-part.ts';
import { captionTypes, timedSentences } from './timed-sentences.ts';

export type LongFormDependencies = {
  readonly catalog: VoiceCatalog;
  readonly pool: Pick<SpeechPool, 'synthesise'>;
  readonly config: Config['speech'];
  /** Sentences in work at once. */
  readonly sentencesAhead: number;
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, 'jobSentences' | 'jobAudioSeconds'>;
  /** The user's own pronunciations, as they are when a part is begun. */
  /** An owner's own pronunciations. */
  readonly dictionaryOf: (owner: string) => Promise<Dictionary | undefined>;
  /** Makes the marks of those who owe them. */
  readonly marks: Pick<SpeechMarks, 'mark'>;
  /** Default: the disk. */
  readonly openFile?: OpenFile;
};

/** Finished files lie apart from what they are made of. */
export function outputFolder(folder: string): string {
  return join(folder, 'files');
}

/** Between two chapters of one file. */
const chapterPauseMs = 1_500;

type Work = LongFormDependencies & JobContext & {
  readonly settings: LongFormSettings;
  readonly text: string;
  readonly parts: readonly ReadingPart[];
  readonly voice: ChosenVoice;
  readonly dictionary: Dictionary | undefined;
  readonly progress: ProgressTracker;
  /** What was found of each part, by its number. */
  readonly earlier: Map<number, Made>;
};

export function createLongFormKind(dependencies: LongFormDependencies): JobKind {
  return { name: longFormKindName, run: (job, context) => read(job, dependencies, context) };
}

async function read(job: Job, dependencies: LongFormDependencies, context: JobContext): Promise<void> {
  const settings = longFormSettingsSchema.parse(job.settings);
  const text = await readFile(join(context.folder, sourceFileName), 'utf8');
  const voice = await findVoiceNow({ model: settings.modelId, voice: settings.voice, catalog: dependencies.catalog, config: dependencies.config });
  const progress = createProgressTracker({ settings, nowMs: dependencies.clock.now, report: context.report });
  const work: Work = { ...dependencies, dictionary: await dependencies.dictionaryOf(job.owner), ...context, settings, text, voice, progress, earlier: new Map(), parts: readingParts(text, settings.chapters) };
  await mkdir(outputFolder(context.folder), { recursive: true });
  const finished = await findEarlierWork(work);

  // A chapter is encoded while the next one is being spoken: one at a time, so that it takes no more than a share of a core.
  let encoding: Promise<void> = Promise.resolve();
  try {
    for (const chapter of settings.chapters.keys()) {
      if (finished.has(chapter)) continue;
      await speakChapter(work, chapter);
      if (settings.output === 'single') continue;
      await encoding;
      encoding = renderChapter(work, chapter);
      // Looked at when the next one is ready; until then it is nobody's unhandled rejection.
      encoding.catch(() => undefined);
    }
    await encoding;
    if (settings.output === 'single' && !finished.has('whole')) await renderWhole(work);
  } finally {
    await encoding.catch(() => undefined);
  }
}

/** Counts what was kept of earlier runs, and tells which files are finished. */
async function findEarlierWork(work: Work): Promise<ReadonlySet<number | 'whole'>> {
  const { folder, settings, parts, progress, earlier } = work;
  const finished = new Set<number | 'whole'>();
  for (const part of parts) {
    const made = madeOf(await readPart(folder, part.number));
    earlier.set(part.number, made);
    progress.found(part.chapter, made);
  }
  for (const chapter of settings.output === 'split' ? settings.chapters.keys() : []) {
    if (!(await noteFile(work, chapter))) continue;
    finished.add(chapter);
    progress.chapterIs(chapter, 'done');
  }
  if (settings.output === 'single' && (await noteFile(work, undefined))) {
    finished.add('whole');
    for (const chapter of settings.chapters.keys()) {
      finished.add(chapter);
      progress.chapterIs(chapter, 'done');
    }
  }
  return finished;
}

function madeOf(kept: KeptPart | undefined): Made {
  const last = kept?.sentences.at(-1);
  if (kept === undefined || last === undefined) return { characters: 0, sentences: 0, audioSeconds: 0 };
  return { characters: last.endCharacter, sentences: kept.sentences.length, audioSeconds: last.endByte / 2 / kept.sampleRateHz };
}

/** What is said when, beside the audio file and on its clock. */
async function writeCaptions({ folder, settings, parts, text }: Work, { chapter, format }: { chapter: number | undefined; format: CaptionFormat }): Promise<void> {
  const target = join(outputFolder(folder), captionsName(settings, chapter, format));
  await writeWhole(target, formatCaptions(await timedSentences(folder, parts.filter((part) => chapter === undefined || part.chapter === chapter), text), format));
}

/** A file gets its name only when it is whole, so one that is there is finished. */
async function noteFile({ folder, settings, progress }: Work, chapter: number | undefined): Promise<boolean> {
  const name = outputName(settings, chapter);
  const bytes = await stat(join(outputFolder(folder), name)).then(({ size }) => size, () => undefined);
  if (bytes === undefined) return false;
  progress.file({ name, bytes, contentType: audioFormats[settings.format].contentType, chapter: chapter ?? null });
  for (const format of settings.captions) {
    const captions = captionsName(settings, chapter, format);
    const found = await stat(join(outputFolder(folder), captions)).then(({ size }) => size, () => undefined);
    if (found !== undefined) progress.file({ name: captions, bytes: found, contentType: captionTypes[format], chapter: chapter ?? null });
  }
  return true;
}

async function speakChapter(work: Work, chapter: number): Promise<void> {
  const { text, parts, settings, voice, folder, progress, metrics, signal, sentencesAhead, openFile, earlier } = work;
  progress.chapterIs(chapter, 'speaking');
  let spokenBefore = 0;
  for (const part of parts.filter((one) => one.chapter === chapter)) {
    signal.throwIfAborted();
    const own = text.slice(part.start, part.end);
    const sentences = planPart(work, part, own);
    const journal = await openPart({ folder, number: part.number, plan: fingerprintOf(sentences, voice), sampleRateHz: voice.sampleRateHz, ...(openFile ? { openFile } : {}) });
    // What was cut off or begun anew was counted when it was found.
    const before = earlier.get(part.number)!;
    const kept = madeOf(await readPart(folder, part.number));
    progress.found(chapter, { characters: kept.characters - before.characters, sentences: kept.sentences - before.sentences, audioSeconds: kept.audioSeconds - before.audioSeconds });
    try {
      await speakPart({
        ...work,
        text: own,
        sentences,
        journal,
        ahead: sentencesAhead,
        nameOf: (sentence) => `sentence ${spokenBefore + sentence + 1} of chapter ${chapter + 1}`,
        onSentence: ({ characters, samples }) => {
          const audioSeconds = samples / voice.sampleRateHz;
          metrics.jobSentences.inc({ kind: longFormKindName });
          metrics.jobAudioSeconds.inc({ kind: longFormKindName }, audioSeconds);
          progress.made(chapter, { characters, sentences: 1, audioSeconds });
        },
      });
    } finally {
      await journal.close();
    }
    spokenBefore += sentences.length;
  }
  progress.chapterIs(chapter, settings.output === 'split' ? 'encoding' : 'done');
}

/** A part may hold nothing to speak (a rule, a row of stars): then it is silence of no length. */
function planPart(work: Work, { chapter, endsChapter }: ReadingPart, text: string): readonly PlannedSentence[] {
  const { settings } = work;
  const sentences = planSentences(text, work);
  const isLastOfAll = endsChapter && chapter === settings.chapters.length - 1;
  const pauseMs = !endsChapter ? settings.paragraphPauseMs : settings.output === 'single' && !isLastOfAll ? chapterPauseMs : 0;
  return sentences.map((sentence, index) => (index === sentences.length - 1 ? { ...sentence, pauseAfterMs: Math.round(pauseMs / settings.speed) } : sentence));
}

function planSentences(text: string, { settings: { speed, sentencePauseMs, paragraphPauseMs }, voice, dictionary }: Work): readonly PlannedSentence[] {
  try {
    return prepareText({ text, markup: 'none', language: voice.language, maxCharacters: text.length, sentencePauseMs, paragraphPauseMs, speed, reading: { normalise: true, dictionary, takesPronunciations: voice.takesPronunciations } });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'input_empty') return [];
    throw error;
  }
}

async function renderChapter(work: Work, chapter: number): Promise<void> {
  const { folder, parts, progress } = work;
  const paths = parts.filter((part) => part.chapter === chapter).map(({ number }) => samplesPath(folder, number));
  await render(work, { paths, chapter });
  // The samples are in the file now; when what was said stays, for captions.
  for (const path of paths) await rm(path, { force: true });
  progress.chapterIs(chapter, 'done');
}

async function renderWhole(work: Work): Promise<void> {
  const { settings, folder, parts, progress } = work;
  for (const chapter of settings.chapters.keys()) progress.chapterIs(chapter, 'encoding');
  const paths = parts.map(({ number }) => samplesPath(folder, number));
  await render(work, { paths, chapter: undefined });
  for (const path of paths) await rm(path, { force: true });
  for (const chapter of settings.chapters.keys()) progress.chapterIs(chapter, 'done');
}

async function render(work: Work, { paths, chapter }: { paths: readonly string[]; chapter: number | undefined }): Promise<void> {
  const { settings, voice, folder, signal, openFile } = work;
  const { title, author, chapters } = settings;
  // Before the audio, whose name says that all of it is there.
  for (const format of settings.captions) await writeCaptions(work, { chapter, format });
  await renderFile({
    samples: paths,
    sampleRateHz: voice.sampleRateHz,
    format: settings.format,
    bitrateBps: settings.bitrateBps,
    loudnessLufs: settings.loudnessLufs,
    mark: settings.marked === undefined ? undefined : (seconds) => work.marks.mark({ ...settings.marked!, keyId: settings.marked!.keyId, sampleRateHz: voice.sampleRateHz, seconds }),
    tags: {
      title: chapter === undefined ? title : chapters[chapter]!.title,
      artist: author,
      ...(settings.marked === undefined ? {} : { comment: machineMadeTags.comment }),
      album: title,
      track: chapter === undefined ? undefined : { number: chapter + 1, of: chapters.length },
      chapters: chapter === undefined ? await chapterMarks(work) : [],
    },
    target: join(outputFolder(folder), outputName(settings, chapter)),
    signal,
    ...(openFile ? { openFile } : {}),
  });
  await noteFile(work, chapter);
}

/** Where each chapter begins and ends in a file that holds them all. */
async function chapterMarks({ settings, folder, parts, voice }: Work) {
  const seconds = settings.chapters.map(() => 0);
  for (const { number, chapter } of parts) seconds[chapter]! += (await stat(samplesPath(folder, number))).size / 2 / voice.sampleRateHz;
  let at = 0;
  return settings.chapters.map(({ title }, index) => {
    const startSeconds = at;
    at += seconds[index]!;
    return { title, startSeconds, endSeconds: at };
  });
}
