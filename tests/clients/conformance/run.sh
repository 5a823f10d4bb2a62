#!/usr/bin/env bash
# Scores the program with the conformance tools: tests/clients/conformance/run.sh [--npm] path/to/tenure
# With --npm only those that need no more than npm packages.
set -euo pipefail
here=$(dirname "$(realpath "$0")")

only=
if [ "${1:-}" = --npm ]; then
  only=--npm
  shift
fi
[ $# -eq 1 ] || { echo "usage: $0 [--npm] path/to/tenure" >&2; exit 1; }
DEMO_BIN=$(realpath -e -- "$1")
export DEMO_BIN
"$here/../packages.sh"

# Servers with settings of their own, whatever this shell has set for another one.
for name in $(compgen -e); do
  case $name in
    TENURE_* | DATABASE_URL) unset "$name" ;;
  esac
done

exec "$here/../../../scripts/with-postgres" node "$here/run.mjs" $only
