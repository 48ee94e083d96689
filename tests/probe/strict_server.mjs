// The npm package oidc-provider with strict rotation; whoever comes is signed in and agrees.
// usage: node strict_server.mjs PORT [ACCESS_SECONDS CALLBACK]
// With the last two access tokens live so long, and there is one client of the description's name.
// GET /figures tells how often tokens were refreshed, and what was refused or ended.
import http from 'node:http';
import Provider from 'oidc-provider';

const port = Number(process.argv[2]);
const accessSeconds = Number(process.argv[3] ?? 900);
const callback = process.argv[4];
const known = 'registered-when-probed';
const GRANTS = ['authorization_code', 'refresh_token'];
const issuer = `http://127.0.0.1:${port}`;
const provider = new Provider(issuer, {
  clients: callback
    ? [{ client_id: known, client_secret: known, redirect_uris: [callback], grant_types: GRANTS }]
    : [],
  scopes: ['openid', 'profile'],
  claims: { openid: ['sub'], profile: ['name'] },
  findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, name: 'Fjordhaus' }) }),
  features: {
    devInteractions: { enabled: false },
    registration: { enabled: true },
    revocation: { enabled: true },
    introspection: { enabled: true },
  },
  issueRefreshToken: () => true,
  rotateRefreshToken: true,
  conformIdTokenClaims: false,
  interactions: { url: (_, interaction) => `/consent/${interaction.uid}` },
  routes: {
    authorization: '/oauth/authorize',
    token: '/oauth/token',
    revocation: '/oauth/revoke',
    introspection: '/oauth/introspect',
    registration: '/oauth/register',
    userinfo: '/api/account',
  },
  cookies: { keys: ['for tests only'] },
  ttl: {
    AccessToken: accessSeconds,
    RefreshToken: 86400,
    Grant: 86400,
    Session: 3600,
    Interaction: 600,
  },
});

const figures = { refreshed: 0, refused: 0, ended: 0 };
provider.on('grant.success', (context) => {
  if (context.oidc.params.grant_type === 'refresh_token') figures.refreshed += 1;
});
provider.on('grant.error', () => (figures.refused += 1));
provider.on('grant.revoked', () => (figures.ended += 1));

async function agree(request, response) {
  const { params } = await provider.interactionDetails(request, response);
  const grant = new provider.Grant({ accountId: 'fjordhaus', clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  const result = { login: { accountId: 'fjordhaus' }, consent: { grantId: await grant.save() } };
  await provider.interactionFinished(request, response, result);
}

const others = provider.callback();
const server = http.createServer((request, response) => {
  if (request.url === '/figures') return response.end(JSON.stringify(figures));
  if (!request.url.startsWith('/consent/')) return others(request, response);
  agree(request, response).catch((error) => response.writeHead(500).end(String(error)));
});
server.listen(port, '127.0.0.1', () => console.log(`listening at ${issuer}`));
