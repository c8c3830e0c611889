/** A real Chromium for tests, from the npm package that brings its own libraries; no display and no sound card needed. */
import { access, constants } from 'node:fs/promises';
import { chromium as playwright, type Browser } from 'playwright-core';

export type LaunchOptions = { readonly args?: readonly string[] };

const baseArgs = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Where a Chromium of one's own shall be used instead. */
const executableVariable = 'ANTIPHON_TEST_CHROMIUM';

/** Rejects with the reason where this machine cannot run it. */
export async function launchBrowser({ args = [] }: LaunchOptions = {}): Promise<Browser> {
  const executablePath = process.env[executableVariable] ?? await unpackChromium();
  await access(executablePath, constants.X_OK);
  return playwright.launch({ executablePath, headless: true, args: [...baseArgs, ...args] });
}

/** The reason why there is no browser here, or undefined where there is one. */
export async function whyNoBrowser(): Promise<string | undefined> {
  try {
    const browser = await launchBrowser();
    await browser.close();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.split('\n')[0] : String(error);
  }
}

async function unpackChromium(): Promise<string> {
  // The package unpacks the shared libraries it was built with only where it believes to run in that place.
  process.env['AWS_EXECUTION_ENV'] ??= 'AWS_Lambda_nodejs22.x';
  const { default: chromium } = await import('@sparticuz/chromium');
  return chromium.executablePath();
}
