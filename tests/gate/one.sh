#!/bin/sh
# Runs one test program: one.sh FAILED PROGRAM. Its output comes out as a whole, with
# the seconds it took, since two run at a time; the name of one that fails is added to
# the file FAILED. RUN_TEST goes before it.
set -u
out=$(mktemp) || exit 1
trap 'rm -f "$out"' EXIT
start=$(date +%s)
$RUN_TEST "$2" >"$out" 2>&1 </dev/null
rc=$?
took=$(($(date +%s) - start))
exec 9<"$0"
flock 9
echo "== $2 ($took s)"
cat "$out"
[ $rc = 0 ] || echo "$(basename "$2")" >>"$1"
