#!/bin/sh
# `make run`: follows one GitHub repository with the real alignd, alerts in the terminal.
# Usage: run.sh BUILD OWNER/NAME [URL]   GITHUB_TOKEN is used when it is set.
set -eu
build=$(cd "$1" && pwd)
repo=$2
url=${3:-}
dir=$(mktemp -d)
daemon=
trap 'rm -rf "$dir"' EXIT
trap '[ -z "$daemon" ] || kill "$daemon"' INT TERM
umask 077
mkdir "$dir/state"
token=
if [ -n "${GITHUB_TOKEN:-}" ]; then
  printf '%s' "$GITHUB_TOKEN" >"$dir/token"
  token="token: { file: $dir/token }"
else
  echo "No GITHUB_TOKEN: GitHub allows 60 requests an hour, so the first look takes only open items' pages."
fi
cp config/strategy.sample.yaml "$dir/strategy.yaml"
cat >"$dir/alignd.yaml" <<EOF
strategy: strategy.yaml
state: $dir/state
socket: $dir/alignd.sock
hours: always
baseline: off
sources:
  - name: github
    type: github
    repos: [$repo]
    interval: 2m
    ${url:+url: $url}
    $token
routes:
  - { channel: journal, group_wait: 0s, group_interval: 0s, budget: off }
rules:
  unlinked-work: { for: 0s }
EOF
echo "Following $repo. Alerts appear below; Ctrl-C stops. In another terminal:"
echo "  $build/alignctl --socket $dir/alignd.sock status"
"$build/alignd" -c "$dir/alignd.yaml" &
daemon=$!
# A signal ends the first wait at once; the second gives the daemon its time to stop.
wait "$daemon" || :
wait "$daemon" 2>/dev/null || :
