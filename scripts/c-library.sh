#!/bin/sh
# The C library that weir is linked against for a CPU of a router: c-library.sh CPU DIRECTORY makes in DIRECTORY
#   root    where the library and its loader lie as on the router, for `qemu-CPU -L`
#   flags   what gcc is told for it (gcc @DIRECTORY/flags), relative to the directory that this runs in
#   name    musl or glibc
#
# musl is Debian's, unpacked and not installed: a cross compiler of Debian's and a library of the same CPU's port make a pair. Its
# loader has the name that OpenWrt gives it, so what is linked here runs there. The release is an old one (MUSL_SUITE) since a program
# runs with a newer musl than it was linked with, and since it is the last with the port mipsel. Where Debian has no musl for a CPU, or
# not any more, it is the compiler's own glibc; nothing of OpenWrt runs that.
set -eu

cpu=$1
directory=$2
suite=${MUSL_SUITE:-bookworm}

fail() {
  echo "c-library.sh: $cpu: $1" >&2
  exit 1
}
# shellcheck source=scripts/debian-apt.sh
. "$(dirname "$0")/debian-apt.sh"

case $cpu in
  x86_64) port=amd64 triplet=x86_64-linux-musl ;;
  aarch64) port=arm64 triplet=aarch64-linux-musl ;;
  arm) port=armhf triplet=arm-linux-musleabihf ;;
  mips) port='' cross=mips ;;
  mipsel) port=mipsel triplet=mipsel-linux-musl cross=mipsel ;;
  *) fail "not a CPU that is known here" ;;
esac

rm -rf "$directory"
mkdir -p "$directory/root"

# Gives 1 where Debian has none.
musl() {
  open_debian "$directory/apt" deb "$suite" "$port"
  debian_apt --print-uris download musl musl-dev >/dev/null 2>&1 || return 1
  "$(dirname "$0")/need.sh" dpkg-deb=dpkg xz=xz-utils
  (cd "$directory/apt" && debian_apt download musl musl-dev) || fail "no musl from Debian $suite"
  for package in "$directory"/apt/*.deb; do dpkg-deb -x "$package" "$directory/root"; done

  # On Debian /lib is /usr/lib, and so it is for the compiler.
  ln -s "../../../lib/$triplet/libc.so" "$directory/root/usr/lib/$triplet/libc.so"
  # Debian's own words for gcc, with the library where it lies here.
  sed "s,/usr/,$directory/root/usr/,g" "$directory/root/usr/lib/$triplet/musl-gcc.specs" >"$directory/specs"
  echo "-specs=$directory/specs" >"$directory/flags"
  echo musl >"$directory/name"
  echo "c-library.sh: $cpu: musl from Debian $suite, $(cd "$directory/root" && echo lib/ld-musl-*)"
}

glibc() {
  echo "c-library.sh: $cpu: Debian $suite has no musl for this CPU, so glibc: what is built runs on no OpenWrt"
  "$(dirname "$0")/need.sh" "/usr/$cross-linux-gnu/include/stdio.h=libc6-dev-$cross-cross"
  ln -s "/usr/$cross-linux-gnu/lib" "$directory/root/lib"
  : >"$directory/flags"
  echo glibc >"$directory/name"
}

if [ -z "$port" ] || ! musl; then
  [ -n "${cross:-}" ] || fail "Debian $suite has no musl for this CPU"
  glibc
fi
rm -rf "$directory/apt"
