#!/bin/bash
# The demo says what it should, takes under a minute, leaves nothing running and the tree
# clean; `make run` follows a repository of the local server. Usage: check.sh BUILD
set -eu
build=$1
before=$(git status --porcelain 2>/dev/null || :)
out=$(mktemp)
trap 'rm -f "$out"' EXIT
start=$(date +%s)
tests/demo/demo.sh "$build" >"$out" 2>&1 || { cat "$out"; exit 1; }
took=$(($(date +%s) - start))
cat "$out"
fail() { echo "demo: $1"; exit 1; }
for line in 'open epics have no strategic link' 'Reseller single sign-on' 'unlinked-work' \
  'initiative:onboarding' 'Resolved' 'Every clinic'; do
  grep -qi -- "$line" "$out" || fail "the output does not say: $line"
done
[ $took -lt 60 ] || fail "it took $took s"
pgrep -f "$PWD/$build/(alignd|vendors)" >/dev/null && fail "something still runs"
[ "$before" = "$(git status --porcelain 2>/dev/null || :)" ] || fail "the tree is not as it was"
echo "demo: good, $took s"
