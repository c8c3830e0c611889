import { describe, expect, it } from 'vitest';
import { read } from './cases/read-case.ts';
import type { TextCase } from './cases/read-case.ts';

const cases: readonly TextCase[] = [
  ['8GB of RAM', 'eight gigabytes of RAM'],
  ['6 ft', 'six feet'],
  ['5 in', 'five in'],
  ['5in', 'five inches'],
  ['12 in the morning', 'twelve in the morning'],
  ['6\'2" tall', 'six foot two tall'],
  ['"I have 12" he said', '"I have twelve" he said'],
  ["'tts-1', 'b'", "'tts one', 'b'"],
  ['a 24" screen', 'a twenty-four inch screen'],
  ['3/8"', 'three eighths of an inch'],
  ['-40 °C', 'minus forty degrees Celsius'],
  ['1 °C', 'one degree Celsius'],
  ['in km/h', 'in kilometers per hour'],
  ['5 km.', 'five kilometers.'],
  ['5 km', 'five kilometres', 'en-GB'],
  ['20 kg–25 kg', 'twenty kilograms to twenty-five kilograms'],
  ['5 sq ft', 'five square feet'],
  ['3 A and 4 B', 'three A- and four B'],
  ['0.5 µs', 'zero point five microseconds'],
  ['10 kg bags', 'ten kilogram bags'],
];

describe('measures', () => {
  for (const [written, said, locale] of cases) it(`${written} → ${said}`, () => expect(read(written, locale)).toBe(said));
});
