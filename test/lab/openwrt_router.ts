/** Shell functions of scenarios in which the router of a topology is an OpenWrt one, with the package weir and procd stood in. */
import { readFileSync } from 'node:fs';

/** For `files` of boot(): what scripts/lab-router.sh makes. */
export const ROUTER_FILES = (): Readonly<Record<string, Uint8Array>> => ({
  'router.tar': readFileSync('build/lab/router.tar'),
});

/**
 * `unpack_router` makes /tmp/tree/rom and package of it, and `furnish_router` what the kernel and OpenWrt's boot put into $root, the
 * router's root; `image_has_package` puts weir in as the build of an image does. `in_router` runs a program there. With `be_procd` a shell waits there to run what procd would run, and
 * hears what the daemon says on standard error: `start_and_wait` has the service's script called, and returns when all is shaped. The package comes and goes as with opkg: `unpack_package`, `opkg_install`,
 * `opkg_upgrade`, `opkg_remove`; and `apk_upgrade`, since apk runs no script before an upgrade. An upgrade gives the name of the
 * program to be weir from now on. `shaped_by_another` is true once a daemon is at work that is not $daemon, and sets that.
 */
export const OPENWRT_ROUTER = `
root=/tmp/tree/rom
unpack_router() { mkdir -p /tmp/tree && tar -x -m -f /run/lab/files/router.tar -C /tmp/tree; }
image_has_package() {
  cp -a /tmp/tree/package/data/. $root/
  ln -s ../init.d/weir $root/etc/rc.d/S21weir
}
furnish_router() {
  mount -t proc proc $root/proc
  mount --bind /dev $root/dev
  mkdir -p $root/tmp/run $root/tmp/procd
}
in_router() {
  on router env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin PROCD_RUN=/tmp/procd PKG_UPGRADE=\${PKG_UPGRADE:-} \\
    sh -c 'mount -t sysfs sys "$0/sys" && exec chroot "$0" "$@"' $root "$@"
}
unpack_package() {
  local file info=$root/usr/lib/opkg/info
  mkdir -p $info
  cp -a /tmp/tree/package/data/. $root/
  (cd /tmp/tree/package/data && find . -type f | sed 's/^.//') >$info/weir.list
  for file in postinst prerm prerm-pkg; do cp /tmp/tree/package/$file $info/weir.$file; done
}
opkg_install() { unpack_package && PKG_UPGRADE=0 in_router sh /usr/lib/opkg/info/weir.postinst configure; }
opkg_upgrade() { PKG_UPGRADE=1 in_router sh /usr/lib/opkg/info/weir.prerm upgrade 9.9.9 && apk_upgrade $1; }
apk_upgrade() {
  rm $root/usr/sbin/weir
  cp /run/lab/bin/$1 $root/usr/sbin/weir
  PKG_UPGRADE=1 in_router sh /usr/lib/opkg/info/weir.postinst configure
}
opkg_remove() {
  local file
  PKG_UPGRADE=0 in_router sh /usr/lib/opkg/info/weir.prerm remove
  while read -r file; do rm -f "$root$file"; done <$root/usr/lib/opkg/info/weir.list
  rm $root/usr/lib/opkg/info/weir.*
}
be_procd() {
  mkfifo $root/tmp/procd/stderr $root/tmp/procd/calls
  exec 7<>$root/tmp/procd/stderr 8<>$root/tmp/procd/calls
  in_router sh -c 'while read -r call; do $call </dev/null; done' <&8 &
}
start_and_wait() {
  local line
  echo "/etc/init.d/weir \${1:-start}" >&8
  until [[ \${line:=} = 'notice: start: add '* ]]; do read -r -t 60 line <&7; done
}
daemon=
shaped_by_another() {
  local number
  read -r number _ <$root/tmp/run/weir/lock && [ -n "$number" ] && [ "$number" != "$daemon" ] && daemon=$number
}
`;
