// Runs the conformance tools against `tenure demo`, and against two API processes on one PostgreSQL, of which one answers over HTTP and
// the other on WebSockets. `--npm` leaves out what needs more than npm packages.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import * as documents from 'tenure-documents';
import { GraphQLClient } from 'graphql-request';
import { Tenure } from '../tenure.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const run = promisify(execFile);
const program = process.env.DEMO_BIN;
const npmOnly = process.argv.includes('--npm');
const total = { passed: 0, failed: 0 };

const directory = await mkdtemp(join(tmpdir(), 'tenure-conformance-'));
const running = [];
try {
  await againstDemo();
  await againstReplicas();
} catch (error) {
  total.failed += 1;
  console.log(`FAIL it could not be run to its end: ${error.stack}`);
} finally {
  running.forEach((process) => process.kill());
  await rm(directory, { recursive: true, force: true, maxRetries: 5 });
}
console.log(`conformance: ${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);

async function againstDemo() {
  const place = join(directory, 'demo');
  await mkdir(place);
  const demo = await start({}, place, 'demo', '--listen', '127.0.0.1:0');
  const sdl = join(directory, 'schema.graphql');
  await writeFile(sdl, (await run(program, ['schema'], { maxBuffer: 50_000_000 })).stdout);
  await suites('tenure demo', { http: demo.url, socket: demo.url, sdl, place, env: {} });
  await suite('the schema', 'node', ['schema.mjs'], { SDL: sdl });
  assert.equal(await demo.stop(), 0, 'the demo stops');
}

async function againstReplicas() {
  const database = process.env.TEST_POSTGRES_URL;
  assert.ok(database, 'TEST_POSTGRES_URL is not set; run.sh sets it');
  const place = join(directory, 'replicas');
  await mkdir(place);
  // The people and apps of a demo, which then serves no more.
  const demo = await start({}, place, 'demo', '--listen', '127.0.0.1:0', '--database', database);
  assert.equal(await demo.stop(), 0, 'the demo stops');
  const secret = (await readFile(join(place, 'tenure-demo.secret'), 'utf8')).trim();
  const env = { DATABASE_URL: database, TENURE_AUTH_SECRET: secret, TENURE_SANDBOX: 'true', TENURE_LISTEN: '127.0.0.1:0' };
  const [one, other] = await Promise.all([start(env, place, 'api'), start(env, place, 'api')]);
  const sdl = join(directory, 'schema.graphql');
  await suites('two API processes on PostgreSQL', { http: one.url, socket: other.url, sdl, place, env });
  // The second one is spoken to over HTTP as well.
  await suite('GraphQL over HTTP, second process', 'node', ['http.mjs'], await asAda({ http: other.url, socket: one.url, sdl, place, env }));
  assert.deepEqual([await one.stop(), await other.stop()], [0, 0], 'the processes stop');
}

/** All suites that speak to a server. */
async function suites(name, server) {
  const env = await asAda(server);
  await suite(`GraphQL over HTTP, ${name}`, 'node', ['http.mjs'], env);
  const changes = await somethingHappens(server);
  try {
    await suite(`clients, ${name}`, 'node', ['clients.mjs'], env);
    if (!npmOnly) {
      await suite(`client of Python, ${name}`, await python(), ['clients.py'], env);
      await suite(`client of Rust, ${name}`, 'bash', ['rust.sh'], env);
      await suite(`GraphiQL in Chromium, ${name}`, 'node', ['graphiql.mjs'], env);
    }
  } finally {
    await changes.stop();
  }
}

/** What suites are told: the server, and who asks for what. */
async function asAda(server) {
  const ada = await client(server, '--email', 'ada@contoso.example');
  const { id, input } = await purchase(ada);
  return {
    GRAPHQL_URL: `${server.http}/graphql`,
    GRAPHQL_WS_URL: `${server.socket.replace(/^http/, 'ws')}/graphql`,
    AUTH: ada.authorization,
    SDL: server.sdl,
    VARS: JSON.stringify({ KitOne: { id }, KitCreate: { input } }),
  };
}

/** Somebody with a token and a client. */
async function client({ http, place, env }, ...who) {
  const { stdout } = await run(program, ['token', ...who], { cwd: place, env });
  const authorization = `Bearer ${stdout.trim()}`;
  return { authorization, graphql: new GraphQLClient(`${http}/graphql`, { headers: { authorization } }) };
}

async function purchase({ graphql }) {
  const { apps } = await graphql.request(documents.CatalogDocument, { first: 100 });
  const plan = apps.nodes
    .find(({ name }) => name === 'Northwind Boards')
    .plans.find(({ billingInterval, price }) => billingInterval === 'MONTH' && price.currency === 'USD');
  const { viewer } = await graphql.request(documents.BillingProfilesDocument);
  const profile = viewer.organization.billingProfiles.nodes.find(({ name }) => name === 'Contoso Main');
  const input = { planId: plan.id, billingProfileId: profile.id, licenseQuantity: 1 };
  const { purchaseSubscription } = await graphql.request(documents.PurchaseDocument, { input });
  assert.deepEqual(purchaseSubscription.userErrors, []);
  return { id: purchaseSubscription.subscription.id, input };
}

/** Until it is stopped, a subscription is changed again and again, so that whoever watches sees something. */
async function somethingHappens(server) {
  const ada = await client(server, '--email', 'ada@contoso.example');
  const { id: subscriptionId } = await purchase(ada);
  let stopped = false;
  const going = (async () => {
    for (let autoRenew = false; !stopped; autoRenew = !autoRenew) {
      const { setAutoRenew } = await ada.graphql.request(documents.SetAutoRenewDocument, { input: { subscriptionId, autoRenew } });
      assert.deepEqual(setAutoRenew.userErrors, []);
      await sleep(300);
    }
  })();
  going.catch(() => {}); // told when it is stopped
  return {
    stop() {
      stopped = true;
      return going;
    },
  };
}

/** Runs one suite, and adds what it counted. */
async function suite(name, command, args, env) {
  console.log(`\n== ${name}`);
  const child = spawn(command, args, {
    cwd: here,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (data) => {
    said += data;
    process.stdout.write(data);
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), 900_000);
  const status = await new Promise((resolve) => {
    child.once('error', () => resolve(-1));
    child.once('close', resolve);
  });
  clearTimeout(timer);
  const [, passed, failed] = said.match(/^(\d+) passed, (\d+) failed$/m) ?? [null, 0, 0];
  total.passed += Number(passed);
  // A suite that could not be run to its end counts as a failure.
  total.failed += Number(failed) || (status === 0 && passed > 0 ? 0 : 1);
}

/** A Python with the client library, in a virtual environment of its own. */
async function python() {
  const place = process.env.PYTHON_TOOLS ?? join(here, '.python');
  const interpreter = join(place, 'bin', 'python');
  const ready = await run(interpreter, ['-c', 'import gql.transport.aiohttp, gql.transport.websockets']).then(() => true, () => false);
  if (!ready) {
    await run('python3', ['-m', 'venv', place]);
    await run(interpreter, ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', '-r', join(here, 'requirements.txt')]);
  }
  return interpreter;
}

async function start(env, place, ...command) {
  const started = await Tenure.start(env, place, ...command);
  running.push(started);
  return started;
}
