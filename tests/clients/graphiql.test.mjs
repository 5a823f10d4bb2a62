// GraphiQL as people use it: in Chromium, with every other host out of reach.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildSchema, parse, validate } from 'graphql';
import { Actor, serverUrl } from './actor.mjs';
import { purchaseBoards } from './boards.mjs';
import { openBrowser } from './browser.mjs';

const { host } = new URL(serverUrl);
const ada = new Actor('--email', 'ada@contoso.example');
const adasToken = ada.authorization.replace('Bearer ', '');

const elsewhere = []; // requests to other hosts
const complaints = []; // what the browser's console and its network log would show in red
const framesSent = []; // over WebSockets

// The examples in its tabs.
const EXAMPLES = ['FirstLook', 'WhatToBuy', 'Purchase', 'ProductPage', 'Watch', 'WhatItCosts', 'Invoices'];

// What has to be in reach of the Tab key.
const NEEDED = ['Execute query (Ctrl-Enter)', 'Show Documentation Explorer', 'Show History', 'Variables', 'Headers', 'WhatToBuy'];

let browser;
let close;
let page;

before(async () => {
  ({ browser, close } = await openBrowser());
  await browser.route('**/*', (route) => {
    const url = new URL(route.request().url());
    if (url.host === host || url.protocol === 'data:' || url.protocol === 'blob:') {
      return route.continue();
    }
    elsewhere.push(url.href);
    return route.abort();
  });

  page = browser.pages()[0] ?? (await browser.newPage());
  page.on('console', (message) => {
    if (message.type() === 'error') {
      complaints.push(message.text());
    }
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('response', (response) => {
    if (response.status() >= 400) {
      complaints.push(`${response.status()} ${response.url()}`);
    }
  });
  page.on('websocket', (socket) => {
    if (new URL(socket.url()).host !== host) {
      elsewhere.push(socket.url());
    }
    socket.on('framesent', ({ payload }) => framesSent.push(JSON.parse(payload)));
  });
});

after(async () => {
  await close?.();
  await ada.close();
});

test('a link with a token opens the page and leaves no token in the address bar', async () => {
  const response = await page.goto(`${serverUrl}/graphiql#token=${adasToken}`);
  assert.equal(response.status(), 200);
  assert.match(response.headers()['content-security-policy'] ?? '', /script-src 'self'(;|$)/);
  await editor('query').waitFor();
  await poll(async () => (await textOf('headers')).includes(adasToken));
  assert.deepEqual(JSON.parse(await textOf('headers')), { Authorization: `Bearer ${adasToken}` });
  assert.equal(page.url(), `${serverUrl}/graphiql`);
});

test('the query that stands there is ready to run', async () => {
  await runButton().click();
  assert.match(await answer(/Contoso/), /"name": "Contoso"/);
});

test('a subscription shows an event that another client causes', async () => {
  await write('subscription { appSubscriptionEvents { type } }');
  await runButton().click();
  await poll(() => framesSent.some(({ type }) => type === 'subscribe'));
  assert.deepEqual(framesSent.find(({ type }) => type === 'connection_init').payload, { Authorization: `Bearer ${adasToken}` });
  await sleep(500);

  await purchaseBoards(ada, 1);
  assert.match(await answer(/appSubscriptionEvents/), /"type": "PURCHASED"/);

  await runButton().click();
  await poll(() => framesSent.some(({ type }) => type === 'complete'));
});

test('the documentation explains the schema', async () => {
  await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
  const docs = page.locator('.graphiql-doc-explorer');
  await docs.getByRole('link', { name: 'Query', exact: true }).click();
  const link = page.getByRole('link', { name: 'viewer', exact: true });
  const viewer = docs.locator('.graphiql-doc-explorer-item').filter({ has: link });
  assert.match(await viewer.locator('.graphiql-markdown-description').innerText(), /\w+ \w+/);
});

test('a reload keeps the tab and its token', async () => {
  await sleep(1000); // GraphiQL stores what was typed half a second later
  await page.reload();
  await editor('query').waitFor();
  await poll(async () => (await textOf('headers')).includes(adasToken));
  assert.match(await textOf('query'), /appSubscriptionEvents/);
  assert.equal(await page.locator('.graphiql-tab').count(), EXAMPLES.length);
});

test('each example is valid, and stands in a tab with the token', async () => {
  const examples = await page.evaluate(() => window.tenureExamples);
  assert.deepEqual(examples.map(({ query }) => parse(query).definitions[0].name.value), EXAMPLES);
  const schema = buildSchema(await readFile(new URL('../../schema.graphql', import.meta.url), 'utf8'));
  for (const { query } of examples) {
    assert.deepEqual(validate(schema, parse(query)), []);
  }
  const { tabs } = await page.evaluate(() => JSON.parse(sessionStorage.getItem('graphiql:tabState')));
  assert.deepEqual(tabs.slice(1).map(({ title }) => title), EXAMPLES.slice(1), 'the first was written over above');
  for (const { headers } of tabs) {
    assert.deepEqual(JSON.parse(headers), { Authorization: `Bearer ${adasToken}` });
  }
});

test('the examples lead from what there is to what was bought', async () => {
  const { apps, viewer } = await runs('WhatToBuy');
  const plan = apps.nodes.find(({ name }) => name === 'Northwind Boards').plans.find(({ name }) => name === 'Monthly');
  const profile = viewer.organization.billingProfiles.nodes.find(({ name }) => name === 'Contoso Main');
  const input = { planId: plan.id, billingProfileId: profile.id, licenseQuantity: 3 };
  const { purchaseSubscription } = await runs('Purchase', { input });
  assert.deepEqual(purchaseSubscription.userErrors, []);
  const { id } = purchaseSubscription.subscription;
  const { appSubscription } = await runs('ProductPage', { id });
  assert.deepEqual([appSubscription.status, appSubscription.events.nodes[0].type], ['PENDING_ACTIVATION', 'PURCHASED']);
  assert.equal((await runs('WhatItCosts', { id, quantity: 4 })).previewLicenseChange.userErrors[0].code, 'NOT_ACTIVE');
  assert.ok('totalCount' in (await runs('Invoices')).invoices);
});

test('it is used by the keyboard alone', async () => {
  await tab('Invoices').click();
  await editor('query').click();
  const inEditor = () => page.evaluate(() => document.activeElement.closest('.CodeMirror') !== null);
  assert.ok(await inEditor());
  const before = await textOf('query');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Tab');
  assert.ok(!(await inEditor()), 'Escape and then Tab leaves the editor');
  assert.equal(await textOf('query'), before, 'and writes nothing');

  const met = new Set();
  for (let i = 0; i < 80 && !NEEDED.every((name) => met.has(name)); i += 1) {
    met.add(
      await page.evaluate(() => {
        const { ariaLabel, innerText } = document.activeElement;
        return (ariaLabel || innerText || '').trim();
      }),
    );
    await page.keyboard.press('Escape');
    await page.keyboard.press('Tab');
  }
  assert.deepEqual(NEEDED.filter((name) => !met.has(name)), [], `met ${[...met].join(', ')}`);

  await editor('query').click();
  await page.locator('.result-window').evaluate((element) => element.querySelector('.CodeMirror')?.CodeMirror.setValue(''));
  await page.keyboard.press('ControlOrMeta+Enter');
  assert.match(await answer(/"invoices"/), /"invoices"/);
});

test('it is dark where people prefer that, and light elsewhere', async () => {
  const brightness = () =>
    page.evaluate(() => {
      // Whatever notation a colour has, a canvas knows its numbers.
      const context = document.createElement('canvas').getContext('2d');
      const container = document.querySelector('.graphiql-container');
      context.fillStyle = getComputedStyle(container).backgroundColor;
      context.fillRect(0, 0, 1, 1);
      return Math.max(...context.getImageData(0, 0, 1, 1).data.slice(0, 3));
    });
  await page.emulateMedia({ colorScheme: 'dark' });
  assert.ok((await brightness()) < 80, `dark is ${await brightness()}`);
  await page.emulateMedia({ colorScheme: 'light' });
  assert.ok((await brightness()) > 200, `light is ${await brightness()}`);
  await page.getByRole('button', { name: 'Open settings dialog' }).click();
  await page.getByRole('button', { name: 'Dark', exact: true }).click();
  assert.ok((await brightness()) < 80, `dark by choice is ${await brightness()}`);
  await page.keyboard.press('Escape');
});

test('no other host was asked for anything, and the browser had nothing to complain about', () => {
  assert.deepEqual(elsewhere, []);
  assert.deepEqual(complaints, []);
});

function editor(name) {
  const place = { query: '.graphiql-query-editor', headers: '.graphiql-editor-tool .graphiql-editor:not(.hidden)' }[name];
  return page.locator(`${place} .CodeMirror`);
}

/** All of an editor's text: its page shows only the lines that are in view. */
async function textOf(name) {
  return editor(name).evaluate((element) => element.CodeMirror.getValue());
}

async function write(query, place = 'query') {
  await editor(place).click();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.press('Delete');
  await page.keyboard.insertText(query);
  assert.equal(await textOf(place), query);
  await sleep(500); // GraphiQL reads what was typed a tenth of a second later
}

function runButton() {
  return page.locator('.graphiql-execute-button');
}

/** The answer that is shown, once it looks as expected, or what is shown after ten seconds instead. */
async function answer(expected) {
  const read = async () => (await page.locator('.result-window').innerText()).replaceAll('\u00a0', ' ');
  await poll(async () => expected.test(await read()), 10_000).catch(() => {});
  return read();
}

function tab(name) {
  return page.locator('.graphiql-tab').getByText(name, { exact: true });
}

/** Runs an example with these variables, and gives its data. */
async function runs(name, variables) {
  await tab(name).click();
  await poll(async () => (await textOf('query')).includes(name));
  if (variables) {
    await page.getByRole('button', { name: 'Variables', exact: true }).click();
    await write(JSON.stringify(variables), 'headers');
    await page.getByRole('button', { name: 'Headers', exact: true }).click();
  }
  const answered = page.waitForResponse((response) => response.request().postDataJSON?.()?.operationName === name);
  await runButton().click();
  const { data, errors } = await (await answered).json();
  assert.equal(errors, undefined, name);
  return data;
}

async function poll(condition, patience = 20_000) {
  const end = Date.now() + patience;
  while (!(await condition())) {
    assert.ok(Date.now() < end, `waited ${patience} ms for ${condition}`);
    await sleep(100);
  }
}
