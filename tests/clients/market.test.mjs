// The marketplace's other doors, as partners, operators and their customers use them, against a running server with the demo's
// data. Behind the life of a subscription: the agreement that this publishes has to be accepted by whoever buys later.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Actor } from './actor.mjs';

const DAY = 24 * 3_600_000;

const wendy = new Actor('--email', 'wendy@woodgrove.example');
const aki = new Actor('--email', 'aki@adatum.example');
const tailspin = new Actor('--partner', 'tailspin');
const northwind = new Actor('--publisher', 'northwind');
const operator = new Actor('--operator');

const ids = {};
let now; // the demo's time
let boards; // the plan "Northwind Boards", monthly, in USD
let sign; // the plan "Litware Sign", which is not sold in Great Britain

before(async () => {
  for (const [name, actor, profile] of [['woodgrove', wendy, 'Woodgrove Main'], ['adatum', aki, 'Adatum Main']]) {
    const { viewer } = await actor.query('BillingProfiles');
    const found = viewer.organization.billingProfiles.nodes.find((node) => node.name === profile);
    ids[name] = { organizationId: (await actor.query('Viewer')).viewer.organization.id, profile: found.id };
  }
  const { viewer } = await tailspin.query('PartnerHome');
  ids.tailspin = viewer.partner.billingProfiles.nodes.find(({ currency }) => currency === 'USD').id;
  const { apps } = await northwind.query('Catalog', { first: 100 });
  const plan = (app, test) => apps.nodes.find(({ name }) => name === app).plans.find(test);
  boards = plan('Northwind Boards', ({ billingInterval, price }) => billingInterval === 'MONTH' && price.currency === 'USD');
  sign = plan('Litware Sign', () => true);
  // What has just been bought says what time it is there.
  const { organizationId } = ids.woodgrove;
  const purchase = { planId: boards.id, licenseQuantity: 1, billingProfileId: ids.tailspin, organizationId };
  const { subscription } = await tailspin.do('Purchase', purchase);
  now = Date.parse(subscription.purchasedAt);
  await tailspin.do('Cancel', { subscriptionId: subscription.id });
});

after(() => Promise.all([wendy, aki, tailspin, northwind, operator].map((actor) => actor.close())));

/** What the operator offers. */
async function offered(to, lines, expiresIn = 10 * DAY) {
  const expiresAt = new Date(now + expiresIn).toISOString();
  const input = { organizationId: ids[to].organizationId, message: 'As we spoke about.', expiresAt, lines };
  return (await operator.do('CreateProposal', input)).proposal;
}

const line = (unitPrice, licenseQuantity = 5) => ({ planId: boards.id, licenseQuantity, unitPrice });
const accepting = ({ id, revision }, by = 'woodgrove') => ({
  proposalId: id,
  revision,
  billingProfileId: ids[by].profile,
});
const bought = async (actor) => (await actor.query('Products', { first: 1 })).appSubscriptions.totalCount;

test('a partner buys, and the customer leaves it to the partner', async () => {
  const purchase = { planId: boards.id, licenseQuantity: 3, billingProfileId: ids.tailspin };
  const { subscription } = await tailspin.do('Purchase', { ...purchase, organizationId: ids.woodgrove.organizationId });
  assert.equal(subscription.purchaseChannel, 'PARTNER');
  await wendy.refused('MANAGED_BY_PARTNER', 'Cancel', { subscriptionId: subscription.id });
  const { appSubscription } = await wendy.query('AppPage', { id: subscription.id });
  assert.equal(appSubscription.unitPrice, null, 'what the partner pays is not for the customer to see');
  await tailspin.do('Cancel', { subscriptionId: subscription.id });
});

test('of a proposal with a line that cannot be sold nothing is bought', async () => {
  const before = await bought(wendy);
  const euros = boards.price.currency === 'EUR' ? boards : await planInEuros();
  const proposal = await offered('woodgrove', [
    { planId: euros.id, licenseQuantity: 2 },
    { planId: sign.id },
  ]);
  const profile = await profileInEuros();
  await wendy.refused('PLAN_NOT_AVAILABLE', 'AcceptProposal', { ...accepting(proposal), billingProfileId: profile });
  assert.equal(await bought(wendy), before);
});

async function planInEuros() {
  const { apps } = await northwind.query('Catalog', { first: 100 });
  return apps.nodes.flatMap(({ plans }) => plans).find(({ price, pricingModel }) => price.currency === 'EUR' && pricingModel === 'PER_LICENSE');
}

async function profileInEuros() {
  const { paymentMethod } = await wendy.do('AddPaymentMethod', { kind: 'CARD', gatewayToken: 'card_ok' });
  const { billingProfile } = await wendy.do('CreateBillingProfile', {
    name: 'Woodgrove Euros',
    currency: 'EUR',
    contact: { name: 'Accounts payable', email: 'billing@woodgrove.example' },
    billingAddress: { line1: '1 Main Street', city: 'London', postalCode: 'N1', country: 'GB' },
    paymentMethodId: paymentMethod.id,
  });
  return billingProfile.id;
}

test('a proposal that was revised meanwhile is not the one that was seen', async () => {
  const proposal = await offered('woodgrove', [line('10.00')]);
  const { proposal: revised } = await operator.do('ReviseProposal', { proposalId: proposal.id, lines: [line('9.00')] });
  assert.equal(revised.revision, proposal.revision + 1);
  await wendy.refused('PROPOSAL_CHANGED', 'AcceptProposal', accepting(proposal));
  const { proposal: accepted } = await wendy.do('AcceptProposal', accepting({ ...proposal, ...revised }));
  assert.deepEqual(accepted.subscriptions.map(({ unitPrice }) => unitPrice.amount), ['9.00']);
});

test('accepted twice at once it is bought once', async () => {
  const proposal = await offered('woodgrove', [line('10.00'), line('11.00')]);
  const before = await bought(wendy);
  const answers = await Promise.allSettled([1, 2, 3].map(() => wendy.do('AcceptProposal', accepting(proposal))));
  assert.ok(answers.some(({ status }) => status === 'fulfilled'));
  assert.equal(await bought(wendy), before + 2);
});

test('nothing is sold to Adatum, by any of the three channels', async () => {
  const purchase = { planId: boards.id, licenseQuantity: 1 };
  await aki.refused('REGION_NOT_SUPPORTED', 'Purchase', { ...purchase, billingProfileId: ids.adatum.profile });
  const { organizationId } = ids.adatum;
  await tailspin.refused('REGION_NOT_SUPPORTED', 'Purchase', { ...purchase, billingProfileId: ids.tailspin, organizationId });
  const proposal = await offered('adatum', [line('10.00')]);
  await aki.refused('REGION_NOT_SUPPORTED', 'AcceptProposal', accepting(proposal, 'adatum'));
});

test('the demo has an offer for Woodgrove, or had one', async () => {
  const { proposals } = await wendy.query('Proposals', { first: 100 });
  const first = proposals.nodes.at(-1);
  assert.equal(first.lines.length, 2);
  assert.ok(['OPEN', 'EXPIRED'].includes(first.status));
});

test('a new agreement stops the next purchase and no renewal', async () => {
  const purchase = { planId: boards.id, licenseQuantity: 2, billingProfileId: ids.woodgrove.profile };
  const { subscription } = await wendy.do('Purchase', purchase);
  await wendy.do('OpenPublisherPortal', { subscriptionId: subscription.id });
  await northwind.do('Activate', { subscriptionId: subscription.id, planId: boards.id, licenseQuantity: 2 });
  const version = `after ${now}`;
  await operator.do('PublishCustomerAgreement', { version, url: 'https://tenure.example/agreement' });
  await wendy.refused('AGREEMENT_NOT_ACCEPTED', 'Purchase', purchase);
  await operator.do('AdvanceClock', { to: new Date(now + 40 * DAY).toISOString() });
  const { appSubscription } = await wendy.query('AppPage', { id: subscription.id });
  assert.equal(appSubscription.currentPeriod.number, 1);
  await wendy.do('AcceptCustomerAgreement', { version });
  await wendy.do('Purchase', purchase);
});
