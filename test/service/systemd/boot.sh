#!/bin/sh
# Boots systemd as the first process of a container: boot.sh PROBE OUT UNIT [DROP-IN]. There the unit runs the Python program PROBE in
# place of its own; what that writes to /run/weir/out, and then what is below /sys/fs/bpf outside of the unit, goes to OUT. To be run
# by `unshare`, with mounts, processes, control groups and a network of its own.
set -eu

probe=$1 out=$2 unit=$3 drop_in=${4:-}
units=/run/units

mount --make-rprivate /
mount -t tmpfs tmpfs /run
mount -t proc proc /proc
umount -R /sys
mount -t sysfs sysfs /sys
mount -t cgroup2 cgroup2 /sys/fs/cgroup
# As systemd does it where it is the machine's own (src/shared/mount-setup.c).
mount -t bpf -o nosuid,nodev,noexec,mode=700 bpf /sys/fs/bpf

mkdir -p "$units/weir.service.d"
# PrivateTmp and ProtectHome hide it where it is.
cp "$probe" "$units/probe.py"
sed "s,^ExecStart=.*,ExecStart=/usr/bin/python3 $units/probe.py,; s/^Type=.*/Type=oneshot/; /^Restart/d" "$unit" >"$units/weir.service"
[ -z "$drop_in" ] || cp "$drop_in" "$units/weir.service.d/"
for target in sysinit basic shutdown; do echo '[Unit]' >"$units/$target.target"; done
cat >"$units/probe.target" <<END
[Unit]
Wants=weir.service end.service
END
cat >"$units/end.service" <<END
[Unit]
DefaultDependencies=no
After=weir.service
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'cat /run/weir/out >$out; find /sys/fs/bpf -path "*weir*" >>$out; systemctl --force --force exit'
END

exec env -i PATH="$PATH" container=test SYSTEMD_UNIT_PATH="$units" \
  /lib/systemd/systemd --system --unit=probe.target --log-target=console --show-status=no
