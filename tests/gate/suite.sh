#!/bin/sh
# Runs one suite of `make check` and leaves its result for the gate:
#   suite.sh NAME COMMAND...
# Output goes to build/results/NAME.log; NAME.result holds "pass|fail SECONDS".
# Never fails itself: the gate judges, so that one red suite hides no other.
set -u
name=$1
shift
out=build/results
mkdir -p "$out"
rm -f "$out/$name.result"
start=$(date +%s)
if "$@" >"$out/$name.log" 2>&1 </dev/null; then verdict=pass; else verdict=fail; fi
took=$(($(date +%s) - start))
printf '  %-7s %s: %s (%s s)\n' SUITE "$name" $verdict $took
[ $verdict = fail ] && tail -n 40 "$out/$name.log" | sed 's/^/    | /'
echo "$verdict $took" >"$out/$name.result"
