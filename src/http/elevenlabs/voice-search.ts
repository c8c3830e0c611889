/** GET /v2/voices: which of the voices were asked for, and which page of them. */
import { z } from 'zod';
import { AntiphonError } from '../../errors.ts';
import { queryFlag } from './fields.ts';
import type { ListedVoice } from './voice-list.ts';

const oneOrMany = z.union([z.string().transform((one) => [one]), z.array(z.string())]).optional();

export const voiceSearchSchema = z.strictObject({
  next_page_token: z.string().optional(),
  page_size: z.coerce.number().int().min(1).max(100).default(10),
  search: z.string().optional(),
  sort: z.enum(['name', 'created_at_unix']).optional(),
  sort_direction: z.enum(['asc', 'desc']).default('asc'),
  voice_type: z.enum(['personal', 'community', 'default', 'workspace', 'non-default', 'non-community', 'saved']).optional(),
  category: z.enum(['premade', 'cloned', 'generated', 'professional']).optional(),
  fine_tuning_state: z.string().optional(),
  collection_id: z.string().optional(),
  gender: z.string().optional(),
  age: z.string().optional(),
  language: oneOrMany,
  accent: z.string().optional(),
  use_cases: oneOrMany,
  min_notice_period_days: z.coerce.number().optional(),
  include_custom_rates: queryFlag.optional(),
  include_live_moderated: queryFlag.optional(),
  high_quality: queryFlag.optional(),
  include_total_count: queryFlag.default(true),
  voice_ids: oneOrMany,
});

export type VoiceSearch = z.infer<typeof voiceSearchSchema>;

/** Errors: input_invalid for a page token that is none of ours. */
export function searchVoices(voices: readonly ListedVoice[], search: VoiceSearch) {
  const found = sorted(voices.filter((voice) => matches(voice, search)), search);
  const from = firstOfPage(search.next_page_token);
  const page = found.slice(from, from + search.page_size);
  const hasMore = from + page.length < found.length;
  return { voices: page, has_more: hasMore, total_count: search.include_total_count ? found.length : 0, next_page_token: hasMore ? toToken(from + page.length) : null };
}

/** All voices here are ready-made ones that nobody shared, collected, tuned or told the age of; who asks for others gets none. */
function matches(voice: ListedVoice, search: VoiceSearch): boolean {
  const { labels } = voice;
  const isAbsent = [search.fine_tuning_state, search.collection_id, search.age, search.use_cases, search.min_notice_period_days].some((wanted) => wanted !== undefined);
  if (isAbsent) return false;
  if (search.voice_type !== undefined && search.voice_type !== 'default') return false;
  if (search.category !== undefined && search.category !== voice.category) return false;
  if (search.voice_ids !== undefined && !search.voice_ids.includes(voice.voice_id)) return false;
  if (search.gender !== undefined && search.gender.toLowerCase() !== labels.gender) return false;
  if (search.accent !== undefined && search.accent.toLowerCase() !== labels.accent) return false;
  if (search.language !== undefined && !search.language.some((language) => language.split('-')[0]!.toLowerCase() === labels.language)) return false;
  const haystack = [voice.voice_id, voice.name, voice.description, voice.category, ...Object.values(labels)].join(' ').toLowerCase();
  return haystack.includes((search.search ?? '').trim().toLowerCase());
}

function sorted(voices: readonly ListedVoice[], { sort, sort_direction: direction }: VoiceSearch): readonly ListedVoice[] {
  if (sort !== 'name') return direction === 'desc' && sort !== undefined ? voices.toReversed() : voices;
  return voices.toSorted((a, b) => (direction === 'asc' ? 1 : -1) * a.name.localeCompare(b.name, 'en'));
}

/** Opaque to clients, who must not build on its being a number. */
function toToken(from: number): string {
  return Buffer.from(`from:${from}`).toString('base64url');
}

function firstOfPage(token: string | undefined): number {
  if (token === undefined) return 0;
  const from = /^from:(\d{1,9})$/.exec(Buffer.from(token, 'base64url').toString())?.[1];
  if (from === undefined) throw new AntiphonError('input_invalid', 'This is no page token of this server.', { param: 'query.next_page_token' });
  return Number(from);
}
