// Chromium with a profile of its own, which goes with it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

/** A browser, and how to end it. */
export async function openBrowser(...flags) {
  const directory = await mkdtemp(join(tmpdir(), 'tenure-browser-'));
  const browser = await chromium.launchPersistentContext(join(directory, 'profile'), {
    executablePath: process.env.CHROME ?? '/usr/bin/chromium',
    headless: true,
    viewport: { width: 1400, height: 900 },
    serviceWorkers: 'block',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...flags,
    ],
  });
  const close = async () => {
    await browser.close();
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  };
  return { browser, close };
}
