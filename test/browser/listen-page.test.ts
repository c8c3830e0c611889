/** The page "Listen" in a real browser against a real server: a recording goes in, its words come out and can be heard. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type StartedServer } from '../support/start-server.ts';
import { heardAudio, tapAudio } from './audio-tap.ts';
import { launchBrowser, whyNoBrowser } from './launch-browser.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const reason = await whyNoBrowser();
const patient = { timeout: 50_000 };
const text = 'The bells in the valley rang at noon. Nobody came to the river in the morning.';
/** Where pictures of the page are put, to be looked at by a person. */
const pictures = process.env['TEST_PICTURES_DIR'];

/** Drops a file as a mouse would. */
async function drop(page: Page, name: string, bytes: Buffer): Promise<void> {
  const dataTransfer = await page.evaluateHandle(`(() => {
    const bytes = Uint8Array.from(atob('${bytes.toString('base64')}'), (one) => one.charCodeAt(0));
    const dropped = new DataTransfer();
    dropped.items.add(new File([bytes], '${name}', { type: 'audio/wav' }));
    return dropped;
  })()`);
  await page.dispatchEvent('.recording', 'drop', { dataTransfer });
}

describe.skipIf(reason !== undefined)('the page Listen', () => {
  let server: StartedServer;
  let browser: Browser;
  let page: Page;
  let speech: Buffer;
  let complaints: string[] = [];

  beforeAll(async () => {
    await run(process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--config', 'web/vite.config.ts', '--logLevel', 'error'], { cwd: root, env: { ...process.env, NODE_ENV: 'production' } });
    server = await startServer();
    browser = await launchBrowser({ args: ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'] });
    const answer = await fetch(`${server.url}/v1/audio/speech`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model: 'tts-1', voice: 'alloy', input: text, response_format: 'wav' }) });
    speech = Buffer.from(await answer.arrayBuffer());
    page = await browser.newPage({ viewport: { width: 1280, height: 900 }, permissions: ['microphone'] });
    page.on('console', (message) => { if (message.type() === 'error') complaints.push(message.text()); });
    page.on('pageerror', (error) => complaints.push(error.message));
    await tapAudio(page);
    await page.goto(`${server.url}/#/listen`);
    await page.locator('.listen-settings option', { hasText: 'tiny.en' }).waitFor({ state: 'attached', ...patient });
    await page.locator('.listen-settings').getByLabel('Model').selectOption('whisper/tiny.en');
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });
  afterEach(() => {
    const heard = complaints;
    complaints = [];
    expect(heard, 'the console stays clean').toEqual([]);
  });

  const phase = (wanted: string) => page.locator(`.heard[data-phase="${wanted}"]`).waitFor(patient);
  const words = () => page.locator('.transcript [data-mark]');
  const plain = (said: string) => said.toLowerCase().replaceAll(/[^a-z ]/g, '');
  const picture = async (name: string) => { if (pictures !== undefined) await page.screenshot({ path: join(pictures, `listen-${name}.png`), fullPage: true }); };

  it('offers only the languages of the model that is chosen', async () => {
    expect(await page.locator('.listen-settings').getByLabel('Language').locator('option').allTextContents()).toEqual(['Told from the sound', 'English']);
    expect(await page.getByLabel('Translate into English').isDisabled()).toBe(true);
  });

  it('shows the words of a recording that is dropped', async () => {
    await drop(page, 'bells.wav', speech);
    await phase('complete');
    expect(plain((await words().allInnerTexts()).join(' '))).toBe(plain(text));
    expect(await page.locator('.heard .deck-head').innerText()).toMatch(/bells\.wav[^]*Finished\.[^]*English[^]*whisper\/tiny\.en/);
    await picture('desktop');
  });

  it('plays from a word that is clicked, and marks what is heard', async () => {
    await words().filter({ hasText: 'Nobody' }).click();
    await expect.poll(() => page.locator('.transcript [data-now]').allInnerTexts(), patient).not.toEqual([]);
    const { elements } = await heardAudio(page);
    const seconds = speech.readUInt32LE(40) / 2 / speech.readUInt32LE(24);
    expect(elements).toHaveLength(1);
    // Nothing before the word has been played.
    expect(elements[0]!.currentTime).toBeGreaterThan(seconds * 0.3);
    expect(await page.locator('.transcript [data-now]').innerText()).toMatch(/^(?:Nobody|came|to|the|river|in|morning\.?)$/);
    await expect.poll(async () => (await heardAudio(page)).elements[0]!.paused, patient).toBe(true);
    expect((await heardAudio(page)).elements[0]!.currentTime).toBeCloseTo(seconds, 0);
    expect(plain(await page.locator('.transcript [data-now]').innerText())).toBe('morning');
  });

  it('goes word by word with the keyboard', async () => {
    await words().first().click();
    await page.locator('.transcript').focus();
    await page.keyboard.press('Space');
    await page.getByRole('button', { name: 'Play', exact: true }).locator('visible=true').waitFor(patient);
    const before = (await heardAudio(page)).elements[0]!.currentTime;
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    expect((await heardAudio(page)).elements[0]!.currentTime).toBeGreaterThan(before);
    await page.keyboard.press('Space');
  });

  it.each([
    ['TXT', /^[^\n]*bells[^]*\n$/], ['SRT', /^1\n00:00:0\d,\d{3} --> 00:00:0\d,\d{3}\n/], ['VTT', /^WEBVTT\n\n00:00:0/], ['JSON', /"model": "whisper\/tiny\.en"[^]*"words": \[/],
  ])('is saved as %s', async (format, content) => {
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: `Download as ${format}` }).click();
    const file = await saving;
    expect(file.suggestedFilename()).toBe(`bells.${format.toLowerCase()}`);
    expect(String(await readFile(await file.path()))).toMatch(content);
  });

  it('says what is wrong with a file that is no recording, and takes the next one', async () => {
    await drop(page, 'notes.wav', Buffer.from('This is a text and no sound at all.'));
    await phase('failed');
    expect(await page.locator('.heard [role=alert]').innerText()).not.toBe('');
    // The browser itself reports every answer that refuses.
    complaints = complaints.filter((line) => !line.includes('400'));
    await page.locator('.heard').getByRole('button', { name: 'Clear' }).click();
    await page.locator('.heard').waitFor({ state: 'detached' });
    await page.setInputFiles('.recording input[type=file]', { name: 'again.wav', mimeType: 'audio/wav', buffer: speech });
    await phase('complete');
    expect(await words().count()).toBeGreaterThan(10);
  });

  it('is cancelled, and so is the work at the server', async () => {
    const seconds = Buffer.concat([speech.subarray(0, 44), ...Array.from({ length: 40 }, () => speech.subarray(44))]);
    seconds.writeUInt32LE(seconds.length - 44, 40);
    seconds.writeUInt32LE(seconds.length - 8, 4);
    await page.setInputFiles('.recording input[type=file]', { name: 'long.wav', mimeType: 'audio/wav', buffer: seconds });
    await phase('hearing');
    await words().nth(3).waitFor(patient);
    await page.keyboard.press('Escape');
    await phase('stopped');
    expect(await words().count()).toBeGreaterThan(3);
    await expect.poll(async () => ((await (await fetch(`${server.url}/api/v1/requests`)).json()) as { requests: unknown[] }).requests, patient).toEqual([]);
  });

  it('records from the microphone, and plays what it recorded', async () => {
    await page.getByRole('button', { name: 'Record', exact: true }).click();
    await expect.poll(() => page.locator('.recording-now').innerText(), patient).toMatch(/0:01\.\d/);
    await page.getByRole('button', { name: 'Stop and transcribe' }).click();
    await phase('complete');
    expect(await page.locator('.heard .deck-head').innerText()).toMatch(/recording-\d{8}-\d{6}\.webm/);
    await expect.poll(() => page.locator('.heard .transport-time').innerText(), patient).toMatch(/\/\s*0:0[1-9]/);
  });

  it('fits a phone', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBeLessThanOrEqual(0);
    await picture('phone');
  });
});
