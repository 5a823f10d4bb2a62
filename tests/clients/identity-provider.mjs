// A real OpenID Connect provider on this machine, with people who sign in without a browser. Its keys can be changed while it
// runs, it can be stopped, and it counts what it was asked.
import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

/** For whom tokens of the API are. */
export const AUDIENCE = 'https://api.tenure.example';

const CLIENT = { id: 'portal', secret: 'only good for tests', callback: 'https://portal.tenure.example/callback' };

const PEOPLE = {
  olga: 'olga@tenure.example',
  nora: 'Nora@Proseware.example',
  'other-nora': 'nora@proseware.example',
  uma: 'uma@proseware.example',
  stranger: 'stranger@nowhere.example',
};

// What access tokens can be asked for: the API, by the algorithm of the signature, or another one.
const RESOURCES = new Map(
  [
    ['RS256', AUDIENCE],
    ['ES256', AUDIENCE],
    ['PS256', AUDIENCE],
    ['elsewhere', 'https://elsewhere.example'],
  ].map(([name, audience]) => [
    `https://api.tenure.example/${name}`,
    {
      audience,
      scope: 'use',
      accessTokenFormat: 'jwt',
      accessTokenTTL: 600,
      jwt: { sign: { alg: name === 'elsewhere' ? 'RS256' : name } },
    },
  ]),
);

export class IdentityProvider {
  #server = createServer((request, response) => this.#answer(request, response));
  #provider;
  #handle;
  #generation = 0; // of its keys
  #asked = [];
  #claims = {}; // what it says of whoever signs in now, beside what is true
  #pages = []; // to which people come back who sign in with a browser

  static async start() {
    const started = new IdentityProvider();
    await new Promise((resolve) => {
      started.#server.listen(0, '127.0.0.1', resolve);
    });
    started.issuer = `http://127.0.0.1:${started.#server.address().port}`;
    started.rotate();
    return started;
  }

  /** From now on people can sign in to this page, by the public client `graphiql`. It has other keys then. */
  welcome(page) {
    this.#pages.push(page);
    this.rotate();
  }

  /** From now on it has other keys, and the old ones are gone. */
  rotate() {
    this.#generation += 1;
    const key = (alg, kind, options) => {
      const { privateKey } = generateKeyPairSync(kind, options);
      return { ...privateKey.export({ format: 'jwk' }), kid: `${alg}-${this.#generation}`, use: 'sig', alg };
    };
    const keys = [
      key('RS256', 'rsa', { modulusLength: 2048 }),
      key('ES256', 'ec', { namedCurve: 'P-256' }),
      key('PS256', 'rsa', { modulusLength: 2048 }),
    ];
    this.#provider = new Provider(this.issuer, {
      jwks: { keys },
      clients: [
        { client_id: CLIENT.id, client_secret: CLIENT.secret, redirect_uris: [CLIENT.callback] },
        ...(this.#pages.length > 0
          ? [{ client_id: 'graphiql', token_endpoint_auth_method: 'none', redirect_uris: this.#pages }]
          : []),
      ],
      clientBasedCORS: () => true,
      cookies: { keys: [randomBytes(16).toString('hex')] },
      scopes: ['openid', 'email'],
      claims: { openid: ['sub'], email: ['email', 'email_verified'] },
      enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256', 'PS256'] },
      features: {
        devInteractions: { enabled: false },
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo: (_, resource) => RESOURCES.get(resource),
          useGrantedResource: () => true,
        },
      },
      interactions: { url: (_, { uid }) => `/interaction/${uid}` },
      findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId, ...this.#saidOf(accountId) }) }),
      extraTokenClaims: (_, { accountId }) => this.#saidOf(accountId),
      // Everybody has agreed to everything.
      loadExistingGrant: async ({ oidc }) => {
        const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
        grant.addOIDCScope('openid email');
        for (const resource of RESOURCES.keys()) {
          grant.addResourceScope(resource, 'use');
        }
        await grant.save();
        return grant;
      },
      ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 600, IdToken: 600, Interaction: 60, Session: 600 },
    });
    this.#provider.on('server_error', (_, error) => console.error(error));
    this.#handle = this.#provider.callback();
  }

  /** How often it was asked for this path. */
  asked(path) {
    return this.#asked.filter((asked) => asked === path).length;
  }

  /** It answers nothing any more. */
  async stop() {
    this.#server.closeAllConnections();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  /** An access token of somebody for the API, in this algorithm. */
  async token(who, resource, claims = {}) {
    return (await this.signIn(who, resource, claims)).access_token;
  }

  /** What somebody gets who signs in: the authorization code flow, without a browser. */
  async signIn(who, resource, claims = {}) {
    this.#claims = claims;
    const verifier = randomBytes(32).toString('base64url');
    const asked = {
      client_id: CLIENT.id,
      response_type: 'code',
      redirect_uri: CLIENT.callback,
      scope: resource ? 'openid email use' : 'openid email',
      login_hint: who,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      ...(resource && { resource: `https://api.tenure.example/${resource}` }),
    };
    const cookies = new Map();
    let location = `${this.issuer}/auth?${new URLSearchParams(asked)}`;
    while (!location.startsWith(CLIENT.callback)) {
      const headers = { cookie: [...cookies].map((cookie) => cookie.join('=')).join('; ') };
      const answer = await fetch(location, { headers, redirect: 'manual' });
      assert.ok([302, 303].includes(answer.status), await answer.text());
      for (const cookie of answer.headers.getSetCookie()) {
        const [name, value] = cookie.split(';')[0].split('=');
        cookies.set(name, value);
      }
      location = new URL(answer.headers.get('location'), location).href;
    }
    const code = new URL(location).searchParams.get('code');
    assert.ok(code, location);

    const answer = await fetch(`${this.issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${CLIENT.id}:${encodeURIComponent(CLIENT.secret)}`)}` },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code,
        redirect_uri: CLIENT.callback,
        code_verifier: verifier,
      }),
    });
    const tokens = await answer.json();
    assert.equal(answer.status, 200, JSON.stringify(tokens));
    return tokens;
  }

  /** The token under the name of a key that it never had. */
  forged(token) {
    const [head, ...rest] = token.split('.');
    const header = { ...JSON.parse(Buffer.from(head, 'base64url')), kid: 'never' };
    return [Buffer.from(JSON.stringify(header)).toString('base64url'), ...rest].join('.');
  }

  #saidOf(who) {
    return { email: PEOPLE[who], email_verified: true, ...this.#claims };
  }

  async #answer(request, response) {
    const path = request.url.split('?')[0];
    this.#asked.push(path);
    if (!path.startsWith('/interaction/')) {
      return this.#handle(request, response);
    }
    // Whoever is asked who they are says so; in a browser, by a click.
    const { params } = await this.#provider.interactionDetails(request, response);
    const accountId = params.login_hint ?? new URL(request.url, this.issuer).searchParams.get('as');
    if (!accountId) {
      const links = Object.keys(PEOPLE).map((who) => `<a href="?as=${who}">${who}</a>`);
      return response.setHeader('content-type', 'text/html').end(`<title>Who are you?</title>${links.join(' ')}`);
    }
    return this.#provider.interactionFinished(request, response, { login: { accountId } });
  }
}
