/** The page "Providers" in a real browser against a real server and a provider that fails on demand. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startMisbehavingProvider, type MisbehavingProvider } from '../support/misbehaving-provider.ts';
import { startServer, type StartedServer } from '../support/start-server.ts';
import { launchBrowser, whyNoBrowser } from './launch-browser.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const reason = await whyNoBrowser();
const patient = { timeout: 30_000 };
const pictures = process.env['TEST_PICTURES_DIR'];

describe.skipIf(reason !== undefined)('the page Providers', () => {
  let provider: MisbehavingProvider;
  let server: StartedServer;
  let browser: Browser;
  let page: Page;
  let complaints: string[] = [];

  beforeAll(async () => {
    await run(process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--config', 'web/vite.config.ts', '--logLevel', 'error'], { cwd: root, env: { ...process.env, NODE_ENV: 'production' } });
    provider = await startMisbehavingProvider({ keys: ['key-one'] });
    server = await startServer({ env: {
      HARBOUR_KEY: 'key-one',
      ANTIPHON_PROVIDERS: JSON.stringify({ harbour: { type: 'openai', baseUrl: provider.baseUrl('openai'), keyVariable: 'HARBOUR_KEY', models: { chat: 'pilot', speech: 'siren' } } }),
      ANTIPHON_CHAINS_CHAT: 'harbour,local',
    } });
    browser = await launchBrowser();
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.on('console', (message) => { if (message.type() === 'error') complaints.push(message.text()); });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`${server.url}/#/providers`);
    await card('harbour').waitFor(patient);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await provider?.stop();
  });
  afterEach(() => {
    const heard = complaints;
    complaints = [];
    expect(heard, 'the console stays clean').toEqual([]);
  });

  const picture = async (name: string) => { if (pictures !== undefined) await page.screenshot({ path: join(pictures, `providers-${name}.png`), fullPage: true }); };
  const card = (id: string) => page.locator('.provider').filter({ has: page.locator('strong', { hasText: new RegExp(`^${id}$`) }) });
  const members = (kind: string) => page.getByRole('list', { name: kind }).locator('strong').allTextContents();
  const ask = (model: string) => fetch(`${server.url}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model, max_tokens: 4, messages: [{ role: 'user', content: 'Hi' }] }) });

  it('tests a provider, and says what is wrong with it', async () => {
    await page.getByRole('button', { name: 'Test harbour' }).click();
    await expect.poll(() => card('harbour').locator('.test-result').innerText(), patient).toMatch(/is there and takes the key/);
    provider.acceptKeys(['another-key']);
    await page.getByRole('button', { name: 'Test harbour' }).click();
    await expect.poll(() => card('harbour').locator('.test-result').innerText(), patient).toMatch(/key/);
    expect(await page.content()).not.toContain('key-one');
    provider.acceptKeys(['key-one']);
    await picture('desktop');
  });

  it('makes one call of each kind where that is wanted', async () => {
    await card('harbour').getByLabel('with a tiny call of each kind').check();
    await page.getByRole('button', { name: 'Test harbour' }).click();
    await expect.poll(() => card('harbour').locator('.test-result').innerText(), patient).toMatch(/pilot answered in/);
  });

  it('changes a chain in place, which holds for the next request', async () => {
    expect(await members('Conversation')).toEqual(['harbour', 'this machine']);
    await page.getByRole('button', { name: 'Take harbour out of the chain' }).click();
    await expect.poll(() => members('Conversation'), patient).toEqual(['this machine']);
    const before = provider.requests.filter(({ route }) => route === 'chat').length;
    await (await ask('auto')).text();
    expect(provider.requests.filter(({ route }) => route === 'chat')).toHaveLength(before);
    await page.getByRole('button', { name: 'Back to harbour, local' }).click();
    await expect.poll(() => members('Conversation'), patient).toEqual(['harbour', 'this machine']);
    expect((await ask('auto')).headers.get('x-antiphon-provider')).toBe('harbour');
  });

  it('shows who is out of service, and puts him back', async () => {
    provider.otherwise({ kind: 'status', status: 500 });
    for (let asked = 0; asked < 6; asked++) await (await ask('harbour')).text();
    await expect.poll(() => card('harbour').locator('tr', { hasText: 'chat' }).innerText(), patient).toMatch(/out of service/);
    await picture('out');
    provider.otherwise({ kind: 'ok' });
    await page.getByRole('button', { name: 'Put back into service' }).click();
    await expect.poll(() => card('harbour').locator('tr', { hasText: 'chat' }).innerText(), patient).toMatch(/in service/);
    expect((await ask('auto')).headers.get('x-antiphon-provider')).toBe('harbour');
  });

  it('fits a phone', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    await picture('phone');
  });
});
