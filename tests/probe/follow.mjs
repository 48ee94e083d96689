// A browser without a screen: follows redirects with cookies until a page comes.
// usage: node follow.mjs ADDRESS
const jar = new Map();
let url = process.argv[2];
for (let hop = 0; hop < 12; hop += 1) {
  const host = new URL(url).host;
  const held = jar.get(host) ?? new Map();
  const cookie = [...held].map(([name, value]) => `${name}=${value}`).join('; ');
  const answer = await fetch(url, { redirect: 'manual', headers: cookie ? { cookie } : {} });
  for (const line of answer.headers.getSetCookie()) {
    const [pair] = line.split(';');
    const at = pair.indexOf('=');
    held.set(pair.slice(0, at), pair.slice(at + 1));
  }
  jar.set(host, held);
  const next = answer.headers.get('location');
  if (!next) break;
  url = new URL(next, url).href;
}
