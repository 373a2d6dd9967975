#!/bin/sh
# Functions nobody may call, and those that only base may.
set -u
bad=0
files=$(find daemon connectors config tests -name '*.[ch]' | sort)
say() { echo "$1"; bad=1; }
code() { sed -e 's|//.*||' -e 's|"[^"]*"|""|g' "$1" | awk '
  { line = $0; out = ""
    while (length(line)) {
      if (inside) { i = index(line, "*/"); if (!i) { line = ""; break } line = substr(line, i + 2); inside = 0 }
      else { i = index(line, "/*"); if (!i) { out = out line; break } out = out substr(line, 1, i - 1); line = substr(line, i + 2); inside = 1 } }
    print FNR ":" out }'; }
for f in $files; do
  hits=$(code "$f" | grep -nE '(^|[^A-Za-z0-9_])(strcpy|strcat|sprintf|vsprintf|strtok|gmtime|localtime|atoi|atol|system|popen|gets|alloca|tmpnam|mktemp)[ ]*\(' | cut -d: -f2-)
  [ -z "$hits" ] || say "$f: banned call: $hits"
  case "$f" in
  daemon/base/*|tests/*) ;;
  *) hits=$(code "$f" | grep -nE '(^|[^A-Za-z0-9_>.])(time|clock_gettime|gettimeofday)[ ]*\(' | cut -d: -f2-)
     [ -z "$hits" ] || say "$f: reads a clock outside base: $hits" ;;
  esac
done
# What a work place leaves behind has no business in the tree.
hits=$(git grep -nIE '(^|[^A-Za-z0-9_\\"])(TODO|FIXME|XXX)([^A-Za-z0-9_"]|$)' -- '*.c' '*.h' '*.sh' '*.mk' Makefile ':!tests/lint/banned.sh' 2>/dev/null)
[ -z "$hits" ] || say "unfinished: $hits"
[ $bad = 0 ] && echo "$(echo "$files" | wc -l) files call nothing banned"
exit $bad
