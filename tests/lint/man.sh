#!/bin/sh
# Manual pages are clean for mandoc(1).
set -u
bad=0
for page in daemon/man/*.[158]; do
  out=$(mandoc -Tlint -Wwarning "$page") || { echo "$out"; bad=1; }
done
[ $bad = 0 ] && echo "$(ls daemon/man/*.[158] | wc -l) manual pages are clean"
exit $bad
