/** In what a server of OpenAI's protocol really differs from the others. */

export type ServerTraits = {
  /** How speech is asked for; Groq's documentation has no `pcm`. */
  readonly speechFormat: 'pcm' | 'wav';
  /** Where the limit of an answer goes: OpenAI's reasoning models refuse the name that all other servers know. */
  readonly maxTokensField: 'max_tokens' | 'max_completion_tokens';
};

const common: ServerTraits = { speechFormat: 'pcm', maxTokensField: 'max_tokens' };

const known: readonly { readonly host: RegExp; readonly traits: Partial<ServerTraits> }[] = [
  { host: /(^|\.)openai\.com$|\.openai\.azure\.com$/, traits: { maxTokensField: 'max_completion_tokens' } },
  { host: /(^|\.)groq\.com$/, traits: { speechFormat: 'wav', maxTokensField: 'max_completion_tokens' } },
];

export function traitsOf(baseUrl: string): ServerTraits {
  const { hostname } = new URL(baseUrl);
  return { ...common, ...known.find(({ host }) => host.test(hostname))?.traits };
}
