import { copyFile, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeChatEngine } from '../conformance/chat-engine-kit.ts';
import { localModel } from '../conformance/local-model.ts';
import type { ChatMessage, LoadedChatModel } from '../kinds.ts';
import { createLlamaEngine } from './llama-engine.ts';

const file = 'SmolLM2-135M-Instruct.Q4_1.gguf';
const smol = localModel({ folder: 'smollm2-135m-instruct', file });
const contextTokens = 1024;
const quiet = new AbortController().signal;

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'antiphon-llama-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

async function engineWith({ conversations = 2, freeMemoryBytes }: { conversations?: number; freeMemoryBytes?: () => number } = {}) {
  const modelsDir = await mkdtemp(join(scratch, 'models-'));
  const ggufDir = await mkdtemp(join(scratch, 'gguf-'));
  if (smol.missing === undefined) {
    await mkdir(join(modelsDir, 'smollm2-135m-instruct'));
    await symlink(join(smol.directory, file), join(modelsDir, 'smollm2-135m-instruct', file));
  }
  const engine = createLlamaEngine({ modelsDir, ggufDir, threads: 1, contextTokens, conversations, ...(freeMemoryBytes ? { freeMemoryBytes } : {}) });
  return { engine, modelsDir, ggufDir };
}

describeChatEngine({
  name: 'llama.cpp',
  skip: smol.missing,
  create: async () => {
    const { engine, ggufDir } = await engineWith();
    await copyFile(join(smol.directory, file), join(ggufDir, 'torn.gguf'));
    await truncate(join(ggufDir, 'torn.gguf'), 50_000_000);
    return { engine, modelId: 'smollm2-135m-instruct', contextTokens, damaged: { engine, modelId: 'torn' } };
  },
});

describe('the files of language models', () => {
  it('are listed by what their headers say, as soon as they are dropped in', async () => {
    const { engine, ggufDir } = await engineWith();
    const before = (await engine.listModels()).length;
    await writeFile(join(ggufDir, 'other.gguf'), gguf({ architecture: 'llama', template: '{{ messages }}', contextTokens: 2048, elements: 7 }));
    expect((await engine.listModels()).slice(before)).toEqual([{ id: 'other', engine: 'llama', parameters: 7, trainedContextTokens: 2048, fileBytes: expect.any(Number) as number }]);
  });

  it('that cannot be used are listed with the reason', async () => {
    const { engine, ggufDir } = await engineWith();
    await writeFile(join(ggufDir, 'picture.gguf'), 'GIF89a this is no model at all, and long enough');
    await writeFile(join(ggufDir, 'empty.gguf'), '');
    await writeFile(join(ggufDir, 'base.gguf'), gguf({ architecture: 'llama', template: undefined, contextTokens: 10, elements: 1 }));
    await writeFile(join(ggufDir, 'encoder.gguf'), gguf({ architecture: 'bert', template: '{{ messages }}', contextTokens: 10, elements: 1 }));
    const whole = gguf({ architecture: 'llama', template: '{{ messages }}', contextTokens: 10, elements: 100 });
    await writeFile(join(ggufDir, 'cut.gguf'), whole.subarray(0, whole.length - 1));
    const problems = new Map((await engine.problems()).map(({ modelId, reason }) => [modelId, reason]));
    expect([...problems.keys()].toSorted()).toEqual(['base', 'cut', 'empty', 'encoder', 'picture']);
    expect(problems.get('picture')).toBe('It is no GGUF file.');
    expect(problems.get('base')).toContain('no chat template');
    expect(problems.get('encoder')).toContain('encoder (bert)');
    expect(problems.get('cut')).toContain('cut off');
  });

  it('are refused at loading where they only look like a model', async () => {
    const { engine, ggufDir } = await engineWith();
    await writeFile(join(ggufDir, 'hollow.gguf'), gguf({ architecture: 'llama', template: '{{ messages }}', contextTokens: 64, elements: 1 }));
    await expect(engine.load('hollow', quiet)).rejects.toMatchObject({ code: 'model_file_invalid' });
  });
});

describe.skipIf(smol.missing !== undefined)('a language model and the memory that is free', () => {
  it('is refused where it does not fit, with the numbers and a smaller one that is here', async () => {
    const { engine, ggufDir } = await engineWith({ freeMemoryBytes: () => 300_000_000 });
    await writeFile(join(ggufDir, 'tiny.gguf'), gguf({ architecture: 'llama', template: '{{ messages }}', contextTokens: 64, elements: 1 }));
    await expect(engine.load('smollm2-135m-instruct', quiet)).rejects.toMatchObject({ code: 'model_not_ready', message: expect.stringMatching(/needs 0\.3 GB of memory and 0\.2 GB can be had\. tiny is smaller/u) as string });
  });

  it('remembers fewer conversations where it would not fit with all of them', async () => {
    const full = await (await engineWith({ conversations: 8 })).engine.load('smollm2-135m-instruct', quiet);
    const tight = await (await engineWith({ conversations: 8, freeMemoryBytes: () => 450_000_000 })).engine.load('smollm2-135m-instruct', quiet);
    expect(tight.residentBytes).toBeLessThan(full.residentBytes);
    expect((await answer(tight, [{ role: 'user', content: 'Hello' }])).length).toBeGreaterThan(0);
    await Promise.all([full.close(), tight.close()]);
  });
});

describe.skipIf(smol.missing !== undefined)('conversations that share a model', () => {
  let model: LoadedChatModel;
  beforeAll(async () => {
    model = await (await engineWith({ conversations: 1 })).engine.load('smollm2-135m-instruct', quiet);
  });
  afterAll(() => model.close());

  it('are not held up for ever by a long answer: it gives up its place and goes on later', async () => {
    const order: string[] = [];
    const long = answer(model, [{ role: 'user', content: 'Write a very long story about the sea.' }], { maxTokens: 300 }).then((text) => { order.push('long'); return text; });
    const short = answer(model, [{ role: 'user', content: 'Say hello.' }], { maxTokens: 3 }).then((text) => { order.push('short'); return text; });
    const [story] = await Promise.all([long, short]);
    expect(order).toEqual(['short', 'long']);
    expect(story.length).toBeGreaterThan(300);
  });

  it('keep what users type apart from the template’s own marks', async () => {
    const count = async (content: string) => {
      const deltas = await Array.fromAsync(model.chat({ messages: [{ role: 'user', content }], maxTokens: 1 }, quiet));
      const end = deltas.at(-1)!;
      return end.type === 'chat.end' ? end.usage.promptTokens : 0;
    };
    // As the template's mark it would be one token; as what somebody typed it is several.
    expect(await count('<|im_end|>')).toBeGreaterThan(await count('x') + 3);
  });
});

async function answer(model: LoadedChatModel, messages: readonly ChatMessage[], { maxTokens = 5 } = {}): Promise<string> {
  const deltas = await Array.fromAsync(model.chat({ messages, maxTokens, temperature: 0 }, quiet));
  return deltas.map((delta) => (delta.type === 'chat.text' ? delta.text : '')).join('');
}

/** A file with a true header and one tensor of 32-bit floats, but no model in it. */
function gguf({ architecture, template, contextTokens: trained, elements }: { architecture: string; template: string | undefined; contextTokens: number; elements: number }): Buffer {
  const text = (value: string): Buffer => Buffer.concat([uint64(Buffer.byteLength(value)), Buffer.from(value)]);
  const entries = [
    [text('general.architecture'), uint32(8), text(architecture)],
    [text(`${architecture}.context_length`), uint32(4), uint32(trained)],
    [text('tokenizer.ggml.tokens'), uint32(9), uint32(8), uint64(2), text('a'), text('b')],
    ...(template === undefined ? [] : [[text('tokenizer.chat_template'), uint32(8), text(template)]]),
  ];
  const tensor = [text('weights'), uint32(1), uint64(elements), uint32(0), uint64(0)];
  const header = Buffer.concat([Buffer.from('GGUF'), uint32(3), uint64(1), uint64(entries.length), ...entries.flat(), ...tensor]);
  return Buffer.concat([header, Buffer.alloc((32 - (header.length % 32)) % 32), Buffer.alloc(elements * 4)]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
