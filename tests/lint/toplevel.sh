#!/bin/sh
# The top level is fixed.
set -u
extra=$(git ls-files | cut -d/ -f1 | sort -u | grep -vxE 'daemon|connectors|config|systemd|tests|Makefile|README.md|\..*')
[ -z "$extra" ] && echo "the top level is as agreed" && exit 0
echo "not at the top level: $extra"
exit 1
