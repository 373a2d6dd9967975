#!/bin/bash
# `make check-systemd`: the units are sound, little exposed, and work in a real systemd.
# Usage: check.sh BUILD
set -eu
build=$1
stage=$(mktemp -d)
chmod 755 "$stage" # it becomes the root directory
trap 'rm -rf "$stage"' EXIT
make --no-print-directory install DESTDIR="$stage" PREFIX=/usr UNITDIR=/lib/systemd/system \
  SYSUSERSDIR=/usr/lib/sysusers.d >/dev/null
# /lib is a link to /usr/lib where directories are merged: keep it one.
mkdir -p "$stage/usr/lib"
cp -a "$stage/lib/." "$stage/usr/lib/" && rm -rf "$stage/lib"
install -D "$build/vendors" "$stage/usr/libexec/alignd-test/vendors"
install -m 644 config/examples/acme/company.json config/examples/acme/strategy.yaml \
  "$stage/usr/libexec/alignd-test/"

unit=$stage/usr/lib/systemd/system/alignd.service
level=$(systemd-analyze security --offline=true "$unit" | sed -n 's/.*Overall exposure level for [^:]*: \([0-9.]*\).*/\1/p')
echo "exposure: $level"
awk -v l="$level" 'BEGIN { exit !(l != "" && l <= 1.3) }' || { echo "more exposed than 1.3"; exit 1; }
cp "$unit" "$stage/usr/lib/systemd/system/alignd.socket" "$stage/"
sed -i "s|/usr/bin/alignd|$PWD/$build/alignd|" "$stage/alignd.service"
systemd-analyze verify --man=no "$stage/alignd.service" "$stage/alignd.socket"
rm -f "$stage/alignd.service" "$stage/alignd.socket"
echo "the units verify"

status=0
tests/systemd/boot.sh 120 tests/systemd/scenario.sh "$stage" || status=$?
if [ $status = 77 ]; then
  echo "SKIPPED: the scenario in a real systemd did not run on this machine (see above)"
  exit 0
fi
exit $status
