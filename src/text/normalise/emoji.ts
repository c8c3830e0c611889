/** Emoji by their names; a run of the same one is said once. */
import names from './emoji-names.json' with { type: 'json' };
import { isLast, wordAfter, wordBefore } from './rule.ts';
import type { Place, Rule } from './rule.ts';

const byEmoji: ReadonlyMap<string, string> = new Map(Object.entries(names));

/** One emoji with what belongs to it: flag, keycap, skin tone, joined parts, tags. */
const one = String.raw`(?:[\u{1F1E6}-\u{1F1FF}]{2}|[#*\d]\uFE0F?\u20E3|\p{Extended_Pictographic}[\uFE0E\uFE0F]?\p{EMod}?(?:[\u{E0020}-\u{E007F}]{1,16}|(?:\u200D\p{Extended_Pictographic}[\uFE0E\uFE0F]?\p{EMod}?){0,6})|\p{EMod}|[\u{1F1E6}-\u{1F1FF}])`;
const each = new RegExp(one, 'gu');

/** Without tones and variants, then part by part; undefined where no part has a name. */
function nameOf(emoji: string): string | undefined {
  const bare = emoji.replace(/[\uFE0E\uFE0F]/gu, '');
  const named = byEmoji.get(bare) ?? byEmoji.get(bare.replace(/\p{EMod}/gu, ''));
  if (named !== undefined) return named;
  const parts = bare.replace(/(?<=.)\p{EMod}/gu, '').split('\u200D').map((part) => byEmoji.get(part)).filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : [...new Set(parts)].join(' ');
}

function readRun([run]: RegExpExecArray, { text, at }: Place): string | undefined {
  const said: string[] = [];
  for (const [emoji] of run.matchAll(each)) {
    const name = nameOf(emoji);
    if (name !== undefined && name !== said.at(-1)) said.push(name);
  }
  if (said.length === 0) return undefined;
  // At the end of a sentence it stands apart from it, as it would be read; inside it is one of its words.
  const before = text[at - 1];
  const stands = before !== undefined && isLast(text, at + run.length) && /[\p{L}\p{N}]\s?$/u.test(text.slice(Math.max(0, at - 2), at)) && !/^(?:and|or|a|an|the|is|of|with|my|your|an)$/iu.test(wordBefore({ text, at }));
  if (said.length === 1 && /^(?:❤|♥)\uFE0F?$/u.test(run) && /\b(?:I|we|We|you|You|they|They) $/u.test(text.slice(Math.max(0, at - 6), at)) && wordAfter(text, at + run.length) !== '') return 'love';
  return `${stands ? ', ' : before !== undefined && !/[\s([{"'“‘]/u.test(before) ? ' ' : ''}${said.join(', ')}`;
}

export const emojiRules: readonly Rule[] = [
  { name: 'emoji', class: 'emoji', at: { symbols: '' }, pattern: new RegExp(`${one}(?:\\s?${one}){0,63}`, 'uy'), read: readRun },
  { name: 'keycap', class: 'emoji', at: 'digit', pattern: /\d\uFE0F?\u20E3/uy, read: readRun },
  { name: 'keycap of a sign', class: 'emoji', at: { symbols: '#*' }, pattern: /[#*]\uFE0F?\u20E3/uy, read: readRun },
];

/** Whether emoji rules are worth trying at a character. */
export const mayBeEmoji = /[\p{Extended_Pictographic}\u{1F1E6}-\u{1F1FF}\p{EMod}]/u;
