/** The real application with its real HTTP, and a language model that says what a test wrote down: for what is said on the wire. */
import type { AddressInfo } from 'node:net';
import { loadConfig } from '../../src/config/load-config.ts';
import { createApp } from '../../src/http/app.ts';
import { registerChat } from '../../src/http/openai/chat.ts';
import { registerEmbeddings } from '../../src/http/openai/embeddings.ts';
import type { Embed, EmbedAsk } from '../../src/language/embed.ts';
import { createSilentLogger } from '../../src/telemetry/logger.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { createScriptedChat, type ScriptedChat } from '../support/scripted-chat.ts';

export type LanguageApp = {
  readonly url: string;
  readonly model: ScriptedChat;
  /** What was to be embedded, newest last. */
  readonly embedded: readonly EmbedAsk[];
  readonly close: () => Promise<void>;
};

export async function startLanguageApp(): Promise<LanguageApp> {
  const model = createScriptedChat();
  const embedded: EmbedAsk[] = [];
  const embed: Embed = async (ask) => {
    embedded.push(ask);
    // A vector that tells its text and its place, with a value that float32 cannot hold exactly.
    const vectors = ask.texts.map((text, index) => Float32Array.of(text.length, index, 0.1));
    return { vectors, tokens: ask.texts.length * 3, provider: 'local', model: 'scripted-embeddings', insteadOf: undefined };
  };
  const app = await createApp({
    server: loadConfig({ environment: {} }).config.server,
    metrics: createMetrics(),
    log: createSilentLogger(),
    closeAtOnce: AbortSignal.abort(),
    routes: [
      (given) => registerChat(given, { chat: model.chat, stallTimeoutMs: 60_000 }),
      (given) => registerChat(given, { chat: model.chat, stallTimeoutMs: 60_000, vendor: 'groq' }),
      (given) => registerEmbeddings(given, { embed }),
      (given) => registerEmbeddings(given, { embed, prefix: '/openai/v1' }),
    ],
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  return { url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`, model, embedded, close: () => app.close() };
}
