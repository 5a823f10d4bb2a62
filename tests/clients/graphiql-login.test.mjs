// GraphiQL behind an identity provider: people sign in with a browser, by the authorization code flow with PKCE. And GraphiQL that is
// switched off.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { openBrowser } from './browser.mjs';
import { AUDIENCE, IdentityProvider } from './identity-provider.mjs';
import { Tenure } from './tenure.mjs';

let provider;
let directory;
let settings;
let tenure;
let chromium;
let page;
const asked = []; // by the page
const refused = []; // by its Content-Security-Policy

before(async () => {
  provider = await IdentityProvider.start();
  directory = await mkdtemp(join(tmpdir(), 'tenure-graphiql-login-'));
  settings = {
    DATABASE_URL: `sqlite://${join(directory, 'tenure.db')}?mode=rwc`,
    TENURE_LISTEN: '127.0.0.1:0',
    TENURE_OIDC_ISSUER: provider.issuer,
    TENURE_OIDC_AUDIENCE: AUDIENCE,
    TENURE_GRAPHIQL_OIDC_CLIENT_ID: 'graphiql',
    TENURE_GRAPHIQL_OIDC_SCOPE: 'openid email use',
    TENURE_GRAPHIQL_OIDC_PARAMETERS: 'resource=https://api.tenure.example/ES256',
  };
  const add = ['operator', 'add', '--email', 'olga@tenure.example'];
  await promisify(execFile)(process.env.DEMO_BIN, add, { env: settings, cwd: directory });
  tenure = await Tenure.start(settings, directory);
  provider.welcome(`${tenure.url}/graphiql`);
  chromium = await openBrowser();
  page = chromium.browser.pages()[0] ?? (await chromium.browser.newPage());
  page.on('request', (request) => asked.push(new URL(request.url())));
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) {
      refused.push(message.text());
    }
  });
});

after(async () => {
  await chromium?.close();
  tenure?.kill();
  await provider?.stop();
  if (directory) {
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  }
});

test('who is not signed in is told so', async () => {
  const answer = await page.goto(`${tenure.url}/graphiql`);
  const policy = answer.headers()['content-security-policy'];
  assert.match(policy, new RegExp(`connect-src [^;]* ${provider.issuer};`));
  await page.getByText('You are not signed in').waitFor();
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
});

test('whoever signs in at the provider comes back with a token of theirs', async () => {
  await page.getByRole('button', { name: 'Sign in' }).focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(`${provider.issuer}/**`);
  const begun = asked.find(({ pathname }) => pathname === '/auth').searchParams;
  assert.deepEqual([begun.get('response_type'), begun.get('code_challenge_method')], ['code', 'S256']);
  assert.ok(['state', 'nonce', 'code_challenge'].every((name) => begun.get(name).length >= 43));
  await page.getByRole('link', { name: 'olga', exact: true }).click();

  await page.getByRole('button', { name: 'Sign out' }).waitFor();
  assert.equal(page.url(), `${tenure.url}/graphiql`, 'no code stays in the address bar');
  assert.equal((await viewer()).kind, 'OPERATOR');
  assert.equal(await page.evaluate(() => localStorage.length + document.cookie.length), 0, 'nothing outlives the tab');
});

test('a reload keeps them signed in, in each of the tabs', async () => {
  await page.reload();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
  assert.equal((await viewer()).kind, 'OPERATOR');
  const { tabs } = await page.evaluate(() => JSON.parse(sessionStorage.getItem('graphiql:tabState')));
  assert.equal(new Set(tabs.map(({ headers }) => headers)).size, 1);
});

test('an answer that nobody here asked for signs nobody in', async () => {
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  const before = provider.asked('/token');
  await page.goto(`${tenure.url}/graphiql?code=stolen&state=made-up`);
  await page.getByText('Signing in failed: this answer belongs to no sign-in that was begun here.').waitFor();
  assert.equal(page.url(), `${tenure.url}/graphiql`);
  assert.equal(provider.asked('/token'), before, 'the code was not even tried');
  await page.evaluate(() => sessionStorage.setItem('tenure:sign-in', JSON.stringify({ state: 'known', nonce: 'n', verifier: 'v' })));
  await page.goto(`${tenure.url}/graphiql?error=access_denied&error_description=not+today&state=known`);
  await page.getByText('Signing in failed: not today.').waitFor();
});

test('the page asked the server and the provider alone', () => {
  const hosts = new Set(asked.map(({ origin }) => origin).filter((origin) => origin !== 'null'));
  assert.deepEqual(hosts, new Set([tenure.url, provider.issuer]));
  assert.deepEqual(refused, []);
});

test('the policy keeps the page from everybody else', async () => {
  const elsewhere = await page.evaluate(() => fetch('http://127.0.0.1:9/').then(() => 'answered', (error) => error.message));
  assert.match(elsewhere, /fetch/i);
  assert.ok(refused.length > 0, 'it was the policy that refused');
});

test('switched off, it is not there', async () => {
  const database = `sqlite://${join(directory, 'off.db')}?mode=rwc`;
  const off = await Tenure.start({ ...settings, DATABASE_URL: database, TENURE_GRAPHIQL: 'off' }, directory);
  for (const path of ['graphiql', 'graphiql/assets/boot.js']) {
    assert.equal((await fetch(`${off.url}/${path}`)).status, 404, path);
  }
  assert.equal((await fetch(`${off.url}/health/live`)).status, 200);
  assert.equal(await off.stop(), 0);
});

/** Who the first example says is there. */
async function viewer() {
  const answered = page.waitForResponse((response) => response.request().postDataJSON?.()?.operationName === 'FirstLook');
  await page.locator('.graphiql-execute-button').click();
  const { data } = await (await answered).json();
  return data.viewer;
}
