#!/bin/sh
# Purity by symbols: core, its rules and the connectors may not reach a clock, a file, a
# socket, the environment, a log or the store, whatever the source says. Usage: purity.sh BUILD
set -eu
build=$1
forbidden='time|clock_gettime|gettimeofday|localtime_r|localtime|gmtime|mktime|open|openat|fopen|fopen64|open64|read|write|close|socket|connect|bind|accept|send|sendto|sendmsg|recv|recvfrom|poll|select|epoll_wait|getenv|secure_getenv|setenv|fork|execve|system|popen|pthread_create|getrandom|rand|random|srand|printf|puts|fwrite|fputs|stderr|stdout|log_at|clock_system|sleep|usleep|nanosleep'
prefixes='sqlite3_|uv_|curl_|MHD_|sd_|fy_|SSL_|EVP_'
objects=$(find "$build/obj/daemon/core" "$build/obj/connectors" -name '*.o' | sort)
n=$(echo "$objects" | grep -c .) || { echo "purity: no objects in $build"; exit 1; }
symbols=$(echo "$objects" | xargs nm -u -A) # "FILE: U NAME", with a column for the address
found=$(echo "$symbols" | sed 's/@.*//; s/: *[Uuwv] */ /; s/ __\(.*\)_chk$/ \1/' |
  awk -v re=" (($forbidden)\$|($prefixes))" '$0 ~ re { sub(/ /, ": reaches "); print }')
[ -z "$found" ] || { echo "$found"; exit 1; }
echo "$n objects are pure"
