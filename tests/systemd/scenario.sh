#!/bin/bash
# Runs inside the booted systemd (see boot.sh): the service's whole life, as its operator
# and its users see it. Prints one line a check; fails at the end if any failed.
set -u
bad=0
ok() { echo "ok   - $1"; }
no() { echo "FAIL - $1"; bad=1; [ $# -lt 2 ] || echo "$2" | sed 's/^/       /'; }
check() { # description, command...
  local what=$1 out
  shift
  if out=$("$@" 2>&1); then ok "$what"; else no "$what" "$out"; fi
}
refused() { # description, wanted status, command...
  local what=$1 want=$2 out got
  shift 2
  out=$("$@" 2>&1)
  got=$?
  if [ $got = "$want" ]; then ok "$what"; else no "$what (status $got, not $want)" "$out"; fi
}
as() { # user, command...
  local user=$1
  shift
  setpriv --reuid="$user" --regid="$user" --init-groups "$@"
}
await() { # seconds, command...
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do [ $SECONDS -lt $end ] || return 1; sleep 0.05; done
}

# ---- what the operator does ----
systemd-sysusers /usr/lib/sysusers.d/alignd.conf
for user in reader writer outsider; do
  printf 'u %s - "%s" /\n' $user $user
done >/etc/sysusers-test.conf
systemd-sysusers /etc/sysusers-test.conf
printf 'm reader alignd\nm writer alignd\nm writer alignd-write\n' >/etc/sysusers-test2.conf
systemd-sysusers /etc/sysusers-test2.conf
mkdir -p /etc/alignd/credentials
chmod 700 /etc/alignd/credentials
printf 'secret-token' >/etc/alignd/credentials/github-token
chmod 600 /etc/alignd/credentials/github-token
/usr/libexec/alignd-test/vendors --port 8701 --data /usr/libexec/alignd-test/company.json \
  --github-token secret-token >/var/log/vendors.log 2>&1 &
await 10 grep -q '^listening' /var/log/vendors.log || no "the vendor server listens"
cp /usr/libexec/alignd-test/strategy.yaml /etc/alignd/strategy.yaml
cat >/etc/alignd/alignd.yaml <<'YAML'
strategy: strategy.yaml
hours: always
sources:
  - name: github
    type: github
    url: http://127.0.0.1:8701/github
    repos: [acme/web]
    token: { credential: github-token }
    interval: 1h
YAML
systemctl daemon-reload

# ---- and looks at before it runs ----
clean() { out=$(alignd --check 2>&1) && ! echo "$out" | grep -q warning || { echo "$out"; false; }; }
check "the check is good, without a word" clean
unseen() { out=$(as reader alignd --check 2>&1) && echo "$out" | grep -q 'github-token could not be looked at'; }
check "one who is not root is told what was not looked at" unseen
chmod 622 /etc/alignd/credentials/github-token
refused "a credential that others can write is refused" 78 alignd --check
chmod 600 /etc/alignd/credentials/github-token
tried() { alignd --once --dry-run 2>/dev/null | grep -q 'no strategic link'; }
check "the dry run says what would be posted" tried
check "and leaves nothing behind" test ! -e /var/lib/alignd

# ---- start by activation ----
check "the socket unit starts" systemctl start alignd.socket
check "the socket is root:alignd, 0660" test "$(stat -c '%U %G %a' /run/alignd/alignd.sock)" = "root alignd 660"
check "a member's question starts the service" as reader timeout 20 alignctl status
check "the service is active" systemctl is-active alignd.service
fresh() { as reader alignctl status --json | grep -q '"state":"fresh"'; }
check "the credential was read: the source is fresh" await 20 fresh
check "it told systemd so" await 10 sh -c 'systemctl show -p StatusText alignd | grep -q "1 of 1 sources fresh"'
check "READY came" test "$(systemctl show -p SubState --value alignd)" = running
check "it runs as alignd" test "$(stat -c %U /proc/$(systemctl show -p MainPID --value alignd))" = alignd
environment() { tr '\0' '\n' </proc/$(systemctl show -p MainPID --value alignd)/environ; }
hides_token() { environment | grep -q CREDENTIALS_DIRECTORY && ! environment | grep -q secret-token; }
check "the token is not in its environment" hides_token
check "the state directory is private" test "$(stat -c '%U %a' /var/lib/alignd)" = "alignd 700"
says() { journalctl -u alignd --no-pager "${@:2}" | grep -q -- "$1"; }
quiet() { ! says 'can be read by others'; }
check "systemd's copy of the credential counts as private" quiet
owned() { test -z "$(find /var/lib/alignd ! -user alignd)"; }
copied() { STATE_DIRECTORY=/var/lib/alignd alignd --once --dry-run 2>&1 | grep -q '0 messages would be posted'; }
check "a dry run on a copy of the state knows what was told" copied
check "the state is still all the service's" owned

# ---- who may what ----
refused "an outsider is refused, and told the group" 77 as outsider alignctl status
as outsider alignctl status 2>&1 | grep -q "group" && ok "the message names the group" || no "the message names the group"
key=$(as reader alignctl unlinked --json | grep -o '"key":"acme/web#[0-9]*"' | head -n 1 | cut -d'"' -f4)
[ -n "$key" ] && ok "something is unlinked: $key" || no "something is unlinked"
refused "a reader may not write" 3 as reader alignctl link "$key" onboarding
check "a writer may" as writer alignctl link "$key" onboarding
uid=$(id -u writer)
check "the audit names the real uid and user" sh -c "alignctl audit --json | grep -q '\"uid\":$uid' && alignctl audit --json | grep -q '\"user\":\"writer\"'"

# ---- reload ----
pid=$(systemctl show -p MainPID --value alignd)
sed -i 's/^name: .*/name: Renamed/' /etc/alignd/strategy.yaml
check "reload by systemctl" systemctl reload alignd
renamed() { as reader alignctl status --json | grep -q Renamed; }
check "the new strategy is in force" await 10 renamed
echo 'nonsense: [' >>/etc/alignd/strategy.yaml
systemctl reload alignd
refusal() { journalctl -u alignd --no-pager | grep -q "reload refused"; }
check "a broken one is refused, in the journal" await 10 refusal
check "and the good one stays" renamed
check "without a restart" test "$pid" = "$(systemctl show -p MainPID --value alignd)"
sed -i '$d' /etc/alignd/strategy.yaml

# ---- stop, and start again by a question ----
check "it stops" systemctl stop alignd.service
check "cleanly" test "$(systemctl show -p Result --value alignd)" = success
check "a dry run on the state of a stopped service" copied
check "leaves it the service's, too" owned
check "the socket outlives it" test -S /run/alignd/alignd.sock
check "the next question starts it again" as reader timeout 20 alignctl status

# ---- the strategy from git ----
pull() { systemctl start alignd-strategy.service; }
author() { setpriv --reuid=alignd-strategy --regid=alignd-strategy --clear-groups git -c safe.directory=/srv/strategy -C /srv/strategy -c user.name=a -c user.email=a@example.com "$@"; }
commit() { chown -R alignd-strategy: /srv/strategy && author add -A && author commit -qm change; }
taken() { test "$(readlink /var/lib/alignd-strategy/current)" = "releases/$(author rev-parse HEAD)"; }
named() { as reader alignctl status --json | grep -q "$1"; }
pull
check "without a configuration nothing is pulled" test ! -e /var/lib/alignd-strategy
check "the timer is off" sh -c '! systemctl -q is-enabled alignd-strategy.timer'
mkdir -p /srv/strategy && chown alignd-strategy: /srv/strategy
setpriv --reuid=alignd-strategy --regid=alignd-strategy --clear-groups git init -q -b main /srv/strategy
sed 's/^name: .*/name: From git/' /etc/alignd/strategy.yaml >/srv/strategy/strategy.yaml
commit
printf 'REPO=file:///srv/strategy\n' >/etc/alignd/strategy.env
cp /etc/alignd/alignd.yaml /etc/alignd/alignd.yaml.before
sed -i 's|^strategy: .*|strategy: /var/lib/alignd-strategy/current/strategy.yaml|' /etc/alignd/alignd.yaml
check "a good commit is pulled" pull
check "and taken over" taken
check "the daemon has it" await 10 named 'From git'
before=$(readlink /var/lib/alignd-strategy/current)
echo 'nonsense: [' >>/srv/strategy/strategy.yaml
commit
refused "a broken commit is refused" 1 pull
check "the old strategy stays in its place" test "$(readlink /var/lib/alignd-strategy/current)" = "$before"
check "and in force" named 'From git'
check "the journal says why" sh -c 'journalctl -u alignd-strategy --no-pager | grep -q "is not taken"'
mkdir /srv/strategy/parts
sed -i '$d' /srv/strategy/strategy.yaml
sed 's/^name: .*/name: In parts/' /srv/strategy/strategy.yaml >/srv/strategy/parts/all.yaml
rm /srv/strategy/strategy.yaml
commit
printf 'REPO=file:///srv/strategy\nFILE=parts\n' >/etc/alignd/strategy.env
sed -i 's|^strategy: .*|strategy: /var/lib/alignd-strategy/current/parts|' /etc/alignd/alignd.yaml
check "a directory is pulled" pull
check "and in force" await 10 named 'In parts'
check "only its last two commits are kept" test "$(ls /var/lib/alignd-strategy/releases | wc -l)" -le 2
[ $bad = 0 ] || journalctl -u alignd-strategy --no-pager | tail -n 30
mv /etc/alignd/alignd.yaml.before /etc/alignd/alignd.yaml
systemctl reload alignd

# ---- a hang is ended by the watchdog ----
mkdir -p /run/systemd/system/alignd.service.d
printf '[Service]\nWatchdogSec=2s\nRestartSec=100ms\n' >/run/systemd/system/alignd.service.d/test.conf
systemctl daemon-reload
systemctl restart alignd
pid=$(systemctl show -p MainPID --value alignd)
kill -STOP "$pid"
replaced() { p=$(systemctl show -p MainPID --value alignd); [ "$p" != "$pid" ] && [ "$p" != 0 ] && systemctl -q is-active alignd; }
check "a hung process is replaced" await 30 replaced
check "by the watchdog" sh -c 'journalctl -u alignd --no-pager | grep -qi watchdog'

# ---- a configuration error is not restarted ----
systemctl stop alignd.service
echo 'unknown_key: 1' >>/etc/alignd/alignd.yaml
systemctl start alignd.service 2>/dev/null
await 10 sh -c 'systemctl -q is-failed alignd'
check "a bad configuration ends with 78" test "$(systemctl show -p ExecMainStatus --value alignd)" = 78
check "and is not tried again" test "$(systemctl show -p NRestarts --value alignd)" -le 1
check "the journal has it among the errors" says unknown_key -p err
sed -i '$d' /etc/alignd/alignd.yaml
rm /etc/alignd/credentials/github-token
systemctl reset-failed alignd.service
systemctl start alignd.service 2>/dev/null
check "a missing credential is told with where it goes" \
  await 10 says 'write it to /etc/alignd/credentials/github-token' -p err
[ $bad = 0 ] || journalctl -u alignd --no-pager | tail -n 40
exit $bad
