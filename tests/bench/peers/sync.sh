#!/bin/sh
# A first sync with curl, jq and sqlite3, one process each: sync.sh URL DATABASE PAGES
set -eu
curl -sS --fail -H "Authorization: Bearer t0ken" "$1&page=[1-$3]" |
  jq -r '.[] | select(has("pull_request") | not) | [.id, .number, .title, .state, .user.login, .created_at, .updated_at,
    .closed_at, ([.labels[].name] | join(" "))] | @csv' |
  sqlite3 "$2" 'CREATE TABLE item (id INTEGER PRIMARY KEY, number, title, state, author, created, updated, closed, labels)' \
    '.mode csv' '.import /dev/stdin item'
echo "$(sqlite3 "$2" 'SELECT count(*) FROM item') issues"
