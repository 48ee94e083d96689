// The program as a newcomer starts it: `attache up` on an empty folder and a free port.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const freePort = () => new Promise((resolve, reject) => {
  const server = createServer();
  server.once('error', reject);
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

/** Starts it and waits for its ready line; `stop()` ends it and removes its folder. */
export async function start() {
  const binary = process.env.ATTACHE_BIN;
  if (!binary) throw new Error('ATTACHE_BIN must name the program');
  const parent = await mkdtemp(join(tmpdir(), 'attache-browser-'));
  const folder = join(parent, 'data');
  const port = await freePort();
  const child = spawn(binary, ['up', '--port', String(port), '--data', folder], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const ready = new Promise((resolve, reject) => {
    const hear = (bytes) => {
      said += bytes;
      if (said.includes(`ready http://127.0.0.1:${port}`)) resolve();
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('exit', (code) => reject(new Error(`the program ended with ${code}:\n${said}`)));
    setTimeout(() => reject(new Error(`not ready in five minutes:\n${said}`)), 300_000).unref();
  });
  await ready;
  const addresses = JSON.parse(await readFile(join(folder, 'addresses.json'), 'utf8'));
  const stop = async () => {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.removeAllListeners('exit');
    child.once('exit', () => {});
    child.kill('SIGINT');
    await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, 20_000))]);
    await rm(parent, { recursive: true, force: true });
  };
  return { base: `http://127.0.0.1:${port}`, addresses, said: () => said, stop };
}
