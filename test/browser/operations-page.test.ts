/** The page "Operations", in a real browser against a real server. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePort, startServer, type StartedServer } from '../support/start-server.ts';
import { launchBrowser, whyNoBrowser } from './launch-browser.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const reason = await whyNoBrowser();
const patient = { timeout: 30_000 };
const pictures = process.env['TEST_PICTURES_DIR'];

describe.skipIf(reason !== undefined)('the operations page', () => {
  let server: StartedServer;
  let freeUrl: string;
  let browser: Browser;
  let page: Page;
  let complaints: string[] = [];

  beforeAll(async () => {
    await run(process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--config', 'web/vite.config.ts', '--logLevel', 'error'], { cwd: root, env: { ...process.env, NODE_ENV: 'production' } });
    const port = await freePort();
    freeUrl = `http://127.0.0.1:${port}`;
    server = await startServer({ env: { ANTIPHON_WORKERS_COUNT: '1', ANTIPHON_LANES_FREE_PORT: String(port) } });
    browser = await launchBrowser();
    page = await browser.newPage({ locale: 'en-US', viewport: { width: 1280, height: 900 } });
    page.on('console', (message) => { if (message.type() === 'error') complaints.push(message.text()); });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`${server.url}/#/operations`);
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });
  afterEach(() => {
    const heard = complaints;
    complaints = [];
    expect(heard, 'the console stays clean').toEqual([]);
  });

  const picture = async (name: string) => { if (pictures !== undefined) await page.screenshot({ path: join(pictures, `operations-${name}.png`), fullPage: true }); };
  const spoken = async () => (await fetch(`${freeUrl}/v1/audio/speech`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model: 'flite', input: 'Hello.', response_format: 'wav' }) })).status;

  it('turns a switch with a click, after a question, and says who did it and why', async () => {
    const lane = page.getByRole('group', { name: 'Free lane' });
    await lane.waitFor(patient);
    expect(await spoken()).toBe(200);
    await lane.getByRole('button', { name: 'closed' }).click();
    const form = page.getByRole('form', { name: 'Free lane: closed' });
    await form.getByLabel('Why').fill('p95 over 6 s');
    await form.getByLabel('How long').selectOption({ label: 'for an hour' });
    await picture('question');
    await form.getByRole('button', { name: 'Turn to closed' }).click();
    await page.getByText(/Since .* by local: p95 over 6 s, until/).first().waitFor(patient);
    await page.getByText('1 switch does not stand as usual').waitFor(patient);
    expect(await spoken()).toBe(503);
    await picture('turned');
  });

  it('turns it back at once, and remembers', async () => {
    await page.getByRole('group', { name: 'Free lane' }).getByRole('button', { name: 'open' }).click();
    await page.getByText('Every switch stands as usual').waitFor(patient);
    expect(await spoken()).toBe(200);
    await page.getByText('Turned before').click();
    await page.getByText(/Free lane closed by local: p95 over 6 s/).waitFor(patient);
  });

  it('shows the key figures with what is wanted of each, and their course', async () => {
    const row = page.getByRole('row').filter({ hasText: 'Median time of a speech request' });
    await row.waitFor(patient);
    expect(await row.innerText()).toMatch(/≤ 3\.5 s/);
    await page.getByRole('figure', { name: /^Time of a speech request: median / }).locator('canvas').first().waitFor(patient);
    expect(await page.locator('.house-chart canvas').count()).toBe(3);
    await page.getByLabel('of the last').selectOption({ label: 'an hour' });
    await page.getByRole('figure', { name: /^Requests: / }).waitFor(patient);
    await picture('figures');
  });

  it('does the daily check and says what to do', async () => {
    await page.getByRole('button', { name: 'Morning check' }).click();
    const found = page.getByRole('list', { name: 'What the check found' });
    await found.getByText('Health of the main port').waitFor(patient);
    expect(await found.getByRole('listitem').count()).toBeGreaterThan(4);
    await picture('check');
  });

  it('fits a phone', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    await picture('phone');
    await page.setViewportSize({ width: 1280, height: 900 });
  });
});
