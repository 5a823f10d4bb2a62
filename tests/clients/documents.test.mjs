// The package clients/typescript, as run.sh has built it: what it exports, what TypeScript says of who uses it, and what a server
// says of its documents.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { buildSchema, Kind, parse, print, validate } from 'graphql';
import { GraphQLClient } from 'graphql-request';
import * as documents from 'tenure-documents';
import { Actor, graphqlUrl } from './actor.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const directory = join(here, '.documents');
const source = await readFile(join(here, '../../clients/typescript/operations.graphql'), 'utf8');
const operations = parse(source).definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);

before(async () => {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory);
});

after(() => rm(directory, { recursive: true, force: true }));

test('there is a document for each operation, and it validates', async () => {
  const schema = buildSchema(await readFile(join(here, '../../schema.graphql'), 'utf8'));
  assert.ok(operations.length > 40, 'the operations are there');
  for (const { name } of operations) {
    const document = documents[`${name.value}Document`];
    assert.ok(document, `${name.value} is missing: was the package built?`);
    assert.deepEqual(validate(schema, document), [], name.value);
  }
});

test('whoever uses it as its README does type-checks, and whoever misuses it does not', async () => {
  const readme = await readFile(join(here, '../../clients/typescript/README.md'), 'utf8');
  const [, shown] = readme.match(/^```ts\n([\s\S]*?)^```$/m);
  await writeFile(join(directory, 'shown.ts'), shown);
  await writeFile(
    join(directory, 'misused.ts'),
    `import { GraphQLClient } from 'graphql-request';
import { AppPageDocument, CancelDocument, ProductsDocument, type AppPageQuery } from 'tenure-documents';

export async function used(client: GraphQLClient): Promise<void> {
  const page = await client.request(AppPageDocument, { id: 'c3ViOg' });
  const status: 'PENDING_ACTIVATION' | 'ACTIVE' | 'DISABLED' | undefined = page.appSubscription?.status;
  const same: AppPageQuery = page;
  // @ts-expect-error an id is text
  await client.request(AppPageDocument, { id: 7 });
  // @ts-expect-error the input is missing
  await client.request(CancelDocument, {});
  // @ts-expect-error there is no such order
  await client.request(ProductsDocument, { orderBy: { field: 'PRICE', direction: 'ASC' } });
  // @ts-expect-error it may be null
  page.appSubscription.status;
  // @ts-expect-error it was not selected
  page.appSubscription?.password;
  void [status, same];
}
`,
  );
  const compilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: 'es2022',
    module: 'esnext',
    moduleResolution: 'bundler',
    types: [],
  };
  await writeFile(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
  const tsc = join(here, 'node_modules', '.bin', 'tsc');
  await promisify(execFile)(tsc, ['--project', directory]).catch(({ stdout, message }) => assert.fail(stdout || message));
});

test('a server answers its documents', async () => {
  const ada = new Actor('--email', 'ada@contoso.example');
  const client = new GraphQLClient(graphqlUrl, { headers: { authorization: ada.authorization } });
  const { viewer } = await client.request(documents.ViewerDocument);
  assert.equal(viewer.user.email, 'ada@contoso.example');
  const { appSubscriptions } = await client.request(documents.ProductsDocument, { first: 1 });
  assert.equal(typeof appSubscriptions.totalCount, 'number');
  assert.match(print(documents.ProductsDocument), /fragment SubscriptionFields/);
  await ada.close();
});
