#!/usr/bin/env bash
# Installs the packages of the client tests as their lock files say, and builds the package of the documents.
set -euo pipefail
cd "$(dirname "$(realpath "$0")")"

node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)' || {
  echo "Node.js 20 or later is needed, with npm." >&2
  exit 1
}
documents=../../clients/typescript
for package in $documents . ../../examples/portal; do
  [ $package/node_modules/.package-lock.json -nt $package/package-lock.json ] || npm ci --prefix $package
done

# Anew whenever the schema or the documents are newer than what was made of them.
built=$documents/dist/graphql.js
for source in ../../schema.graphql $documents/operations.graphql $documents/codegen.mjs $documents/package-lock.json; do
  [ $built -nt $source ] || { npm run --silent --prefix $documents build; break; }
done
