// The quality of the schema: graphql-eslint's rules for schemas and for Relay, graphql-schema-linter's, the shape that Relay asks for,
// and relay-compiler.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as graphqlEslint from '@graphql-eslint/eslint-plugin';
import { ESLint } from 'eslint';
import { buildSchema, getNamedType, getNullableType, isInterfaceType, isListType, isNonNullType, isObjectType, validateSchema } from 'graphql';
import { Checks } from './checks.mjs';

const checks = new Checks();
const here = dirname(fileURLToPath(import.meta.url));
const bin = join(here, '..', 'node_modules', '.bin');
const sdl = await readFile(process.env.SDL, 'utf8');
const schema = buildSchema(sdl);
const [invalid] = validateSchema(schema);
checks.that(!invalid, 'the schema is valid', invalid?.message);

// Types that are values or parts of something else, and so have no id, each with its reason.
const reasons = await readFile(join(here, '../../schema/no_ids.txt'), 'utf8');
const WITHOUT_ID = [...reasons.matchAll(/^(\w+)/gm)].map(([name]) => name);
const SETTINGS = {
  '@graphql-eslint/strict-id-in-types': {
    acceptedIdNames: ['id'],
    acceptedIdTypes: ['ID'],
    exceptions: { types: ['PageInfo', ...WITHOUT_ID], suffixes: ['Connection', 'Edge', 'Payload', 'Result', 'Error', 'Summary', 'Stats'] },
  },
  '@graphql-eslint/relay-edge-types': { withEdgeSuffix: true, shouldImplementNode: true, listTypeCanWrapOnlyEdgeType: false },
};

const LINTER = [
  'arguments-have-descriptions',
  'defined-types-are-used',
  'deprecations-have-a-reason',
  'descriptions-are-capitalized',
  'enum-values-all-caps',
  'enum-values-have-descriptions',
  'fields-are-camel-cased',
  'fields-have-descriptions',
  'input-object-values-are-camel-cased',
  'input-object-values-have-descriptions',
  'relay-connection-arguments-spec',
  'relay-connection-types-spec',
  'types-are-capitalized',
  'types-have-descriptions',
];

const directory = await mkdtemp(join(here, '.generated-'));
try {
  await cp(process.env.SDL, join(directory, 'schema.graphql'));
  await eslint('schema-recommended');
  await eslint('schema-relay');
  await linter();
  shape();
  await compiler();
} finally {
  await rm(directory, { recursive: true, force: true });
}
checks.end();

async function eslint(preset) {
  const plugin = graphqlEslint.default ?? graphqlEslint;
  const { rules } = plugin.configs[preset] ?? plugin.configs[`flat/${preset}`];
  const set = Object.fromEntries(
    Object.entries(rules).map(([rule, level]) => [rule, SETTINGS[rule] ? ['error', SETTINGS[rule]] : level]),
  );
  const lint = new ESLint({
    cwd: directory,
    overrideConfigFile: true,
    overrideConfig: [
      {
        files: ['**/*.graphql'],
        plugins: { '@graphql-eslint': plugin },
        languageOptions: {
          parser: graphqlEslint.parser ?? plugin.parser,
          parserOptions: { graphQLConfig: { schema: join(directory, 'schema.graphql') } },
        },
        rules: set,
      },
    ],
  });
  const messages = (await lint.lintFiles(['schema.graphql'])).flatMap((result) => result.messages);
  const fatal = messages.find(({ ruleId }) => !ruleId);
  checks.that(!fatal, `eslint ${preset}: it ran`, fatal?.message);
  for (const rule of Object.keys(set)) {
    const found = messages.filter(({ ruleId }) => ruleId === rule);
    checks.that(found.length === 0, `eslint ${preset}: ${rule}`, `${found.length} times, first in line ${found[0]?.line}: ${found[0]?.message}`);
  }
}

async function linter() {
  const args = ['--format', 'json', '--rules', LINTER.join(','), join(directory, 'schema.graphql')];
  const { stdout, stderr } = await promisify(execFile)(join(bin, 'graphql-schema-linter'), args, { maxBuffer: 50_000_000 }).catch((failed) => failed);
  let errors;
  try {
    ({ errors } = JSON.parse(stdout));
  } catch {
    checks.that(false, 'schema-linter: it ran', stderr || stdout);
    return;
  }
  for (const rule of LINTER) {
    const found = errors.filter((error) => error.rule === rule);
    checks.that(found.length === 0, `schema-linter: ${rule}`, `${found.length} times, first: ${found[0]?.message}`);
  }
}

/** Relay's server specification, and a payload for each mutation. */
function shape() {
  const fieldsOf = (name) => schema.getType(name)?.getFields?.() ?? {};
  const typeOf = (field) => String(field?.type);
  const node = schema.getType('Node');
  checks.that(isInterfaceType(node) && typeOf(fieldsOf('Node').id) === 'ID!' && Object.keys(fieldsOf('Node')).length === 1, 'relay: the interface Node');
  const query = schema.getQueryType().getFields();
  checks.that(typeOf(query.node) === 'Node' && query.node.args.map(({ name, type }) => `${name}: ${type}`).join() === 'id: ID!', 'relay: Query.node');
  const info = fieldsOf('PageInfo');
  const nextAndPrevious = [info.hasNextPage, info.hasPreviousPage].every((field) => typeOf(field) === 'Boolean!');
  checks.that(nextAndPrevious && [info.startCursor, info.endCursor].every((field) => /^String!?$/.test(typeOf(field))), 'relay: PageInfo');

  for (const type of Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) && !type.name.startsWith('__'))) {
    if (type.name.endsWith('Connection')) {
      const { edges, pageInfo } = type.getFields();
      const edge = edges && getNamedType(edges.type).getFields?.();
      checks.that(edge?.node && edge.cursor && isListType(getNullableType(edges.type)) && typeOf(pageInfo) === 'PageInfo!', `relay: ${type.name}`);
    }
    for (const field of Object.values(type.getFields()).filter(({ type }) => getNamedType(type).name.endsWith('Connection'))) {
      const args = Object.fromEntries(field.args.map(({ name, type }) => [name, String(type)]));
      checks.that(args.first === 'Int' && 'after' in args && args.last === 'Int' && 'before' in args, `relay: ${type.name}.${field.name} pages both ways`, JSON.stringify(args));
    }
  }
  for (const field of Object.values(schema.getMutationType().getFields())) {
    const [input, ...others] = field.args;
    checks.that(input?.name === 'input' && others.length === 0 && isNonNullType(input.type), `relay: Mutation.${field.name} takes one input`);
    checks.that(/(Payload|Result)$/.test(getNamedType(field.type).name), `relay: Mutation.${field.name} answers a payload`);
  }
}

/** relay-compiler takes a refetchable node, a list by pages, and a subscription. */
async function compiler() {
  const tags = [
    'query srcNodeQuery($id: ID!) { node(id: $id) { __typename id } }',
    `fragment src_list on Query @argumentDefinitions(count: {type: "Int", defaultValue: 10}, cursor: {type: "String"})
     @refetchable(queryName: "srcListQuery") {
       appSubscriptions(first: $count, after: $cursor) @connection(key: "src_appSubscriptions") { edges { node { id } } }
     }`,
    'query srcPageQuery { ...src_list }',
    'subscription srcWatchSubscription { appSubscriptionEvents { id type } }',
  ];
  await mkdir(join(directory, 'src'));
  await writeFile(join(directory, 'src', 'src.js'), tags.map((tag) => `graphql\`${tag}\`;`).join('\n'));
  const config = { src: './src', schema: './schema.graphql', language: 'javascript', eagerEsModules: true };
  await writeFile(join(directory, 'relay.config.json'), JSON.stringify(config));
  const failed = await promisify(execFile)(join(bin, 'relay-compiler'), [], { cwd: directory }).then(() => null, (error) => error);
  checks.that(!failed, 'relay-compiler takes its documents', failed && (failed.stdout + failed.stderr).slice(-300));
}
