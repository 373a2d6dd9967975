#!/bin/sh
# Runs fuzz targets one after the other. Usage: run.sh DIR MODE NAME...
# DIR holds the programs; MODE is the seconds each may take, or "smoke": a fixed
# number of runs from a fixed seed. What is found stays in DIR/found (inputs that
# reach something new, for the next run) and DIR/failed (inputs that fail).
set -u
dir=$1
mode=$2
shift 2
here=$(dirname "$0")
base=$([ -w /dev/shm ] && echo /dev/shm || echo "${TMPDIR:-/tmp}")
work=$(mktemp -d "$base/alignd-fuzz-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
export TMPDIR=$work
mkdir -p "$dir/failed" "$work/dict"

"$dir/seeds" "${SHARED:-../shared}/data" "$work/seeds" || exit 1

# Inputs that the repository or the system has anyway.
more_seeds() {
  mkdir -p "$work/seeds/$1"
  case $1 in
  alignd) cp config/alignd.sample.yaml tests/golden/config/alignd*.yaml tests/golden/config/yaml*.yaml "$work/seeds/alignd" ;;
  strategy) cp config/strategy.sample.yaml config/examples/acme/strategy.yaml tests/golden/config/strategy*.yaml "$work/seeds/strategy" ;;
  ics) cp tests/golden/config/*.ics "$work/seeds/ics" ;;
  github) cp tests/data/github/*.json "$work/seeds/github" ;;
  jira) cp tests/data/jira/*.json "$work/seeds/jira" ;;
  tzif)
    for zone in Europe/Berlin America/New_York Australia/Lord_Howe Africa/Casablanca Asia/Kathmandu Pacific/Apia UTC; do
      [ ! -f "/usr/share/zoneinfo/$zone" ] || cp "/usr/share/zoneinfo/$zone" "$work/seeds/tzif/$(basename "$zone")"
    done ;;
  project_portable) cp -r "$work/seeds/project/." "$here/corpus/project/." "$work/seeds/project_portable" ;;
  esac
}

# The keys of a file are what its schema names.
dictionary() {
  case $1 in
  alignd|strategy)
    grep -oE '"[a-z][a-z0-9_-]{1,30}"' "config/$1.schema.json" | sort -u >"$work/dict/$1"
    echo "$work/dict/$1" ;;
  project_portable) echo "$here/project.dict" ;;
  *) [ ! -f "$here/$1.dict" ] || echo "$here/$1.dict" ;;
  esac
}

# The longest input, and how many runs are a few seconds.
limits() {
  case $1 in
  api) echo 4096 1000 ;;
  chat) echo 8192 1000 ;;
  alignd|strategy) echo 8192 2000 ;;
  github|jira) echo 24576 2000 ;;
  project|project_portable) echo 8000 8000 ;;
  times) echo 400 8000 ;;
  head) echo 2048 8000 ;;
  *) echo 4096 20000 ;;
  esac
}

bad=
for name in "$@"; do
  more_seeds "$name"
  set -- $(limits "$name")
  options="-max_len=$1 -rss_limit_mb=512 -timeout=10 -print_final_stats=1 -artifact_prefix=$dir/failed/$name-"
  dict=$(dictionary "$name")
  [ -z "$dict" ] || options="$options -dict=$dict"
  mkdir -p "$here/corpus/$name"
  if [ "$mode" = smoke ]; then
    found=$work/found/$name
    options="$options -runs=$2 -seed=1"
  else
    found=$dir/found/$name
    options="$options -max_total_time=$mode"
  fi
  mkdir -p "$found"
  if "$dir/$name" $options "$found" "$here/corpus/$name" "$work/seeds/$name" >"$work/log" 2>&1; then
    awk -v name="$name" '/cov: /{ for (i = 1; i < NF; i++) if ($i == "cov:") cov = $(i + 1) }
      /^Done /{ runs = $2; s = $5 }
      END { printf "%-17s %9d runs in %4d s, %5d edges\n", name, runs, s, cov }' "$work/log"
  else
    echo "$name failed:"
    grep -av '^#\|^"\|^INFO\|NEW_FUNC' "$work/log" | head -n 60
    bad="$bad $name"
  fi
done
[ -z "$bad" ] || { echo "failed:$bad; the inputs are in $dir/failed"; exit 1; }
