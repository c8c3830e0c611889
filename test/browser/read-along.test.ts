/** The word that is heard is the word that is marked, in a real browser against a real server. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type StartedServer } from '../support/start-server.ts';
import { launchBrowser, whyNoBrowser } from './launch-browser.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const reason = await whyNoBrowser();

const patient = { timeout: 20_000 };
const text = 'In 1999 the bells rang at noon — and the choir answered. Nobody came, but the bells did not mind.';
/** Where pictures of the page are put, to be looked at by a person. */
const pictures = process.env['TEST_PICTURES_DIR'];

/** Keeps every word that was ever marked, in order. */
const watchMarks = `
  window.marked = [];
  new MutationObserver((changes) => {
    for (const { target } of changes) if (target.hasAttribute('data-now')) marked.push(target.textContent);
  }).observe(document, { subtree: true, attributeFilter: ['data-now'] });
`;

describe.skipIf(reason !== undefined)('reading along', () => {
  let server: StartedServer;
  let browser: Browser;
  let open: Page[] = [];
  let complaints: string[] = [];

  beforeAll(async () => {
    await run(process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--config', 'web/vite.config.ts', '--logLevel', 'error'], { cwd: root, env: { ...process.env, NODE_ENV: 'production' } });
    server = await startServer();
    browser = await launchBrowser();
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

  async function openPage(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    const page = await context.newPage();
    open.push(page);
    page.on('console', (message) => { if (message.type() === 'error') complaints.push(message.text()); });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(server.url);
    await page.locator('.voice-name', { hasText: 'SLT' }).waitFor({ state: 'attached' });
    await page.evaluate(watchMarks);
    return page;
  }

  const speak = async (page: Page, input = text) => {
    await page.getByLabel('Text to speak').fill(input);
    await page.getByRole('button', { name: /^Speak with/ }).click();
  };
  const playback = (page: Page, wanted: string) => page.locator(`.deck[data-playback="${wanted}"]`).waitFor();
  const marked = (page: Page) => page.evaluate<string[]>('marked');
  const now = (page: Page) => page.locator('[data-now]');
  const picture = async (page: Page, name: string) => { if (pictures !== undefined) await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true }); };

  it.each([['desktop', { width: 1280, height: 800 }], ['phone', { width: 360, height: 740 }]])('marks each word in its order while it plays, the last at the end: %s', async (name, viewport) => {
    const page = await openPage({ viewport });
    await speak(page);
    await expect.poll(async () => (await marked(page)).length, patient).toBeGreaterThan(5);
    await picture(page, `read-along-${name}`);
    await playback(page, 'ended');
    const words = text.replace(' —', '').split(' ');
    const shown = await marked(page);
    // A machine that is busy may skip frames and with them short words, but never the order.
    expect(words.filter((word) => shown.includes(word)).length).toBeGreaterThan(words.length / 2);
    expect(words.slice(0, 4)).toContain(shown[0]);
    const places = (await page.locator('[data-mark]').allInnerTexts());
    let at = -1;
    for (const word of shown) {
      at = places.indexOf(word, at + 1);
      expect(at, word).toBeGreaterThanOrEqual(0);
    }
    expect(await now(page).innerText()).toBe('mind.');
    expect(await page.locator('.read-along').innerText()).toBe(text);
    expect(await page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBeLessThanOrEqual(0);
  });

  it('goes to a word that is clicked, and follows again on replay', async () => {
    const page = await openPage();
    await speak(page);
    await playback(page, 'ended');
    await page.locator('[data-mark]', { hasText: 'Nobody' }).click();
    await expect.poll(() => now(page).innerText(), patient).toBe('Nobody');
    await page.locator('.read-along').focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => now(page).innerText(), patient).toBe('came,');
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => now(page).innerText(), patient).toBe('Nobody');
    await page.evaluate('marked.length = 0');
    await page.locator('.transport').getByRole('button', { name: 'Play' }).click();
    await playback(page, 'ended');
    const again = await marked(page);
    expect(again).not.toContain('choir');
    expect(again.at(-1)).toBe('mind.');
    expect(again.indexOf('came,')).toBeLessThan(again.indexOf('mind.'));
  });

  it('marks whole sentences where the model tells no words, and says nothing to screen readers', async () => {
    const page = await openPage();
    await page.getByRole('radio', { name: /^SLT/ }).check();
    await speak(page, 'This is the first. And this is the second.');
    await playback(page, 'ended');
    expect(await marked(page)).toEqual(['This is the first.', 'And this is the second.']);
    expect(await page.locator('.read-along [aria-live], .read-along[aria-live], [aria-live] .read-along').count()).toBe(0);
  });

  it('does not move where motion is unwelcome', async () => {
    const page = await openPage({ reducedMotion: 'reduce' });
    await speak(page);
    await now(page).first().waitFor();
    expect(await page.evaluate<string>(`getComputedStyle(document.querySelector('[data-mark]')).transitionDuration`)).toMatch(/^0s/);
  });

  it('takes SSML for what it is, and shows only what is said of it', async () => {
    const page = await openPage();
    await page.getByLabel('Text to speak').fill('Not yet.');
    expect(await page.getByLabel('SSML').isChecked()).toBe(false);
    await page.getByLabel('Text to speak').fill('<speak>Salt &amp; <emphasis>pepper</emphasis>. <break time="300ms"/>Bye.</speak>');
    expect(await page.getByLabel('SSML').isChecked()).toBe(true);
    expect(await page.locator('.code pre').innerText()).toContain("-H 'x-antiphon-markup: ssml' \\\n");
    await page.getByRole('button', { name: /^Speak with/ }).click();
    await playback(page, 'ended');
    expect(await page.locator('.read-along').innerText()).toBe('Salt & pepper. Bye.');
    expect(await marked(page)).toEqual(expect.arrayContaining(['Salt', 'Bye.']));
    // Marked in the middle of the markup, it is heard at its own place.
    expect((await page.locator('[data-mark]').allInnerTexts()).join(' ')).toMatch(/^Salt (?:& )?pepper\.? Bye\.$/);
  });

  it('offers captions of what was heard', async () => {
    const page = await openPage();
    await speak(page, 'The captions are here.');
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Captions as VTT' }).click();
    const file = await download;
    expect(file.suggestedFilename()).toMatch(/^antiphon-[\w.-]+\.vtt$/);
    expect(String(await readFile(await file.path()))).toMatch(/^WEBVTT\n\n00:00:00\.\d{3} --> 00:00:0\d\.\d{3}\nThe captions are here\.\n$/);
  });

  describe('how it is read', () => {
    const entries = (page: Page) => page.getByRole('list', { name: 'Your pronunciations' }).getByRole('listitem');

    it.each([['desktop', { width: 1280, height: 800 }], ['phone', { width: 360, height: 740 }]])('is shown sentence by sentence, and follows the text: %s', async (name, viewport) => {
      const page = await openPage({ viewport });
      await page.getByLabel('Text to speak').fill('In 1999 it cost $5. Nobody came.');
      await page.getByRole('button', { name: 'Show how it is read' }).click();
      await page.locator('.reading-sentences > li').nth(1).waitFor();
      expect(await page.locator('.reading-changes li').allInnerTexts()).toEqual([expect.stringMatching(/1999[^]*nineteen ninety-nine/), expect.stringMatching(/\$5[^]*five dollars/)]);
      expect(await page.locator('.reading-ipa').nth(1).innerText()).toBe('/nˈoʊbɑːdi kˈeɪm./');
      await picture(page, `reading-${name}`);
      expect(await page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBeLessThanOrEqual(0);
      await page.getByLabel('Text to speak').fill('Just this.');
      await expect.poll(() => page.locator('.reading-text').allInnerTexts(), patient).toEqual(['Just this.']);
    });

    it('can be changed for a word, heard, and changed back', async () => {
      const page = await openPage();
      await page.getByLabel('Text to speak').fill('Ask for nginx.');
      await page.getByRole('button', { name: 'Show how it is read' }).click();
      await page.getByLabel('Word', { exact: true }).fill('nginx');
      await page.getByLabel('Is said').fill('engine ex');
      const spoken = page.waitForResponse((response) => response.url().endsWith('/v1/audio/speech'));
      await page.getByRole('button', { name: 'Hear', exact: true }).click();
      expect((await spoken).status()).toBe(200);
      await page.getByRole('button', { name: 'Save' }).click();
      await expect.poll(() => entries(page).allInnerTexts(), patient).toEqual([expect.stringMatching(/nginx[^]*engine ex/)]);
      await expect.poll(() => page.locator('.reading-changes li').allInnerTexts(), patient).toEqual([expect.stringMatching(/nginx[^]*engine ex/)]);
      await picture(page, 'pronunciations');
      await page.getByRole('button', { name: 'Remove nginx' }).click();
      await expect.poll(() => page.locator('.reading-changes li').count(), patient).toBe(0);
      expect(await entries(page).count()).toBe(0);
    });

    it('takes IPA and says what is wrong with it, and whole lexicons', async () => {
      const page = await openPage();
      await page.getByRole('button', { name: 'Show how it is read' }).click();
      await page.getByLabel('Word', { exact: true }).fill('SQL');
      await page.getByLabel('Given').selectOption('ipa');
      await page.getByLabel('Is said').fill('7777');
      await page.getByRole('button', { name: 'Save' }).click();
      expect(await page.locator('.pronunciations').getByRole('alert').innerText()).toMatch(/ipa/i);
      complaints = complaints.filter((text) => !text.includes('status of 400'));
      await page.getByLabel('Is said').fill('ˈsiːkwəl');
      await page.getByRole('button', { name: 'Save' }).click();
      await expect.poll(() => entries(page).allInnerTexts(), patient).toEqual([expect.stringContaining('ˈsiːkwəl')]);
      const lexicon = '<?xml version="1.0"?><lexicon version="1.0" xmlns="http://www.w3.org/2005/01/pronunciation-lexicon" alphabet="ipa" xml:lang="en"><lexeme><grapheme>Nguyen</grapheme><phoneme>wɪn</phoneme></lexeme></lexicon>';
      await page.getByLabel('Import a lexicon (PLS)').setInputFiles({ name: 'names.pls', mimeType: 'application/pls+xml', buffer: Buffer.from(lexicon) });
      await expect.poll(() => entries(page).count(), patient).toBe(2);
    });
  });
});
