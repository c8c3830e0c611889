/** Fields of a chat completion that say nothing here: those without effect, and those refused unless they ask for nothing. */
import { z } from 'zod';
import { AntiphonError } from '../../errors.ts';
import type { ChatVendor } from './chat-fields.ts';

/** Names in docs/openai-api.md, each with the reason why it changes no answer. */
const withoutEffect = {
  user: z.string().nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  store: z.boolean().nullish(),
  service_tier: z.string().nullish(),
  parallel_tool_calls: z.boolean().nullish(),
};

const openAiWithoutEffect = {
  safety_identifier: z.string().nullish(),
  prompt_cache_key: z.string().nullish(),
  prompt_cache_options: z.looseObject({}).nullish(),
  prompt_cache_retention: z.string().nullish(),
  prediction: z.looseObject({}).nullish(),
};

const groqWithoutEffect = { disable_tool_validation: z.boolean().nullish() };

type Refusal = { readonly reason: string; /** Values that ask for nothing, besides null and what is empty. */ readonly harmless?: readonly unknown[] };

const noTools = 'no model here calls tools';
const onlyText = 'the models here answer with text alone';
const noProbabilities = 'the models here tell no probabilities of tokens';
const noReasoning = 'no model here is told how long to think';
const noSearch = 'nothing is searched here';

const refused: Readonly<Record<string, Refusal>> = {
  n: { reason: 'one answer is written for a request; ask again for another', harmless: [1] },
  tools: { reason: noTools },
  tool_choice: { reason: noTools, harmless: ['none', 'auto'] },
  functions: { reason: noTools },
  function_call: { reason: noTools, harmless: ['none', 'auto'] },
  logprobs: { reason: noProbabilities, harmless: [false] },
  top_logprobs: { reason: noProbabilities, harmless: [0] },
  logit_bias: { reason: 'single tokens cannot be made likelier here' },
  frequency_penalty: { reason: 'repetition is not weighed here; use temperature', harmless: [0] },
  presence_penalty: { reason: 'repetition is not weighed here; use temperature', harmless: [0] },
  reasoning_effort: { reason: noReasoning, harmless: ['none'] },
};

const openAiRefused: Readonly<Record<string, Refusal>> = {
  audio: { reason: `${onlyText}; POST /v1/audio/speech speaks it` },
  modalities: { reason: `${onlyText}; POST /v1/audio/speech speaks it`, harmless: ['text'] },
  moderation: { reason: 'nothing is moderated here' },
  verbosity: { reason: 'say in a message how long the answer shall be' },
  web_search_options: { reason: noSearch },
};

const groqRefused: Readonly<Record<string, Refusal>> = {
  citation_options: { reason: noSearch, harmless: ['disabled'] },
  compound_custom: { reason: noTools },
  documents: { reason: 'put what the model shall know into a message' },
  exclude_domains: { reason: noSearch },
  include_domains: { reason: noSearch },
  search_settings: { reason: noSearch },
  include_reasoning: { reason: noReasoning, harmless: [false] },
  reasoning_format: { reason: noReasoning, harmless: ['hidden'] },
};

const refusals = { openai: { ...refused, ...openAiRefused }, groq: { ...refused, ...groqRefused } };

export const openAiChatExtras = { ...withoutEffect, ...openAiWithoutEffect, ...anything(refusals.openai) };
export const groqChatExtras = { ...withoutEffect, ...groqWithoutEffect, ...anything(refusals.groq) };

/** Errors: input_unsupported, naming the field. */
export function refuseChatExtras(given: Readonly<Record<string, unknown>>, vendor: ChatVendor): void {
  for (const [name, { reason, harmless = [] }] of Object.entries<Refusal>(refusals[vendor])) {
    if (asksForNothing(given[name], harmless)) continue;
    throw new AntiphonError('input_unsupported', `${name} cannot be honoured: ${reason}. Leave the field out.`, { param: name });
  }
}

function asksForNothing(value: unknown, harmless: readonly unknown[]): boolean {
  if (value === undefined || value === null || harmless.includes(value)) return true;
  if (Array.isArray(value)) return value.every((one) => harmless.includes(one));
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function anything(names: Readonly<Record<string, Refusal>>): Record<string, z.ZodType> {
  return Object.fromEntries(Object.keys(names).map((name) => [name, z.unknown().optional()]));
}
