#!/bin/sh
# `make demo`: the main job on the worked example company, on this machine alone. A local
# server plays GitHub, Jira and Slack in the vendors' exact shapes; everything else is the
# real alignd. Usage: demo.sh BUILD   (the folder with alignd, alignctl, vendors)
set -eu
build=$(cd "$1" && pwd)
company=config/examples/acme
dir=$(mktemp -d)
server=
daemon=
PATH=$build:$PATH

bold='' plain='' dim=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
  bold=$(printf '\033[1m') dim=$(printf '\033[2m') plain=$(printf '\033[0m')
fi

finish() {
  status=$?
  [ -z "$daemon" ] || { kill "$daemon" 2>/dev/null && wait "$daemon" 2>/dev/null || :; }
  [ -z "$server" ] || { kill "$server" 2>/dev/null && wait "$server" 2>/dev/null || :; }
  if [ $status != 0 ]; then
    echo "The demo did not get to its end. The daemon's log:"
    tail -n 30 "$dir/alignd.log" 2>/dev/null || :
  fi
  rm -rf "$dir"
  exit $status
}
trap finish EXIT
trap 'exit 130' INT TERM

say() { printf '\n%s%s%s\n' "$bold" "$1" "$plain"; }
tell() { printf '%s\n' "$1"; }
show() {
  printf '%s$' "$dim"
  for word in "$@"; do
    case $word in
    *' '*) printf ' "%s"' "$word" ;;
    *) printf ' %s' "$word" ;;
    esac
  done
  printf '%s\n' "$plain"
  "$@" || [ $? = 1 ]
}

# Waits until a command succeeds, at most 30 s.
await() {
  tries=0
  until "$@" >/dev/null 2>&1; do
    tries=$((tries + 1))
    [ $tries -lt 300 ] || { echo "waited in vain for: $*"; return 1; }
    sleep 0.1
  done
}

# The chat sink prints what it receives into a file; `chat WORDS` waits for a message that
# says WORDS and shows all that is new since last time.
shown=0
news() { tail -n +$((shown + 1)) "$dir/chat.log"; }
# A message is printed as a whole: the file is at rest when its last line closes a frame.
says() { news | grep -q -- "$1" && tail -n 1 "$dir/chat.log" | grep -q '^==='; }
chat() {
  await says "$1"
  news | sed 's/^/    /'
  shown=$(wc -l <"$dir/chat.log")
}

tell "${bold}alignd: keeps the work in issue trackers honest against the strategy.$plain"
tell "A local server now plays the trackers and the chat of Acme, which makes scheduling software"
tell "for clinics: two GitHub repositories, two Jira projects, one Slack channel. alignd is the real one."

vendors --port 0 --data $company/company.json --print-chat >"$dir/chat.log" 2>"$dir/vendors.log" &
server=$!
await grep -q '^listening ' "$dir/chat.log"
url=http://$(sed -n 's/^listening //p' "$dir/chat.log" | head -n 1)
shown=$(wc -l <"$dir/chat.log")

umask 077
printf 'demo-token' >"$dir/token"
printf '%s/slack/T0/B0/demo' "$url" >"$dir/slack"
cat >"$dir/alignd.yaml" <<EOF
strategy: $(pwd)/$company/strategy.yaml
state: $dir/state
socket: $dir/alignd.sock
hours: always                    # works on a Sunday night
sources:
  - name: jira
    type: jira
    url: $url/jira
    user: bot@acme.example
    token: { file: $dir/token }
    interval: 1h                 # the demo asks for each sync itself
    fields: { initiative: "Strategic initiative" }
    private: { labels: [confidential] }
  - name: github
    type: github
    url: $url/github
    repos: [acme/web, acme/pay]
    token: { file: $dir/token }
    interval: 1h
channels:
  - { name: product, type: slack, url: { file: $dir/slack } }
routes:
  - { channel: product, group_wait: 0s, group_interval: 0s, budget: off }
rules:
  unlinked-work: { for: 0s }
  unknown-link: { for: 0s }
  retired-link: { for: 0s }
EOF
mkdir "$dir/state"

say "1. The strategy: what Acme wants, and why"
sed -n '/^objectives:/,/^initiatives:/p' $company/strategy.yaml | grep -E '^  - id:|title:|why:' | head -n 12
show alignd -c "$dir/alignd.yaml" --check

say "2. alignd starts and reads both trackers. What was there before is one summary, not a storm"
alignd -c "$dir/alignd.yaml" 2>"$dir/alignd.log" &
daemon=$!
export ALIGND_SOCKET=$dir/alignd.sock
fresh() { [ "$(alignctl status --json | grep -o '"state":"fresh"' | wc -l)" = 2 ]; }
await fresh
idle() { alignctl status --json | grep -q '"evaluating":false' && [ -z "$(alignctl outbox --json | grep queued)" ]; }
await idle
chat "no strategic link"
show alignctl status

say "3. Someone opens an epic that serves no initiative. Its alert follows"
curl_json() { # path, body: no curl on a bare machine, so the test server's own client
  vendors --post "$url$1" "$2" >/dev/null
}
curl_json /_control/issues '{"tracker":"jira","project":"PAY","type":"Epic","summary":"Reseller single sign-on","reporter":"ben"}'
show alignctl sync jira
chat 'Reseller single sign-on'
key=$(alignctl drift --json | tr ',' '\n' | sed -n 's/.*"subject":"\(PAY-[0-9]*\)".*/\1/p' | tail -n 1)

say "4. Ask about it: what drifts, and why does $key exist?"
show alignctl drift
show alignctl why "$key"

say "5. It does serve an initiative: say so. The alert is resolved in chat"
show alignctl link "$key" onboarding
chat 'Resolved'
show alignctl why "$key"
show alignctl coverage

say "6. Where does the effort go? Working days of the last four weeks, beside the plan"
counted() { alignctl split --json | grep -q '"person_days":[1-9]'; }
await counted
show alignctl split

say "7. Do the teams work on what they answer for?"
show alignctl teams

say "8. Are the key results on the way? One of them is checked in"
show alignctl checkin online-share 27.5 --confidence 60% --note "after the autumn campaign"
show alignctl krs

say "9. What do the initiatives cost, by the days spent on them?"
show alignctl cost

say "10. A product idea comes in: does it fit?"
show alignctl test "Patients book a second visit without a phone call" --reach 400 --impact 2 --confidence 80% --effort 30d

say "11. And if the plan were another one? Nothing is changed by asking"
show alignctl whatif --share grow-multisite=30% --share self-service=50%

say "That was the main job. Next: README.md, 'Five minutes to your own tracker'."
