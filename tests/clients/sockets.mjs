// Many sockets on one process: each of them is told every change, and the process's memory does not grow with what it tells.
//
//     SERVER_PID=… TOKEN=… SUBSCRIPTION=… node tests/clients/sockets.mjs
//
// SERVER_PID is a running `tenure` (with Linux's /proc), URL where it serves (http://127.0.0.1:8000), TOKEN a bearer token of
// whoever may switch the auto-renewal of the subscription with the id SUBSCRIPTION. SOCKETS (1000) and CHANGES (200) say how many.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import WebSocket from 'ws';

const { SERVER_PID: pid, TOKEN: token, SUBSCRIPTION: subscription, URL: url = 'http://127.0.0.1:8000' } = process.env;
const sockets = Number(process.env.SOCKETS ?? 1000);
const changes = Number(process.env.CHANGES ?? 200);
assert.ok(pid && token && subscription, 'SERVER_PID, TOKEN and SUBSCRIPTION are needed');

const megabytes = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
const authorization = `Bearer ${token}`;

async function ask(query, variables) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
}

/** The newest event: who watches continues behind it, so that it does not matter when they begin. */
const newest = async () => {
  const query = 'query($id: ID!) { appSubscription(id: $id) { autoRenew events(first: 1) { nodes { id } } } }';
  const { appSubscription } = await ask(query, { id: subscription });
  return { after: appSubscription.events.nodes[0].id, autoRenew: appSubscription.autoRenew };
};

const watch = `subscription($id: ID!, $after: ID!) { appSubscriptionEvents(subscriptionId: $id, after: $after) {
  id type subscription { status autoRenew licenses { assigned } app { name } } } }`;

/** A socket that counts what it is told. */
function open(after) {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws');
  const watcher = { told: 0, closed: false };
  const say = (message) => socket.send(JSON.stringify(message));
  socket.on('open', () => say({ type: 'connection_init', payload: { Authorization: authorization } }));
  socket.on('close', () => (watcher.closed = true));
  const ready = new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('message', (text) => {
      const message = JSON.parse(text);
      if (message.type === 'connection_ack') {
        say({ id: 'all', type: 'subscribe', payload: { query: watch, variables: { id: subscription, after } } });
        resolve();
      } else {
        assert.equal(message.type, 'next', text);
        watcher.told += 1;
      }
    });
  });
  return Object.assign(watcher, { ready, socket });
}

const before = megabytes();
let { after, autoRenew } = await newest();
const watchers = [];
for (let at = 0; at < sockets; at += 50) {
  const some = Array.from({ length: Math.min(50, sockets - at) }, () => open(after));
  await Promise.all(some.map((watcher) => watcher.ready));
  watchers.push(...some);
}

const change = `mutation($input: SetAutoRenewInput!) { setAutoRenew(input: $input) { userErrors { code } } }`;
let slowest = 0;
async function tell(count, told) {
  for (let turn = 1; turn <= count; turn += 1) {
    autoRenew = !autoRenew;
    const { setAutoRenew } = await ask(change, { input: { subscriptionId: subscription, autoRenew } });
    assert.deepEqual(setAutoRenew.userErrors, []);
    const committed = performance.now();
    while (watchers.some((watcher) => watcher.told < told + turn)) {
      assert.ok(performance.now() - committed < 60_000, 'somebody was not told');
      assert.ok(watchers.every((watcher) => !watcher.closed), 'a socket was closed');
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    slowest = Math.max(slowest, performance.now() - committed);
  }
}

await tell(20, 0);
const opened = megabytes();
slowest = 0;
await tell(changes, 20);
const told = megabytes();
assert.ok(watchers.every((watcher) => watcher.told === changes + 20), 'each of them is told each change once');
console.log(`${sockets} sockets, ${changes} changes, each told to all, the slowest in ${slowest.toFixed(0)} ms`);
console.log(`memory: ${before.toFixed(0)} MB before, ${opened.toFixed(0)} MB with the sockets, ${told.toFixed(0)} MB after the changes`);
assert.ok(told < opened * 1.1 + 5, 'memory grew with what was told');
for (const { socket } of watchers) socket.terminate();
