#!/usr/bin/env bash
# Runs the client tests against a demo of its own: tests/clients/run.sh path/to/tenure
set -euo pipefail

fail() {
  echo "$*" >&2
  exit 1
}

[ $# -eq 1 ] || fail "usage: $0 path/to/tenure"
DEMO_BIN=$(realpath -e -- "$1") || fail "no such program: $1"
cd "$(dirname "$(realpath "$0")")"

CHROME=${CHROME:-/usr/bin/chromium}
if [ ! -x "$CHROME" ]; then
  if [ "$(id -u)" -eq 0 ] && [ "$CHROME" = /usr/bin/chromium ] && command -v apt-get >/dev/null; then
    apt-get update
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium
  else
    fail "$CHROME is missing. Install it with: sudo apt-get install chromium. Or set CHROME to a Chromium that you have."
  fi
fi
./packages.sh

# A demo with settings of its own, whatever this shell has set for another server.
for name in $(compgen -e); do
  case $name in
    DEMO_BIN) ;;
    TENURE_* | DATABASE_URL) unset "$name" ;;
  esac
done

directory=$(mktemp -d)
server=
clean_up() {
  if [ -n "$server" ]; then
    kill -KILL "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  rm -rf "$directory"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

mkdir "$directory/demo" "$directory/tmp"
export TMPDIR=$directory/tmp DEMO_BIN CHROME
export DEMO_DIR=$directory/demo

(cd "$DEMO_DIR" && exec "$DEMO_BIN" demo --listen 127.0.0.1:0) >"$directory/stdout" 2>"$directory/stderr" &
server=$!

DEMO_URL=
for _ in $(seq 600); do
  DEMO_URL=$(grep -om1 'http://127\.0\.0\.1:[0-9]\+' "$directory/stdout") && break
  kill -0 "$server" 2>/dev/null || break
  sleep 0.1
done
if [ -z "$DEMO_URL" ]; then
  cat "$directory/stdout" "$directory/stderr" >&2
  fail "The demo printed no address within 60 seconds."
fi
export DEMO_URL

passed=0
failed=0
# Files that act as the same people on the same server come one after the other; one with a server of its own may come beside.
for files in 'graphiql.test.mjs graphiql-login.test.mjs' documents.test.mjs webhooks.test.mjs 'life.test.mjs oidc.test.mjs' 'portal.test.mjs front-end.test.mjs' market.test.mjs; do
  summary=$directory/summary.tap
  status=0
  # shellcheck disable=SC2086 # several files
  node --test --test-concurrency=2 --test-reporter=spec --test-reporter-destination=stdout \
    --test-reporter=tap --test-reporter-destination="$summary" $files || status=$?
  files_passed=$(sed -n 's/^# pass //p' "$summary")
  files_failed=$(sed -n 's/^# fail //p' "$summary")
  passed=$((passed + ${files_passed:-0}))
  failed=$((failed + ${files_failed:-0}))
  # Files that could not even be run to their end count as one failure.
  if [ "$status" -ne 0 ] && [ "${files_failed:-0}" -eq 0 ]; then
    failed=$((failed + 1))
  fi
done

kill -TERM "$server" 2>/dev/null || true
for _ in $(seq 300); do
  kill -0 "$server" 2>/dev/null || break
  sleep 0.1
done
if kill -0 "$server" 2>/dev/null; then
  echo "The demo did not stop within 30 seconds of SIGTERM." >&2
  failed=$((failed + 1))
else
  status=0
  wait "$server" || status=$?
  server=
  if [ "$status" -eq 0 ]; then
    passed=$((passed + 1))
  else
    echo "The demo exited with $status after SIGTERM." >&2
    failed=$((failed + 1))
  fi
fi

if [ "$failed" -ne 0 ]; then
  tail -n 50 "$directory/stderr" >&2
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
