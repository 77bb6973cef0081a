// An OpenID provider that is not ours (oidc-provider), for the browser journeys: it
// logs out through the back channel, rotates refresh tokens and asks for consent. Any
// password opens an account, so it belongs on loopback and in tests only.
//
//   PORT           where to listen on 127.0.0.1; 0 picks a free port (default 0)
//   SITE           PUBLIC_URL of the site that signs people in, no trailing slash
//   CLIENT_ID      the site's credentials
//   CLIENT_SECRET
//
// It prints `ready ISSUER` once it answers and ends with SIGINT or SIGTERM.

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

const groups = {
  analyst: ['aep-analysts'],
  requester: ['aep-requesters'],
  approver: ['aep-approvers'],
  auditor: ['aep-auditors'],
  admin: ['aep-admins'],
  outsider: [],
};

function setting(name) {
  const value = process.env[name];
  if (!value) {
    console.error(`provider: ${name} is not set`);
    process.exit(2);
  }
  return value;
}

const site = setting('SITE');
const client = {
  client_id: setting('CLIENT_ID'),
  client_secret: setting('CLIENT_SECRET'),
  redirect_uris: [`${site}/auth/callback`],
  post_logout_redirect_uris: [`${site}/login`, `${site}/`],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  require_auth_time: true,
  backchannel_logout_uri: `${site}/auth/backchannel-logout`,
  backchannel_logout_session_required: true,
};

function account(id) {
  if (!Object.hasOwn(groups, id)) return undefined;
  return {
    accountId: id,
    claims: () => ({
      sub: id,
      name: `${id[0].toUpperCase()}${id.slice(1)} of the journeys`,
      preferred_username: id,
      email: `${id}@example.com`,
      groups: groups[id],
    }),
  };
}

function signingKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: randomBytes(8).toString('hex'), use: 'sig', alg: 'RS256' };
}

// Without this the library refuses to call a loopback address.
function fetchLoopback(url, options) {
  delete options.dispatcher;
  options.signal ??= AbortSignal.timeout(2500);
  return globalThis.fetch(url, options);
}

const server = createServer();
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [client],
    findAccount: (_ctx, id) => account(id),
    claims: { openid: ['sub'], email: ['email'], profile: ['name', 'preferred_username'], groups: ['groups'] },
    scopes: ['openid', 'offline_access', 'profile', 'email', 'groups'],
    conformIdTokenClaims: false,
    features: {
      devInteractions: { enabled: true },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: { enabled: true },
      revocation: { enabled: true },
    },
    pkce: { required: () => true },
    issueRefreshToken: (_ctx, c) => c.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: true,
    jwks: { keys: [signingKey()] },
    cookies: { keys: [randomBytes(32).toString('hex')] },
    fetch: fetchLoopback,
    ttl: { AccessToken: 3600, AuthorizationCode: 60, Grant: 36000, IdToken: 3600, Interaction: 600, RefreshToken: 36000, Session: 36000 },
  });
  provider.on('server_error', (_ctx, err) => console.error('provider:', err));
  provider.on('backchannel.error', (_ctx, err) => console.error('provider: back-channel logout:', err.message));
  server.on('request', provider.callback());
  console.log(`ready ${issuer}`);
});

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    server.close(() => process.exit(0));
    server.closeAllConnections();
  });
}
