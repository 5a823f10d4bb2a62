// GraphiQL as people use it: in Chromium, with every other host out of reach.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { Actor, serverUrl } from './actor.mjs';

const { host } = new URL(serverUrl);
const ada = new Actor('--email', 'ada@contoso.example');
const adasToken = ada.authorization.replace('Bearer ', '');

const elsewhere = []; // requests to other hosts
const complaints = []; // what the browser's console and its network log would show in red
const framesSent = []; // over WebSockets

let directory;
let browser;
let page;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tenure-graphiql-'));
  browser = await chromium.launchPersistentContext(join(directory, 'profile'), {
    executablePath: process.env.CHROME ?? '/usr/bin/chromium',
    headless: true,
    viewport: { width: 1400, height: 900 },
    serviceWorkers: 'block',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
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
  await browser?.close();
  await ada.close();
  await rm(directory, { recursive: true, force: true, maxRetries: 5 });
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

  await buySomething();
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
  assert.equal(await page.locator('.graphiql-tab').count(), 1);
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

async function write(query) {
  await editor('query').click();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.press('Delete');
  await page.keyboard.insertText(query);
  assert.equal(await textOf('query'), query);
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

async function poll(condition, patience = 20_000) {
  const end = Date.now() + patience;
  while (!(await condition())) {
    assert.ok(Date.now() < end, `waited ${patience} ms for ${condition}`);
    await sleep(100);
  }
}

async function buySomething() {
  const { apps } = await ada.query('Catalog', { first: 100 });
  const plan = apps.nodes
    .find(({ name }) => name === 'Northwind Boards')
    .plans.find(({ billingInterval, price }) => billingInterval === 'MONTH' && price.currency === 'USD');
  const { viewer } = await ada.query('BillingProfiles');
  const profile = viewer.organization.billingProfiles.nodes.find(({ name }) => name === 'Contoso Main');
  await ada.do('Purchase', { planId: plan.id, billingProfileId: profile.id, licenseQuantity: 1 });
}
