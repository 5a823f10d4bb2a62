// The whole life of app subscriptions, as a front end, a publisher and an operator live it, against a running server with the
// demo's data. The tests build on each other: the clock of the demo only moves forward.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { GraphQLClient } from 'graphql-request';
import { Actor, graphqlUrl } from './actor.mjs';
import { text } from './operations.mjs';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const ada = new Actor('--email', 'ada@contoso.example');
const northwind = new Actor('--publisher', 'northwind');
const operator = new Actor('--operator');

let boards; // the plan "Northwind Boards", monthly, in USD
let vault; // the plan "Northwind Vault", yearly
let main; // the billing profile "Contoso Main"
let spare; // another profile with the same card
let now; // the demo's time, once it was moved
let watch; // everything that Ada sees happen
let copy; // the app bought again, which goes on living
const ended = []; // what was disabled, as it was then

before(async () => {
  const { viewer } = await ada.query('BillingProfiles');
  main = viewer.organization.billingProfiles.nodes.find(({ name }) => name === 'Contoso Main');
  spare = await createProfile('Contoso Spare', main.paymentMethod.id);
  watch = await ada.watch();
});

after(() => Promise.all([ada, northwind, operator].map((actor) => actor.close())));

test('the catalogue is browsed', async () => {
  const client = new GraphQLClient(graphqlUrl, { headers: { authorization: ada.authorization } });
  const { apps } = await client.request(text('Catalog'), { first: 100 });
  const plan = (app, interval) =>
    apps.nodes
      .find(({ name }) => name === app)
      .plans.find(({ billingInterval, price }) => billingInterval === interval && price.currency === 'USD');

  boards = plan('Northwind Boards', 'MONTH');
  assert.deepEqual(boards.price, { amount: '12.50', currency: 'USD' });
  assert.deepEqual([boards.pricingModel, boards.minLicenses, boards.maxLicenses], ['PER_LICENSE', 1, 1000]);

  vault = plan('Northwind Vault', 'YEAR');
  assert.deepEqual(vault.price, { amount: '900.00', currency: 'USD' });
  assert.equal(vault.pricingModel, 'FLAT_RATE');
});

test('a subscription lives from its purchase to its cancellation', async (t) => {
  let subscription;

  await t.test('it is bought', async () => {
    subscription = await buy(boards, { licenseQuantity: 10 });
    assert.equal(subscription.status, 'PENDING_ACTIVATION');
    assert.equal(subscription.purchaseChannel, 'DIRECT');
    assert.equal(subscription.currentPeriod, null);
    assert.equal(Date.parse(subscription.activateBy) - Date.parse(subscription.purchasedAt), 30 * DAY);
    has(subscription.licenses, { purchased: 10, assigned: 0 });
    has(subscription.unitPrice, { amount: '12.50', currency: 'USD' });
    assert.ok(['OPEN_PUBLISHER_PORTAL', 'CANCEL'].every((action) => subscription.allowedActions.includes(action)));
    assert.deepEqual(await invoicesOf(subscription), [], 'nothing is billed before the activation');
  });

  await t.test('the publisher resolves it with the token of the portal link, and activates it', async () => {
    const purchase = { subscriptionId: subscription.id, planId: boards.id, licenseQuantity: 10 };
    await northwind.refused('PORTAL_NOT_OPENED', 'Activate', purchase);

    const { url } = await ada.do('OpenPublisherPortal', { subscriptionId: subscription.id });
    const { resolvePurchase } = await northwind.query('ResolvePurchase', { token: new URL(url).searchParams.get('token') });
    assert.deepEqual(resolvePurchase.userErrors, []);
    assert.equal(resolvePurchase.subscription.id, subscription.id);
    assert.equal(resolvePurchase.subscription.plan.id, boards.id);
    assert.equal(resolvePurchase.subscription.licenses.purchased, 10);

    await northwind.refused('PURCHASE_MISMATCH', 'Activate', { ...purchase, licenseQuantity: 9 });
    ({ subscription } = await northwind.do('Activate', purchase));
    assert.equal(subscription.status, 'ACTIVE');
    assert.equal(subscription.currentPeriod.number, 0);
    await northwind.do('Activate', purchase); // a repeat is a success without an event: see the events below

    const [invoice, ...more] = await invoicesOf(subscription);
    assert.deepEqual(more, []);
    const lines = invoice.lines.map(({ kind, quantity, amount }) => [kind, quantity, amount.amount]);
    assert.deepEqual(lines, [['PERIOD', 10, '125.00']]);
  });

  await t.test('more licences are charged for at once, for the days that are left', async () => {
    await page(subscription);
    const { subscription: changed, invoice } = await ada.do('ChangeLicenseQuantity', {
      subscriptionId: subscription.id,
      quantity: 15,
    });
    const { start, end } = changed.currentPeriod;
    const daysLeft = (Date.parse(end) - Date.parse(invoice.issuedAt.slice(0, 10))) / DAY;
    const cents = Math.floor((5 * 1250 * daysLeft) / ((Date.parse(end) - Date.parse(start)) / DAY) + 0.5);
    assert.deepEqual(invoice.lines.map(({ kind, amount }) => [kind, amount.amount]), [['PRORATION', (cents / 100).toFixed(2)]]);
    assert.equal(invoice.lines[0].subscription.id, subscription.id);
    has(changed.licenses, { purchased: 15, assigned: 0, available: 15, scheduled: null });
    assert.equal(
      ada.remembered('AppPage', { id: subscription.id }).appSubscription.licenses.purchased,
      15,
      'a page that is open shows the change without asking again',
    );
  });

  await t.test('fewer licences wait for the renewal', async () => {
    const payload = await ada.do('ChangeLicenseQuantity', { subscriptionId: subscription.id, quantity: 8 });
    assert.equal(payload.invoice, null);
    has(payload.subscription.licenses, { purchased: 15, assigned: 0, available: 8, scheduled: 8 });
  });

  await t.test('licences are assigned by the customer and taken away by the publisher', async () => {
    const { appSubscription } = await ada.query('AssignableUsers', { id: subscription.id, first: 3 });
    const userIds = appSubscription.assignableUsers.nodes.map((user) => user.id);
    assert.equal(userIds.length, 3);

    let { licenses } = (await ada.do('AssignLicenses', { subscriptionId: subscription.id, userIds })).subscription;
    has(licenses, { assigned: 3, available: 5 });
    ({ licenses } = (
      await northwind.do('UnassignLicenses', { subscriptionId: subscription.id, userIds: userIds.slice(0, 1) })
    ).subscription);
    has(licenses, { assigned: 2, available: 6 });

    const { licenseAssignments } = await page(subscription);
    assert.deepEqual(licenseAssignments.nodes.map(({ user }) => user.id).sort(), userIds.slice(1).sort());
  });

  await t.test('it is cancelled, at once', async () => {
    // Within 72 hours of the charge: the period and the five licences more are credited.
    const cents = ({ amount }) => Math.round(Number(amount) * 100);
    const charged = (await invoicesOf(subscription)).map(({ total }) => cents(total)).reduce((sum, next) => sum + next, 0);
    const { previewCancellation: preview } = await ada.query('PreviewCancellation', { subscriptionId: subscription.id });
    assert.deepEqual(preview.userErrors, []);
    assert.equal(cents(preview.credited), charged);

    const payload = await ada.do('Cancel', { subscriptionId: subscription.id, reason: 'We try something else.' });
    assert.equal(payload.creditNotes.length, 2);
    assert.equal(payload.creditNotes.map(({ total }) => cents(total)).reduce((sum, next) => sum + next, 0), charged);
    subscription = payload.subscription;
    assert.deepEqual([subscription.status, subscription.disabledReason], ['DISABLED', 'CANCELED']);
    assert.equal(subscription.licenses.assigned, 0);
  });

  await t.test('every change was seen as it happened, once and in order', async () => {
    const types = [
      'PURCHASED',
      'ACTIVATED',
      'LICENSE_QUANTITY_CHANGED',
      'LICENSE_DECREASE_SCHEDULED',
      'LICENSES_ASSIGNED',
      'LICENSES_UNASSIGNED',
      'DISABLED',
    ];
    const seen = await watch.until(types.length, subscription);
    assert.deepEqual(seen.map(({ type }) => type), types);
    assert.deepEqual(await history(subscription), types);

    const late = await northwind.watch({ subscriptionId: subscription.id, after: seen[0].id });
    const caughtUp = await late.until(types.length - 1, subscription);
    assert.deepEqual(caughtUp.map(({ id, type }) => [id, type]), seen.slice(1).map(({ id, type }) => [id, type]));
    late.stop();
  });

  await t.test('it is bought again, and both know of each other', async () => {
    copy = await buy(boards, { licenseQuantity: 10, replacesSubscriptionId: subscription.id });
    assert.notEqual(copy.id, subscription.id);
    assert.equal(copy.replaces.id, subscription.id);
    assert.equal((await page(subscription)).replacedBy.id, copy.id);
    await ada.refused('NOT_REPLACEABLE', 'Purchase', {
      planId: boards.id,
      billingProfileId: main.id,
      licenseQuantity: 10,
      replacesSubscriptionId: subscription.id,
    });
    copy = await activate(copy);
    assert.equal(copy.licenses.assigned, 0, 'a copy inherits no licence');
  });

  await staysDisabled(t, subscription);
});

test('a flat rate has no licences to count', async () => {
  const subscription = await activate(await buy(vault));
  assert.equal(subscription.licenses.purchased, null);
  assert.equal(subscription.licenses.available, null);
  await ada.refused('LICENSES_NOT_APPLICABLE', 'ChangeLicenseQuantity', { subscriptionId: subscription.id, quantity: 5 });
});

test('a subscription that is not renewed expires', async (t) => {
  let subscription = await activate(await buy(boards, { licenseQuantity: 2 }));
  ({ subscription } = await ada.do('SetAutoRenew', { subscriptionId: subscription.id, autoRenew: false }));
  const end = Date.parse(subscription.currentPeriod.end);

  await advance(end + HOUR);
  subscription = await page(subscription);
  assert.deepEqual([subscription.status, subscription.disabledReason], ['DISABLED', 'EXPIRED']);
  assert.equal(Date.parse(subscription.disabledAt), end);

  const types = await history(subscription);
  const withoutNotices = types.filter((type) => type !== 'ENDING_SOON');
  assert.deepEqual(withoutNotices, ['PURCHASED', 'ACTIVATED', 'AUTO_RENEW_CHANGED', 'DISABLED']);
  assert.equal(types.at(-1), 'DISABLED');
  await watch.until(types.length, subscription);
  await staysDisabled(t, subscription);
});

test('a subscription that is not paid for lapses', async (t) => {
  const { paymentMethod } = await ada.do('AddPaymentMethod', { kind: 'CARD', gatewayToken: 'card_declined' });
  const declined = await createProfile('Contoso Declined', paymentMethod.id);
  let subscription = await activate(await buy(boards, { licenseQuantity: 2, billingProfileId: declined.id }));

  await t.test('it is past due first', async () => {
    await advance(Date.parse(subscription.activatedAt) + HOUR);
    subscription = await page(subscription);
    assert.deepEqual([subscription.status, subscription.paymentStanding], ['ACTIVE', 'PAST_DUE']);
    await ada.refused('PAYMENT_PAST_DUE', 'ChangeLicenseQuantity', { subscriptionId: subscription.id, quantity: 3 });
  });

  await t.test('it is disabled when the grace ends', async () => {
    const [{ dueAt }] = await invoicesOf(subscription);
    assert.equal(Date.parse(subscription.graceEndsAt) - Date.parse(dueAt), 30 * DAY);
    await advance(Date.parse(subscription.graceEndsAt) + HOUR);
    subscription = await page(subscription);
    assert.deepEqual([subscription.status, subscription.disabledReason], ['DISABLED', 'PAYMENT_LAPSED']);
    assert.deepEqual(await history(subscription), ['PURCHASED', 'ACTIVATED', 'PAYMENT_PAST_DUE', 'DISABLED']);
    await watch.until(4, subscription);
  });

  await staysDisabled(t, subscription);

  await t.test('paying what it owes changes nothing else', async () => {
    const open = (await invoicesOf(subscription)).filter(({ status }) => status === 'OVERDUE' || status === 'DUE');
    assert.ok(open.length > 0);
    for (const { id } of open) {
      const { invoice } = await ada.do('PayInvoice', { invoiceId: id, paymentMethodId: main.paymentMethod.id });
      assert.deepEqual([invoice.status, invoice.amountDue.amount], ['PAID', '0.00']);
    }
    const { status, disabledReason, disabledAt } = await page(subscription);
    assert.deepEqual({ status, disabledReason, disabledAt }, {
      status: 'DISABLED',
      disabledReason: 'PAYMENT_LAPSED',
      disabledAt: subscription.disabledAt,
    });
  });
});

test('twelve months pass in one step', async (t) => {
  const { currentPeriod } = await page(copy);
  const to = new Date(now);
  to.setUTCFullYear(to.getUTCFullYear() + 1);

  await t.test('every run of a job that is reported had work', async () => {
    const jobRuns = await advance(to.getTime());
    assert.ok(jobRuns.length > 0);
  });

  await t.test('what lives was renewed, period by period, each charged once', async () => {
    const renewed = await page(copy);
    assert.equal(renewed.status, 'ACTIVE');
    assert.ok(Date.parse(renewed.currentPeriod.start) <= now && now < Date.parse(renewed.currentPeriod.end));
    assert.equal(renewed.currentPeriod.number, currentPeriod.number + 12);

    const periods = (await invoicesOf(copy))
      .flatMap(({ lines }) => lines)
      .filter(({ kind, subscription }) => kind === 'PERIOD' && subscription.id === copy.id)
      .map(({ period }) => period)
      .sort((a, b) => a.start.localeCompare(b.start));
    assert.equal(periods.length, renewed.currentPeriod.number + 1);
    assert.deepEqual(periods.slice(1).map(({ start }) => start), periods.slice(0, -1).map(({ end }) => end));
  });

  await t.test('what was disabled is as it was', async () => {
    assert.equal(ended.length, 3);
    for (const subscription of ended) {
      assert.deepEqual(lasting(await page(subscription)), lasting(subscription));
    }
  });
});

/** Compares only what is expected. */
function has(actual, expected) {
  assert.deepEqual(Object.fromEntries(Object.keys(expected).map((key) => [key, actual[key]])), expected);
}

async function createProfile(name, paymentMethodId) {
  const { billingProfile } = await ada.do('CreateBillingProfile', {
    name,
    currency: 'USD',
    contact: { name: 'Ada', email: 'ada@contoso.example' },
    billingAddress: { line1: '1 Main Street', city: 'Seattle', region: 'WA', postalCode: '98101', country: 'US' },
    paymentMethodId,
  });
  return billingProfile;
}

async function buy(plan, input = {}) {
  return (await ada.do('Purchase', { planId: plan.id, billingProfileId: main.id, ...input })).subscription;
}

async function activate({ id, plan, licenses }) {
  await ada.do('OpenPublisherPortal', { subscriptionId: id });
  const input = { subscriptionId: id, planId: plan.id, licenseQuantity: licenses.purchased };
  return (await northwind.do('Activate', input)).subscription;
}

async function page({ id }) {
  return (await ada.query('AppPage', { id })).appSubscription;
}

async function invoicesOf({ id }) {
  return (await ada.query('Invoices', { first: 100, filter: { subscriptionId: id } })).invoices.nodes;
}

/** The types of a subscription's events, oldest first. */
async function history(subscription) {
  return (await page(subscription)).events.nodes.map(({ type }) => type).reverse();
}

async function advance(to) {
  const payload = await operator.do('AdvanceClock', { to: new Date(to).toISOString() });
  now = Date.parse(payload.now);
  assert.deepEqual(payload.jobRuns.filter(({ changed, failed }) => changed === 0 && failed === 0), []);
  return payload.jobRuns;
}

/** What nothing changes about a disabled subscription. Its invoices can still be paid and credited, and it can be replaced. */
function lasting({ invoices, paymentStanding, graceEndsAt, allowedActions, replacedBy, ...rest }) {
  return rest;
}

/** Tries everything that would change a subscription, each by someone who may, and sees that nothing has changed. */
async function staysDisabled(t, { id, plan }) {
  const subscriptionId = id;
  const asItWas = await page({ id });
  const seen = watch.of(asItWas).length;
  ended.push(asItWas);
  const { viewer } = await ada.query('BillingProfiles');
  const userIds = viewer.organization.users.nodes.slice(0, 1).map((user) => user.id);
  const cancelled = asItWas.disabledReason === 'CANCELED';

  const attempts = [
    [northwind, 'Activate', { planId: plan.id, licenseQuantity: asItWas.licenses.purchased }],
    [ada, 'OpenPublisherPortal', {}],
    [ada, 'ChangeLicenseQuantity', { quantity: asItWas.licenses.purchased + 1 }],
    [ada, 'ChangeLicenseQuantity', { quantity: asItWas.licenses.purchased }],
    [ada, 'ChangeLicenseQuantity', { quantity: 1 }],
    [ada, 'AssignLicenses', { userIds }],
    [northwind, 'AssignLicenses', { userIds }],
    [ada, 'UnassignLicenses', { userIds }],
    [northwind, 'UnassignLicenses', { userIds }],
    [ada, 'ChangeBillingProfile', { billingProfileId: spare.id }],
    [ada, 'ChangeBillingProfile', { billingProfileId: asItWas.billingProfile.id }],
    [ada, 'SetAutoRenew', { autoRenew: true }],
    [ada, 'SetAutoRenew', { autoRenew: false }],
  ];
  const cancellations = [
    [ada, 'Cancel', { reason: 'Again.' }],
    [operator, 'Cancel', { reason: 'Again.' }],
  ];

  await t.test('every way back is refused', async () => {
    for (const [who, name, input] of cancelled ? attempts : [...attempts, ...cancellations]) {
      await who.refused('DISABLED_IS_TERMINAL', name, { subscriptionId, ...input });
    }
  });

  if (cancelled) {
    await t.test('cancelling it again is a success that does nothing', async () => {
      for (const [who, name, input] of cancellations) {
        const { subscription } = await who.do(name, { subscriptionId, ...input });
        assert.equal(subscription.disabledAt, asItWas.disabledAt);
      }
    });
  }

  await t.test('its buttons are gone, help remains, and nothing has changed', async () => {
    assert.deepEqual(asItWas.allowedActions.filter((action) => !['BUY_AGAIN', 'REQUEST_SUPPORT'].includes(action)), []);
    const help = { subscriptionId, subject: 'Our data', message: 'Can we still export it?' };
    const { supportRequest } = await ada.do('RequestSupport', help);
    assert.ok(supportRequest.id);

    assert.deepEqual(lasting(await page({ id })), lasting(asItWas));
    assert.equal((await watch.until(seen, asItWas)).length, seen, 'no event was added');
  });
}
