/** docs/elevenlabs-api.md names every field that is read, and what it tells people to type works. */
import { ElevenLabsClient } from '@elevenlabs/elevenlabs-js';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import WebSocket from 'ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { outputFormatNames } from '../../src/http/elevenlabs/output-formats.ts';
import { bodySchema, querySchema, voiceSettingsSchema } from '../../src/http/elevenlabs/speech-fields.ts';
import { multiStreamInputMessage, streamInputQuery } from '../../src/http/elevenlabs/stream-input-fields.ts';
import { hear } from '../support/hearing.ts';
import { startServer, type StartedServer } from '../support/start-server.ts';

const page = await readFile(fileURLToPath(new URL('../../docs/elevenlabs-api.md', import.meta.url)), 'utf8');
const [http = '', socket = ''] = page.split('## WebSocket');
const printed = 'http://127.0.0.1:8080';

describe('the tables', () => {
  it.each([...Object.keys(querySchema.shape), ...Object.keys(bodySchema.shape), ...Object.keys(voiceSettingsSchema.shape)])('tell of %s', (field) => {
    expect(http).toContain(`\`${field}\``);
  });

  it.each([...Object.keys(streamInputQuery.shape), ...Object.keys(multiStreamInputMessage.shape)])('tell of %s in the WebSocket', (field) => {
    expect(socket).toContain(`\`${field}\``);
  });

  it('begin and end the ranges of formats with ones that there are', () => {
    const named = [...http.matchAll(/`((?:mp3|pcm|wav|ulaw|alaw|opus)_[\d_]+)`/g)].map(([, name]) => name!);
    expect(named.length).toBeGreaterThan(8);
    for (const name of named) expect(outputFormatNames).toContain(name);
  });
});

describe('the examples', () => {
  let server: StartedServer;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'antiphon-docs-'));
    server = await startServer({ env: { ANTIPHON_WORKERS_COUNT: '1' } });
  });
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('speak by curl', async () => {
    const line = /^curl [\s\S]*?-o hello\.mp3$/m.exec(page)![0];
    const child = spawn('sh', ['-c', line.replace(printed, server.url)], { cwd: folder, stdio: 'ignore' });
    await once(child, 'exit');
    expect((await hear(await readFile(join(folder, 'hello.mp3')), 'mp3')).seconds).toBeGreaterThan(1);
  });

  it('speak by the vendor\'s package', async () => {
    const [, baseUrl, apiKey] = /baseUrl: '([^']+)', apiKey: '([^']+)'/.exec(page)!;
    const [, voice, text, modelId] = /stream\('([^']+)', \{ text: '([^']+)', modelId: '([^']+)' \}/.exec(page)!;
    const client = new ElevenLabsClient({ baseUrl: baseUrl!.replace(printed, server.url), apiKey: apiKey! });
    const parts: Uint8Array[] = [];
    for await (const part of await client.textToSpeech.stream(voice!, { text: text!, modelId: modelId! })) parts.push(part);
    expect((await hear(Buffer.concat(parts), 'mp3')).seconds).toBeGreaterThan(1);
  });

  it('speak in a WebSocket', async () => {
    const messages = /```json\n([\s\S]*?)```/.exec(socket)![1]!.trim().split('\n');
    const client = new WebSocket(`${server.url.replace('http', 'ws')}/v1/text-to-speech/JBFqnCBsd6RMkjVDRZzb/stream-input`);
    const audio: Buffer[] = [];
    client.on('open', () => messages.forEach((message) => client.send(message)));
    client.on('message', (data: Buffer) => audio.push(Buffer.from((JSON.parse(data.toString()) as { audio: string | null }).audio ?? '', 'base64')));
    const [code] = await once(client, 'close') as [number];
    expect(code).toBe(1000);
    expect((await hear(Buffer.concat(audio), 'mp3')).seconds).toBeGreaterThan(1);
  });
});
