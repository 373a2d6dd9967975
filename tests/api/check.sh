#!/bin/sh
# `make check-api`: the real alignd against servers that the vendors' official OpenAPI
# descriptions make (Prism, an npm package). Two ways:
#   mock   answers are made up from the description: its examples, plain values of its
#          schemas, random ones. alignd survives them: it ends by itself, says what
#          became of the source, asks for nothing the description does not have.
#   proxy  in front of the local vendor server with the example company: every request of
#          a first sync, of one where nothing changed and of one with changes is valid.
# Usage: check.sh BUILD   (the folder with alignd, alignctl, vendors, describe)
# API_SEED is the seed of the random answers, API_ROUNDS says how many seeds from there on.
#
# Each file of sources/ is a source that is run, against the vendor its name begins with:
# requests of new settings are covered once a file has them. Everything it makes is below
# build/api; logs of the last run are in build/api/log.
set -eu
build=$1
shared=${SHARED:-../shared}/data/openapi
here=tests/api
work=$PWD/build/api
log=$work/log
prism_version=5.16.0
seed=${API_SEED:-1}
rounds=${API_ROUNDS:-2}
install_limit=300
start_limit=240
sync_limit=180
life_limit=1800 # of any server; told to stop (once: --foreground), it is given 10 s
# What a sanitizer finds must not look like the 1 of a source that failed.
export ASAN_OPTIONS=exitcode=99:${ASAN_OPTIONS:-} UBSAN_OPTIONS=exitcode=99:${UBSAN_OPTIONS:-}
started=
runs=0
requests=0

finish() {
  status=$?
  for pid in $started; do kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || :; done
  exit $status
}
trap finish EXIT
trap 'exit 130' INT TERM

say() { printf '%s\n' "$1"; }
fail() {
  say "api: $1"
  exit 1
}
skip() {
  say "SKIPPED: $1"
  say "api: 0 runs, 1 skipped"
  exit 0
}

# Waits until a command succeeds: seconds, command.
await() {
  tries=$(($1 * 10))
  shift
  until "$@" >/dev/null 2>&1; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || return 1
    sleep 0.1
  done
}

# ---- what it takes ----

command -v node >/dev/null && command -v npm >/dev/null ||
  skip "no node and npm on this machine: nothing was checked against the descriptions"
[ -r "$shared/github-issues.openapi.json" ] ||
  skip "no descriptions in $shared: nothing was checked against them"

rm -rf "$log"
mkdir -p "$log" "$work/node" "$work/doc"
prism=$work/node/node_modules/.bin/prism
has_prism() { grep -q "\"version\": \"$prism_version\"" "$work/node/node_modules/@stoplight/prism-cli/package.json"; }
if ! has_prism 2>/dev/null; then
  say "installing @stoplight/prism-cli $prism_version below build/api/node"
  # No scripts: one dependency would report the installation to its maker.
  timeout -k 5 $install_limit npm install --prefix "$work/node" --cache "$work/cache" \
    --ignore-scripts --no-audit --no-fund --no-update-notifier --no-save \
    "@stoplight/prism-cli@$prism_version" >"$log/npm" 2>&1 || {
    tail -n 5 "$log/npm"
    skip "npm could not install Prism: nothing was checked against the descriptions"
  }
  rm -rf "$work/cache"
  has_prism || fail "npm has installed something else"
fi

# What a checking server works by: the official description, amended as for the vendor
# server's answers. Further pages and renamed repositories are at /repositories/ID; v2 of
# Cloud's API has the operations of v3. The official descriptions have neither.
describe() { # vendor, output, options
  case $1 in
  github) name=github-issues twin='/repos/{owner}/{repo}=/repositories/{repository_id}' ;;
  jira-cloud) name=jira-cloud-v3 twin=/rest/api/3=/rest/api/2 ;;
  jira-dc) name=jira-dc-10.3 twin= ;;
  esac
  out=$2
  shift 2
  "$build/describe" "$shared/$name.openapi.json" "$out" --amend "tests/data/openapi/$name.json" \
    ${twin:+--twin "$twin"} --reads "$@"
}
vendors='github jira-cloud jira-dc'
for vendor in $vendors; do
  describe $vendor "$work/doc/$vendor.json"
  describe $vendor "$work/doc/$vendor-one-page.json" --no-links
done

# ---- servers ----

# Starts Prism, sets url: name of the log, arguments.
start_prism() {
  prism_log=$log/$1.prism
  shift
  timeout --foreground -k 10 $life_limit "$prism" "$@" -h 127.0.0.1 -p 0 >"$prism_log" 2>&1 &
  prism_pid=$!
  started="$started $prism_pid"
  await $start_limit grep -q 'Prism is listening' "$prism_log" || {
    tail -n 20 "$prism_log"
    fail "Prism did not start within $start_limit s"
  }
  url=$(sed -n 's/.*Prism is listening on \(http[^ ]*\).*/\1/p' "$prism_log")
}
stop() { # pid
  kill "$1"
  wait "$1" 2>/dev/null || :
  started=$(printf '%s\n' $started | grep -vx "$1" || :)
}

# What Prism found wrong about `request` or `response`: none may be.
judge() {
  grep -q "Violation: $1" "$prism_log" || return 0
  grep "Request received\|Forwarding\|Violation: $1" "$prism_log" | grep -B 2 "Violation: $1" |
    head -n 30
  fail "a $1 is not as described (see $prism_log)"
}
# How many requests it has seen; fails where none was.
count() {
  seen=$(grep -c 'Request received' "$prism_log" || :)
  [ "$seen" -gt 0 ] || fail "no request came (see $prism_log)"
}

# ---- alignd ----

# A directory with the configuration for one source: file of sources/, URL.
configure() {
  dir=$work/run
  rm -rf "$dir"
  mkdir -p "$dir/state"
  (umask 077 && printf 'api-token' >"$dir/token")
  {
    printf 'strategy: %s/config/examples/acme/strategy.yaml\n' "$PWD"
    printf 'state: %s/state\nsocket: %s/alignd.sock\nhours: always\n' "$dir" "$dir"
    printf 'routes:\n  - { channel: journal, group_wait: 0s, group_interval: 0s, budget: off }\n'
    printf 'sources:\n'
    sed -e '/^#/d' -e "s|@URL@|$2|" -e "s|@TOKEN@|$dir/token|" "$1" |
      sed -e '1s/^/  - /' -e '2,$s/^/    /'
  } >"$dir/alignd.yaml"
  source_name=$(sed -n 's/^name: //p' "$1")
}

# One cycle that ends by itself: name of the log, exit statuses allowed.
once() {
  run_log=$log/$1.alignd
  code=0
  timeout -k 5 $sync_limit "$build/alignd" -c "$dir/alignd.yaml" --once >"$run_log" 2>&1 || code=$?
  runs=$((runs + 1))
  case " $2 " in
  *" $code "*) ;;
  *)
    tail -n 20 "$run_log"
    fail "alignd ended with $code, not with $2 (see $run_log)"
    ;;
  esac
  # A source that failed is named, with a reason.
  [ $code = 0 ] || grep -q "source $source_name: ." "$run_log" || fail "alignd does not say what became of $source_name (see $run_log)"
}

# As a daemon: it names the state of the source, and stops when it is told to.
attend() {
  run_log=$log/$1.alignd
  timeout --foreground -k 10 $life_limit "$build/alignd" -c "$dir/alignd.yaml" >"$run_log" 2>&1 &
  daemon=$!
  started="$started $daemon"
  code=0
  await 30 "$build/alignctl" --socket "$dir/alignd.sock" status || fail "alignd does not answer (see $run_log)"
  timeout -k 5 $sync_limit "$build/alignctl" --socket "$dir/alignd.sock" sync --wait >>"$run_log" 2>&1 || code=$?
  [ $code -le 1 ] || fail "alignctl sync ended with $code (see $run_log)"
  "$build/alignctl" --socket "$dir/alignd.sock" status --json >"$log/$1.status"
  grep -qE '"state": ?"(fresh|stale|paused)"' "$log/$1.status" || fail "no state of $source_name (see $log/$1.status)"
  kill "$daemon"
  code=0
  wait "$daemon" || code=$?
  started=$(printf '%s\n' $started | grep -vx "$daemon" || :)
  [ $code = 0 ] || fail "alignd ended with $code when told to stop (see $run_log)"
  runs=$((runs + 1))
}

sources_of() { # vendor
  ls $here/sources/"$1".yaml $here/sources/"$1"-[a-z]*.yaml 2>/dev/null
}

# ---- mocks ----

# vendor, kind of answers, document, options of Prism
mock() {
  vendor=$1 kind=$2 document=$3
  shift 3
  start_prism "$vendor-$kind" mock "$@" "$document"
  for file in $(sources_of "$vendor"); do
    name=$(basename "$file" .yaml)-$kind
    configure "$file" "$url"
    once "$name" '0 1'
    [ "$kind" != examples ] || attend "$name-daemon"
  done
  judge request
  count
  requests=$((requests + seen))
  stop $prism_pid
  say "$vendor: answers made of $kind are survived, $seen requests"
}

for vendor in $vendors; do
  mock $vendor examples "$work/doc/$vendor.json"
  mock $vendor schemas "$work/doc/$vendor-one-page.json" --ignoreExamples
  for round in $(seq "$rounds"); do
    mock $vendor "random-$((seed + round - 1))" "$work/doc/$vendor-one-page.json" \
      --dynamic --seed $((seed + round - 1))
  done
done

# ---- proxies ----

changes='[
  {"repo":"acme/web","title":"Reseller single sign-on","labels":["epic"],"author":"ben"},
  {"repo":"acme/web","number":1,"title":"Told otherwise"},
  {"repo":"acme/pay","number":1,"state":"closed"},
  {"project":"PAY","type":"Epic","summary":"Reseller single sign-on","reporter":"ben"},
  {"key":"PAY-1","summary":"Told otherwise"},
  {"key":"WEB-4","status":"Done"}]'

# A first sync, one where nothing changed, one with changes: file of sources/
three_syncs() {
  name=$(basename "$1" .yaml)-proxy
  configure "$1" "$url"
  for run in first quiet changed; do
    count_before=$(grep -c 'Request received' "$prism_log" || :)
    [ $run != changed ] || "$build/vendors" --post "$site/_control/issues" "$changes" >/dev/null
    once "$name-$run" 0
    count
    [ "$seen" -gt "$count_before" ] || fail "no request of the sync came (see $prism_log)"
  done
}

proxy() { # vendor
  vendor=$1
  prefix=/$vendor
  [ "$vendor" != jira-cloud ] || prefix=/jira
  timeout --foreground -k 10 $life_limit "$build/vendors" --port 0 \
    --data config/examples/acme/company.json --repo acme/made --synthetic-github 1200 \
    --cursor-after 200 --page-cap 10 >"$log/$vendor.vendors" 2>&1 &
  server=$!
  started="$started $server"
  await 30 grep -q '^listening ' "$log/$vendor.vendors" || fail "the vendor server does not listen"
  site=http://$(sed -n 's/^listening //p' "$log/$vendor.vendors")
  start_prism "$vendor-proxy" proxy "$work/doc/$vendor.json" "$site$prefix"
  "$build/vendors" --post "$site/_control/site" "{\"github\":\"$url\"}" >/dev/null
  for file in $(sources_of "$vendor"); do three_syncs "$file"; done
  judge request
  judge response
  # Further pages, conditions and long searches were among them.
  case $vendor in
  github) expected='page=2 after= returned.304 /repositories/' ;;
  jira-cloud) expected='nextPageToken= .post./rest/api/3/search/jql' ;;
  jira-dc) expected='startAt=[1-9] .post./rest/api/2/search' ;;
  esac
  for what in $expected; do
    grep -q -- "$what" "$prism_log" || fail "no request of the kind $what came (see $prism_log)"
  done
  requests=$((requests + seen))
  stop $prism_pid
  stop $server
  say "$vendor: $seen requests to a true server and their answers are as described"
}

for vendor in $vendors; do proxy $vendor; done
say "api: $runs runs, $requests requests, 0 skipped"
