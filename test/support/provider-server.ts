/** A running server with two providers before it: one that misbehaves as told, and one that is always well. */
import { startMisbehavingProvider, type MisbehavingProvider } from './misbehaving-provider.ts';
import { startServer, type StartedServer } from './start-server.ts';

export const flakyKey = 'flaky-key-1f2e3d4c5b6a';

export type ProviderServer = {
  readonly server: StartedServer;
  readonly flaky: MisbehavingProvider;
  readonly steady: MisbehavingProvider;
  /** As at the start: nothing scripted, breakers closed, the configuration's chains. */
  readonly reset: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

const models = { speech: 'speaks', transcription: 'whisper-hears', chat: 'talks', embeddings: 'embeds' };

/** Limits are short, so that what hangs does not hold up the tests; nothing is asserted about how long anything took. */
export async function startProviderServer({ env = {} }: { readonly env?: Readonly<Record<string, string>> } = {}): Promise<ProviderServer> {
  const flaky = await startMisbehavingProvider({ keys: [flakyKey] });
  const steady = await startMisbehavingProvider();
  const server = await startServer({
    env: {
      FLAKY_KEY: flakyKey,
      ANTIPHON_WORKERS_COUNT: '1',
      ANTIPHON_PROVIDERS: JSON.stringify({
        flaky: { type: 'openai', baseUrl: flaky.baseUrl('openai'), keyVariable: 'FLAKY_KEY', models, defaultVoice: 'anna', answerTimeoutMs: 1_500, stallTimeoutMs: 1_500, prices: { chatInput: 1, chatOutput: 1, speech: 10 } },
        steady: { type: 'openai', baseUrl: steady.baseUrl('openai'), models, defaultVoice: 'berta' },
      }),
      ANTIPHON_CHAINS_SPEECH: 'flaky,local',
      ANTIPHON_CHAINS_TRANSCRIPTION: 'flaky,steady',
      ANTIPHON_CHAINS_CHAT: 'flaky,steady',
      ANTIPHON_CHAINS_EMBEDDINGS: 'flaky,steady',
      ANTIPHON_FAILOVER_BACKOFF_MS: '20',
      ANTIPHON_FAILOVER_FIRST_PIECE_MS: '1000',
      // Longer than any test: what is open stays so until a test says otherwise.
      ANTIPHON_FAILOVER_OPEN_MS: '300000',
      ...env,
    },
  });
  return {
    server,
    flaky,
    steady,
    reset: async () => {
      flaky.forget();
      flaky.acceptKeys([flakyKey]);
      steady.forget();
      for (const id of ['flaky', 'steady']) await fetch(`${server.url}/api/v1/providers/${id}/reset`, { method: 'POST' });
      for (const kind of ['speech', 'transcription', 'chat', 'embeddings']) await fetch(`${server.url}/api/v1/chains/${kind}`, { method: 'DELETE' });
    },
    stop: async () => {
      await server.stop();
      await Promise.all([flaky.stop(), steady.stop()]);
    },
  };
}

export type ChatResult = { readonly status: number; readonly text: string; readonly code: string | undefined; readonly headers: Headers };

/** One answer, whole, and of few words: a small model that found no end would go on for a minute. */
export async function converse(url: string, { model = 'auto', path = '/v1/chat/completions' } = {}): Promise<ChatResult> {
  const response = await fetch(`${url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello?' }], max_tokens: 40 }) });
  const body = (await response.json()) as { choices?: { message: { content: string } }[]; error?: { code: string } };
  return { status: response.status, text: body.choices?.[0]?.message.content ?? '', code: body.error?.code, headers: response.headers };
}

export type KindState = { readonly kind: string; readonly breaker: string; readonly requests: number; readonly errors: number; readonly cost: number; readonly consecutive_failures: number; readonly last_error: { readonly code: string } | null };
export type ProviderState = { readonly id: string; readonly status: string; readonly service: string; readonly message: string | null; readonly key: { readonly state: string }; readonly chains: readonly string[]; readonly kinds: readonly KindState[]; readonly check: { readonly quota: unknown; readonly models: number } | null };

export async function providerOf(url: string, id: string): Promise<ProviderState> {
  return (await fetch(`${url}/api/v1/providers/${id}`)).json() as Promise<ProviderState>;
}

export async function kindOf(url: string, id: string, kind: string): Promise<KindState> {
  return (await providerOf(url, id)).kinds.find((one) => one.kind === kind)!;
}
