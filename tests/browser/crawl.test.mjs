// Every page that a role can reach by links holds: no violation of axe in light, dark and on a
// phone, none of the policy, no error, nothing from elsewhere, no sideways scroll, valid markup, few
// and small files.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { browser, close, signIn, watch } from './lib/browser.mjs';
import { appearance, markup, weight } from './lib/inspection.mjs';
import { end, program } from './lib/program.mjs';
import { ROLES } from './lib/roles.mjs';

/** Addresses that differ only by the thing they show: so many are looked at. */
const EACH_PATTERN = Number(process.env.ATTACHE_CRAWL_EACH || 1);
/** Pages that are looked at side by side. */
const AT_ONCE = 3;
const MISSING = '/p/larkfield/no-such-page';
const FIRST = ['/p/larkfield/', '/p/larkfield/experts', MISSING];
const DOORS = ['/p/larkfield/sign-in', '/p/larkfield/sign-up', '/p/larkfield/forgotten'];

before(program, { timeout: 360_000 });
after(async () => {
  await close();
  await end();
});

const pattern = (path) => path
  .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ':id')
  .replace(/\bevt_\w+/g, ':event')
  .replace(/\?.*$/, '?')
  .replace(/(experts|services)\/(?!new\b)[^/?:]+/g, '$1/:slug');
const isFile = (path) => /\.(csv|zip|jsonl?|yaml|ics)(\?|$)/.test(path) || /\/files\//.test(path);
// A receipt is the payment processor's page, at another origin.
const leadsOut = (path) => /\/receipts\/[^/]+$/.test(path);

/** Elements and classes without their words: pages of one outline look alike and are looked at once,
 *  whoever sees them; the frame of each role is looked at with its first page. */
const looked = new Set();
const outline = (page) => page.evaluate(() => {
  const marks = [...document.querySelectorAll('main *')].map((e) => `${e.localName}.${e.getAttribute('class') ?? ''}`);
  return marks.filter((mark, at) => mark !== marks[at - 1]).join(' ');
});

/** The links of a page, as paths of this origin. */
const links = (page) => page.$$eval('a[href]', (all) => all
  .filter((a) => a.origin === location.origin && !a.hasAttribute('download'))
  .map((a) => a.pathname + a.search));

/** Opens an address as if for the first time; what is wrong with it, and where it leads. */
async function inspect(state, base, path, isFirst) {
  const context = await (await browser()).newContext({ storageState: state });
  try {
    const page = await context.newPage();
    const seen = await watch(page, base);
    const responses = [];
    page.on('response', (response) => responses.push(response));
    const answer = await page.goto(base + path);
    await page.evaluate(() => document.fonts.ready.then(() => null));
    const expected = path === MISSING ? 404 : 200;
    const faults = answer.status() === expected ? [] : [`answers ${answer.status()}`];
    if (!/^text\/html/.test(answer.headers()['content-type'])) return { faults, found: [] };
    const first = responses.filter((response) => response.status() < 300 || response.status() > 399);
    faults.push(...await markup(await answer.text()), ...await weight(first));
    const shape = await outline(page);
    if (isFirst || !looked.has(shape)) faults.push(...await appearance(page));
    looked.add(shape);
    return { faults: [...faults, ...seen], found: await links(page) };
  } finally {
    await context.close();
  }
}

async function signedIn(base, email) {
  const context = await (await browser()).newContext();
  if (email) await signIn(await context.newPage(), base, email);
  const state = await context.storageState();
  await context.close();
  return state;
}

async function crawl(state, base, begin) {
  const queue = [...begin];
  const known = new Set(queue);
  const counts = new Map();
  const faults = [];
  const open = new Set();
  const visit = async (path) => {
    const { faults: wrong, found } = await inspect(state, base, path, path === begin[0]);
    faults.push(...wrong.map((fault) => `${path} ${fault}`));
    for (const link of found) {
      if (known.has(link) || !link.startsWith('/p/larkfield/') || isFile(link) || leadsOut(link)) continue;
      known.add(link);
      queue.push(link);
    }
  };
  while (queue.length || open.size) {
    if (!queue.length || open.size >= AT_ONCE) {
      await Promise.race(open);
      continue;
    }
    const path = queue.shift();
    const kind = pattern(path);
    if ((counts.get(kind) ?? 0) >= (kind.includes(':id') ? EACH_PATTERN : 1)) continue;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    const visited = visit(path).finally(() => open.delete(visited));
    open.add(visited);
  }
  return { faults, count: [...counts.values()].reduce((a, b) => a + b), kinds: [...counts.keys()] };
}

for (const [role, email] of Object.entries(ROLES)) {
  test(`${role}: every page that links lead to holds`, { timeout: 300_000 }, async (t) => {
    const { base } = await program();
    const state = await signedIn(base, email);
    const { faults, count, kinds } = await crawl(state, base, email ? FIRST : [...FIRST, ...DOORS]);
    t.diagnostic(`${count} pages: ${kinds.map((kind) => kind.replace('/p/larkfield', '')).join(' ')}`);
    assert.deepEqual(faults, [], `${faults.length} faults on ${count} pages`);
    assert.ok(count >= 5, `only ${count} pages are reachable`);
  });
}
