#!/bin/sh
# Makes the file system of a small router for the lab: lab-router.sh TAR. In it are
#   rom/      busybox with OpenWrt's paths, and the stand-ins of test/service/openwrt for its scripts; weir is not installed
#   package/  the package weir as openwrt/rules makes it: data/ and the maintainer scripts
set -eu
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rom=$work/rom

make -s -C openwrt/rules package PKG=weir ARCH=x86_64 BUILD_DIR="$PWD/build" FEED="$PWD/openwrt" OUT="$work/package"

(cd "$work" && mkdir -p rom/bin rom/sbin rom/usr/bin rom/usr/sbin rom/etc/rc.d rom/etc/config rom/lib rom/dev rom/proc rom/sys rom/tmp)
ln -s tmp "$rom/var"
cp "$(command -v busybox)" "$rom/bin/busybox"
for applet in $(busybox --list); do
  [ "$applet" = busybox ] || ln -s busybox "$rom/bin/$applet"
done
cp test/service/openwrt/rc.common "$rom/etc/"
cp -r test/service/openwrt/functions test/service/openwrt/functions.sh "$rom/lib/"
echo 'root:x:0:0:root:/root:/bin/sh' >"$rom/etc/passwd"
echo 'root:x:0:' >"$rom/etc/group"
# What weir's own `uci` prints costs as much as a start of weir; the real one is a small program.
cat >"$rom/sbin/uci" <<'END'
#!/bin/sh
[ "$2" != export ] || exec cat "/etc/config/$3"
exec /usr/sbin/weir uci "$@"
END
chmod 755 "$rom/sbin/uci"

tar -c -f "$1" --sort=name --owner=0 --group=0 --numeric-owner -C "$work" rom package
