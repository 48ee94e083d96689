// `attache upstream probe` against two authorization servers that other people made: each gets a
// report of its own, and each report is what that server does.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

const here = import.meta.dirname;
const program = process.env.ATTACHE_BIN;
const python = process.env.PROBE_PYTHON;
const reports = process.env.PROBE_REPORTS ?? mkdtempSync(path.join(tmpdir(), 'probe-'));

const free = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

async function answers(url) {
  for (let tries = 0; tries < 150; tries += 1) {
    try {
      await fetch(url);
      return;
    } catch {
      await new Promise((later) => setTimeout(later, 100));
    }
  }
  throw new Error(`nothing answers at ${url}`);
}

/** The report of a server: what was seen, by question. */
async function report(name, command, ...words) {
  const port = await free();
  const address = `http://127.0.0.1:${port}`;
  const server = spawn(command, [...words, String(port)], { cwd: here, stdio: 'ignore' });
  try {
    await answers(address);
    const out = path.join(reports, `${name}.toml`);
    const callback = `http://127.0.0.1:${await free()}/callback`;
    const visitor = `${process.execPath} ${path.join(here, 'follow.mjs')}`;
    const told = ['--loopback', '--callback', callback, '--visitor', visitor, '--out', out];
    await promisify(execFile)(
      program,
      ['upstream', 'probe', path.join(here, 'probed.toml'), ...told],
      { env: { ...process.env, PROBED_URL: address } },
    );
    return seen(readFileSync(out, 'utf8'));
  } finally {
    server.kill();
  }
}

function seen(text) {
  const found = {};
  let question = '';
  for (const line of text.split('\n')) {
    question = line.match(/^\[(\w+)\]$/)?.[1] ?? question;
    const word = line.match(/^seen = "(.*)"$/)?.[1];
    if (word) found[question] = word;
  }
  return found;
}

test('oidc-provider, strict', async () => {
  assert.deepEqual(await report('oidc-provider', process.execPath, 'strict_server.mjs'), {
    pkce: 'checked',
    state: 'returned',
    iss: 'sent',
    rotation: 'rotating',
    replay: 'ends-all',
    concurrent: 'ends-all',
    old_access: 'survives',
    narrowing: 'narrows',
    revocation: 'cascades',
    slash: 'apart',
  });
});

test('Authlib', async () => {
  assert.deepEqual(await report('authlib', python, 'authlib_server.py'), {
    pkce: 'checked',
    state: 'returned',
    iss: 'missing',
    rotation: 'rotating',
    replay: 'refused',
    concurrent: 'harmless',
    old_access: 'ends',
    narrowing: 'stays-narrow',
    revocation: 'cascades',
    slash: 'decoded',
  });
});
