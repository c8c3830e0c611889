/** What the pages tell people to type and to click is real. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import OpenAI from 'openai';
import { hear } from '../support/hearing.ts';
import { runAntiphon } from '../support/run-antiphon.ts';
import { startServer, type StartedServer } from '../support/start-server.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const pages = ['README.md', ...(await readdir(join(root, 'docs'), { recursive: true })).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)];
const texts = new Map(await Promise.all(pages.map(async (page) => [page, await readFile(join(root, page), 'utf8')] as const)));
const readme = texts.get('README.md')!;

describe('links', () => {
  const links = [...texts].flatMap(([page, text]) => [...text.replaceAll(/```[\s\S]*?```/g, '').matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => ({ page, target: target! })));

  it.each(links.filter(({ target }) => !/^[a-z]+:/.test(target)))('$page leads to $target', async ({ page, target }) => {
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? join(root, page) : join(root, dirname(page), path);
    expect(existsSync(file), file).toBe(true);
    if (anchor === undefined) return;
    const headings = [...(await readFile(file, 'utf8')).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading!.toLowerCase().replaceAll(/[^\p{L}\p{N}\s-]/gu, '').trim().replaceAll(/\s/g, '-'));
    expect(headings).toContain(anchor);
  });
});

describe('commands', () => {
  /** Lines of shell that call the command, in any page: in blocks and inline. */
  const calls = [...texts].flatMap(([page, text]) => [...text.matchAll(/(?:npx |^|`)antiphon ([a-z]+(?: [a-z]+)?)([^`\n]*)/gm)].map(([, words, rest]) => ({ page, words: words!.split(' '), rest: rest! })));

  it('are all there, with the options that the pages give them', async () => {
    expect(calls.length).toBeGreaterThan(5);
    const helps = new Map<string, string>();
    for (const { page, words, rest } of calls) {
      const command = words[0]!;
      if (!helps.has(command)) {
        const { code, stdout } = await runAntiphon([command, '--help']);
        expect({ page, command, code }).toEqual({ page, command, code: 0 });
        helps.set(command, String(stdout));
      }
      for (const [option] of rest.matchAll(/(?<=\s)--?[a-z][\w-]*/g)) expect(helps.get(command), `${page}: antiphon ${command} ${option}`).toContain(option);
    }
  });

  it('of npm have their scripts', async () => {
    const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
    for (const text of texts.values()) {
      for (const [, run, name] of text.matchAll(/npm (run )?(start|test|[a-z]+)(?=[\s`])/g)) {
        if (run !== undefined || ['start', 'test'].includes(name!)) expect(Object.keys(scripts)).toContain(name);
      }
    }
  });

  it('use settings that exist', async () => {
    const { stdout } = await runAntiphon(['config', '--json']);
    const { settings } = JSON.parse(String(stdout)) as { settings: { path: string; variable: string }[] };
    const variables = new Set([...settings.map(({ variable }) => variable), 'ANTIPHON_CONFIG']);
    for (const [page, text] of texts) {
      for (const [variable] of text.matchAll(/ANTIPHON_[A-Z_]+/g)) expect(variables.has(variable), `${page}: ${variable}`).toBe(true);
    }
  });
});

describe('the first words', () => {
  let server: StartedServer;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'antiphon-readme-'));
    server = await startServer({ env: { ANTIPHON_WORKERS_COUNT: '1' } });
  });
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function shell(command: string): Promise<number | null> {
    const child = spawn('sh', ['-c', command], { cwd: folder, stdio: 'ignore' });
    await once(child, 'exit');
    return child.exitCode;
  }

  it('are spoken by the line that README prints, and the console prints the same one', async () => {
    const line = /^curl [\s\S]*?-o hello\.mp3$/m.exec(readme)![0];
    expect(await shell(line.replace('http://127.0.0.1:8080', server.url))).toBe(0);
    const { seconds, rms } = await hear(await readFile(join(folder, 'hello.mp3')), 'mp3');
    expect(seconds).toBeGreaterThan(1);
    expect(rms).toBeGreaterThan(0.02);
    const tidy = (text: string) => text.replaceAll(/\\\n|\s+/g, ' ').replaceAll(/ +/g, ' ');
    expect(tidy(server.output())).toContain(tidy(line.replace('http://127.0.0.1:8080', server.url)));
  });

  it('are spoken by the program that README prints', async () => {
    const [, baseUrl, apiKey] = /baseURL: '([^']+)', apiKey: '([^']+)'/.exec(readme)!;
    const [, request] = /speech\.create\((\{.*?\})\)/.exec(readme)!;
    const body = JSON.parse(request!.replaceAll(/(\w+):/g, '"$1":').replaceAll("'", '"')) as OpenAI.Audio.SpeechCreateParams;
    const client = new OpenAI({ baseURL: baseUrl!.replace('http://127.0.0.1:8080', server.url), apiKey: apiKey! });
    const answer = await client.audio.speech.create(body);
    const again = answer.clone();
    expect((await hear(new Uint8Array(await answer.arrayBuffer()), 'mp3')).seconds).toBeGreaterThan(1);
    expect(readme).toContain("const { text } = await client.audio.transcriptions.create({ model: 'whisper-1', file: speech });");
    const { text } = await client.audio.transcriptions.create({ model: 'whisper-1', file: again });
    expect(text.toLowerCase()).toContain('machine');
    expect(readme).toContain("const answer = await client.chat.completions.create({ model: 'local', messages: [{ role: 'user', content: text }] });");
    const thought = await client.chat.completions.create({ model: 'local', max_tokens: 16, messages: [{ role: 'user', content: text }] });
    expect(thought.choices[0]?.message.content).not.toBe('');
  });
});
