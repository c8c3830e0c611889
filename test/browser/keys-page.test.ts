/** The way in and the page "Keys", in a real browser against a real server that asks everybody for a key. */
import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runAntiphon } from '../support/run-antiphon.ts';
import { startServer, type StartedServer } from '../support/start-server.ts';
import { launchBrowser, whyNoBrowser } from './launch-browser.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const reason = await whyNoBrowser();
const patient = { timeout: 30_000 };
const pictures = process.env['TEST_PICTURES_DIR'];

describe.skipIf(reason !== undefined)('a server that asks for a key', () => {
  let server: StartedServer;
  let browser: Browser;
  let page: Page;
  let complaints: string[] = [];
  const keys = { owner: '', user: '' };

  beforeAll(async () => {
    await run(process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--config', 'web/vite.config.ts', '--logLevel', 'error'], { cwd: root, env: { ...process.env, NODE_ENV: 'production' } });
    server = await startServer({ env: { ANTIPHON_WORKERS_COUNT: '1' }, prepare: async (dataDir) => {
      const antiphon = async (...args: string[]) => String((await runAntiphon(args, { env: { ANTIPHON_DATA_DIR: dataDir } })).stdout).trim();
      await antiphon('users', 'create', 'me', '--role', 'owner');
      await antiphon('users', 'create', 'anna');
      keys.owner = await antiphon('keys', 'create', '--user', 'me', '--plan', 'enterprise', '--label', 'mine');
      keys.user = await antiphon('keys', 'create', '--user', 'anna', '--plan', 'pro');
      return { ANTIPHON_ACCESS_REQUIRE_KEYS: 'always' };
    } });
    browser = await launchBrowser();
    page = await newPage();
    await page.goto(`${server.url}/#/keys`);
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

  async function newPage(): Promise<Page> {
    const opened = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    // A refusal is what is tested here, and the browser notes every one of them.
    opened.on('console', (message) => { if (message.type() === 'error' && !/status of 40[013]/.test(message.text())) complaints.push(message.text()); });
    opened.on('pageerror', (error) => complaints.push(error.message));
    return opened;
  }
  const picture = async (name: string, of = page) => { if (pictures !== undefined) await of.screenshot({ path: join(pictures, `keys-${name}.png`), fullPage: true }); };
  const enter = async (key: string, of = page) => {
    await of.getByLabel('Key', { exact: true }).fill(key);
    await of.getByRole('button', { name: 'Enter' }).click();
  };
  const row = (words: string | RegExp) => page.getByRole('list', { name: 'Keys that work', exact: true }).locator('.key').filter({ hasText: words });
  const statusWith = async (key: string) => (await fetch(`${server.url}/api/v1/me`, { headers: { 'x-api-key': key } })).status;
  const madeKey = async () => page.getByLabel('The new key').inputValue();

  it('shows nothing but the way in, and says what is wrong with a wrong one', async () => {
    await page.getByRole('heading', { name: 'This server asks for a key' }).waitFor(patient);
    expect(await page.getByRole('navigation').count()).toBe(0);
    expect(await page.evaluate<string>('document.activeElement.name')).toBe('key');
    await picture('way-in');
    await enter('ant_wrong');
    await expect.poll(() => page.getByRole('alert').innerText(), patient).toMatch(/not one of this server's/);
  });

  it('lets a good key in, for this tab only, and shows the page that was asked for', async () => {
    await enter(keys.owner);
    await page.getByRole('heading', { name: 'Keys' }).waitFor(patient);
    await row('mine').waitFor(patient);
    expect(await row('mine').innerText()).toMatch(/this page uses it/);
    expect(await page.evaluate<string>('JSON.stringify(localStorage)')).not.toContain(keys.owner);
    expect(page.url()).not.toContain(keys.owner);
    await page.reload();
    await row('mine').waitFor(patient);
  });

  it('hands a file to the browser\'s download, which sends no key', async () => {
    const job = await fetch(`${server.url}/api/v1/jobs/speech?model=flite&response_format=mp3&title=Note`, { method: 'POST', headers: { 'content-type': 'text/plain', authorization: `Bearer ${keys.owner}` }, body: 'A short note.' });
    expect(job.ok).toBe(true);
    await page.getByRole('link', { name: 'Read aloud' }).click();
    const link = page.getByRole('list', { name: 'Files' }).getByRole('link').first();
    await link.waitFor(patient);
    const begun = page.waitForEvent('download', patient);
    await link.click();
    const download = await begun;
    expect((await stat(await download.path())).size).toBeGreaterThan(2_000);
    expect(download.url()).toMatch(/\?ticket=/);
    expect(download.url()).not.toContain(keys.owner);
  });

  it('speaks and listens with the key', async () => {
    await page.getByRole('link', { name: 'Speak' }).click();
    const heard = page.waitForResponse((response) => response.url().includes('/api/v1/speech') || response.url().includes('/v1/audio/speech'), patient);
    await page.getByRole('button', { name: /^Speak|^Play/ }).first().click();
    expect((await heard).status()).toBe(200);
    const chosen = await page.evaluate<string>(`new Promise((resolve, reject) => {
      const socket = new WebSocket(location.origin.replace('http', 'ws') + '/api/v1/listen', ['antiphon', 'openai-insecure-api-key.' + sessionStorage.getItem('antiphon.key')]);
      socket.onopen = () => { resolve(socket.protocol); socket.close(); };
      socket.onerror = () => reject(new Error('refused'));
    })`);
    expect(chosen).toBe('antiphon');
    await page.getByRole('link', { name: 'Keys' }).click();
  });

  it('adds a person and makes a key, which is shown once and works', async () => {
    await page.getByRole('textbox', { name: 'Name' }).fill('Žofie');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('button', { name: 'Shut Žofie out' }).waitFor(patient);
    await page.getByRole('combobox', { name: 'For' }).selectOption('Žofie');
    await page.getByRole('combobox', { name: 'Plan' }).selectOption('business');
    await page.getByLabel('What it is for').fill('phone');
    await page.getByRole('button', { name: 'Make a key' }).click();
    await page.getByLabel('The new key').waitFor(patient);
    const key = await madeKey();
    expect(await statusWith(key)).toBe(200);
    await picture('made');
    await page.getByRole('button', { name: 'I have it' }).click();
    await row('phone').waitFor(patient);
    expect(await page.content()).not.toContain(key);
  });

  it('says in place why something cannot be made', async () => {
    await page.getByRole('textbox', { name: 'Name' }).fill('anna');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await expect.poll(() => page.getByRole('alert').innerText(), patient).toMatch(/There is a user "anna" already/);
    await page.getByRole('textbox', { name: 'Name' }).fill('');
  });

  it('rotates a key: the new one works, the old one for as long as was chosen', async () => {
    await row('phone').getByRole('button', { name: /^Rotate/ }).click();
    await row('phone').getByRole('combobox').selectOption('0');
    await picture('rotate');
    await row('phone').getByRole('button', { name: 'Make the new key' }).click();
    await page.getByLabel('The new key').waitFor(patient);
    expect(await statusWith(await madeKey())).toBe(200);
    await expect.poll(() => row('phone').count(), patient).toBe(1);
    await page.getByText('1 that works no more').click();
    expect(await page.getByRole('list', { name: 'Keys that work no more' }).innerText()).toMatch(/phone[\s\S]*replaced by key_[\s\S]*over/);
    await page.getByRole('button', { name: 'I have it' }).click();
  });

  it('goes on with the new key when its own is rotated', async () => {
    await row('mine').getByRole('button', { name: /^Rotate/ }).click();
    await row('mine').getByRole('combobox').selectOption('0');
    await row('mine').getByRole('button', { name: 'Make the new key' }).click();
    await page.getByLabel('The new key').waitFor(patient);
    const next = await madeKey();
    expect([await statusWith(keys.owner), await statusWith(next)]).toEqual([403, 200]);
    keys.owner = next;
    await page.reload();
    await row('mine').waitFor(patient);
    expect(await row('mine').innerText()).toMatch(/this page uses it/);
  });

  it('revokes a key after asking, and shuts a person out', async () => {
    const theirs = await newPage();
    await theirs.goto(server.url);
    await enter(keys.user, theirs);
    await theirs.getByRole('link', { name: 'Queue' }).click();
    expect(await theirs.getByRole('navigation').getByRole('link').allTextContents()).toEqual(['Speak', 'Listen', 'Talk', 'Read aloud', 'Queue', 'Models']);

    await row('anna').getByRole('button', { name: /^Revoke/ }).click();
    await row('anna').getByRole('button', { name: 'Leave it' }).click();
    expect(await statusWith(keys.user)).toBe(200);
    await row('anna').getByRole('button', { name: /^Revoke/ }).click();
    await row('anna').getByRole('button', { name: 'Revoke it' }).click();
    await expect.poll(() => row('anna').count(), patient).toBe(0);
    expect(await statusWith(keys.user)).toBe(403);
    await expect.poll(() => theirs.getByRole('alert').innerText(), patient).toBe('The API key was revoked.');
    await picture('revoked', theirs);
    await theirs.close();

    await page.getByRole('button', { name: 'Shut Žofie out' }).click();
    await page.getByRole('button', { name: 'Let Žofie back in' }).waitFor(patient);
    await expect.poll(() => row('Žofie').count(), patient).toBe(0);
    await picture('desktop');
  });

  it('fits a phone, in the dark too', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    await picture('phone');
  });

  it('forgets the key when told to', async () => {
    await page.getByRole('button', { name: 'Here as me' }).click();
    await picture('account');
    await page.getByRole('button', { name: 'Forget the key' }).click();
    await page.getByRole('heading', { name: 'This server asks for a key' }).waitFor(patient);
    expect(await page.evaluate<string>('JSON.stringify([sessionStorage, localStorage])')).not.toContain('ant_');
    expect(await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    await picture('phone-way-in');
    await page.getByLabel('Remember it on this device').check();
    await enter(keys.owner);
    await page.getByRole('heading', { name: 'Keys' }).waitFor(patient);
    expect(await page.evaluate<string>('JSON.stringify(localStorage)')).toContain(keys.owner);
  });
});
