/** What a chat completion and each piece of its stream have in common in OpenAI's API. */

/** The same in every chunk of a stream. */
export type CompletionHead = {
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly model: string;
};

/** So that a completion can be found in the log. */
export function completionId(requestId: string): string {
  return `chatcmpl-${requestId.replace(/^req_/, '')}`;
}

export function toUsage({ promptTokens, completionTokens }: { readonly promptTokens: number; readonly completionTokens: number }) {
  return { prompt_tokens: promptTokens, completion_tokens: completionTokens, total_tokens: promptTokens + completionTokens };
}
