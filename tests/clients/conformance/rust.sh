#!/usr/bin/env bash
# A client library of Rust, graphql_client: types derived from the schema, and a server's answer parsed into them.
set -uo pipefail
cd "$(dirname "$(realpath "$0")")/rust"
passed=0
failed=0

check() { # NAME COMMAND...
  local name=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
    echo "ok   $name"
  else
    failed=$((failed + 1))
    echo "FAIL $name"
  fi
}

answered() {
  ./target/debug/conformance |
    curl -sS -m 30 -H "authorization: $AUTH" -H 'content-type: application/json' -d @- "$GRAPHQL_URL" |
    ./target/debug/conformance answer
}

unset CARGO_TARGET_DIR
check "Rust's graphql_client: types derive from the schema" cargo build -q --locked
check "Rust's graphql_client: an answer parses into them" answered
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
