// What every page must hold, looked at in a loaded page: one line a fault.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { FileSystemConfigLoader, HtmlValidate } from 'html-validate';
import { LOOKS } from './browser.mjs';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const ALL = { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] };
/** The same page in other colours differs by these alone. */
const COLOURS = { type: 'rule', values: ['color-contrast', 'link-in-text-block'] };
const rules = new HtmlValidate(new FileSystemConfigLoader(JSON.parse(await readFile(new URL('../.htmlvalidate.json', import.meta.url), 'utf8'))));
const packed = promisify(gzip);

const MOST_REQUESTS = 6;
const MOST_PACKED = { document: 20_000, stylesheet: 14_000, script: 20_000 };
const NARROWEST = 320;

/** What the accessibility engine finds as the page stands. */
async function axeFaults(page, only) {
  const found = await page.evaluate((runOnly) => globalThis.axe.run(document, { runOnly, resultTypes: ['violations'] }), only);
  return found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.target.join(' ')} (${rule.help})`));
}

async function look(page, { name, colorScheme, viewport }) {
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
  await page.setViewportSize(viewport);
  return (await axeFaults(page, name === 'dark' ? COLOURS : ALL)).map((fault) => `[${name}] ${fault}`);
}

async function sideways(page) {
  await page.setViewportSize({ width: NARROWEST, height: 700 });
  const [wide, room, first] = await page.evaluate(() => {
    const root = document.documentElement;
    const beyond = [...document.querySelectorAll('body *')].find((e) => e.getBoundingClientRect().right > root.clientWidth + 1);
    return [root.scrollWidth, root.clientWidth, beyond && `${beyond.localName}.${beyond.className}`];
  });
  return wide > room + 1 ? [`scrolls sideways at ${NARROWEST} px: ${wide} px wide, first ${first}`] : [];
}

/** On small screens the masthead is one line of name and menu, and the navigation below it stands in
 *  columns of its own: one row, or two whose entries begin where those above do. */
async function masthead(page, width) {
  await page.setViewportSize({ width, height: 700 });
  return page.evaluate((at) => {
    const box = (selector) => [...document.querySelectorAll(selector)].map((e) => e.getBoundingClientRect());
    const [brand, end] = [...box('.masthead .brand'), ...box('.masthead-end')];
    const entries = box('.masthead .nav a');
    const rows = new Set(entries.map((e) => Math.round(e.top)));
    const starts = new Set(entries.map((e) => Math.round(e.left)));
    const faults = [];
    if (end && end.top > brand.bottom) faults.push('the menu falls below the name');
    if (rows.size > 2 || (rows.size > 1 && starts.size > 3)) faults.push(`entries lie in ${rows.size} uneven rows`);
    if (entries.some((e) => Math.min(e.width, e.height) < 24)) faults.push('an entry is smaller than 24 px');
    return faults.map((fault) => `[${at} px] ${fault}`);
  }, width);
}

/** In light, in dark, on a phone, and on the narrowest screen. */
export async function appearance(page) {
  const faults = [];
  await page.evaluate(axe);
  for (const each of LOOKS) faults.push(...await look(page, each));
  for (const width of [NARROWEST, 360, 390]) faults.push(...await masthead(page, width));
  return [...faults, ...await sideways(page)];
}

/** Whether the markup is what the standard allows. */
export async function markup(html) {
  const report = await rules.validateString(html);
  const messages = report.results.flatMap((result) => result.messages).filter((message) => message.severity === 2);
  return messages.map((message) => `html: ${message.ruleId} at line ${message.line}: ${message.message}`);
}

/** The tab's icon is the browser's own wish, a stream of news no part of the view; and docs/LOOK.md
 *  names what a portrait, a letter of access and a name with foreign letters add. */
const isOfThePage = (response) => !/favicon|rosette|band|latin-ext/.test(response.url())
  && response.request().resourceType() !== 'eventsource';

/** How many requests a first view makes and how large its parts are, packed as gzip does. */
export async function weight(responses) {
  const faults = [];
  const parts = responses.filter(isOfThePage);
  if (parts.length > MOST_REQUESTS) {
    faults.push(`${parts.length} requests: ${parts.map((part) => new URL(part.url()).pathname).join(' ')}`);
  }
  for (const part of parts) {
    const most = MOST_PACKED[part.request().resourceType()];
    if (!most || !part.ok()) continue;
    const { length } = await packed(await part.body(), { level: 6 });
    if (length > most) faults.push(`${part.request().resourceType()} of ${length} bytes packed: ${part.url()}`);
  }
  return faults;
}
