/** The base URL of vendors whose own clients are configured without the version: both ways of writing it are right. */

/** `https://api.anthropic.com` and `https://api.anthropic.com/v1` are the latter. */
export function withVersion(baseUrl: string): string {
  return /\/v\d+$/.test(baseUrl) ? baseUrl : `${baseUrl}/v1`;
}
