#!/bin/sh
# An ipk out of what openwrt/rules made of a package: ipk.sh DIRECTORY OUTPUT TIME. DIRECTORY has data/ and beside it the files of
# the control part; the ipk goes to OUTPUT under the name that opkg's feeds give it, and is printed. TIME, in seconds since 1970, is
# that of every file in it: the same files give the same bytes.
#
# The form is that of OpenWrt's scripts/ipkg-build: a tar.gz of debian-binary, data.tar.gz and control.tar.gz, with
# the size of the unpacked data.tar as Installed-Size, which opkg holds against the free space of the flash.
set -eu
export LC_ALL=C
umask 022

package=$(cd "$1" && pwd)
output=$(mkdir -p "$2" && cd "$2" && pwd)
time=$3

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/control"

archive() { tar --format=gnu --numeric-owner --owner=0 --group=0 --sort=name --mtime="@$time" -c "$@"; }
field() { sed -n "s/^$1: //p" "$package/control"; }

(cd "$package/data" && archive .) >"$work/data.tar"
size=$(stat -c %s "$work/data.tar")

find "$package" -mindepth 1 -maxdepth 1 -type f -exec cp -p {} "$work/control" \;
sed "s/^Architecture: .*/&\nInstalled-Size: $size/" "$package/control" >"$work/control/control"
chmod 644 "$work/control/control"
# opkg keeps a file that the user has changed only when it is one; sorted, and without those that the package has not.
if [ -f "$package/conffiles" ]; then
  sort "$package/conffiles" | while read -r file; do [ ! -f "$package/data$file" ] || echo "$file"; done >"$work/control/conffiles"
fi

(cd "$work/control" && archive .) >"$work/control.tar"
gzip -9n "$work/data.tar" "$work/control.tar"
echo 2.0 >"$work/debian-binary"

ipk=$(field Package)_$(field Version)_$(field Architecture).ipk
(cd "$work" && archive ./debian-binary ./data.tar.gz ./control.tar.gz) >"$work/ipk"
gzip -9nc "$work/ipk" >"$output/$ipk"
echo "$2/$ipk"
