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
  'alignctl link PAY' 'Resolved' 'Every clinic'; do
  grep -qi -- "$line" "$out" || fail "the output does not say: $line"
done
[ "$(grep -c 'Starting point' "$out")" = 1 ] || fail "what was there before is not one message"
# Numbers of the company's last four weeks; their decimals hang on the time of the day.
for line in '^Days  *\(8[6-9]\|9[01]\)\.[0-9] person-days, 3[2-5]\.[0-9] of them unmapped (3[6-9]%)' \
  '^grow-multisite .* \(9\|10\)\.[0-9] ' '^ktlo .* 1[67]\.[0-9] ' '^payments  *2 of 4  *4[1-4]\.[0-9] ' \
  'online: 27\.5 ' ' person-days and 19[0-9][0-9] of other' '^onboarding  *[67]\.[0-9] ' \
  'YES: it fits' '^RICE  *21\.3, ' 'planned share 45% -> 30%' 'Nothing was changed'; do
  grep -q -- "$line" "$out" || fail "the answers do not say: $line"
done
[ $took -lt 60 ] || fail "it took $took s"
pgrep -f "$PWD/$build/(alignd|vendors)" >/dev/null && fail "something still runs"

# make run, against the same local server.
dir=$(mktemp -d)
trap 'rm -rf "$out" "$dir"; [ -z "${server:-}" ] || kill $server; [ -z "${run:-}" ] || kill $run' EXIT
"$build/vendors" --port 0 --data config/examples/acme/company.json >"$dir/vendors.log" &
server=$!
await() { for _ in $(seq 300); do "$@" >/dev/null 2>&1 && return; sleep 0.1; done; return 1; }
await grep -q '^listening' "$dir/vendors.log" || fail "the vendor server does not listen"
GITHUB_TOKEN=any tests/demo/run.sh "$build" acme/web "http://$(sed -n 's/^listening //p' "$dir/vendors.log")/github" >"$dir/run.log" 2>&1 &
run=$!
await grep -q 'without a strategic link in acme/web' "$dir/run.log" || { cat "$dir/run.log"; fail "make run tells no drift"; }
kill $run && { wait $run || :; }
run=
kill $server && { wait $server || :; }
server=
echo "make run: good"
[ "$before" = "$(git status --porcelain 2>/dev/null || :)" ] || fail "the tree is not as it was"
echo "demo: good, $took s"
