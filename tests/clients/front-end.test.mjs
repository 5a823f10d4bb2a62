// The page docs/front-end.md: its files are taken out of it, compiled by relay-compiler, type-checked, built, and used in Chromium
// against a demo of its own, which lets the page in.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import babel from '@babel/core';
import { build } from 'esbuild';
import { buyBoards } from './boards.mjs';
import { openBrowser } from './browser.mjs';
import { Tenure } from './tenure.mjs';

const run = promisify(execFile);
const here = dirname(fileURLToPath(import.meta.url));
const directory = join(here, '.front-end');
const bin = join(here, 'node_modules', '.bin');
const SITE = 'http://localhost:5173';

// Actors are those of the server that DEMO_URL names.
const home = await mkdtemp(join(tmpdir(), 'tenure-front-end-'));
const demo = await Tenure.start({ TENURE_CORS_ORIGINS: SITE }, home, 'demo', '--listen', '127.0.0.1:0');
Object.assign(process.env, { DEMO_URL: demo.url, DEMO_DIR: home });
const { Actor, serverUrl } = await import('./actor.mjs');

const ada = new Actor('--email', 'ada@contoso.example');
const northwind = new Actor('--publisher', 'northwind');
const token = ada.authorization.replace('Bearer ', '');

let chromium;

before(async () => {
  await rm(directory, { recursive: true, force: true });
  const page = await readFile(join(here, '../../docs/front-end.md'), 'utf8');
  const files = [...page.matchAll(/^```\w+ (\S+)\n([\s\S]*?)^```$/gm)];
  assert.ok(files.length > 12, 'the page has its files');
  for (const [, name, text] of files) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), text);
  }
  await copyFile(join(here, '../../schema.graphql'), join(directory, 'schema.graphql'));
  // What a project made by Vite has.
  await writeFile(join(directory, 'vite-env.d.ts'), 'interface ImportMeta { readonly env: { readonly VITE_TENURE?: string } }\n');
  await writeFile(
    join(directory, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        strict: true,
        noEmit: true,
        skipLibCheck: true,
        jsx: 'react-jsx',
        target: 'es2022',
        module: 'esnext',
        moduleResolution: 'bundler',
        lib: ['es2023', 'dom', 'dom.iterable'],
        types: [],
      },
    }),
  );
  // The test answers for the site, which no server serves: the browser cannot know that it is on this machine too.
  chromium = await openBrowser('--disable-features=LocalNetworkAccessChecks');
});

after(async () => {
  await chromium?.close();
  await Promise.all([ada.close(), northwind.close()]);
  assert.equal(await demo.stop(), 0);
  await rm(home, { recursive: true, force: true, maxRetries: 5 });
});

test('relay-compiler takes the documents of the page', async () => {
  await succeeds(join(bin, 'relay-compiler'), []);
});

test('the files of the page type-check', async () => {
  await succeeds(join(bin, 'tsc'), ['--project', '.']);
});

for (const client of ['apollo', 'urql', 'relay']) {
  describe(client, () => {
    let page;
    let sockets; // those of the page
    let watching = false; // it asked for live updates
    let cut = false; // none of its sockets may stay open
    let quantity = 10;
    let bought;

    before(async () => {
      const script = await bundled(client);
      // The newest are first in the list, which shows two at a time.
      bought = [];
      for (let i = 0; i < 3; i += 1) {
        bought.unshift(await buyBoards(ada, northwind, 10));
      }
      page = await chromium.browser.newPage();
      await page.route(`${SITE}/**`, (route) =>
        new URL(route.request().url()).pathname === '/main.js'
          ? route.fulfill({ contentType: 'text/javascript', body: script })
          : route.fulfill({ contentType: 'text/html', body: '<div id="root"></div><script type="module" src="/main.js"></script>' }),
      );
      sockets = new Set();
      await page.routeWebSocket(`${serverUrl.replace(/^http/, 'ws')}/graphql`, (socket) => {
        if (cut) {
          return socket.close({ code: 1012 });
        }
        sockets.add(socket);
        const server = socket.connectToServer();
        socket.onMessage((message) => {
          watching ||= JSON.parse(message).type === 'subscribe';
          server.send(message);
        });
        return undefined;
      });
      await page.addInitScript((value) => {
        sessionStorage.token ??= value;
      }, token);
      await page.goto(SITE);
    });

    after(() => page?.close());

    test('the products come page by page', async () => {
      const products = page.locator('li button');
      await products.nth(1).waitFor();
      assert.equal(await products.count(), 2);
      await page.getByRole('button', { name: 'More' }).click();
      await products.nth(2).waitFor();
      assert.deepEqual(new Set(await products.allInnerTexts()), new Set(['Northwind Boards']));
    });

    test('one of them is shown', async () => {
      await page.locator('li button').first().click();
      await shows('status', 'ACTIVE');
      await shows('licences', '10');
    });

    test('what others change is shown at once', async () => {
      // Nothing says when a subscription has begun, so that the first changes may come too early for it.
      const end = Date.now() + 60_000;
      for (let shown = false; !shown; ) {
        assert.ok(Date.now() < end, 'no change was shown');
        if (!watching) {
          await sleep(100);
          continue;
        }
        quantity += 1;
        await ada.do('ChangeLicenseQuantity', { subscriptionId: bought[0].id, quantity });
        shown = await shows('licences', String(quantity), 5_000).then(() => true, () => false);
      }
    });

    test('what happened while the connection was broken is shown afterwards', async () => {
      cut = true;
      for (const socket of sockets) {
        await socket.close({ code: 1012 });
      }
      quantity += 1;
      await ada.do('ChangeLicenseQuantity', { subscriptionId: bought[0].id, quantity });
      cut = false;
      await shows('licences', String(quantity));
    });

    test('a change that is accepted is shown, and one that is refused says why', async () => {
      await change(50);
      await shows('licences', '50');
      await change(100_000);
      await says(/licences/);
      await shows('licences', '50');
    });

    test('pressed again for want of an answer, it is done once', async () => {
      const sent = [];
      const lose = async (route) => {
        const { query, variables } = route.request().postDataJSON() ?? {};
        if (!query?.startsWith('mutation')) {
          return route.continue();
        }
        sent.push(variables.input);
        if (sent.length > 1) {
          return route.continue();
        }
        await route.fetch(); // it is done, and nobody hears of it
        return route.abort();
      };
      await page.route(`${serverUrl}/graphql`, lose);
      await change(60);
      await says(/try again/i);
      await change(60);
      await page.getByRole('alert').waitFor({ state: 'detached' });
      await shows('licences', '60');
      await change(70);
      await shows('licences', '70');
      await page.unroute(`${serverUrl}/graphql`, lose);
      const [first, again, other] = sent.map(({ idempotencyKey }) => idempotencyKey);
      assert.ok(first);
      assert.equal(again, first);
      assert.notEqual(other, first);
    });

    test('whoever has no good token is asked to sign in', async () => {
      await page.evaluate(() => sessionStorage.setItem('token', 'not.a.token'));
      await page.reload();
      await says(/sign in again/i);
    });

    const shows = (id, text, timeout = 30_000) =>
      page.locator(`#${id}`).and(page.getByText(text, { exact: true })).waitFor({ timeout });

    const says = (words) => page.getByRole('alert').filter({ hasText: words }).first().waitFor();

    async function change(quantity) {
      await page.getByLabel('Licences').fill(String(quantity));
      await page.getByRole('button', { name: 'Change' }).click();
    }
  });
}

/** Runs a program in the directory of the page's files. */
async function succeeds(program, args) {
  await run(program, args, { cwd: directory, maxBuffer: 10_000_000 }).catch(({ stdout, stderr, message }) => {
    assert.fail(stdout + stderr || message);
  });
}

/** One of the three front ends as a script for browsers. */
async function bundled(client) {
  const { outputFiles } = await build({
    absWorkingDir: directory,
    entryPoints: [`${client}/main.tsx`],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    define: { 'import.meta.env.VITE_TENURE': JSON.stringify(serverUrl), 'process.env.NODE_ENV': '"production"' },
    plugins: client === 'relay' ? [relay] : [],
    logLevel: 'silent',
  });
  return outputFiles[0].text;
}

/** What babel-plugin-relay does in a build. */
const relay = {
  name: 'relay',
  setup({ onLoad }) {
    onLoad({ filter: /\.front-end[/\\]relay[/\\][^/\\]+\.tsx$/ }, async ({ path }) => {
      const { code } = await babel.transformAsync(await readFile(path, 'utf8'), {
        filename: path,
        cwd: directory,
        babelrc: false,
        configFile: false,
        parserOpts: { plugins: ['typescript', 'jsx'] },
        plugins: [['relay', { eagerEsModules: true }]],
      });
      return { contents: code, loader: 'tsx' };
    });
  },
};
