// Every page that a role can reach by links: no violation of axe, of the policy, of the origin; no
// sideways scroll, no error; in light, dark and at the width of a phone.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { LOOKS, axeFaults, launch, sideways, signIn, watched } from './lib/browser.mjs';
import { start } from './lib/program.mjs';
import { ROLES } from './lib/roles.mjs';

let program;
let browser;
before(async () => {
  program = await start();
  browser = await launch();
}, { timeout: 360_000 });
after(async () => {
  await browser?.close();
  await program?.stop();
});

const MOST = Number(process.env.ATTACHE_CRAWL_PAGES || 30);
/** Pages that differ only by the thing they show are looked at once or twice. */
const pattern = (path) => path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ':id').replace(/\?.*$/, '?').replace(/(experts|services)\/[^/?]+/, '$1/:slug');
const isFile = (path) => /\.(csv|zip|json|yaml)(\?|$)/.test(path) || /\/files\//.test(path);

async function reachable(email) {
  const context = await browser.newContext({ viewport: LOOKS[0].viewport });
  const { page } = await watched(context, program.base);
  if (email) await signIn(page, program.base, email);
  const begin = ['/p/larkfield/', '/p/larkfield/experts'];
  const queue = email ? begin : [...begin, '/p/larkfield/sign-in', '/p/larkfield/sign-up', '/p/larkfield/forgotten'];
  const seen = new Map();
  while (queue.length && seen.size < MOST) {
    const path = queue.shift();
    if (seen.has(pattern(path)) || isFile(path)) continue;
    const answer = await page.goto(program.base + path);
    seen.set(pattern(path), { path, status: answer.status() });
    const links = await page.$$eval('a[href]', (all) => all.map((a) => a.getAttribute('href')));
    for (const link of links) {
      if (link.startsWith('/p/larkfield') && !link.includes('#')) queue.push(link);
    }
  }
  const state = await context.storageState();
  await context.close();
  return { pages: [...seen.values()], state };
}

for (const [role, email] of Object.entries(ROLES)) {
  test(`${role}: every reachable page holds`, { timeout: 600_000 }, async () => {
    const { pages, state } = await reachable(email);
    const faults = pages.filter((p) => p.status >= 400).map((p) => `${p.path}: answers ${p.status}`);
    assert.ok(pages.length >= 3, `only ${pages.length} pages found`);
    for (const look of LOOKS) {
      const context = await browser.newContext({ ...look, storageState: state });
      const { page, faults: seen } = await watched(context, program.base);
      for (const { path } of pages) {
        await page.goto(program.base + path);
        const found = [...await axeFaults(page), ...seen.splice(0)];
        if (await sideways(page)) found.push('scrolls sideways');
        faults.push(...found.map((fault) => `${path} [${look.name}] ${fault}`));
      }
      await context.close();
    }
    assert.deepEqual(faults, [], `${pages.length} pages`);
  });
}
