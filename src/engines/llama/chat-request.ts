/** What every engine that converses demands of a request. */
import { AntiphonError } from '../../errors.ts';
import type { ChatRequest } from '../kinds.ts';

/** Errors: input_invalid, naming the field. */
export function checkChatRequest({ messages, maxTokens, temperature, topP, seed, stop }: ChatRequest): void {
  if (messages.length === 0) throw invalid('messages', 'must have at least one message');
  if (messages.at(-1)!.role === 'assistant') throw invalid('messages', 'must end with what the model is to answer, not with its own words');
  if (maxTokens !== undefined && !(Number.isInteger(maxTokens) && maxTokens >= 1)) throw invalid('max_tokens', 'must be a whole number from 1 on');
  if (temperature !== undefined && !(temperature >= 0 && temperature <= 2)) throw invalid('temperature', 'must be between 0 and 2');
  if (topP !== undefined && !(topP >= 0 && topP <= 1)) throw invalid('top_p', 'must be between 0 and 1');
  if (seed !== undefined && !Number.isSafeInteger(seed)) throw invalid('seed', 'must be a whole number');
  if (stop?.includes('') === true) throw invalid('stop', 'must not hold an empty text');
}

function invalid(param: string, demand: string): AntiphonError {
  return new AntiphonError('input_invalid', `${param} ${demand}.`, { param });
}
