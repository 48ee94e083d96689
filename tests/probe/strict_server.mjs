// The npm package oidc-provider with strict rotation; whoever comes is signed in and agrees.
// usage: node strict_server.mjs PORT
import http from 'node:http';
import Provider from 'oidc-provider';

const port = Number(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;
const provider = new Provider(issuer, {
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
  ttl: { AccessToken: 900, RefreshToken: 86400, Grant: 86400, Session: 3600, Interaction: 600 },
});

async function agree(request, response) {
  const { params } = await provider.interactionDetails(request, response);
  const grant = new provider.Grant({ accountId: 'fjordhaus', clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  const result = { login: { accountId: 'fjordhaus' }, consent: { grantId: await grant.save() } };
  await provider.interactionFinished(request, response, result);
}

const others = provider.callback();
const server = http.createServer((request, response) => {
  if (!request.url.startsWith('/consent/')) return others(request, response);
  agree(request, response).catch((error) => response.writeHead(500).end(String(error)));
});
server.listen(port, '127.0.0.1', () => console.log(`listening at ${issuer}`));
