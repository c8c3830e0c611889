/** The page "Talk" in a real browser against a real server: what is typed or spoken is answered in words and aloud. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startMisbehavingProvider, type MisbehavingProvider } from '../support/misbehaving-provider.ts';
import { startServer, type StartedServer } from '../support/start-server.ts';
import { heardAudio, tapAudio } from './audio-tap.ts';
import { launchBrowser, whyNoBrowser } from './launch-browser.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const reason = await whyNoBrowser();
const patient = { timeout: 50_000 };
const pictures = process.env['TEST_PICTURES_DIR'];
const answer = 'The tide is out until noon. You can walk to the island and be back before it turns.';

describe.skipIf(reason !== undefined)('the page Talk', () => {
  let provider: MisbehavingProvider;
  let server: StartedServer;
  let browser: Browser;
  let page: Page;
  let folder: string;
  let complaints: string[] = [];

  beforeAll(async () => {
    await run(process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--config', 'web/vite.config.ts', '--logLevel', 'error'], { cwd: root, env: { ...process.env, NODE_ENV: 'production' } });
    provider = await startMisbehavingProvider();
    provider.content.chatTokens = answer.split(/(?= )/);
    server = await startServer({ env: { ANTIPHON_PROVIDERS: JSON.stringify({ harbour: { type: 'openai', baseUrl: provider.baseUrl('openai'), models: { chat: 'pilot' } } }), ANTIPHON_CHAINS_CHAT: 'harbour' } });
    const speech = await fetch(`${server.url}/v1/audio/speech`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model: 'tts-1', voice: 'alloy', input: 'When can I walk to the island?', response_format: 'wav' }) });
    const wav = Buffer.from(await speech.arrayBuffer());
    // A stream's header leaves the sizes open, which the browser's microphone does not read.
    wav.writeUInt32LE(wav.length - 8, 4);
    wav.writeUInt32LE(wav.length - 44, 40);
    folder = await mkdtemp(join(tmpdir(), 'antiphon-talk-'));
    await writeFile(join(folder, 'microphone.wav'), wav);
    browser = await launchBrowser({ args: ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', `--use-file-for-fake-audio-capture=${join(folder, 'microphone.wav')}`] });
    page = await browser.newPage({ viewport: { width: 1280, height: 900 }, permissions: ['microphone'] });
    page.on('console', (message) => { if (message.type() === 'error') complaints.push(message.text()); });
    page.on('pageerror', (error) => complaints.push(error.message));
    await tapAudio(page);
    await page.goto(`${server.url}/#/talk`);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await provider?.stop();
    await rm(folder, { recursive: true, force: true });
  });
  afterEach(() => {
    const heard = complaints;
    complaints = [];
    expect(heard, 'the console stays clean').toEqual([]);
  });

  const picture = async (name: string) => { if (pictures !== undefined) await page.screenshot({ path: join(pictures, `talk-${name}.png`), fullPage: true }); };
  const exchange = (index: number) => page.locator('.exchange').nth(index);
  const say = async (text: string) => {
    await page.getByLabel('What you say').fill(text);
    await page.getByLabel('What you say').press('Enter');
  };
  const playedSeconds = async () => Math.max(0, ...(await heardAudio(page)).elements.map(({ currentTime }) => currentTime));

  it('answers what is typed, in words and aloud, and says who answered', async () => {
    await say('When is low tide?');
    await expect.poll(() => exchange(0).locator('.reply').innerText(), patient).toContain(answer);
    await expect.poll(playedSeconds, patient).toBeGreaterThan(0.5);
    await expect.poll(() => exchange(0).locator('.reply').innerText(), patient).toMatch(/harbour · pilot · first sound after/);
    await picture('desktop');
  });

  it('keeps the reply to be heard again, and Escape ends it', async () => {
    await page.keyboard.press('Escape');
    await exchange(0).getByRole('button', { name: 'Hear again' }).click();
    await expect.poll(playedSeconds, patient).toBeGreaterThan(0.3);
    await page.keyboard.press('Escape');
    await expect.poll(async () => (await heardAudio(page)).elements.every(({ paused }) => paused), patient).toBe(true);
  });

  it('remembers what was said before in the same conversation, and nothing in a new one', async () => {
    await say('And tomorrow?');
    await expect.poll(() => exchange(1).locator('.reply').innerText(), patient).toContain(answer);
    const messages = (): unknown => provider.requests.filter(({ route }) => route === 'chat').at(-1)?.json['messages'];
    expect(JSON.stringify(messages())).toMatch(/When is low tide\?.*The tide is out.*And tomorrow\?/);
    await page.getByRole('button', { name: 'New conversation' }).click();
    expect(await page.locator('.exchange').count()).toBe(0);
    await say('Hello.');
    await expect.poll(() => exchange(0).locator('.reply').innerText(), patient).toContain(answer);
    expect(JSON.stringify(messages())).not.toContain('low tide');
  });

  it('hears what is spoken', async () => {
    await page.getByRole('button', { name: 'Speak', exact: true }).click();
    await page.getByRole('button', { name: 'Stop and send' }).waitFor(patient);
    await page.waitForTimeout(3_500);
    await page.getByRole('button', { name: 'Stop and send' }).click();
    await expect.poll(() => exchange(1).locator('.said').innerText(), patient).toMatch(/island/i);
    await expect.poll(() => exchange(1).locator('.reply').innerText(), patient).toContain(answer);
    await expect.poll(() => exchange(1).locator('.reply').innerText(), patient).toMatch(/heard in/);
  });

  it('says why there is no answer, and goes on when there is one again', async () => {
    provider.otherwise({ kind: 'status', status: 500 });
    await say('Are you there?');
    await expect.poll(() => exchange(2).locator('.field-error').innerText(), patient).toMatch(/harbour/);
    await picture('failed');
    // The browser logs a failed answer by itself.
    complaints = complaints.filter((text) => !/Failed to load resource/.test(text));
    provider.otherwise({ kind: 'ok' });
    await say('And now?');
    await expect.poll(() => exchange(3).locator('.reply').innerText(), patient).toContain(answer);
  });

  it('fits a phone', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    await picture('phone');
  });
});
