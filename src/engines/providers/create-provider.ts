/** The one place where a type of provider becomes an adapter. */
import { createAnthropicProvider } from './anthropic/anthropic-provider.ts';
import { createElevenLabsProvider } from './elevenlabs/elevenlabs-provider.ts';
import { createOpenAiProvider } from './openai/openai-provider.ts';
import type { Provider, ProviderSettings, ProviderType } from './provider.ts';

const adapters: Readonly<Record<ProviderType, (settings: ProviderSettings) => Provider>> = {
  openai: createOpenAiProvider,
  elevenlabs: createElevenLabsProvider,
  anthropic: createAnthropicProvider,
};

/** Opens no connection; the settings' base URL has been checked by whoever read it. */
export function createProvider(settings: ProviderSettings): Provider {
  return adapters[settings.type](settings);
}
