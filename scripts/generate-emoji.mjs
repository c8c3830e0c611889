/**
 * Writes src/text/normalise/emoji-names.json: emoji (without variation selectors and skin tones) → short English name.
 *
 *   npm pack emojibase-data@17.0.0 && tar xzf emojibase-data-17.0.0.tgz
 *   node scripts/generate-emoji.mjs package/en/compact.json
 *
 * The names are those of Unicode CLDR (Unicode-3.0), as emojibase-data (MIT) packs them.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const [source] = process.argv.slice(2);
if (source === undefined) {
  console.error('Usage: node scripts/generate-emoji.mjs <path of compact.json>');
  process.exit(2);
}

/** "flag: France" → "France flag", "woman: red hair" → "woman with red hair", "keycap: 1" → "1". */
function spoken(label) {
  const [kind, detail] = label.replaceAll(/ \(.*?\)/g, '').replace('Mrs. ', 'Mrs ').replace(/, (?=man$|woman$)/, ' and ').replace(/^(A|AB|B|O) button$/, '$1-button').split(': ');
  if (detail === undefined) return kind.replaceAll(/[“”!]/g, '').replaceAll('&', 'and').replace(/^regional indicator /, '');
  if (kind === 'flag') return `${detail.replaceAll('&', 'and').replaceAll('St.', 'Saint').replaceAll(/[().]/g, '')} flag`;
  if (kind === 'keycap') return { '#': 'hash', '*': 'star' }[detail] ?? ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'][Number(detail)];
  if (kind === 'family') return 'family';
  return `${kind} with ${detail}`;
}

const names = {};
for (const { unicode, label } of JSON.parse(await readFile(source, 'utf8'))) {
  const bare = unicode.replaceAll(/[\uFE0E\uFE0F]/g, '');
  names[bare] = spoken(label);
}
const lines = Object.entries(names).map(([emoji, name]) => `${JSON.stringify(emoji)}:${JSON.stringify(name)}`);
const target = fileURLToPath(new URL('../src/text/normalise/emoji-names.json', import.meta.url));
await writeFile(target, `{\n${lines.join(',\n')}\n}\n`);
console.log(`${lines.length} names, ${(await readFile(target)).length} bytes`);
