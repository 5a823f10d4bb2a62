// Northwind Boards, bought and activated through the API.

/** An active subscription of this customer to Northwind Boards, monthly in US dollars. */
export async function buyBoards(customer, publisher, licenseQuantity) {
  const bought = await purchaseBoards(customer, licenseQuantity);
  await customer.do('OpenPublisherPortal', { subscriptionId: bought.id });
  const { subscription } = await publisher.do('Activate', { subscriptionId: bought.id, planId: bought.plan.id, licenseQuantity });
  return subscription;
}

/** The same, not activated yet. */
export async function purchaseBoards(customer, licenseQuantity) {
  const { apps } = await customer.query('Catalog', { first: 100 });
  const plan = apps.nodes
    .find(({ name }) => name === 'Northwind Boards')
    .plans.find(({ billingInterval, price }) => billingInterval === 'MONTH' && price.currency === 'USD');
  const { viewer } = await customer.query('BillingProfiles');
  const profile = viewer.organization.billingProfiles.nodes.find(({ name }) => name === 'Contoso Main');
  const input = { planId: plan.id, billingProfileId: profile.id, licenseQuantity };
  return (await customer.do('Purchase', input)).subscription;
}
