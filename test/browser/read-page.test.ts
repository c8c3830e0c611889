/** The page "Read aloud" in a real browser against a real server: a file goes in, chapters come out. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type StartedServer } from '../support/start-server.ts';
import { launchBrowser, whyNoBrowser } from './launch-browser.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const reason = await whyNoBrowser();
const patient = { timeout: 45_000 };
const book = ['One', 'Two', 'Three'].map((title) => `## ${title}\n\n${'The bells rang, and the choir across the river answered. '.repeat(12)}`).join('\n\n');

describe.skipIf(reason !== undefined)('the page Read aloud', () => {
  let server: StartedServer;
  let browser: Browser;
  let page: Page;
  let complaints: string[] = [];

  beforeAll(async () => {
    await run(process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--config', 'web/vite.config.ts', '--logLevel', 'error'], { cwd: root, env: { ...process.env, NODE_ENV: 'production' } });
    server = await startServer({ env: { ANTIPHON_WORKERS_PRELOAD: 'flite', ANTIPHON_MODELS_PREFETCH: '' } });
    browser = await launchBrowser();
  });
  beforeAll(async () => {
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.on('console', (message) => { if (message.type() === 'error') complaints.push(message.text()); });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`${server.url}/#/read`);
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

  const choose = async (name: string) => page.setInputFiles('.book input[type=file]', { name, mimeType: 'text/plain', buffer: Buffer.from(book) });
  const useFlite = async () => {
    await page.locator('option', { hasText: 'SLT' }).first().waitFor({ state: 'attached', ...patient });
    await page.getByLabel('Voice').last().selectOption('flite cmu_us_slt');
  };
  const card = (title: string) => page.locator('.job', { hasText: title });

  it('shows the chapters of a file before anything is begun', async () => {
    await choose('tale.md');
    await page.getByText('3 chapters').waitFor(patient);
    await page.locator('.book-found summary').click();
    expect(await page.locator('.book-found li span:first-child').allTextContents()).toEqual(['One', 'Two', 'Three']);
  });

  it('reads it, and offers a file for each chapter', async () => {
    await useFlite();
    await page.getByLabel('Title').fill('A tale');
    await page.getByLabel('Format').last().selectOption('opus');
    await page.getByRole('button', { name: 'Start reading' }).click();
    await card('A tale').getByText('Done', { exact: true }).waitFor(patient);
    const names = await card('A tale').locator('.job-files a').allTextContents();
    expect(names).toEqual(['01 One.opus', '02 Two.opus', '03 Three.opus']);
    const saving = page.waitForEvent('download');
    await card('A tale').locator('.job-files a').first().click();
    expect((await saving).suggestedFilename()).toBe('01 One.opus');
  });

  it('pauses, resumes, cancels and deletes', async () => {
    await page.locator('.book-text').fill(book.repeat(40));
    await useFlite();
    await page.getByLabel('Title').fill('Long tale');
    await page.getByRole('button', { name: 'Start reading' }).click();
    const own = card('Long tale');
    await page.getByRole('button', { name: 'Pause Long tale' }).click();
    await own.getByText('Paused', { exact: true }).waitFor(patient);
    await page.getByRole('button', { name: 'Resume Long tale' }).click();
    await own.getByText('Reading', { exact: true }).waitFor(patient);
    await page.getByRole('button', { name: 'Cancel Long tale' }).click();
    await own.getByText('Cancelled', { exact: true }).waitFor(patient);
    await page.getByRole('button', { name: 'Delete Long tale' }).click();
    await own.waitFor({ state: 'detached', ...patient });
  });

  it('says what is wrong with a file that is no text', async () => {
    await page.setInputFiles('.book input[type=file]', { name: 'image.txt', mimeType: 'text/plain', buffer: Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 1, 2]) });
    await page.getByText('is not text').waitFor(patient);
    expect(await page.getByRole('button', { name: 'Start reading' }).isDisabled()).toBe(true);
    // The browser itself reports every answer that refuses.
    complaints = complaints.filter((text) => !text.includes('400'));
  });
});
