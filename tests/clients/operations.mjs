// The documents that front ends send, picked by name out of clients/typescript/operations.graphql and left as they are written there.
import { readFileSync } from 'node:fs';
import { Kind, parse, visit } from 'graphql';

const source = readFileSync(new URL('../../clients/typescript/operations.graphql', import.meta.url), 'utf8');
const definitions = new Map(parse(source).definitions.map((definition) => [definition.name.value, definition]));

/** The text of one operation, with the fragments it needs. */
export function text(name) {
  const needed = new Set([find(name)]);
  for (const definition of needed) {
    visit(definition, {
      [Kind.FRAGMENT_SPREAD]: (spread) => {
        needed.add(find(spread.name.value));
      },
    });
  }
  return [...needed].map(({ loc }) => source.slice(loc.start, loc.end)).join('\n\n');
}

/** The same, parsed. */
export const operation = (name) => parse(text(name));

function find(name) {
  const definition = definitions.get(name);
  if (!definition) {
    throw new Error(`operations.graphql has no ${name}`);
  }
  return definition;
}
