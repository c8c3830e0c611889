/** The one table of rules, most particular first, and the index by which the walker finds those worth trying. */
import { dateRules } from './dates.ts';
import { electronicRules } from './electronic.ts';
import { emojiRules } from './emoji.ts';
import { letterRules } from './letters.ts';
import { measureRules } from './measures.ts';
import { moneyRules } from './money.ts';
import { numberRules } from './numbers.ts';
import { romanRules } from './roman.ts';
import type { Rule } from './rule.ts';
import { shorteningRules } from './shortenings.ts';
import { symbolRules } from './symbols.ts';
import { telephoneRules } from './telephone.ts';
import { timeRules } from './times.ts';
import { yearRules } from './years.ts';

export const rules: readonly Rule[] = [
  ...dateRules, ...timeRules, ...emojiRules, ...telephoneRules, ...electronicRules, ...yearRules, ...moneyRules, ...measureRules,
  ...shorteningRules, ...romanRules, ...letterRules, ...numberRules, ...symbolRules,
];

/** Rules that may begin with a digit. */
export const digitRules = rules.filter(({ at }) => at === 'digit');
/** Rules for words that look unlike plain ones. */
export const unplainRules = rules.filter(({ at }) => at === 'word');
export const rulesByWord: ReadonlyMap<string, readonly Rule[]> = byKey((rule) => (typeof rule.at === 'object' && 'words' in rule.at ? rule.at.words : []));
export const rulesBySymbol: ReadonlyMap<string, readonly Rule[]> = byKey((rule) => (typeof rule.at === 'object' && 'symbols' in rule.at ? Array.from(rule.at.symbols) : []));
export { emojiRules };

function byKey(keysOf: (rule: Rule) => readonly string[]): Map<string, Rule[]> {
  const index = new Map<string, Rule[]>();
  for (const rule of rules) {
    for (const key of keysOf(rule)) {
      const known = index.get(key);
      if (known) known.push(rule);
      else index.set(key, [rule]);
    }
  }
  return index;
}
