/** The Speak page in a real browser against a real server: what is typed is heard. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type StartedServer } from '../support/start-server.ts';
import { heardAudio, tapAudio } from './audio-tap.ts';
import { launchBrowser, whyNoBrowser } from './launch-browser.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const reason = await whyNoBrowser();
if (reason !== undefined) process.stderr.write(`The browser tests are skipped: Chromium does not start here (${reason}).\n`);

/** Resolved by the browser itself, to give the page an origin that is not a secure context. */
const plainHost = 'antiphon.test';
/** Conditions are waited for, however slow the machine; none of them is about the time it takes. */
const patient = { timeout: 20_000 };
const shortText = 'It’s a fine day, isn\'t it? The voice answers at once.';
const longText = 'Every bell in the valley rang at noon, and the choir across the river answered it line by line. '.repeat(40);

describe.skipIf(reason !== undefined)('the Speak page', () => {
  let server: StartedServer;
  let browser: Browser;
  let open: Page[] = [];
  let complaints: string[] = [];

  beforeAll(async () => {
    // As setup builds it; vitest's own NODE_ENV would make a development bundle.
    await run(process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--config', 'web/vite.config.ts', '--logLevel', 'error'], { cwd: root, env: { ...process.env, NODE_ENV: 'production' } });
    server = await startServer({ env: { ANTIPHON_SERVER_ALLOWED_HOSTS: plainHost } });
    browser = await launchBrowser({ args: [`--host-resolver-rules=MAP ${plainHost} 127.0.0.1`] });
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });
  afterEach(async () => {
    await Promise.all(open.map((page) => page.context().close()));
    open = [];
    const heard = complaints;
    complaints = [];
    expect(heard, 'the console stays clean').toEqual([]);
  });

  async function openPage({ url = server.url, ...options }: BrowserContextOptions & { url?: string } = {}): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    const page = await context.newPage();
    open.push(page);
    page.on('console', (message) => { if (message.type() === 'error') complaints.push(message.text()); });
    page.on('pageerror', (error) => complaints.push(error.message));
    await tapAudio(page);
    await page.goto(url);
    // On a phone the list of voices is folded away.
    await page.locator('.voice-name', { hasText: 'SLT' }).waitFor({ state: 'attached' });
    return page;
  }

  const textField = (page: Page) => page.getByLabel('Text to speak');
  const formatField = (page: Page) => page.getByRole('region', { name: 'Delivery' }).getByLabel('Format');
  const speakButton = (page: Page) => page.getByRole('button', { name: /^Speak with/ });
  const phase = (page: Page, wanted: string) => page.locator(`.deck[data-phase="${wanted}"]`).waitFor();
  const playback = (page: Page, wanted: string) => page.locator(`.deck[data-playback="${wanted}"]`).waitFor();

  async function inFlight(): Promise<number> {
    const response = await fetch(`${server.url}/api/v1/requests`);
    const { requests } = await response.json() as { requests: unknown[] };
    return requests.length;
  }

  async function figure(page: Page, name: string): Promise<string> {
    return page.locator('.figures > div', { hasText: name }).locator('dd').innerText();
  }

  it('lets a text be heard to its end and shows what was measured', async () => {
    const page = await openPage();
    await textField(page).fill(shortText);
    await speakButton(page).click();
    await playback(page, 'ended');
    const heard = await heardAudio(page);
    expect(heard.loudestRms).toBeGreaterThan(0.02);
    expect(heard.loudWindows).toBeGreaterThan(20);
    const [minutes, seconds] = (await figure(page, 'Duration')).split(':').map(Number);
    expect(minutes).toBe(0);
    expect(seconds).toBeGreaterThan(2);
    expect(seconds).toBeLessThan(9);
    expect(await figure(page, 'First byte')).toMatch(/^\d+ ms$|^[\d.]+ s$/);
    expect(await figure(page, 'First sound')).toMatch(/^\d+ ms$|^[\d.]+ s$/);
    expect(Number(await figure(page, 'Real-time factor'))).toBeGreaterThan(0);
    // Played is as long as received: nothing was dropped on the way to the loudspeaker.
    const [position, duration] = (await page.locator('.transport-time').innerText()).split(' / ');
    expect(Math.abs(clock(position!) - clock(duration!))).toBeLessThanOrEqual(0.1);
  });

  it('sounds while the rest is still being made, and Stop ends the making', async () => {
    const page = await openPage();
    await textField(page).fill(longText);
    await speakButton(page).click();
    await page.locator('.deck[data-playback="playing"][data-phase="receiving"]').waitFor();
    await expect.poll(async () => (await heardAudio(page)).loudestRms, patient).toBeGreaterThan(0.02);
    expect(await inFlight()).toBe(1);
    await page.locator('.editor').getByRole('button', { name: 'Stop' }).click();
    await phase(page, 'stopped');
    await expect.poll(inFlight, patient).toBe(0);
    // What came is kept: it can be played and saved.
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save what was heard' }).click();
    const bytes = await readFile(await (await download).path());
    expect(bytes.subarray(0, 4).toString('latin1')).toBe('RIFF');
    expect(bytes.readUInt32LE(40)).toBe(bytes.length - 44);
    await page.locator('.transport').getByRole('button', { name: 'Play' }).click();
    await playback(page, 'playing');
  });

  it('says that a stream was cut, and keeps what was heard', async () => {
    const page = await openPage();
    await textField(page).fill(longText);
    await speakButton(page).click();
    await playback(page, 'playing');
    await page.getByRole('link', { name: 'Queue' }).click();
    await page.getByRole('button', { name: /^Cancel the request/ }).click();
    await expect.poll(inFlight, patient).toBe(0);
    await page.getByText('Quiet.').waitFor();
    await page.getByRole('link', { name: 'Speak' }).click();
    await phase(page, 'cut');
    expect(await page.locator('.deck').innerText()).toContain('The connection was cut');
    expect(await page.getByRole('button', { name: 'Save what was heard' }).isVisible()).toBe(true);
    // The browser reports the broken connection by itself.
    complaints = complaints.filter((text) => !text.includes('ERR_INCOMPLETE_CHUNKED_ENCODING'));
  });

  it('seeks within what has come', async () => {
    const page = await openPage();
    await textField(page).fill(shortText);
    await speakButton(page).click();
    await playback(page, 'ended');
    const slider = page.getByRole('slider', { name: 'Position' });
    await slider.focus();
    await page.keyboard.press('Home');
    await expect.poll(() => slider.getAttribute('aria-valuenow'), patient).toBe('0');
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => slider.getAttribute('aria-valuenow'), patient).toBe('1');
    await page.locator('.transport').getByRole('button', { name: 'Play' }).click();
    await playback(page, 'playing');
    await page.locator('.transport').getByRole('button', { name: 'Pause' }).click();
    await playback(page, 'paused');
    expect(Number(await slider.getAttribute('aria-valuenow'))).toBeGreaterThanOrEqual(1);
  });

  it('lets voices be heard one at a time, and asks for each only once', async () => {
    const page = await openPage();
    let asked = 0;
    page.on('request', (request) => { if (request.url().endsWith('/v1/audio/speech')) asked++; });
    const joe = page.locator('.voice', { hasText: 'Joe' });
    await joe.getByRole('button').click();
    await expect.poll(async () => (await heardAudio(page)).elements[0]?.currentTime ?? 0, patient).toBeGreaterThan(0.2);
    const { duration } = (await heardAudio(page)).elements[0]!;
    expect(duration).toBeGreaterThan(1);
    expect(duration).toBeLessThan(8);
    await page.locator('.voice', { hasText: 'cmu_us_slt' }).getByRole('button').click();
    await page.locator('.voice[data-preview="playing"]', { hasText: 'cmu_us_slt' }).waitFor();
    expect(await joe.getAttribute('data-preview')).toBe('idle');
    expect(asked).toBe(2);
    await joe.getByRole('button').click();
    await page.locator('.voice[data-preview="playing"]', { hasText: 'Joe' }).waitFor();
    expect(asked).toBe(2);
  });

  it('shows an empty text as the fault of the text field, until it is changed', async () => {
    const page = await openPage();
    await textField(page).fill('');
    await speakButton(page).click();
    await page.getByRole('alert').waitFor();
    expect(await textField(page).getAttribute('aria-invalid')).toBe('true');
    const described = (await textField(page).getAttribute('aria-describedby'))!.split(' ').at(-1)!;
    expect(await page.locator(`[id="${described}"]`).innerText()).toContain('nothing to speak');
    await textField(page).fill('Now there is.');
    expect(await page.getByRole('alert').count()).toBe(0);
    // Chromium itself reports every status of 400.
    complaints = complaints.filter((text) => !text.includes('status of 400'));
  });

  it('finds voices by their names, languages and engines', async () => {
    const page = await openPage();
    const shown = () => page.locator('.voice-name').allInnerTexts();
    await page.getByLabel('Search voices').fill('piper english');
    expect(await shown()).toEqual(['Joe']);
    await page.getByLabel('Search voices').fill('nobody of that name');
    expect(await shown()).toEqual([]);
    expect(await page.locator('.voice-none').isVisible()).toBe(true);
  });

  it('copies a curl command that does what the page would have done', async () => {
    const page = await openPage({ permissions: ['clipboard-read', 'clipboard-write'] });
    const folder = await mkdtemp(join(tmpdir(), 'antiphon-copy-'));
    try {
      await textField(page).fill(shortText);
      await formatField(page).selectOption('wav');
      await page.getByRole('radio', { name: /^SLT/ }).check();
      await page.getByRole('button', { name: 'Copy as curl' }).click();
      await page.getByText('Copied the curl request.').waitFor();
      const command = await page.evaluate<string>('navigator.clipboard.readText()');
      await run('sh', ['-c', command], { cwd: folder });
      expect((await readFile(join(folder, 'speech.wav'))).subarray(0, 4).toString('latin1')).toBe('RIFF');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it.each(['Python', 'TypeScript'])('copies a %s program with the request on the screen', async (language) => {
    const page = await openPage({ permissions: ['clipboard-read', 'clipboard-write'] });
    await textField(page).fill(shortText);
    await page.getByLabel('Speed as a number').fill('1.5');
    await page.getByLabel('Speed as a number').press('Enter');
    await page.getByRole('tab', { name: language }).click();
    await page.getByRole('button', { name: `Copy as ${language}` }).click();
    await page.getByText(`Copied the ${language} request.`).waitFor();
    const program = await page.evaluate<string>('navigator.clipboard.readText()');
    expect(program).toContain(JSON.stringify(shortText));
    expect(program).toContain(`${server.url}/v1`);
    expect(program).toMatch(/model\W+"tts-1"/);
    expect(program).toMatch(/voice\W+"alloy"/);
    expect(program).toMatch(/speed\W+1\.5/);
  });

  it.each([
    { format: 'mp3', magic: /^(ID3|\xff[\xe2-\xff])/ },
    { format: 'opus', magic: /^OggS/ },
    { format: 'flac', magic: /^fLaC/ },
    { format: 'wav', magic: /^RIFF....WAVE/s },
  ])('saves a file that really is $format', async ({ format, magic }) => {
    const page = await openPage();
    await textField(page).fill(shortText);
    await formatField(page).selectOption(format);
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: /^Download/ }).click();
    const file = await download;
    expect(file.suggestedFilename()).toMatch(new RegExp(`^antiphon-[\\w.-]+\\.${format}$`));
    expect((await readFile(await file.path())).subarray(0, 64).toString('latin1')).toMatch(magic);
  });

  it('can be used with the keyboard alone', async () => {
    const page = await openPage();
    const focusedName = () => page.evaluate<string>(`(document.activeElement.getAttribute('aria-label') ?? document.activeElement.labels?.[0]?.innerText ?? document.activeElement.innerText).trim()`);
    await page.keyboard.press('Tab');
    expect(await focusedName()).toBe('Skip to content');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await focusedName()).toBe('Text to speak');
    await page.keyboard.press('Control+A');
    await page.keyboard.type('Spoken without a mouse.');
    await page.keyboard.press('Control+Enter');
    await playback(page, 'ended');
    expect((await heardAudio(page)).loudestRms).toBeGreaterThan(0.02);
    // On to the voices: the group is one stop, arrows choose, and the next stop is the chosen one's preview.
    for (let stops = 0; stops < 20 && !(await focusedName()).startsWith('Automatic'); stops++) await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowDown');
    expect(await focusedName()).toMatch(/^Joe/);
    await page.keyboard.press('Tab');
    expect(await focusedName()).toBe('Preview Joe');
  });

  it.each(['light', 'dark'] as const)('fits a narrow phone without sideways scrolling, %s', async (colorScheme) => {
    const page = await openPage({ viewport: { width: 360, height: 740 }, colorScheme });
    for (const name of ['Speak', 'Queue', 'Models']) {
      await page.getByRole('link', { name, exact: true }).click();
      expect(await page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth'), name).toBeLessThanOrEqual(0);
    }
    const [red] = (await page.evaluate<string>('getComputedStyle(document.body).backgroundColor')).match(/\d+/)!;
    expect(Number(red) < 128).toBe(colorScheme === 'dark');
  });

  it('remembers the colours that were chosen', async () => {
    const page = await openPage({ colorScheme: 'light' });
    await page.getByRole('button', { name: 'Use dark colours' }).click();
    await page.reload();
    expect(await page.evaluate<string>('document.documentElement.dataset.theme')).toBe('dark');
  });

  it('gives every control a name, and the page its landmarks', async () => {
    const page = await openPage();
    const session = await page.context().newCDPSession(page);
    for (const name of ['Speak', 'Queue', 'Models']) {
      await page.getByRole('link', { name, exact: true }).click();
      const { nodes } = await session.send('Accessibility.getFullAXTree');
      const seen = nodes.filter(({ ignored }) => !ignored).map((node) => ({ role: String(node.role?.value), name: String(node.name?.value ?? '') }));
      const controls = seen.filter(({ role }) => ['button', 'link', 'textbox', 'searchbox', 'slider', 'combobox', 'radio', 'tab'].includes(role));
      expect(controls.length).toBeGreaterThan(4);
      expect(controls.filter((control) => control.name.trim() === '')).toEqual([]);
      const roles = seen.map(({ role }) => role);
      for (const landmark of ['banner', 'navigation', 'main', 'heading', 'status']) expect(roles, landmark).toContain(landmark);
    }
  });

  it('says who stands in while the fast voice is not there', async () => {
    const models = await mkdtemp(join(tmpdir(), 'antiphon-no-models-'));
    const bare = await startServer({ env: { ANTIPHON_MODELS_DIR: models, ANTIPHON_MODELS_OFFLINE: 'true', ANTIPHON_WORKERS_COUNT: '1' } });
    try {
      const page = await openPage({ url: bare.url });
      await page.locator('.notice').waitFor();
      expect(await page.locator('.notice').innerText()).toContain('built-in voice');
      await page.getByRole('button', { name: 'Server: Degraded' }).click();
      expect(await page.locator('.status-panel').isVisible()).toBe(true);
      await speakButton(page).click();
      await playback(page, 'playing');
      expect(await page.locator('.deck-speaker').innerText()).toMatch(/Flite[^]*stands in for Piper/);
    } finally {
      await bare.stop();
      await rm(models, { recursive: true, force: true });
    }
  });

  it('plays a finished speech over plain http, and says why', async () => {
    const page = await openPage({ url: server.url.replace('127.0.0.1', plainHost) });
    expect(await page.evaluate<boolean>('isSecureContext')).toBe(false);
    expect(await page.locator('.deck').innerText()).toContain('plain http');
    await textField(page).fill(shortText);
    await speakButton(page).click();
    await phase(page, 'complete');
    await playback(page, 'playing');
    await expect.poll(async () => (await heardAudio(page)).elements.find(({ duration }) => duration > 2)?.currentTime ?? 0, patient).toBeGreaterThan(0.3);
  });
});

/** `0:03.2` in seconds. */
function clock(text: string): number {
  const [minutes, seconds] = text.split(':').map(Number);
  return minutes! * 60 + seconds!;
}
