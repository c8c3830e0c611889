/** When a provider wants to be asked again: Retry-After (RFC 9110, 10.2.3) as seconds or a date, and OpenAI's in milliseconds. */

/** Seconds, never negative; undefined where it says nothing that can be read. */
export function retryAfterSeconds(headers: Headers, nowMs: () => number = Date.now): number | undefined {
  const milliseconds = Number(headers.get('retry-after-ms') ?? Number.NaN);
  if (Number.isFinite(milliseconds)) return Math.max(0, milliseconds / 1000);
  const value = headers.get('retry-after')?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value);
  const atMs = /[a-z]/i.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(atMs)) return undefined;
  // Against the provider's own clock where it tells it, since ours may be wrong.
  const sentMs = Date.parse(headers.get('date') ?? '');
  return Math.max(0, (atMs - (Number.isNaN(sentMs) ? nowMs() : sentMs)) / 1000);
}
