// GraphiQL in Chromium with every other host out of reach: a query and a subscription are typed and run, and what an invalid document
// answers is shown, as is the documentation.
import { openBrowser } from '../browser.mjs';
import { Checks } from './checks.mjs';

const { GRAPHQL_URL, AUTH } = process.env;
const { host, origin } = new URL(GRAPHQL_URL);
const checks = new Checks();
const outside = [];
const errors = [];
const missing = [];
let posts = 0;

const { browser, close } = await openBrowser('--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost');
try {
  const page = browser.pages()[0] ?? (await browser.newPage());
  await page.route('**/*', (route) => {
    const url = new URL(route.request().url());
    if (url.host === host || ['data:', 'blob:'].includes(url.protocol)) {
      return route.continue();
    }
    outside.push(url.href);
    return route.abort();
  });
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('request', (request) => {
    posts += request.method() === 'POST' && request.url() === GRAPHQL_URL ? 1 : 0;
  });
  page.on('response', (response) => {
    if (response.status() >= 400 && response.request().resourceType() !== 'fetch') {
      missing.push(`${response.status()} ${response.url()}`);
    }
  });

  const opened = await page.goto(`${origin}/graphiql`);
  checks.that(opened.status() === 200, 'the page is there', opened.status());
  checks.that(/^text\/html/.test(opened.headers()['content-type']), 'it is HTML', opened.headers()['content-type']);
  const query = page.locator('.graphiql-query-editor .CodeMirror').first();
  await checks.done('the editor appears', () => query.waitFor({ timeout: 20_000 }));

  const write = async (place, text) => {
    await place.click();
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.press('Delete');
    await page.keyboard.insertText(text);
    await page.waitForTimeout(500); // GraphiQL reads what was typed a moment later
  };
  const run = async (text) => {
    await write(query, text);
    await page.locator('.graphiql-execute-button').click();
  };
  const shows = (text) => page.locator('.result-window').getByText(text).first().waitFor({ timeout: 20_000 });

  await write(page.locator('.graphiql-editor-tool .graphiql-editor:not(.hidden) .CodeMirror').last(), JSON.stringify({ Authorization: AUTH }));
  await checks.done('a query is answered', async () => {
    await run('{ __typename probe: __typename }');
    await shows('"probe"');
  });
  checks.that(posts > 0, 'it posts to the server', `${posts} requests`);
  await checks.done('an invalid document shows its errors', async () => {
    await run('{ nothingOfThisName }');
    await shows('"errors"');
  });
  await checks.done('a subscription shows what happens', async () => {
    await run('subscription { appSubscriptionEvents { id type } }');
    await shows('"appSubscriptionEvents"');
    await page.locator('.graphiql-execute-button').click();
  });
  await checks.done('the documentation is there', async () => {
    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
    await page.locator('.graphiql-doc-explorer').getByRole('link', { name: 'Query', exact: true }).waitFor({ timeout: 20_000 });
  });
  checks.that(outside.length === 0, 'no request is for another host', outside[0]);
  checks.that(missing.length === 0, 'no file is missing', missing[0]);
  checks.that(errors.length === 0, 'no script fails', errors[0]);
} finally {
  await close();
}
checks.end();
