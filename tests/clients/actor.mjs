// Someone with a token and a client, as a front end would have it: Apollo Client with its cache, HTTP for what is asked and one
// WebSocket for what is watched.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { operation, text } from './operations.mjs';

function setting(name) {
  assert.ok(process.env[name], `${name} is not set; run.sh sets it`);
  return process.env[name];
}

/** Where the server is, without a path. */
export const serverUrl = setting('DEMO_URL').replace(/\/$/, '');

/** Where its GraphQL is. */
export const graphqlUrl = `${serverUrl}/graphql`;

/** What `tenure token` prints, for example for ('--email', 'ada@contoso.example'). */
export function token(...who) {
  const printed = execFileSync(setting('DEMO_BIN'), ['token', ...who], {
    cwd: setting('DEMO_DIR'),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  assert.match(printed, /^\S+\n?$/, 'tenure token prints the token and nothing else');
  return printed.trim();
}

export class Actor {
  #socket;
  #apollo;

  constructor(...who) {
    this.authorization = `Bearer ${token(...who)}`;
    this.#socket = createClient({
      url: graphqlUrl.replace(/^http/, 'ws'),
      webSocketImpl: WebSocket,
      connectionParams: { Authorization: this.authorization },
      retryAttempts: 0,
    });
    this.#apollo = new ApolloClient({
      link: ApolloLink.split(
        ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
        new GraphQLWsLink(this.#socket),
        new HttpLink({ uri: graphqlUrl, headers: { authorization: this.authorization } }),
      ),
      // There is one viewer per client, and it has no id.
      cache: new InMemoryCache({ typePolicies: { Query: { fields: { viewer: { merge: true } } } } }),
    });
  }

  /** The answer to a query, from the server. */
  async query(name, variables = {}) {
    const { data } = await this.#apollo.query({ query: operation(name), variables, fetchPolicy: 'network-only' });
    return data;
  }

  /** What the client remembers of a query, without asking. */
  remembered(name, variables) {
    return this.#apollo.readQuery({ query: operation(name), variables });
  }

  /** The payload of a mutation, whether done or refused. */
  async try(name, input) {
    const { data } = await this.#apollo.mutate({ mutation: operation(name), variables: { input } });
    return Object.values(data)[0];
  }

  /** The payload of a mutation that has to succeed. */
  async do(name, input) {
    const payload = await this.try(name, input);
    assert.deepEqual(payload.userErrors, [], name);
    return payload;
  }

  /** Does nothing but check that a mutation is refused for this one reason. */
  async refused(code, name, input) {
    const { userErrors } = await this.try(name, input);
    assert.deepEqual(userErrors.map((error) => error.code), [code], name);
    assert.ok(userErrors[0].message, `${name} says why in words`);
  }

  /** Watches events from now on, or from those behind `variables.after`. */
  async watch(variables = {}) {
    const watch = new Watch(this.#apollo.subscribe({ query: operation('Watch'), variables }));
    // Nothing says when a subscription has begun. What is asked after it on the same socket is answered after it.
    for await (const { errors } of this.#socket.iterate({ query: text('Viewer') })) {
      assert.equal(errors, undefined);
    }
    await sleep(300);
    return watch;
  }

  async close() {
    this.#apollo.stop();
    await this.#socket.dispose();
  }
}

class Watch {
  #seen = [];
  #failure;
  #subscription;

  constructor(observable) {
    this.#subscription = observable.subscribe({
      next: ({ data, error }) => {
        if (error) {
          this.#failure = error;
        } else {
          this.#seen.push(data.appSubscriptionEvents);
        }
      },
      error: (error) => {
        this.#failure = error;
      },
    });
  }

  /** What was seen of one subscription, oldest first. */
  of(subscription) {
    return this.#seen.filter((event) => event.subscription.id === subscription.id);
  }

  /** The same, once that many have come. Waits a little longer, for any that should not come. */
  async until(count, subscription) {
    const end = Date.now() + 30_000;
    while (this.of(subscription).length < count && !this.#failure && Date.now() < end) {
      await sleep(50);
    }
    await sleep(1000);
    assert.ifError(this.#failure);
    return this.of(subscription);
  }

  stop() {
    this.#subscription.unsubscribe();
  }
}
