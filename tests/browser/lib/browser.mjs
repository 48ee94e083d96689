// A real Chromium, one for all tests of a process, and a watch over what a page must never do.
import { chromium } from 'playwright-core';
import { PASSWORD } from './roles.mjs';

let running;

export const browser = () => (running ??= chromium.launch({
  executablePath: process.env.CHROMIUM_BIN || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'],
}));

export async function close() {
  await (await running?.catch(() => null))?.close();
}

export const LOOKS = [
  { name: 'light', colorScheme: 'light', viewport: { width: 1280, height: 900 } },
  { name: 'dark', colorScheme: 'dark', viewport: { width: 1280, height: 900 } },
  { name: 'phone', colorScheme: 'light', viewport: { width: 390, height: 844 } },
];

/** Notes policy violations, script and console errors and requests to origins not named. */
export async function watch(page, ...origins) {
  const faults = [];
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  page.on('console', (message) => {
    // Chromium itself logs a refused form (422) or a missing page as an error of loading; tests see the status.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
      faults.push(`console: ${message.text()}`);
    }
  });
  page.on('pageerror', (error) => faults.push(`script: ${error.message}`));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith('data:') && !origins.some((origin) => url.startsWith(origin))) {
      faults.push(`leaves the origin: ${url}`);
    }
  });
  return faults;
}

export async function signIn(page, base, email, password = PASSWORD) {
  await page.goto(`${base}/p/larkfield/sign-in`);
  await page.getByLabel('Work mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL((url) => !url.pathname.endsWith('/sign-in'));
}
