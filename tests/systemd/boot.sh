#!/bin/bash
# Boots a real systemd as PID 1 of private namespaces over a throw-away copy of this
# machine's root, lays STAGE over it, runs SCRIPT inside after basic.target and prints what it
# printed. Every write goes to memory and is gone afterwards.
#
#   boot.sh SECONDS SCRIPT STAGE
#
# Exit: the script's own status; 77 when this machine cannot do it (says why); 124 on time-out.
set -eu
seconds=$1
script=$(realpath "$2")
stage=$(realpath "$3")

cannot() {
  echo "systemd: cannot run here: $1"
  exit 77
}
[ "$(id -u)" = 0 ] || cannot "needs root"
[ -x /lib/systemd/systemd ] || cannot "no systemd is installed"
unshare --mount --pid --fork --uts --ipc --net --cgroup true 2>/dev/null || cannot "no private namespaces"
[ -d /sys/fs/cgroup ] || cannot "no cgroups"

dir=$(mktemp -d /var/lib/alignd-boot.XXXXXX)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/share" "$dir/mem"
install -m 755 "$script" "$dir/share/script"

cat >"$dir/enter" <<'ENTER'
set -eu
dir=$1 stage=$2
mount --make-rprivate /
mount -t tmpfs -o size=1g tmpfs "$dir/mem"
root=$dir/mem/root
mkdir "$dir/mem/upper" "$dir/mem/work" "$root"
mount -t overlay -o "lowerdir=/,upperdir=$dir/mem/upper,workdir=$dir/mem/work" overlay "$root"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount --rbind /sys/fs/cgroup "$root/sys/fs/cgroup"
mount --rbind /dev "$root/dev"
for fresh in tmp run var/tmp; do mount -t tmpfs tmpfs "$root/$fresh"; done
ip link set lo up
cp -a "$stage/." "$root/"
mkdir -p "$root/boot-share" "$root/boot-old" "$root/etc/systemd/system/basic.target.wants"
mount --bind "$dir/share" "$root/boot-share"
cat >"$root/etc/systemd/system/scenario.service" <<'UNIT'
[Unit]
Description=The scenario
DefaultDependencies=no
After=basic.target
[Service]
Type=oneshot
ExecStart=/bin/sh -c '/boot-share/script >/boot-share/log 2>&1; echo $? >/boot-share/status'
ExecStopPost=/bin/systemctl exit --force --force
UNIT
ln -sf ../scenario.service "$root/etc/systemd/system/basic.target.wants/"
cd "$root"
pivot_root . boot-old
umount -l /boot-old
# Credentials are mounts that must propagate into the service's namespace.
mount --make-rshared /
exec env -i container=lxc PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  /lib/systemd/systemd --system --unit=basic.target --log-target=journal
ENTER

timeout -k 5 "$seconds" unshare --mount --pid --fork --uts --ipc --net --cgroup --kill-child \
  bash "$dir/enter" "$dir" "$stage" >"$dir/boot.log" 2>&1 </dev/null || true
[ -f "$dir/share/log" ] && cat "$dir/share/log"
if [ ! -f "$dir/share/status" ]; then
  if grep -qE 'overlay|Operation not permitted|Permission denied' "$dir/boot.log"; then
    tail -3 "$dir/boot.log"
    cannot "the boot was refused"
  fi
  echo "systemd: the scenario did not end within $seconds s"
  tail -20 "$dir/boot.log"
  exit 124
fi
exit "$(cat "$dir/share/status")"
