// A program made from a letter's own description: its client is generated, compiled strictly, refused
// by the compiler where it says what the description does not take, and makes real calls.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import openapiTS, { astToString } from 'openapi-typescript';
import { end, program } from './lib/program.mjs';
import { PASSWORD, ROLES } from './lib/roles.mjs';

const MODULES = new URL('./node_modules/', import.meta.url).pathname;
const run = promisify(execFile);

before(program, { timeout: 360_000 });
after(end);

test('a client that is made from the description of a letter', { timeout: 120_000 }, async (t) => {
  const { base } = await program();
  const letter = await keyOf(base);
  // Inside node_modules, where the client's own imports are found and nobody keeps it.
  const folder = await mkdtemp(join(MODULES, '.client-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const description = await told(`${letter.gateway}/openapi.json`, { headers: bearer(letter.key) });
  assert.equal(description.openapi, '3.1.0');
  // Refuses what is no valid OpenAPI.
  const types = astToString(await openapiTS(description));
  await writeFile(join(folder, 'letter.d.ts'), types);
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');

  await t.test('compiles and makes real calls', async () => {
    await writeFile(join(folder, 'use.ts'), USE);
    await compiled(folder, 'use.ts');
    const { stdout } = await run(process.execPath, ['use.js', letter.gateway, letter.key], { cwd: folder });
    const { read, limit, made, name } = JSON.parse(stdout);
    assert.deepEqual({ read, limit, made, name }, { read: 200, limit: 2, made: 201, name: 'From a generated client' });
  });

  await t.test('does not compile where it is wrong', async () => {
    for (const [line, wanted] of WRONG) {
      await writeFile(join(folder, 'wrong.ts'), `${HEAD}\nawait ${line};\n`);
      const said = await compiled(folder, 'wrong.ts').then(() => 'it compiled', (error) => error.stdout);
      assert.match(said, wanted, line);
    }
  });
});

const HEAD = `import createClient from 'openapi-fetch';
import type { paths } from './letter.d.ts';
declare const process: { argv: string[] };
const [, , baseUrl, key] = process.argv;
const client = createClient<paths>({ baseUrl: baseUrl!, headers: { authorization: \`Bearer \${key}\` } });`;

const USE = `${HEAD}
const read = await client.GET('/campaigns', { params: { query: { limit: 2 } } });
const page = read.data as { items: unknown[] };
const name = 'From a generated client';
const lists = (await client.GET('/lists', {})).data as { items: { id: string }[] };
const list_id = lists.items[0]!.id;
const made = await client.POST('/campaigns', { body: { name, subject: 'Hello', list_id } });
const draft = made.data as { name: string };
console.log(JSON.stringify({
  read: read.response.status, limit: page.items.length, made: made.response.status, name: draft.name,
}));
`;

const WRONG = [
  ["client.GET('/campaigns', { params: { query: { limit: 'two' } } })", /Type 'string' is not assignable to type 'number'/],
  ["client.POST('/campaigns', { body: { name: 7 } })", /Type 'number' is not assignable to type 'string'/],
  ["client.POST('/campaigns/{campaign}/send', { params: { path: { campaign: 'c' } } })", /not assignable/],
];

async function compiled(folder, file) {
  const options = { strict: true, target: 'es2022', module: 'nodenext', lib: ['es2022', 'dom'], types: [], skipLibCheck: true };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: [file] }));
  await run(process.execPath, [join(MODULES, 'typescript/bin/tsc'), '-p', '.'], { cwd: folder });
}

/** A new key of the consultant's letter in the demo, and its address at the gateway. */
async function keyOf(base) {
  const signIn = { email: ROLES.consultant, password: PASSWORD };
  const session = await fetch(`${base}/v1/sessions`, posted(base, signIn));
  assert.equal(session.status, 201);
  const cookie = session.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ');
  const letters = await told(`${base}/v1/grants?limit=100`, { headers: { cookie } });
  const letter = letters.items.find((item) => item.preset === 'author-drafts' && item.standing === 'in-force');
  assert.ok(letter, 'the demo has a letter for drafts');
  const made = await told(`${base}/v1/grants/${letter.id}/keys`, posted(base, { name: 'generated client' }, { cookie }));
  return { gateway: `${base}/gw/${letter.id}`, key: made.secret };
}

const bearer = (key) => ({ authorization: `Bearer ${key}` });

const posted = (base, body, more = {}) => ({
  method: 'POST', body: JSON.stringify(body), headers: { origin: base, 'content-type': 'application/json', ...more },
});

async function told(address, options) {
  const answer = await fetch(address, options);
  assert.ok(answer.ok, `${address}: ${answer.status}`);
  return answer.json();
}
