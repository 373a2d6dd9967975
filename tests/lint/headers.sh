#!/bin/sh
# Each header compiles alone. Usage: headers.sh CC FLAGS...
set -u
bad=0
n=0
for h in $(find daemon connectors config -name '*.h' | sort); do
  n=$((n + 1))
  printf '#include "%s"\n' "${h#daemon/}" | "$@" -Wno-pedantic -fsyntax-only -x c - || { echo "$h does not compile alone"; bad=1; }
done
[ $bad = 0 ] && echo "$n headers compile alone"
exit $bad
