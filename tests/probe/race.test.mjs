// Eight processes of the program on one database need a new access token at the same moment, ten
// times, from a server that ends everything when a refresh token comes twice: each time one of them
// refreshes, and every call is answered.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

const here = import.meta.dirname;
const program = process.env.ATTACHE_BIN;
const NODES = 8;
const ROUNDS = 10;
// A token is renewed in the last 30 seconds of its life, so it is used for so many seconds.
const USED = 6;
const PASSWORD = 'larkfield-demo';

const free = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
const later = (ms) => new Promise((done) => setTimeout(done, ms));

/** A process, once it has said that it is ready. */
function started(command, words, word, options = {}) {
  const child = spawn(command, words, { cwd: here, stdio: ['ignore', 'pipe', 'pipe'], ...options });
  let said = '';
  return new Promise((resolve, reject) => {
    child.said = () => said;
    const heard = (bytes) => {
      said += bytes;
      if (said.includes(word)) resolve(child);
    };
    child.stdout.on('data', heard);
    child.stderr.on('data', heard);
    child.on('exit', (code) => reject(new Error(`${command} ended (${code}): ${said}`)));
    child.on('error', reject);
  });
}

async function ended(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  await gone;
  assert.doesNotMatch(child.said(), /\bagk_\w{16}/, 'a key of the gateway is in a log');
}

/** Somebody who is signed in at an address. */
async function person(site, email) {
  const call = async (method, place, body, cookie) => {
    const headers = { origin: site, 'content-type': 'application/json' };
    if (cookie) headers.cookie = cookie;
    const sent = body && JSON.stringify(body);
    const answer = await fetch(site + place, { method, headers, body: sent, redirect: 'manual' });
    assert.ok(answer.status < 400, `${email}: ${method} ${place}: ${answer.status}`);
    return answer;
  };
  const entered = await call('POST', '/v1/sessions', { email, password: PASSWORD });
  const cookie = entered.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ');
  return {
    visit: (place) => call('GET', place, undefined, cookie),
    get: async (place) => (await call('GET', place, undefined, cookie)).json(),
    post: async (place, body) => (await call('POST', place, body, cookie)).json(),
  };
}

/** Agrees at the authorization server; answers the address that leads back to us. */
async function agreed(consent, site) {
  const held = new Map();
  for (let url = consent, hop = 0; hop < 12; hop += 1) {
    const cookie = [...held].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(url, { redirect: 'manual', headers: { cookie } });
    for (const line of answer.headers.getSetCookie()) {
      const [pair] = line.split(';');
      held.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    url = new URL(answer.headers.get('location'), url).href;
    if (url.startsWith(site)) return url.slice(site.length);
  }
  throw new Error('the consent leads nowhere');
}

/** The customer connects its account there and lets the consultant read it: letter and key. */
async function letter(site) {
  const petra = await person(site, 'petra@fjordhaus.example');
  const begun = await petra.post('/v1/connections', { upstream: 'probed', connection: null });
  const back = await petra.visit(await agreed(begun.authorize_url, site));
  const place = new URL(back.headers.get('location'), site);
  assert.equal(place.searchParams.get('outcome'), 'connected');
  const connection = place.searchParams.get('connection');
  const engagements = await petra.get('/v1/engagements?limit=100');
  const fits = ({ state, consultant_name: name }) => state === 'active' && name.startsWith('Ines');
  const work = engagements.items.find(fits);
  const choice = { connection, preset: 'read-only' };
  const { terms_hash } = await petra.post('/v1/grants/preview', choice);
  const wanted = { ...choice, terms_hash, consultant: work.consultant, last_day: null };
  const grant = await petra.post(`/v1/engagements/${work.id}/grants`, wanted);
  return { petra, connection, grant: grant.id };
}

test('of eight processes one refreshes, ten times', async (t) => {
  const home = mkdtempSync(path.join(tmpdir(), 'race-'));
  // The database runs as another account, which must get to its folder.
  chmodSync(home, 0o711);
  const running = [];
  t.after(async () => {
    await Promise.all(running.slice(1).map(ended));
    if (running[0]) await ended(running[0]);
    rmSync(home, { recursive: true, force: true });
  });
  const data = path.join(home, 'data');
  const up = ['up', '--port', String(await free()), '--data', data];
  running.push(await started(program, up, 'ready http'));
  const { others } = JSON.parse(readFileSync(path.join(data, 'addresses.json'), 'utf8'));

  const ports = await Promise.all(Array.from({ length: NODES }, free));
  const sites = ports.map((port) => `http://127.0.0.1:${port}`);
  const server = await free();
  const issuer = `http://127.0.0.1:${server}`;
  const known = [String(server), String(30 + USED), `${sites[0]}/oauth/callback`];
  running.push(await started(process.execPath, ['strict_server.mjs', ...known], 'listening'));
  const figures = async () => (await fetch(`${issuer}/figures`)).json();

  const upstreams = path.join(home, 'upstreams');
  mkdirSync(upstreams);
  copyFileSync(path.join(here, 'probed.toml'), path.join(upstreams, 'probed.toml'));
  const told = {
    ...process.env,
    DATABASE_URL: others.database,
    ATTACHE_URL: sites[0],
    ATTACHE_SECRET_KEY: readFileSync(path.join(data, 'secret.key')).toString('hex'),
    ATTACHE_FILES: path.join(data, 'files'),
    ATTACHE_UPSTREAMS: upstreams,
    ATTACHE_DEVELOPMENT_LOOPBACK: 'yes',
    PROBED_URL: issuer,
    SMTP_URL: others.smtp,
    MAIL_FROM: 'race@attache.example',
    STRIPE_SECRET_KEY: 'sk_test_race',
    STRIPE_API: others.payments,
    STRIPE_WEBHOOK_SECRETS: 'whsec_race',
    STRIPE_CONNECT_WEBHOOK_SECRETS: 'whsec_race',
  };
  const serve = (port) =>
    started(program, ['serve'], 'ready http', {
      env: { ...told, ATTACHE_LISTEN: `127.0.0.1:${port}` },
    });
  running.push(...(await Promise.all(ports.map(serve))));

  const { petra, connection, grant } = await letter(sites[0]);
  const ines = await person(sites[0], 'ines@brandt-lifecycle.example');
  const { secret } = await ines.post(`/v1/grants/${grant}/keys`, { name: 'race' });
  const call = async (site) => {
    const headers = { authorization: `Bearer ${secret}` };
    const answer = await fetch(`${site}/gw/${grant}/account`, { headers });
    return answer.status === 200 ? 200 : `${answer.status} ${await answer.text()}`;
  };
  const all = Array(NODES).fill(200);
  const slowest = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    await later(USED * 1000 + 500);
    const begun = performance.now();
    assert.deepEqual(await Promise.all(sites.map(call)), all, `round ${round}`);
    slowest.push(Math.round(performance.now() - begun));
    assert.equal((await figures()).refreshed, round, `round ${round}`);
  }
  // The newest token still opens the account, for every process.
  assert.deepEqual(await Promise.all(sites.map(call)), all);
  assert.deepEqual(await figures(), { refreshed: ROUNDS, refused: 0, ended: 0 });
  assert.equal((await petra.get(`/v1/connections/${connection}`)).state, 'active');
  console.log(
    `${NODES} processes raced ${ROUNDS} rounds: ${ROUNDS} refreshes, ${NODES * ROUNDS} calls ` +
      `answered, none refused, the permission lives; slowest answer of each round in ms: ` +
      slowest.join(', '),
  );
});
