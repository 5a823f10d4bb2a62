// The publisher's portal of the examples, as a customer meets it: the page is opened with the link, and its buttons are pressed.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Actor, serverUrl, token } from './actor.mjs';

const ada = new Actor('--email', 'ada@contoso.example');
let portal;
let address;
let subscription;
let link;

before(async () => {
  const directory = fileURLToPath(new URL('../../examples/portal', import.meta.url));
  portal = spawn(process.execPath, ['portal.mjs'], {
    cwd: directory,
    env: { ...process.env, PORTAL_API: serverUrl, PORTAL_TOKEN: token('--publisher', 'northwind'), PORTAL_PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const chunk of portal.stdout.setEncoding('utf8')) {
    [address] = chunk.match(/http:\S+/) ?? [];
    if (address) break;
  }
  assert.ok(address, 'the portal says where it is');
  const { viewer } = await ada.query('BillingProfiles');
  const main = viewer.organization.billingProfiles.nodes.find(({ name }) => name === 'Contoso Main');
  const { apps } = await ada.query('Catalog', { first: 100 });
  const { plans } = apps.nodes.find(({ name }) => name === 'Northwind Boards');
  const plan = plans.find(({ billingInterval, price }) => billingInterval === 'MONTH' && price.currency === 'USD');
  const purchase = { planId: plan.id, licenseQuantity: 4, billingProfileId: main.id };
  ({ subscription } = await ada.do('Purchase', purchase));
  ({ url: link } = await ada.do('OpenPublisherPortal', { subscriptionId: subscription.id }));
});

after(async () => {
  portal.kill();
  await ada.close();
});

async function page(url, init) {
  const response = await fetch(url, init);
  return { status: response.status, text: await response.text() };
}

function press(button, fields = {}) {
  const body = new URLSearchParams({ token: new URL(link).searchParams.get('token') });
  for (const [name, values] of Object.entries(fields)) values.forEach((value) => body.append(name, value));
  return page(new URL(button, address), { method: 'POST', body });
}

test('the link leads to the portal, which knows what was bought', async () => {
  assert.ok(link.startsWith(`${address}?token=`), link);
  const { status, text } = await page(link);
  assert.equal(status, 200);
  for (const fact of ['Northwind Boards', 'Contoso (US)', 'ada@contoso.example', '0 of 4 assigned', 'PENDING_ACTIVATION']) {
    assert.ok(text.includes(fact), fact);
  }
});

test('it activates the purchase, and pressing twice does no harm', async () => {
  for (let press_ = 0; press_ < 2; press_ += 1) {
    const { status, text } = await press('activate');
    assert.equal(status, 200, text);
    assert.ok(text.includes('ACTIVE'));
  }
  const { appSubscription } = await ada.query('AppPage', { id: subscription.id });
  assert.equal(appSubscription.status, 'ACTIVE');
});

test('it sets the app up and assigns licences', async () => {
  await press('set-up');
  const { text } = await page(link);
  const [first, second] = [...text.matchAll(/name="user" value="([^"]+)"/g)].map(([, id]) => id);
  const { status } = await press('assign', { user: [first, second] });
  assert.equal(status, 200);
  const { appSubscription } = await ada.query('AppPage', { id: subscription.id });
  assert.equal(appSubscription.licenses.assigned, 2);
  assert.ok(appSubscription.setUpAt);
});

test('what happens comes as webhooks, signed', async () => {
  await ada.do('Cancel', { subscriptionId: subscription.id });
  const wanted = ['subscription.activated', 'subscription.disabled'];
  let text = '';
  for (let wait = 0; wait < 100 && !wanted.every((type) => text.includes(type)); wait += 1) {
    await sleep(200);
    ({ text } = await page(link.replace('/?', '/events?')));
  }
  for (const type of wanted) assert.ok(text.includes(type), type);
  const forged = await page(new URL('webhooks', address), {
    method: 'POST',
    headers: { 'webhook-id': 'msg_1', 'webhook-timestamp': `${Math.floor(Date.now() / 1000)}`, 'webhook-signature': 'v1,AAAA' },
    body: '{"type":"subscription.disabled","id":"msg_1"}',
  });
  assert.equal(forged.status, 401);
});

test('nobody sees what happened without a token, and no button is where none is', async () => {
  const { text } = await page(new URL('events', address));
  assert.ok(!text.includes('subscription.'), text);
  assert.equal((await press('constructor')).status, 404);
});

test('a token that is none is said to be none, and never repeated', async () => {
  const { status, text } = await page(`${address}?token=not-a-token`);
  assert.equal(status, 422);
  assert.ok(text.includes('TOKEN_INVALID') && !text.includes('not-a-token'));
});
