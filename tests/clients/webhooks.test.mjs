// Webhooks as a receiver gets them, verified by npm's `standardwebhooks`: a library that is not ours. The receiver is on this
// machine, which the demo allows.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { Actor } from './actor.mjs';

const wendy = new Actor('--email', 'wendy@woodgrove.example');
const northwind = new Actor('--publisher', 'northwind');

const got = []; // what came, oldest first: { headers, body }
const replies = []; // the statuses of the next answers; 204 when nothing was said
let endpoint;
let secret;

const receiver = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) {
    body += chunk;
  }
  got.push({ headers: request.headers, body });
  response.writeHead(replies.shift() ?? 204).end();
  receiver.emit('came');
});

/** What came, once that much has. */
async function until(count) {
  while (got.length < count) {
    await once(receiver, 'came', { signal: AbortSignal.timeout(30_000) });
  }
  return got;
}

/** The event that a message tells, if the secret signed it. */
const verified = ({ headers, body }, by = secret) => new Webhook(by).verify(body, headers);

before(async () => {
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const url = `http://127.0.0.1:${receiver.address().port}/hooks`;
  const created = await northwind.do('CreateWebhookEndpoint', { url, eventTypes: ['PURCHASED', 'DISABLED'] });
  ({ secret, webhookEndpoint: endpoint } = created);
});

after(async () => {
  receiver.closeAllConnections();
  receiver.close();
  await Promise.all([wendy, northwind].map((actor) => actor.close()));
});

test('a test event comes, and again with the same id when it was not taken', async () => {
  replies.push(500);
  const { webhookDelivery } = await northwind.do('SendTestEvent', { webhookEndpointId: endpoint.id });
  const [first, second] = await until(2);
  for (const message of [first, second]) {
    assert.equal(verified(message).type, 'webhook.test');
    assert.equal(message.headers['webhook-id'], webhookDelivery.messageId);
    assert.equal(message.headers['content-type'], 'application/cloudevents+json; charset=utf-8');
  }
  assert.equal(first.body, second.body);
});

test('what was changed on the way, or signed by another, is refused', () => {
  const [message] = got;
  assert.throws(() => verified({ ...message, body: message.body.replace('webhook.test', 'webhook.fake') }));
  assert.throws(() => verified(message, `whsec_${Buffer.alloc(32).toString('base64')}`));
  assert.throws(() => verified({ ...message, headers: { ...message.headers, 'webhook-id': 'another' } }));
});

test('a subscription is bought and cancelled, and its publisher is told, in an order that can be seen', async () => {
  const before = got.length;
  const { apps } = await wendy.query('Catalog', { first: 100 });
  const boards = apps.nodes.find(({ name }) => name === 'Northwind Boards');
  const plan = boards.plans.find(({ price, billingInterval }) => price.currency === 'USD' && billingInterval === 'MONTH');
  const { viewer } = await wendy.query('BillingProfiles');
  const profile = viewer.organization.billingProfiles.nodes.find(({ name }) => name === 'Woodgrove Main');
  const input = { planId: plan.id, billingProfileId: profile.id, licenseQuantity: 3 };
  const { subscription } = await wendy.do('Purchase', input);
  await wendy.do('Cancel', { subscriptionId: subscription.id });
  const messages = (await until(before + 2)).slice(before);
  const told = messages.map((message) => verified(message)).sort((a, b) => (a.sequence < b.sequence ? -1 : 1));
  assert.deepEqual(told.map(({ type }) => type), ['subscription.purchased', 'subscription.disabled']);
  for (const event of told) {
    assert.equal(event.specversion, '1.0');
    assert.equal(event.subject, subscription.id);
    assert.equal(event.source, told[0].source);
    assert.equal(event.data.subscriptionId, subscription.id);
    assert.doesNotMatch(JSON.stringify(event.data), /price|amount|currency|billingProfile|invoice/i);
  }
  assert.equal(told[1].data.disabledReason, 'CANCELED');
});

test('a secret is replaced without a gap', async () => {
  const before = got.length;
  const rotated = await northwind.do('RotateWebhookSecret', { webhookEndpointId: endpoint.id });
  await northwind.do('SendTestEvent', { webhookEndpointId: endpoint.id });
  const message = (await until(before + 1))[before];
  for (const known of [secret, rotated.secret]) {
    assert.equal(verified(message, known).type, 'webhook.test');
  }
});

test('what was sent is shown, and can be sent again', async () => {
  const before = got.length;
  const { webhookEndpoint } = await northwind.query('WebhookEndpoint', { id: endpoint.id, first: 10 });
  const sent = webhookEndpoint.deliveries.nodes.find(({ eventType }) => eventType === 'subscription.disabled');
  assert.equal(sent.attempts.at(-1).statusCode, 204);
  await northwind.do('ReplayWebhookDelivery', { webhookDeliveryId: sent.id });
  const again = (await until(before + 1))[before];
  assert.equal(again.headers['webhook-id'], sent.messageId);
  assert.equal(again.body, sent.body);
});
