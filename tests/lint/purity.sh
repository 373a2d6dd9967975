#!/bin/sh
# Purity by symbols: core, its rules and the connectors may not reach a clock, a file, a
# socket, the environment, a log or the store, whatever the source says. Usage: purity.sh BUILD
set -eu
build=$1
forbidden='time|clock_gettime|gettimeofday|localtime_r|localtime|gmtime|mktime|open|openat|fopen|fopen64|open64|read|write|close|socket|connect|bind|accept|send|sendto|sendmsg|recv|recvfrom|poll|select|epoll_wait|getenv|secure_getenv|setenv|fork|execve|system|popen|pthread_create|getrandom|rand|random|srand|printf|puts|fwrite|fputs|stderr|stdout|log_at|clock_system|sleep|usleep|nanosleep'
prefixes='sqlite3_|uv_|curl_|MHD_|sd_|fy_|SSL_|EVP_'
objects=$(find "$build/obj/daemon/core" "$build/obj/connectors" -name '*.o' | sort)
n=$(echo "$objects" | grep -c .) || { echo "purity: no objects in $build"; exit 1; }
# nm writes "FILE: U NAME", with a column for the address before.
found=$(echo "$objects" | xargs nm -u -A | sed 's/@.*//; s/: *[Uuwv] */ /; s/ __\(.*\)_chk$/ \1/' |
  grep -E " (($forbidden)$|($prefixes))" | sed 's/ /: reaches /') || true
[ -z "$found" ] || { echo "$found"; exit 1; }
echo "$n objects are pure"
