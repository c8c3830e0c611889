/** What a caller has left, in the words of the IETF's draft (draft-ietf-httpapi-ratelimit-headers-10) and in those that OpenAI's and Groq's clients read. */
import type { RateVerdict } from '../access/limits/rate-limit.ts';
import type { WorkAction } from '../usage.ts';

const windowSeconds = 60;

export function rateLimitHeaders(action: WorkAction, { limit, remaining, resetSeconds }: RateVerdict): Record<string, string> {
  return {
    'ratelimit-policy': `"${action}";q=${limit};w=${windowSeconds}`,
    'ratelimit': `"${action}";r=${remaining};t=${resetSeconds}`,
    'x-ratelimit-limit-requests': String(limit),
    'x-ratelimit-remaining-requests': String(remaining),
    'x-ratelimit-reset-requests': `${resetSeconds}s`,
  };
}
