// The program as a newcomer starts it: `attache up` on an empty folder and a free port.
// One for all tests of a process. ATTACHE_DATA names the folder of one that runs already.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const READY_SECONDS = 300;

let running;

/** Its base address and those of the sandbox; started when the first test asks. */
export const program = () => (running ??= process.env.ATTACHE_DATA ? joined(process.env.ATTACHE_DATA) : started());

/** Tokens of the sandbox's application and keys of the gateway: none is ever in a log. */
const SECRET = /\b(lk[acr]_\w{8}|agk_\w{16})/;

/** Ends what was started here; fails when it said a secret. */
export async function end() {
  const { stop } = (await running?.catch(() => null)) ?? {};
  await stop?.();
}

async function joined(folder) {
  const { site, others } = JSON.parse(await readFile(join(folder, 'addresses.json'), 'utf8'));
  return { base: site.replace(/\/$/, ''), ...others };
}

async function started() {
  const binary = process.env.ATTACHE_BIN;
  if (!binary) throw new Error('ATTACHE_BIN must name the program, or ATTACHE_DATA the folder of one that runs');
  const parent = await mkdtemp(join(tmpdir(), 'attache-browser-'));
  const folder = join(parent, 'data');
  const port = await freePort();
  const child = spawn(binary, ['up', '--port', String(port), '--data', folder], { stdio: ['ignore', 'pipe', 'pipe'] });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => { said += bytes; });
  const stop = async () => {
    child.kill('SIGINT');
    await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, 20_000).unref())]);
    await rm(parent, { recursive: true, force: true });
    const shown = said.split('\n').find((line) => SECRET.test(line));
    if (shown) throw new Error(`a secret is in the log: ${shown.replace(SECRET, '(it)')}`);
  };
  try {
    await ready(child, gone, `ready http://127.0.0.1:${port}`);
  } catch (error) {
    await stop();
    throw error;
  }
  return { ...(await joined(folder)), stop };
}

/** Waits for a line of the program's; fails with all it said when it does not come. */
function ready(child, gone, line) {
  let said = '';
  return new Promise((resolve, reject) => {
    const hear = (bytes) => {
      said += bytes;
      if (said.includes(line)) resolve();
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    gone.then((code) => reject(new Error(`the program ended with ${code}:\n${said}`)));
    setTimeout(() => reject(new Error(`not ready in ${READY_SECONDS} s:\n${said}`)), READY_SECONDS * 1000).unref();
  });
}

const freePort = () => new Promise((resolve, reject) => {
  const server = createServer();
  server.once('error', reject);
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});
