// A publisher's portal: the page to which customers come with the token of a portal link.
//
//     PORTAL_TOKEN=… node portal.mjs
//
// It resolves the purchase that the token names, activates it, assigns its licences, says that the app is set up, and
// receives what happens to its publisher's subscriptions as webhooks. It keeps nothing: a real portal would.
import { createServer } from 'node:http';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';

const { PORTAL_API = 'http://127.0.0.1:8000', PORTAL_TOKEN, PORTAL_PORT = '8100' } = process.env;
const GRAPHQL = new URL('/graphql', PORTAL_API);
const LARGEST_BODY = 64 * 1024;
const EVENTS = ['PURCHASED', 'ACTIVATED', 'RENEWED', 'LICENSE_QUANTITY_CHANGED', 'ENDING_SOON', 'DISABLED'];

const PURCHASE = `
  id status disabledReason endsAt setUpAt purchaseChannel allowedActions
  purchasedBy { name email }
  licenses { purchased assigned available }
  organization { name country }
  app { name }
  plan { id name pricingModel billingInterval }
  licenseAssignments(first: 100) { nodes { user { id name } } }
  assignableUsers(first: 100) { nodes { id name email } }`;

/** What was received, the newest first, and the last version of each subscription that was heard of. */
const received = [];
const versions = new Map();
let webhook;

/** Asks Tenure as the publisher. */
async function tenure(query, variables) {
  const response = await fetch(GRAPHQL, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${PORTAL_TOKEN}` },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  if (errors) throw new Refused(errors.map(({ message }) => message).join(' '));
  return data;
}

/** Sends a mutation, or says why it was refused. */
async function change(name, input, fields) {
  const type = `${name[0].toUpperCase()}${name.slice(1)}Input`;
  const document = `mutation($input: ${type}!) { ${name}(input: $input) { ${fields} userErrors { code message } } }`;
  const { [name]: payload } = await tenure(document, { input });
  if (payload.userErrors.length > 0) {
    throw new Refused(payload.userErrors.map(({ code, message }) => `${code}: ${message}`).join(' '));
  }
  return payload;
}

/** What the customer can be told. */
class Refused extends Error {}

/** The purchase that the token of a portal link names: as often as it is asked for, in every status. */
async function resolve(token) {
  const document = `query($token: String!) {
    resolvePurchase(token: $token) { subscription { ${PURCHASE} } userErrors { code message } } }`;
  const { resolvePurchase } = await tenure(document, { token });
  const [refusal] = resolvePurchase.userErrors;
  if (refusal) throw new Refused(`${refusal.code}: ${refusal.message}`);
  return resolvePurchase.subscription;
}

/** What the buttons of the page do. */
const ACTIONS = {
  activate: ({ id, plan, licenses }) =>
    change('activateSubscription', { subscriptionId: id, planId: plan.id, licenseQuantity: licenses.purchased }, ''),
  'set-up': ({ id }) => change('completeAppSetup', { subscriptionId: id }, ''),
  assign: ({ id }, form) => change('assignLicenses', { subscriptionId: id, userIds: form.getAll('user') }, ''),
  unassign: ({ id }, form) => change('unassignLicenses', { subscriptionId: id, userIds: form.getAll('user') }, ''),
};

/** Points the publisher's portal links here, and asks for webhooks. */
async function register(address) {
  const { viewer } = await tenure('{ viewer { kind publisher { name } } }');
  if (viewer?.kind !== 'PUBLISHER') throw new Refused('PORTAL_TOKEN is not the token or API key of a publisher.');
  await change('updatePublisher', { portalUrl: address }, '');
  const url = new URL('/webhooks', address).href;
  const { webhookEndpoints } = await tenure('{ webhookEndpoints(first: 100) { nodes { id url removedAt } } }');
  for (const endpoint of webhookEndpoints.nodes.filter((known) => known.url === url && !known.removedAt)) {
    // Its secret was shown once, to whoever ran here before.
    await change('removeWebhookEndpoint', { webhookEndpointId: endpoint.id }, '');
  }
  const { secret } = await change('createWebhookEndpoint', { url, eventTypes: EVENTS }, 'secret');
  webhook = new Webhook(secret);
  return viewer.publisher.name;
}

/** Takes a message of Tenure's: one that is not signed with our secret was not sent by it. */
function receive(body, headers) {
  const event = webhook.verify(body, headers);
  const repeated = received.some(({ id }) => id === event.id);
  const version = Number(event.sequence);
  const late = version < (versions.get(event.subject) ?? 0);
  if (!repeated) {
    if (!late) versions.set(event.subject, version);
    received.unshift({ ...event, late });
    received.length = Math.min(received.length, 50);
  }
}

const escaped = (text) =>
  String(text ?? '').replace(/[&<>"']/g, (c) => `&#${c.codePointAt(0)};`);

function page(title, body) {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escaped(title)}</title>
<meta name="viewport" content="width=device-width"><style>
body { font: 16px/1.5 system-ui; max-width: 44rem; margin: 2rem auto; padding: 0 1rem }
dt { font-weight: 600 } dd { margin: 0 0 .5rem } form { margin: 1rem 0 } li { list-style: none }
button { font: inherit; padding: .3rem 1rem } .refused { border-left: 4px solid #b00; padding-left: 1rem }
</style><h1>${escaped(title)}</h1>${body}</html>`;
}

function form(action, token, inner, label) {
  return `<form method="post" action="/${action}"><input type="hidden" name="token" value="${escaped(token)}">
${inner}<button>${label}</button></form>`;
}

function users(people) {
  const box = ({ id, name, email }) =>
    `<li><label><input type="checkbox" name="user" value="${escaped(id)}"> ${escaped(name)} ${escaped(email)}</label></li>`;
  return `<ul>${people.map(box).join('')}</ul>`;
}

function shown(subscription, token) {
  const { app, plan, organization, licenses, status, disabledReason, purchasedBy } = subscription;
  const may = (action) => subscription.allowedActions.includes(action);
  const holders = subscription.licenseAssignments.nodes.map(({ user }) => user);
  const others = subscription.assignableUsers.nodes.filter(({ id }) => !holders.some((user) => user.id === id));
  const seats = plan.pricingModel === 'PER_LICENSE' ? `${licenses.assigned} of ${licenses.purchased} assigned` : 'unlimited';
  const facts = {
    Customer: `${organization.name} (${organization.country})`,
    'Bought by': purchasedBy ? [purchasedBy.name, purchasedBy.email].filter(Boolean).join(', ') : 'a machine',
    Plan: plan.name,
    Licences: seats,
    Status: disabledReason ? `${status}, ${disabledReason}` : status,
    'Set up': subscription.setUpAt ?? 'not yet',
  };
  const list = Object.entries(facts).map(([term, value]) => `<dt>${term}</dt><dd>${escaped(value)}</dd>`);
  return page(app.name, [
    `<dl>${list.join('')}</dl>`,
    may('ACTIVATE') ? form('activate', token, '', 'Activate') : '',
    status === 'ACTIVE' && !subscription.setUpAt ? form('set-up', token, '', 'Set-up is complete') : '',
    may('ASSIGN_LICENSES') && others.length > 0 ? form('assign', token, users(others), 'Assign licences') : '',
    may('ASSIGN_LICENSES') && holders.length > 0 ? form('unassign', token, users(holders), 'Take licences back') : '',
    `<p><a href="/events?token=${encodeURIComponent(token)}">What happened lately</a></p>`,
  ].join('\n'));
}

function events({ id, app }, token) {
  const row = ({ type, time, sequence, late }) =>
    `<li><time>${escaped(time)}</time> <b>${escaped(type)}</b>, version ${escaped(sequence)}${late ? ', late' : ''}</li>`;
  const own = received.filter(({ subject }) => subject === id);
  const back = `<p><a href="/?token=${encodeURIComponent(token)}">Back</a></p>`;
  return page(`${app.name}: what happened lately`, `<ul>${own.map(row).join('')}</ul>${back}`);
}

async function bodyOf(request) {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) {
    body += chunk;
    if (body.length > LARGEST_BODY) throw new Refused('That is too much.');
  }
  return body;
}

/** The answer to a request: a status, a page, and perhaps where to go on. */
async function answer(request) {
  const url = URL.canParse(request.url, 'http://portal') && new URL(request.url, 'http://portal');
  if (!url) return [400, page('That is no address', '')];
  if (request.method === 'POST' && url.pathname === '/webhooks') {
    receive(await bodyOf(request), request.headers);
    return [204];
  }
  const name = url.pathname.slice(1);
  const action = Object.hasOwn(ACTIONS, name) && ACTIONS[name];
  if (request.method === 'POST' && action) {
    const form = new URLSearchParams(await bodyOf(request));
    const token = form.get('token') ?? '';
    await action(await resolve(token), form);
    return [303, '', `/?token=${encodeURIComponent(token)}`];
  }
  if (request.method !== 'GET') return [404, page('Not found', '')];
  if (url.pathname !== '/' && url.pathname !== '/events') return [404, page('Not found', '')];
  const token = url.searchParams.get('token');
  if (!token) return [200, page('Welcome', '<p>Open the portal from your app.</p>')];
  // Whoever has the token sees what it is about, and nothing of other customers.
  const subscription = await resolve(token);
  return [200, url.pathname === '/' ? shown(subscription, token) : events(subscription, token)];
}

const server = createServer(async (request, response) => {
  let status, body, location;
  try {
    [status, body, location] = await answer(request);
  } catch (error) {
    // The token stands in the address: neither is told to anybody, nor written down.
    if (error instanceof WebhookVerificationError) [status, body] = [401, ''];
    else if (error instanceof Refused) [status, body] = [422, page('That did not work', `<p class="refused">${escaped(error.message)}</p>`)];
    else [status, body] = [500, page('Something is wrong here', '')];
    if (status === 500) console.error(error.message);
  }
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ...(location && { location }),
  });
  response.end(body);
});

server.listen(Number(PORTAL_PORT), '127.0.0.1', async () => {
  const address = `http://127.0.0.1:${server.address().port}/`;
  try {
    if (!PORTAL_TOKEN) throw new Refused('Give the token or API key of a publisher in PORTAL_TOKEN.');
    console.log(`The portal of ${await register(address)} is at ${address}`);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
    server.close();
  }
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => server.close());
