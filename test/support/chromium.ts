import { type Browser, chromium } from 'playwright-core';
import { findChromium } from './installed-programs.ts';

// No sandbox: the tests may run as root. The rest keeps the browser from calling home and from changing under the test.
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts a real, headless Chromium; close it when done. */
export function openChromium(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('Chromium is not installed (npm test installs it)');
  return chromium.launch({ executablePath, args: FLAGS, headless: true });
}
