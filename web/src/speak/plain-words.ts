/** The server's refusals in the words of the page; what has none here speaks for itself. */
import type { ApiFailure } from '../api.ts';

const words: Readonly<Record<string, string>> = {
  input_empty: 'There is nothing to speak yet. Write some text first.',
  input_too_long: 'The text is longer than the server takes at once. Shorten it, or speak it in parts.',
  rate_limit_exceeded: 'The server is busy: its queue is full. Try again in a moment.',
  draining: 'The server is shutting down. Try again in a moment.',
};

export function inPlainWords({ code, message }: Pick<ApiFailure, 'code' | 'message'>): string {
  return words[code] ?? message;
}
