#!/bin/sh
# Functions nobody may call, and those that only base may.
set -u
bad=0
files=$(find daemon connectors config tests -name '*.[ch]' | sort)
say() { echo "$1"; bad=1; }
# Strings and comments are taken away first; nothing here is called by a longer name.
hits=$(echo "$files" | xargs awk '
  function calls(names) { return out ~ ("(^|[^A-Za-z0-9_])(" names ")[ ]*\\(") }
  FNR == 1 { inside = 0; clock_too = FILENAME !~ /^(daemon\/base|tests)\// }
  { line = $0; out = ""
    sub(/\/\/.*/, "", line); gsub(/"[^"]*"/, "\"\"", line)
    while (length(line)) {
      if (inside) { i = index(line, "*/"); if (!i) break; line = substr(line, i + 2); inside = 0 }
      else { i = index(line, "/*"); if (!i) { out = out line; break }
             out = out substr(line, 1, i - 1); line = substr(line, i + 2); inside = 1 } }
    if (calls("strcpy|strcat|sprintf|vsprintf|strtok|gmtime|localtime|atoi|atol|system|popen|gets|alloca|tmpnam|mktemp"))
      print FILENAME ":" FNR ": banned call: " out
    if (clock_too && out ~ /(^|[^A-Za-z0-9_>.])(time|clock_gettime|gettimeofday)[ ]*\(/)
      print FILENAME ":" FNR ": reads a clock outside base: " out }') || exit 1
[ -z "$hits" ] || say "$hits"
# What a work place leaves behind has no business in the tree.
hits=$(git grep -nIE '(^|[^A-Za-z0-9_\\"])(TODO|FIXME|XXX)([^A-Za-z0-9_"]|$)' -- '*.c' '*.h' '*.sh' '*.mk' Makefile ':!tests/lint/banned.sh' 2>/dev/null)
[ -z "$hits" ] || say "unfinished: $hits"
[ $bad = 0 ] && echo "$(echo "$files" | wc -l) files call nothing banned"
exit $bad
