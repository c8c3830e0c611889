import { describe, expect, it } from 'vitest';
import { read } from './cases/read-case.ts';
import type { TextCase } from './cases/read-case.ts';

const cases: readonly TextCase[] = [
  ['Schreib an anna@beispiel.de!', 'Schreib an anna ät beispiel Punkt de!', 'de-DE'],
  ['Siehe https://www.beispiel.de/hilfe.', 'Siehe beispiel Punkt de Schrägstrich hilfe.', 'de'],
  ['5 < 7', '5 kleiner als 7', 'de'],
  ['Écris à jean@exemple.fr.', 'Écris à jean arobase exemple point fr.', 'fr-FR'],
  ['Visita www.ejemplo.es', 'Visita ejemplo punto es', 'es'],
  ['info@esempio.it', 'info chiocciola esempio punto it', 'it'],
  ['a@b.com.br', 'a arroba b ponto com ponto br', 'pt-BR'],
  ['Es kostet 5,99 € am 3.4.2024.', 'Es kostet 5,99 € am 3.4.2024.', 'de'],
  ['https://example.jp です', 'https://example.jp です', 'ja'],
];

describe('other languages', () => {
  for (const [written, said, locale] of cases) it(`${written} → ${said}`, () => expect(read(written, locale)).toBe(said));
});
