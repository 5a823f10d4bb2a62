// Client libraries: Apollo Client, urql, graphql-request and relay-runtime ask, change and watch; graphql-codegen and tsc understand
// the schema, from the server and from the file.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { cacheExchange, Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { OperationTypeNode, parse, print, separateOperations } from 'graphql';
import { GraphQLClient } from 'graphql-request';
import { createClient } from 'graphql-ws';
import relay from 'relay-runtime';
import WebSocket from 'ws';
import { Checks } from './checks.mjs';

const { GRAPHQL_URL: url, GRAPHQL_WS_URL: socketUrl, AUTH, SDL } = process.env;
const variables = JSON.parse(process.env.VARS);
const headers = { authorization: AUTH };
const here = dirname(fileURLToPath(import.meta.url));
const kit = separateOperations(parse(await readFile(join(here, 'kit.graphql'), 'utf8')));
const { KitList, KitOne, KitCreate, KitStream } = kit;
const WRONG = '{ nothingOfThisName }';

const checks = new Checks();
const socket = () =>
  createClient({ url: socketUrl, webSocketImpl: WebSocket, connectionParams: { Authorization: AUTH }, retryAttempts: 0 });

/** Insists that there is an answer, and that nothing in it was refused. */
function answers(data) {
  const [first] = Object.values(data ?? {});
  if (!first || first.userErrors?.length) {
    throw new Error(JSON.stringify(data));
  }
}

/** Waits for two events of something that can be subscribed to. */
const twoOf = (subscribe) =>
  new Promise((resolve, reject) => {
    let seen = 0;
    const { unsubscribe } = subscribe((event) => {
      if (event.error) {
        reject(event.error);
      } else if (event.data?.appSubscriptionEvents?.id && (seen += 1) === 2) {
        unsubscribe();
        resolve();
      }
    }, reject);
  });

{
  const live = socket();
  const http = new HttpLink({ uri: url, headers });
  const client = new ApolloClient({
    link: ApolloLink.split(({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION, new GraphQLWsLink(live), http),
    cache: new InMemoryCache(),
  });
  await checks.done('Apollo Client: a query', async () => answers((await client.query({ query: KitList })).data));
  await checks.done('Apollo Client: a query with variables, and again out of the cache', async () => {
    const query = { query: KitOne, variables: variables.KitOne };
    answers((await client.query(query)).data);
    answers((await client.query({ ...query, fetchPolicy: 'cache-only' })).data);
  });
  await checks.done('Apollo Client: a mutation', async () => answers((await client.mutate({ mutation: KitCreate, variables: variables.KitCreate })).data));
  await checks.done('Apollo Client: an invalid document is an error of GraphQL', async () => {
    const error = await client.query({ query: gql(WRONG), fetchPolicy: 'no-cache' }).then(
      () => new Error('it was answered'),
      (thrown) => thrown,
    );
    if (!CombinedGraphQLErrors.is(error)) {
      throw error;
    }
  });
  await checks.done('Apollo Client: a subscription', () =>
    twoOf((next, error) => {
      const subscription = client.subscribe({ query: KitStream }).subscribe({ next, error });
      return { unsubscribe: () => subscription.unsubscribe() };
    }),
  );
  await checks.done('Apollo Client: a query over GET', async () => {
    const get = new HttpLink({ uri: url, headers, useGETForQueries: true });
    answers((await new ApolloClient({ link: get, cache: new InMemoryCache() }).query({ query: KitList })).data);
  });
  client.stop();
  await live.dispose();
}

{
  const live = socket();
  const client = new Client({
    url,
    preferGetMethod: false,
    fetchOptions: () => ({ headers }),
    exchanges: [
      cacheExchange,
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query, variables }) => ({
          subscribe: (sink) => ({ unsubscribe: live.subscribe({ query, variables }, sink) }),
        }),
      }),
    ],
  });
  const ask = async (source) => {
    const { data, error } = await source.toPromise();
    if (error) {
      throw error;
    }
    answers(data);
  };
  await checks.done('urql: a query', () => ask(client.query(KitList, {})));
  await checks.done('urql: a query with variables', () => ask(client.query(KitOne, variables.KitOne)));
  await checks.done('urql: a mutation', () => ask(client.mutation(KitCreate, variables.KitCreate)));
  await checks.done('urql: an invalid document has errors of GraphQL', async () => {
    const { error } = await client.query(WRONG, {}).toPromise();
    if (!error?.graphQLErrors.length) {
      throw error ?? new Error('it was answered');
    }
  });
  await checks.done('urql: a subscription', () => twoOf((next) => client.subscription(KitStream, {}).subscribe(next)));
  await live.dispose();
}

{
  const client = new GraphQLClient(url, { headers });
  await checks.done('graphql-request: a query', async () => answers(await client.request(KitList)));
  await checks.done('graphql-request: a mutation', async () => answers(await client.request(KitCreate, variables.KitCreate)));
  await checks.done('graphql-request: an invalid document has errors of GraphQL', async () => {
    const error = await client.request(WRONG).then(() => new Error('it was answered'), (thrown) => thrown);
    if (!error.response?.errors?.length) {
      throw error;
    }
  });
}

await checks.done('relay-runtime: a query through its network layer', async () => {
  const network = relay.Network.create(async ({ text: query, name: operationName }) => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { ...headers, accept: 'application/graphql-response+json', 'content-type': 'application/json' },
      body: JSON.stringify({ query, operationName, variables: {} }),
    });
    return answer.json();
  });
  const request = { name: 'KitList', operationKind: 'query', text: print(KitList), id: null, metadata: {} };
  answers((await network.execute(request, {}, { force: true }).toPromise()).data);
});

// What is generated needs the packages of this directory's tests, and lies in their reach.
const directory = await mkdtemp(join(here, '.generated-'));
try {
  await cp(join(here, 'kit.graphql'), join(directory, 'kit.graphql'));
  await cp(SDL, join(directory, 'schema.graphql'));
  for (const [from, schema] of [
    ['the server', [{ [url]: { headers } }]],
    ['the file', ['schema.graphql']],
  ]) {
    const to = from.replace(' ', '-');
    const generates = {
      [`${to}/`]: {
        preset: 'client',
        config: { enumsAsTypes: true, strictScalars: true, scalars: { Date: 'string', DateTime: 'string', ...JSON.parse(process.env.SCALARS ?? '{}') } },
      },
    };
    await mkdir(join(directory, to));
    const config = `export default ${JSON.stringify({ schema, documents: ['kit.graphql'], generates })};\n`;
    await writeFile(join(directory, `${to}.mjs`), config);
    const bin = join(here, '..', 'node_modules', '.bin');
    const runs = (program, args) =>
      promisify(execFile)(join(bin, program), args, { cwd: directory, timeout: 300_000 }).catch(({ stdout, stderr, message }) => {
        throw new Error((stdout + stderr).trim().slice(-300) || message);
      });
    await codegen(from, () => runs('graphql-codegen', ['--config', `${to}.mjs`]));
    const options = '--noEmit --strict --skipLibCheck --target es2022 --module esnext --moduleResolution bundler';
    await codegen(`${from}, type-checked`, () => runs('tsc', [...options.split(' '), `${to}/graphql.ts`, `${to}/gql.ts`]));
  }
} finally {
  await rm(directory, { recursive: true, force: true });
}
checks.end();

/** What takes longer than a request. */
async function codegen(from, run) {
  try {
    await run();
    checks.that(true, `graphql-codegen from ${from}`);
  } catch (error) {
    checks.that(false, `graphql-codegen from ${from}`, error.message);
  }
}
