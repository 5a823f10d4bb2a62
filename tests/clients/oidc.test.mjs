// A new installation behind a real identity provider: who comes in by whose tokens, through a change of the provider's keys and
// without the provider. The server is one of its own, on an empty database; DEMO_BIN names the program.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { AUDIENCE, IdentityProvider } from './identity-provider.mjs';
import { text } from './operations.mjs';
import { Tenure } from './tenure.mjs';

const CREATE_ORGANIZATION = `mutation ($input: CreateOrganizationInput!) {
  createOrganization(input: $input) { organization { id name } userErrors { code message } }
}`;
const INVITE = `mutation ($input: InviteMemberInput!) {
  inviteMember(input: $input) { user { id email joinedAt } userErrors { code message } }
}`;
const WHO = '{ viewer { kind roles user { id email joinedAt } organization { name } } }';

const program = process.env.DEMO_BIN;
const run = promisify(execFile);

let provider;
let directory;
let settings;
let tenure;
const tokens = {}; // of people who came in, by their account at the provider

before(async () => {
  assert.ok(program, 'DEMO_BIN is not set; run.sh sets it');
  provider = await IdentityProvider.start();
  directory = await mkdtemp(join(tmpdir(), 'tenure-oidc-'));
  settings = {
    DATABASE_URL: `sqlite://${join(directory, 'tenure.db')}?mode=rwc`,
    TENURE_LISTEN: '127.0.0.1:0',
    TENURE_OIDC_ISSUER: provider.issuer,
    TENURE_OIDC_AUDIENCE: AUDIENCE,
    TENURE_AUTH_FAILURES_PER_MINUTE: '0', // many are refused here, all from one address
  };
  await run(program, ['operator', 'add', '--email', 'olga@tenure.example'], { env: settings, cwd: directory });
  tenure = await Tenure.start(settings, directory);
});

after(async () => {
  tenure?.kill();
  await provider?.stop();
  if (directory) {
    await rm(directory, { recursive: true, force: true });
  }
});

test('an operator comes in by the verified address that was added', async () => {
  tokens.olga = await provider.token('olga', 'RS256');
  assert.equal((await tenure.data(tokens.olga, WHO)).viewer.kind, 'OPERATOR');
});

test('the first owner of an organization comes in by a verified address, and is bound', async () => {
  const owner = { name: 'Nora', email: 'nora@proseware.example' };
  const input = { name: 'Proseware', country: 'US', owner };
  const { createOrganization } = await tenure.data(tokens.olga, CREATE_ORGANIZATION, { input });
  assert.deepEqual(createOrganization.userErrors, []);

  tokens.nora = await provider.token('nora', 'ES256');
  const { viewer } = await tenure.data(tokens.nora, WHO);
  assert.deepEqual([viewer.kind, viewer.roles, viewer.organization.name], ['MEMBER', ['OWNER'], 'Proseware']);
  assert.equal(viewer.user.email, 'nora@proseware.example');
  assert.ok(Date.parse(viewer.user.joinedAt) > Date.now() - 60_000);

  await tenure.refuses(await provider.token('other-nora', 'ES256'), 'somebody else with the same address');
  const renamed = await tenure.data(await provider.token('nora', 'RS256', { email: 'nora.new@proseware.example' }), WHO);
  assert.deepEqual(renamed.viewer, viewer, 'known by who she is there, not by her address');
});

test('an address that the provider has not verified lets nobody in', async () => {
  const input = { name: 'Uma', email: 'uma@proseware.example', role: 'READER' };
  const { inviteMember } = await tenure.data(tokens.nora, INVITE, { input });
  assert.deepEqual([inviteMember.userErrors, inviteMember.user.joinedAt], [[], null]);
  await tenure.refuses(await provider.token('uma', 'RS256', { email_verified: false }), 'not verified');
  await tenure.refuses(await provider.token('uma', 'RS256', { email: undefined }), 'no address');

  const { viewer } = await tenure.data(await provider.token('uma', 'RS256'), WHO);
  assert.deepEqual([viewer.user.id, viewer.roles], [inviteMember.user.id, ['READER']]);
});

test('whoever was not invited does not come in', async () => {
  await tenure.refuses(await provider.token('stranger', 'RS256'), 'a stranger');
});

test('what the provider signs for somebody else, or for something else, lets nobody in', async () => {
  const elsewhere = await provider.token('nora', 'elsewhere');
  assert.deepEqual([said(elsewhere).aud, said(elsewhere).email_verified], ['https://elsewhere.example', true]);
  await tenure.refuses(elsewhere, 'for another audience');
  const { id_token: ofClient } = await provider.signIn('nora', 'ES256');
  assert.equal(said(ofClient).aud, 'portal');
  await tenure.refuses(ofClient, 'for the client, not for the API');
  const { access_token: opaque } = await provider.signIn('nora');
  assert.doesNotMatch(opaque, /\./);
  await tenure.refuses(opaque, 'no token of ours to read');
  const other = await provider.token('nora', 'PS256');
  assert.deepEqual([said(other).aud, said(other).email_verified], [AUDIENCE, true]);
  await tenure.refuses(other, 'an algorithm that is not accepted');
});

test('a socket is opened with such a token, and with no other', async () => {
  const { viewer } = await overSocket(tokens.nora);
  assert.equal(viewer.user.email, 'nora@proseware.example');
  const refused = overSocket(await provider.token('nora', 'elsewhere'));
  await assert.rejects(refused, ({ code }) => code === 4403);
});

test('tenure signs no tokens beside the provider', async () => {
  const secret = { TENURE_AUTH_SECRET: 'a secret that is only good for tests' };
  for (const env of [settings, { ...settings, ...secret }]) {
    const signed = run(program, ['token', '--email', 'nora@proseware.example'], { env, cwd: directory });
    await assert.rejects(signed, ({ code, stdout, stderr }) => {
      return code !== 0 && stdout === '' && stderr.includes('TENURE_OIDC_ISSUER');
    });
  }
  const { TENURE_OIDC_ISSUER, TENURE_OIDC_AUDIENCE, ...local } = settings;
  const env = { ...local, ...secret };
  const { stdout } = await run(program, ['token', '--email', 'nora@proseware.example'], { env, cwd: directory });
  await tenure.refuses(stdout.trim(), 'signed with a local secret');
});

test('a change of the keys needs no restart', async () => {
  const old = tokens.nora;
  assert.equal(provider.asked('/jwks'), 1, 'one look at the keys was enough so far');
  provider.rotate();
  tokens.nora = await provider.token('nora', 'RS256');
  const { status } = await tenure.ask(old, WHO);
  assert.equal(status, 200, 'nobody has told yet that the old keys are gone');

  const since = Date.now();
  while ((await tenure.ask(tokens.nora, WHO)).status !== 200) {
    assert.ok(Date.now() - since < 15_000, 'the new keys are found within ten seconds');
    await sleep(250);
  }
  assert.equal(provider.asked('/jwks'), 2, 'it does not look more often');
  await tenure.refuses(old, 'its key was withdrawn');
  const { viewer } = await tenure.data(await provider.token('olga', 'ES256'), WHO);
  assert.equal(viewer.kind, 'OPERATOR');
});

test('without the provider, whoever has a token is known', async () => {
  tokens.olga = await provider.token('olga', 'ES256');
  await provider.stop();
  const since = Date.now();
  do {
    assert.ok(Date.now() - since < 15_000, 'an unknown key is looked for after ten seconds');
    await sleep(250);
    await tenure.refuses(provider.forged(tokens.nora), 'a key that nobody knows');
  } while (!tenure.said.includes('the keys of the identity provider could not be loaded'));
  assert.equal((await tenure.data(tokens.olga, WHO)).viewer.kind, 'OPERATOR');
  assert.equal((await tenure.data(tokens.nora, WHO)).viewer.user.email, 'nora@proseware.example');
});

test('it stops when it is asked to', async () => {
  assert.equal(await tenure.stop(), 0);
});

/** What stands in a token. */
function said(token) {
  return JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
}

/** The answer to one query on a socket of its own. */
async function overSocket(token) {
  const client = createClient({
    url: `${tenure.url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: `Bearer ${token}` },
    retryAttempts: 0,
  });
  try {
    for await (const { data, errors } of client.iterate({ query: text('Viewer') })) {
      assert.equal(errors, undefined);
      return data;
    }
  } finally {
    await client.dispose();
  }
  return assert.fail('no answer');
}
