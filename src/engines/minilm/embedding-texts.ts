/** What every engine of embeddings demands of its texts. */
import { AntiphonError } from '../../errors.ts';

/** Errors: input_empty. */
export function checkTexts(texts: readonly string[]): void {
  if (texts.length === 0) throw new AntiphonError('input_empty', 'input must hold at least one text.', { param: 'input' });
  const empty = texts.findIndex((text) => text.trim() === '');
  if (empty >= 0) throw new AntiphonError('input_empty', `input ${empty} is empty.`, { param: 'input' });
}
