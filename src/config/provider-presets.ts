/** Providers that need no more than a key: where they are, which variable holds it, and which models are good to begin with. */

export const workKindNames = ['speech', 'transcription', 'chat', 'embeddings'] as const;
export type WorkKindName = (typeof workKindNames)[number];

export type ProviderPreset = {
  readonly type: 'openai' | 'elevenlabs' | 'anthropic';
  readonly baseUrl: string;
  readonly keyVariable: string;
  readonly models: Readonly<Partial<Record<WorkKindName, string>>>;
  readonly defaultVoice: string;
};

export const providerPresets: Readonly<Record<string, ProviderPreset>> = {
  groq: {
    type: 'openai', baseUrl: 'https://api.groq.com/openai/v1', keyVariable: 'GROQ_API_KEY',
    models: { chat: 'llama-3.3-70b-versatile', transcription: 'whisper-large-v3-turbo', speech: 'canopylabs/orpheus-v1-english' },
    defaultVoice: 'hannah',
  },
  openai: {
    type: 'openai', baseUrl: 'https://api.openai.com/v1', keyVariable: 'OPENAI_API_KEY',
    // whisper-1 is the one that tells times, which captions are made of.
    models: { chat: 'gpt-4o-mini', transcription: 'whisper-1', speech: 'gpt-4o-mini-tts', embeddings: 'text-embedding-3-small' },
    defaultVoice: 'alloy',
  },
  elevenlabs: {
    type: 'elevenlabs', baseUrl: 'https://api.elevenlabs.io/v1', keyVariable: 'ELEVENLABS_API_KEY',
    models: { speech: 'eleven_flash_v2_5', transcription: 'scribe_v1' },
    // Rachel, whom every account has.
    defaultVoice: '21m00Tcm4TlvDq8ikWAM',
  },
  anthropic: {
    type: 'anthropic', baseUrl: 'https://api.anthropic.com/v1', keyVariable: 'ANTHROPIC_API_KEY',
    models: { chat: 'claude-haiku-4-5' },
    defaultVoice: '',
  },
};

/** What each protocol has a way to ask for. */
export const kindsOfType: Readonly<Record<ProviderPreset['type'], readonly WorkKindName[]>> = {
  openai: workKindNames,
  elevenlabs: ['speech', 'transcription'],
  anthropic: ['chat'],
};
