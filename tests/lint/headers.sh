#!/bin/sh
# Each header compiles alone. Usage: headers.sh CC FLAGS...
set -eu
headers=$(find daemon connectors config -name '*.h' | sort)
echo "$headers" | xargs -P2 -I{} sh -c '
  h=$1; shift
  printf "#include \"%s\"\n" "${h#daemon/}" | "$@" -Wno-pedantic -fsyntax-only -x c - ||
    { echo "$h does not compile alone"; exit 1; }' headers {} "$@"
echo "$(echo "$headers" | wc -l) headers compile alone"
