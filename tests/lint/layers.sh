#!/bin/sh
# The include graph against layers.txt: every #include of the program's sources must be
# its own module's, an allowed module's, an allowed library's, or libc's.
set -eu
table=tests/lint/layers.txt
find daemon connectors config -name '*.[ch]' | sort | awk -v table="$table" '
function module_of(path) {
  if (path ~ /^connectors\//) return "connectors"
  if (path ~ /^config\//) return "config"
  if (path ~ /^daemon\/main\.c$/) return "app"
  if (path ~ /^daemon\//) { split(path, p, "/"); return p[2] }
  return ""
}
function included_module(inc) {
  if (inc ~ /^connectors\//) return "connectors"
  if (inc ~ /^config\//) return "config"
  if (inc ~ /^(base|core|io|store|status|app|ctl)\//) { split(inc, p, "/"); return p[1] }
  return "?"
}
function library(inc) {
  if (inc ~ /^curl\//) return "curl"
  if (inc ~ /^openssl\//) return "openssl"
  if (inc ~ /^systemd\//) return "systemd"
  if (inc == "uv.h") return "uv"
  if (inc == "sqlite3.h") return "sqlite3"
  if (inc == "jansson.h") return "jansson"
  if (inc == "microhttpd.h") return "microhttpd"
  if (inc == "libfyaml.h") return "libfyaml"
  if (inc == "libdeflate.h") return "libdeflate"
  if (inc == "utf8proc.h") return "utf8proc"
  return ""
}
BEGIN {
  while ((getline line < table) > 0) {
    if (line ~ /^#/ || line == "") continue
    n = split(line, f, " ")
    known[f[1]] = 1
    for (i = 2; i <= n; i++) allowed[f[1], f[i]] = 1
  }
}
{
  path = $0; mod = module_of(path); lineno = 0
  if (!(mod in known)) { print path ": no module in " table; bad = 1; next }
  while ((getline line < path) > 0) {
    lineno++
    if (line !~ /^[ \t]*#[ \t]*include/) continue
    if (match(line, /"[^"]+"/)) {
      inc = substr(line, RSTART + 1, RLENGTH - 2)
      to = included_module(inc)
      if (to != mod && !((mod, to) in allowed)) {
        print path ":" lineno ": " mod " may not include " inc; bad = 1
      }
    } else if (match(line, /<[^>]+>/)) {
      lib = library(substr(line, RSTART + 1, RLENGTH - 2))
      if (lib != "" && !((mod, lib) in allowed)) {
        print path ":" lineno ": " mod " may not use " lib; bad = 1
      }
    }
  }
  close(path)
}
END { if (!bad) print NR " files keep to their layers"; exit bad }
'
