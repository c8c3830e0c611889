/** The page "Listen" in a real browser against a real server: a recording goes in, its words come out and can be heard. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
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

/** A small model mishears a word now and then. */
function shareHeard(heard: string): number {
  const plain = (said: string) => said.toLowerCase().replaceAll(/[^a-z ]/g, '').split(' ');
  const words = new Set(plain(heard));
  const wanted = [...new Set(plain(text))];
  return wanted.filter((word) => words.has(word)).length / wanted.length;
}

/** `times` over, with the sizes that the header of a stream leaves open. */
function wavFile(stream: Buffer, times = 1): Buffer {
  const wav = Buffer.concat([stream.subarray(0, 44), ...Array.from({ length: times }, () => stream.subarray(44))]);
  wav.writeUInt32LE(wav.length - 8, 4);
  wav.writeUInt32LE(wav.length - 44, 40);
  return wav;
}

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
  let folder: string;
  let speech: Buffer;
  let complaints: string[] = [];

  beforeAll(async () => {
    await run(process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--config', 'web/vite.config.ts', '--logLevel', 'error'], { cwd: root, env: { ...process.env, NODE_ENV: 'production' } });
    server = await startServer();
    const answer = await fetch(`${server.url}/v1/audio/speech`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model: 'tts-1', voice: 'alloy', input: text, response_format: 'wav' }) });
    speech = wavFile(Buffer.from(await answer.arrayBuffer()));
    folder = await mkdtemp(join(tmpdir(), 'antiphon-listen-'));
    await writeFile(join(folder, 'microphone.wav'), speech);
    browser = await launchBrowser({ args: ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', `--use-file-for-fake-audio-capture=${join(folder, 'microphone.wav')}%noloop`] });
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
    await rm(folder, { recursive: true, force: true });
  });
  afterEach(() => {
    const heard = complaints;
    complaints = [];
    expect(heard, 'the console stays clean').toEqual([]);
  });

  const phase = (wanted: string) => page.locator(`.heard[data-phase="${wanted}"]`).waitFor(patient);
  const words = () => page.locator('.transcript [data-mark]');
  /** The number of the word that is marked; −1: none. */
  const now = async () => Number(await page.evaluate<string>(`document.querySelector('.transcript [data-now]')?.dataset.mark ?? '-1'`));
  const isPaused = async () => (await heardAudio(page)).elements[0]!.paused;
  const heardText = async () => (await words().allInnerTexts()).join(' ');
  const picture = async (name: string) => { if (pictures !== undefined) await page.screenshot({ path: join(pictures, `listen-${name}.png`), fullPage: true }); };

  it('offers only the languages of the model that is chosen', async () => {
    expect(await page.locator('.listen-settings').getByLabel('Language').locator('option').allTextContents()).toEqual(['Told from the sound', 'English']);
    expect(await page.getByLabel('Translate into English').isDisabled()).toBe(true);
  });

  it('shows the words of a recording that is dropped', async () => {
    await drop(page, 'bells.wav', speech);
    await phase('complete');
    expect(shareHeard(await heardText())).toBeGreaterThan(0.8);
    expect(await page.locator('.heard .deck-head').innerText()).toMatch(/bells\.wav[^]*Finished\.[^]*English[^]*whisper\/tiny\.en/);
    await picture('desktop');
  });

  it('plays from a word that is clicked, and marks what is heard', async () => {
    const middle = Math.floor(await words().count() / 2);
    await words().nth(middle).click();
    await expect.poll(now, patient).toBeGreaterThanOrEqual(middle);
    const { elements } = await heardAudio(page);
    const durationSeconds = speech.readUInt32LE(40) / 2 / speech.readUInt32LE(24);
    expect(elements).toHaveLength(1);
    // Nothing before the word has been played.
    expect(elements[0]!.currentTime).toBeGreaterThan(durationSeconds * 0.3);
    await expect.poll(isPaused, patient).toBe(true);
    expect((await heardAudio(page)).elements[0]!.currentTime).toBeCloseTo(durationSeconds, 0);
    expect(await now()).toBe(await words().count() - 1);
  });

  it('goes word by word with the keyboard', async () => {
    await page.getByLabel('Place in the recording').fill('0');
    await page.locator('.transcript').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await expect.poll(now, patient).toBeGreaterThanOrEqual(1);
    if (!await isPaused()) await page.keyboard.press('Space');
    await expect.poll(isPaused, patient).toBe(true);
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
    await page.setInputFiles('.recording input[type=file]', { name: 'long.wav', mimeType: 'audio/wav', buffer: wavFile(speech, 40) });
    await phase('hearing');
    await words().nth(3).waitFor(patient);
    await page.keyboard.press('Escape');
    await phase('stopped');
    expect(await words().count()).toBeGreaterThan(3);
    await expect.poll(async () => ((await (await fetch(`${server.url}/api/v1/requests`)).json()) as { requests: unknown[] }).requests, patient).toEqual([]);
  });

  it('records from the microphone, and plays what it recorded', async () => {
    await page.getByRole('button', { name: 'Record', exact: true }).click();
    await expect.poll(() => page.locator('.recording-now').innerText(), patient).toMatch(/0:0[3-9]\.\d/);
    await page.getByRole('button', { name: 'Stop and transcribe' }).click();
    await page.locator('.heard[data-phase="complete"]', { hasText: /recording-\d{8}-\d{6}\.webm/ }).waitFor(patient);
    expect(shareHeard(await heardText())).toBeGreaterThan(0.4);
    await expect.poll(() => page.locator('.heard .transport-time').innerText(), patient).toMatch(/\/\s*0:0[2-9]/);
  });

  it('writes down what is spoken while it is spoken, and plays it afterwards', async () => {
    await page.getByRole('button', { name: 'Speak live' }).click();
    await phase('live');
    await expect.poll(async () => shareHeard(await heardText()), patient).toBeGreaterThan(0.4);
    await picture('live');
    await expect.poll(async () => shareHeard(await heardText()), patient).toBeGreaterThan(0.8);
    await page.getByRole('button', { name: 'Finish' }).click();
    await phase('complete');
    await words().last().click();
    await expect.poll(() => page.locator('.transcript [data-now]').count(), patient).toBe(1);
    // All of it at once is heard better than while it was spoken, and gives captions.
    await page.getByRole('button', { name: 'Transcribe again' }).click();
    await page.locator('.heard[data-phase="complete"]', { hasText: 'live.wav' }).waitFor(patient);
    expect(shareHeard(await heardText())).toBeGreaterThan(0.8);
    expect(await page.getByRole('button', { name: 'Download as SRT' }).isEnabled()).toBe(true);
  });

  it('fits a phone', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBeLessThanOrEqual(0);
    await picture('phone');
  });
});
