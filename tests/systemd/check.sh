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
units=$stage/usr/lib/systemd/system
level=$(systemd-analyze security --offline=true "$units/alignd-strategy.service" | sed -n 's/.*Overall exposure level for [^:]*: \([0-9.]*\).*/\1/p')
echo "exposure of the strategy's: $level"
awk -v l="$level" 'BEGIN { exit !(l != "" && l <= 1.5) }' || { echo "more exposed than 1.5"; exit 1; }
cp "$units"/alignd-strategy.* "$stage/"
sed -i "s|/usr/libexec/alignd/alignd-strategy|$stage/usr/libexec/alignd/alignd-strategy|" "$stage/alignd-strategy.service"
systemd-analyze verify --man=no "$stage/alignd-strategy.service" "$stage/alignd-strategy.timer"
rm -f "$stage"/alignd-strategy.*
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
