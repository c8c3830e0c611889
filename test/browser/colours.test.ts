/** The page's colours can be told apart by everyone: read from the style sheet itself. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = readFileSync(new URL('../../web/src/styles/tokens.css', import.meta.url), 'utf8');

type Palette = Readonly<Record<string, string>>;

function palette(block: string): Palette {
  return Object.fromEntries([...block.matchAll(/(--[\w-]+): (#[0-9a-f]{6})/g)].map(([, name, value]) => [name, value]));
}

const [light, systemDark, chosenDark] = css.split(/color-scheme: (?:light|dark);/).slice(1).map(palette) as [Palette, Palette, Palette];

/** WCAG 2.2, relative luminance and contrast ratio. */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(a: string, b: string): number {
  const [darker, lighter] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (lighter! + 0.05) / (darker! + 0.05);
}

const textPairs = [
  ['--text', '--ground'], ['--text', '--panel'], ['--text', '--wave-empty'], ['--text-quiet', '--ground'], ['--text-quiet', '--panel'], ['--text-quiet', '--sunken'],
  ['--text-quiet', '--accent-wash'], ['--accent', '--panel'], ['--accent', '--accent-wash'], ['--accent', '--ground'], ['--on-accent', '--accent'], ['--on-accent', '--accent-strong'],
  ['--warn', '--warn-wash'], ['--bad', '--bad-wash'], ['--bad', '--panel'],
] as const;

describe.each([['light', light], ['dark', systemDark]] as const)('the %s colours', (_, colours) => {
  it.each(textPairs)('let %s be read on %s (AA, 4.5:1)', (text, ground) => {
    expect(contrast(colours[text]!, colours[ground]!)).toBeGreaterThanOrEqual(4.5);
  });

  it.each(['--panel', '--sunken'])('let the edges of controls be seen on %s (AA, 3:1)', (ground) => {
    expect(contrast(colours['--edge']!, colours[ground]!)).toBeGreaterThanOrEqual(3);
  });
});

it('the dark that is chosen is the dark of the system', () => {
  expect(chosenDark).toEqual(systemDark);
});
