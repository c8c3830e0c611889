/** How far a long reading is: what the API, the page and the command line show. Pure figures, kept as JSON with the job. */
import { z } from 'zod';
import type { LongFormSettings } from './long-form-settings.ts';

export const longFormProgressSchema = z.object({
  charactersDone: z.number(),
  charactersTotal: z.number(),
  sentencesDone: z.number(),
  audioSeconds: z.number(),
  /** Seconds of audio made in a second of work, in the current or last run; null before anything was made. */
  realTimeFactor: z.number().nullable(),
  /** Of work; null while nothing is known. */
  secondsLeft: z.number().nullable(),
  chapters: z.array(z.object({
    title: z.string(),
    state: z.enum(['waiting', 'speaking', 'encoding', 'done']),
    charactersDone: z.number(),
    charactersTotal: z.number(),
    audioSeconds: z.number(),
  })),
  files: z.array(z.object({
    name: z.string(),
    contentType: z.string(),
    bytes: z.number(),
    /** Position in `chapters`; null for what belongs to the whole. */
    chapter: z.number().nullable(),
  })),
});

export type LongFormProgress = z.infer<typeof longFormProgressSchema>;
export type ChapterState = LongFormProgress['chapters'][number]['state'];
export type OutputFile = LongFormProgress['files'][number];

export function initialProgress({ chapters }: Pick<LongFormSettings, 'chapters'>): LongFormProgress {
  return {
    charactersDone: 0,
    charactersTotal: chapters.reduce((sum, { start, end }) => sum + end - start, 0),
    sentencesDone: 0,
    audioSeconds: 0,
    realTimeFactor: null,
    secondsLeft: null,
    chapters: chapters.map(({ title, start, end }) => ({ title, state: 'waiting', charactersDone: 0, charactersTotal: end - start, audioSeconds: 0 })),
    files: [],
  };
}

export type ProgressTracker = {
  /** What an earlier run made counts for the total, not for the rate. */
  readonly found: (chapter: number, made: Made) => void;
  readonly made: (chapter: number, made: Made) => void;
  readonly chapterIs: (chapter: number, state: ChapterState) => void;
  readonly file: (file: OutputFile) => void;
  readonly snapshot: () => LongFormProgress;
};

export type Made = { readonly characters: number; readonly sentences: number; readonly audioSeconds: number };

export type ProgressTrackerOptions = {
  readonly settings: Pick<LongFormSettings, 'chapters'>;
  readonly nowMs: () => number;
  readonly report: (progress: LongFormProgress) => void;
};

export function createProgressTracker({ settings, nowMs, report }: ProgressTrackerOptions): ProgressTracker {
  const initial = initialProgress(settings);
  const chapters = initial.chapters.map((chapter) => ({ ...chapter }));
  const files = new Map<string, OutputFile>();
  const total = { characters: 0, sentences: 0, audioSeconds: 0 };
  const fresh = { characters: 0, audioSeconds: 0 };
  const startedMs = nowMs();

  function add(index: number, { characters, sentences, audioSeconds }: Made): void {
    const chapter = chapters[index]!;
    chapter.charactersDone += characters;
    chapter.audioSeconds += audioSeconds;
    total.characters += characters;
    total.sentences += sentences;
    total.audioSeconds += audioSeconds;
  }

  function snapshot(): LongFormProgress {
    const seconds = (nowMs() - startedMs) / 1000;
    const isKnown = fresh.characters > 0 && seconds > 0;
    const left = initial.charactersTotal - total.characters;
    return {
      ...initial,
      charactersDone: total.characters,
      sentencesDone: total.sentences,
      audioSeconds: round(total.audioSeconds),
      realTimeFactor: isKnown ? round(fresh.audioSeconds / seconds) : null,
      secondsLeft: left === 0 ? 0 : isKnown ? round((left * seconds) / fresh.characters) : null,
      chapters: chapters.map((chapter) => ({ ...chapter, audioSeconds: round(chapter.audioSeconds) })),
      files: [...files.values()],
    };
  }

  return {
    found: add,
    made: (chapter, made) => {
      fresh.characters += made.characters;
      fresh.audioSeconds += made.audioSeconds;
      add(chapter, made);
      report(snapshot());
    },
    chapterIs: (chapter, state) => {
      chapters[chapter]!.state = state;
      report(snapshot());
    },
    file: (file) => {
      files.set(file.name, file);
      report(snapshot());
    },
    snapshot,
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
