/** How clients of APIs that have no field for it say that their text is SSML. */
import type { FastifyRequest } from 'fastify';
import { AntiphonError } from '../errors.ts';
import type { Markup } from '../speech/passages-of.ts';

const header = 'x-antiphon-markup';

/** Errors: input_invalid. */
export function markupOf({ headers }: Pick<FastifyRequest, 'headers'>): Markup {
  const value = headers[header];
  if (value === undefined || value === 'none') return 'none';
  if (value === 'ssml') return 'ssml';
  throw new AntiphonError('input_invalid', `The header ${header} is "ssml" or "none".`, { param: header });
}
