#!/bin/sh
# Boots systemd as the first process of a container, with a unit: boot.sh OUT LOOK FILES. FILES is a directory with weir.service,
# perhaps weir.service.d/, and what they name; it is /run/units there. Its before.sh, if there is one, runs first. When the unit has started, the shell command LOOK runs outside of
# it, its output goes to OUT, and that is the end. To be run by `unshare`, with mounts, processes, control groups and a network of its own.
set -eu

out=$1 look=$2 files=$3
units=/run/units

mount --make-rprivate /
mount -t tmpfs tmpfs /run
mount -t proc proc /proc
umount -R /sys
mount -t sysfs sysfs /sys
mount -t cgroup2 cgroup2 /sys/fs/cgroup
# As systemd does it where it is the machine's own (src/shared/mount-setup.c).
mount -t bpf -o nosuid,nodev,noexec,mode=700 bpf /sys/fs/bpf

# PrivateTmp and ProtectHome would hide them where they are.
cp -r "$files" "$units"
[ ! -e "$units/before.sh" ] || sh -e "$units/before.sh"
for target in sysinit basic shutdown; do echo '[Unit]' >"$units/$target.target"; done
cat >"$units/test.target" <<END
[Unit]
Wants=weir.service look.service
END
echo "$look" >"$units/look.sh"
cat >"$units/look.service" <<END
[Unit]
DefaultDependencies=no
After=weir.service
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'sh $units/look.sh >$out 2>&1; systemctl --force --force exit'
END

exec env -i PATH="$PATH" container=test SYSTEMD_UNIT_PATH="$units" \
  /lib/systemd/systemd --system --unit=test.target --log-target=console --show-status=no
