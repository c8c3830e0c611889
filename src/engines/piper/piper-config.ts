/** The JSON beside a Piper voice, checked, with the defaults that older voices rely on. */
import { z } from 'zod';

const schema = z.object({
  audio: z.object({ sample_rate: z.int().min(4000).max(192_000) }),
  espeak: z.object({ voice: z.string().min(1) }).optional(),
  inference: z
    .object({
      noise_scale: z.number().min(0).max(10).default(0.667),
      length_scale: z.number().positive().max(100).default(1),
      noise_w: z.number().min(0).max(10).default(0.8),
    })
    .prefault({}),
  phoneme_type: z.string().default('espeak'),
  phoneme_id_map: z.record(z.string(), z.array(z.int().min(0)).min(1)),
  vowel_clusters: z.array(z.string().min(1)).default([]),
  num_symbols: z.int().positive().optional(),
  num_speakers: z.int().min(0).default(1),
  speaker_id_map: z.record(z.string(), z.int().min(0)).default({}),
  language: z.object({ code: z.string().min(1) }).optional(),
  dataset: z.string().optional(),
});

export type PiperConfig = {
  readonly sampleRateHz: number;
  /** Who makes the phonemes: espeak's rules, or nobody: the voice was trained on letters. */
  readonly phonemeType: 'espeak' | 'text';
  /** espeak's name of the language: `en-us`. */
  readonly espeakVoice: string;
  /** BCP 47: `en-US`. */
  readonly language: string;
  readonly noiseScale: number;
  readonly lengthScale: number;
  readonly noiseW: number;
  readonly phonemeIds: ReadonlyMap<string, readonly number[]>;
  /** Symbols of several code points that count as one. */
  readonly clusters: readonly string[];
  /** Empty for a voice with a single speaker; else in order of their ids. */
  readonly speakers: readonly { readonly name: string; readonly id: number }[];
  readonly dataset: string | undefined;
};

/** Either a usable configuration, or in plain words why the voice cannot be loaded. */
export type PiperConfigResult = { readonly config: PiperConfig } | { readonly problem: string };

export function readPiperConfig(json: string): PiperConfigResult {
  let data: unknown;
  try {
    data = JSON.parse(json);
  } catch {
    return { problem: 'The voice configuration is not valid JSON.' };
  }
  const parsed = schema.safeParse(data);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return { problem: `The voice configuration is not one of Piper: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim() };
  }
  return fromFile(parsed.data);
}

function fromFile(file: z.infer<typeof schema>): PiperConfigResult {
  const phonemeType = file.phoneme_type;
  if (phonemeType !== 'espeak' && phonemeType !== 'text') {
    return { problem: `The voice needs phonemes of type '${phonemeType}', for which there is no front end here; espeak and text can be loaded.` };
  }
  if (phonemeType === 'espeak' && file.espeak === undefined) return { problem: 'The voice configuration does not name its espeak voice.' };
  for (const symbol of ['_', '^', '$']) {
    if (file.phoneme_id_map[symbol] === undefined) return { problem: `The voice configuration has no id for the symbol '${symbol}'.` };
  }
  const largest = Object.values(file.phoneme_id_map).flat().reduce((most, id) => Math.max(most, id), 0);
  if (file.num_symbols !== undefined && largest >= file.num_symbols) return { problem: `The voice configuration uses phoneme id ${largest}, but states ${file.num_symbols} symbols.` };
  const speakers = speakersOf(file);
  if (speakers === undefined) return { problem: 'The voice configuration names speakers beyond its number of speakers.' };
  return {
    config: {
      sampleRateHz: file.audio.sample_rate,
      phonemeType,
      espeakVoice: file.espeak?.voice ?? '',
      language: languageTag(file.language?.code ?? file.espeak?.voice ?? 'und'),
      noiseScale: file.inference.noise_scale,
      lengthScale: file.inference.length_scale,
      noiseW: file.inference.noise_w,
      phonemeIds: new Map(Object.entries(file.phoneme_id_map)),
      clusters: file.vowel_clusters.toSorted((a, b) => b.length - a.length),
      speakers,
      dataset: file.dataset,
    },
  };
}

function speakersOf(file: z.infer<typeof schema>): PiperConfig['speakers'] | undefined {
  if (file.num_speakers <= 1) return [];
  const named = Object.entries(file.speaker_id_map).map(([name, id]) => ({ name, id }));
  if (named.length === 0) return Array.from({ length: file.num_speakers }, (_, id) => ({ name: String(id), id }));
  if (named.some((speaker) => speaker.id >= file.num_speakers)) return undefined;
  return named.toSorted((a, b) => a.id - b.id);
}

/** `en_US` and `en-us` as `en-US`; what Intl does not take is passed on with its case untouched. */
function languageTag(code: string): string {
  const dashed = code.replaceAll('_', '-');
  try {
    return Intl.getCanonicalLocales(dashed)[0] ?? dashed;
  } catch {
    return dashed;
  }
}
