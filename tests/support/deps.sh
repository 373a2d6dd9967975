#!/bin/sh
# Installs what building, the demonstration and the tests need on Debian 12, if
# anything is missing. Usage: deps.sh build|check
set -eu

# Compiler, libraries.
packages="gcc libc6-dev binutils make pkg-config ca-certificates tzdata
  libuv1-dev libcurl4-openssl-dev libjansson-dev libsqlite3-dev libfyaml-dev
  libmicrohttpd-dev libsystemd-dev libssl-dev libdeflate-dev libutf8proc-dev zlib1g-dev"
# What the tests need besides: the framework, the second compiler and its linker, a real
# systemd and its namespaces, the linter of manual pages, a mail server.
[ "${1:-build}" = check ] && packages="$packages libcmocka-dev clang lld llvm libclang-rt-14-dev
  systemd systemd-sysv dbus util-linux iproute2 curl mandoc openssl procps python3-aiosmtpd"

missing=
for p in $packages; do
  dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null | grep -qx installed || missing="$missing $p"
done
[ -z "$missing" ] && exit 0

as_root=
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || {
    echo "These packages are missing and this user may not install them:$missing" >&2
    exit 1
  }
  as_root=sudo
fi
echo "Installing what is missing:$missing"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
{ $as_root apt-get update -q && $as_root apt-get install -q -y --no-install-recommends $missing; } \
  >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
