#!/bin/bash
# PID 1 of the guest. The host's file system is the guest's root, read-only; what a scenario may write to is in memory
# and private to the guest, but for /run/lab: the private directory that boot.ts made on the host for this run.
#
# The kernel's command line is mixed into its random numbers, so it must be the same in every run. That is why paths that
# differ from run to run do not stand there: /proc/self/cwd leads both the kernel and the mount below to the directory
# in which the kernel was started.
export PATH=/run/lab/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C

mount -t proc proc /proc
mount -t sysfs sys /sys
[ -c /dev/null ] || mount -t devtmpfs dev /dev
ln -s /proc/self/fd /dev/fd
mount -t tmpfs run /run
mkdir /run/lab
mount -t hostfs lab /run/lab -o /proc/self/cwd
exec >/run/lab/log 2>&1

mount -t tmpfs tmp /tmp
[ -L /var/run ] || mount -t tmpfs run /var/run
mount -t bpf bpf /sys/fs/bpf
# A private, writable /etc that shows the host's.
mkdir /run/host-etc
mount --bind /etc /run/host-etc
mount -t tmpfs etc /etc
for entry in /run/host-etc/*; do links+=("$entry"); done
ln -s "${links[@]}" /etc/
mkdir -p /run/netns

[ ! -d /run/lab/modules ] || traffic insmod /run/lab/modules/*.ko

# New network namespaces take these over: every host forwards, an IPv6 address is usable at once, no tunnel devices.
echo 1 >/proc/sys/net/core/devconf_inherit_init_net
echo 1 >/proc/sys/net/ipv4/ip_forward
echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad
echo 1 >/proc/sys/net/core/fb_tunnels_only_for_init_net

. /run/lab/guest/guest.sh
. /run/lab/guest/topology.sh
. /run/lab/guest/load.sh
. /run/lab/guest/bridge.sh
(
  set -Eeuo pipefail
  trap 'emit error "$(traffic json "line $LINENO: $BASH_COMMAND")"' ERR
  . /run/lab/script.sh
)
echo "@end {\"exit\":$?}"
traffic poweroff
