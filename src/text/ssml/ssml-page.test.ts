import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ssmlElements } from './ssml-elements.ts';

const page = readFileSync(new URL('../../../docs/ssml.md', import.meta.url), 'utf8');

describe('docs/ssml.md', () => {
  it('lists the tags and attributes that are understood, and no others', () => {
    const rows = Object.entries(ssmlElements).map(([name, { meaning, attributes, required = [] }]) => {
      const cells = Object.entries(attributes).map(([attribute, takes]) => `\`${attribute}\`${required.includes(attribute) ? ' (required)' : ''}: ${takes}`);
      return `| \`<${name}>\` | ${meaning} | ${cells.join('<br>')} |`;
    });
    expect(page.split('\n').filter((line) => line.startsWith('| `<'))).toEqual(rows);
  });
});
