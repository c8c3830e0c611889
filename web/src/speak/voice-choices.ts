/** From the server's list of voices to what the chooser shows: groups by engine and language, searchable. */
import type { VoiceList } from '../api-schemas.ts';

export type VoiceChoice = {
  /** Unique on the page. */
  readonly key: string;
  /** The `model` field of a request. */
  readonly model: string;
  /** The `voice` field. */
  readonly voice: string;
  readonly name: string;
  /** BCP 47. */
  readonly language: string;
  readonly gender: string;
  /** What is said beside the name, where gender and id would not say it. */
  readonly note?: string;
};

export type VoiceGroup = { readonly title: string; readonly detail: string; readonly choices: readonly VoiceChoice[] };

/** Asked for by OpenAI's names, so that the server may let another engine stand in while the fast one is not there. */
export const automaticChoice: VoiceChoice = {
  key: 'tts-1 alloy', model: 'tts-1', voice: 'alloy', name: 'Automatic', language: 'en-US', gender: 'unknown', note: 'the fastest voice that is here',
};

const engineTitles: Readonly<Record<string, string>> = { piper: 'Piper', kokoro: 'Kokoro', flite: 'Flite' };
const engineDetails: Readonly<Record<string, string>> = { piper: 'fast', kokoro: 'most natural', flite: 'built in' };

export function engineTitle(engine: string): string {
  return engineTitles[engine] ?? engine;
}

export function engineDetail(engine: string): string {
  return engineDetails[engine] ?? '';
}

export function toChoices({ models }: VoiceList): readonly VoiceChoice[] {
  return models.flatMap(({ engine, voices }) => voices.map((voice): VoiceChoice => ({
    key: `${engine} ${voice.id}`, model: engine, voice: voice.id, name: voice.name, language: voice.language, gender: voice.gender,
  })));
}

/** In the server's order of engines; the reader's own language first, then by name of the language. */
export function toGroups(choices: readonly VoiceChoice[], ownLanguage: string): readonly VoiceGroup[] {
  const groups = new Map<string, VoiceChoice[]>();
  for (const choice of choices) {
    const key = `${choice.model} ${choice.language}`;
    groups.set(key, [...(groups.get(key) ?? []), choice]);
  }
  const engines = [...new Set(choices.map(({ model }) => model))];
  return [...groups.values()]
    .map((members) => {
      const { model, language } = members[0]!;
      return { engine: engines.indexOf(model), distance: languageDistance(language, ownLanguage), title: `${engineTitle(model)} · ${languageName(language)}`, detail: engineDetail(model), choices: members };
    })
    .sort((a, b) => a.engine - b.engine || a.distance - b.distance || a.title.localeCompare(b.title))
    .map(({ title, detail, choices: members }) => ({ title, detail, choices: members }));
}

/** Every word of the query must begin a word of the voice's name, id, engine, language or gender. */
export function matchesQuery(choice: VoiceChoice, query: string): boolean {
  const haystack = [choice.name, choice.voice, choice.model, engineTitle(choice.model), choice.language, languageName(choice.language), choice.gender, choice.note ?? '']
    .join(' ').toLowerCase().split(/[\s_()·-]+/);
  const whole = [choice.voice, choice.language].map((text) => text.toLowerCase());
  return query.toLowerCase().split(/\s+/).filter(Boolean)
    .every((word) => [...haystack, ...whole].some((part) => part.startsWith(word)));
}

const languageNames = new Intl.DisplayNames(['en'], { type: 'language', languageDisplay: 'standard', style: 'short' });

export function languageName(language: string): string {
  try {
    return languageNames.of(language) ?? language;
  } catch {
    return language;
  }
}

/** 0: the same, 1: another region's, 2: another language. */
function languageDistance(a: string, b: string): number {
  // Some systems add their locale's rest: en_US.UTF-8, en-US@posix.
  const [first, second] = [a, b].map((text) => text.toLowerCase().split(/[-_.@]/));
  if (first?.[0] !== second?.[0]) return 2;
  return first?.[1] === second?.[1] ? 0 : 1;
}
