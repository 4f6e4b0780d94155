#!/bin/sh
# Prints the directory with what the second lab boots, and makes it where there is none: Debian's QEMU, Debian's kernel with the
# modules that the guest loads, and the programs for the guest, all of one Debian release and unpacked without being installed.
#   qemu             runs QEMU for x86-64, emulating the CPU
#   linux            the kernel
#   root.cpio        the guest's first file system: busybox, ethtool, tc with their libraries, /modules numbered in loading order
#   packages         what it was made of
# Kept in the user's cache under a name with a hash of this file: neither root nor the network is needed from then on.
#
# The release is not this machine's own: the e1000e has one queue, and the igb, which has several, came with QEMU 8.
set -eu
cd "$(dirname "$0")/.."
export PATH="$PATH:/usr/sbin:/sbin"

suite=${QEMU_SUITE:-trixie}
needed='e1000e igb virtio_net ifb act_mirred cls_matchall sch_ingress sch_cake'

say() { echo "lab-qemu: $*" >&2; }
fail() { say "$*"; exit 1; }
# shellcheck source=scripts/debian-apt.sh
. scripts/debian-apt.sh

cache=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/weir
mkdir -p "$cache" 2>/dev/null && [ -w "$cache" ] || cache=$PWD/build/qemu/cache
target=$cache/qemu-$suite-$(sha256sum scripts/lab-qemu.sh | cut -c 1-12)

# apt_of_nothing ARG ...: apt on a machine where nothing is installed, so that all that is depended on comes along.
apt_of_nothing() {
  debian_apt -o "Dir::State::status=$work/no-status" -o Debug::NoLocking=true --no-install-recommends -y "$@"
}

# module NAME: where it lies. Nothing where it is built in.
module() {
  find "$work/kernel" \( -name "$1.ko*" -o -name "$(echo "$1" | tr _ -).ko*" \) -type f | head -n 1
}

# load_order NAME ...: the files of the modules, each after what it needs itself.
load_order() {
  for name; do
    file=$(module "$name")
    [ -n "$file" ] || continue
    # shellcheck disable=SC2046 # a list of words
    (load_order $(xz -dc "$file" | tr '\0' '\n' | sed -n 's/^depends=//p' | tr , ' '))
    echo "$file"
  done
}

# libraries_of PROGRAM: names of those that it is linked with.
libraries_of() {
  "$libraries/ld-linux-x86-64.so.2" --library-path "$libraries" --list "$work/root/$1" | sed -n "s,^.* => $libraries/\([^ ]*\) .*,\1,p"
}

# with_libraries DIRECTORY PROGRAM ...: copies programs of what is unpacked, with their libraries and what loads them.
with_libraries() {
  to=$1
  libraries=$work/root/usr/lib/x86_64-linux-gnu
  shift
  mkdir -p "$to/usr/bin" "$to/usr/sbin" "$to/usr/lib/x86_64-linux-gnu" "$to/usr/lib64"
  cp -L "$libraries/ld-linux-x86-64.so.2" "$to/usr/lib64/"
  for program; do
    cp "$work/root/$program" "$to/$program"
    for library in $(libraries_of "$program"); do cp -L "$libraries/$library" "$to/usr/lib/x86_64-linux-gnu/"; done
  done
}

make_qemu() {
  with_libraries "$work/out/debian" usr/bin/qemu-system-x86_64
  mkdir -p "$work/out/debian/firmware"
  for file in seabios/bios-256k.bin qemu/kvmvapic.bin qemu/linuxboot_dma.bin; do
    cp -L "$work/root/usr/share/$file" "$work/out/debian/firmware/"
  done
  cat >"$work/out/qemu" <<'RUN'
#!/bin/sh
# With the loader and the libraries that it was built for, which need not be this machine's.
debian=$(dirname "$0")/debian
exec "$debian/usr/lib64/ld-linux-x86-64.so.2" --library-path "$debian/usr/lib/x86_64-linux-gnu" \
  "$debian/usr/bin/qemu-system-x86_64" -L "$debian/firmware" "$@"
RUN
  chmod 755 "$work/out/qemu"
  # Of one device: to list all of them QEMU would load modules, which it would look for in this machine's own directories.
  "$work/out/qemu" -device igb,help >/dev/null || fail "the QEMU of Debian $suite has no igb"
}

make_root() {
  root=$work/guest
  mkdir -p "$root/usr" "$root/modules" "$root/dev" "$root/proc" "$root/sys" "$root/tmp" "$root/run" "$root/etc/config" "$root/var"
  for name in bin sbin lib lib64; do ln -s "usr/$name" "$root/$name"; done
  ln -s ../run "$root/var/run"
  with_libraries "$root" usr/sbin/ethtool usr/sbin/tc
  cp "$work/root/usr/bin/busybox" "$root/usr/bin/"
  for applet in $("$work/root/usr/bin/busybox" --list); do
    [ "$applet" = busybox ] || ln -s busybox "$root/usr/bin/$applet"
  done

  number=100
  # shellcheck disable=SC2086 # a list of words
  load_order $needed | awk '!seen[$0]++' >"$work/order"
  while read -r file; do
    name=${file##*/}
    xz -dc "$file" >"$root/modules/$number-${name%%.ko*}.ko"
    number=$((number + 1))
  done <"$work/order"
  for name in $needed; do
    ls "$root"/modules/*-"$name".ko >/dev/null 2>&1 || fail "the kernel of Debian $suite has no module $name"
  done
  (cd "$root" && find . | "$work/root/usr/bin/busybox" cpio -o -H newc -R 0:0 2>/dev/null) >"$work/out/root.cpio"
}

build() {
  [ "$(uname -m)" = x86_64 ] || fail "the second lab is for x86-64, this is $(uname -m)"
  mkdir -p build/qemu "$cache"
  work=$(mktemp -d "$PWD/build/qemu/work-XXXXXX")
  trap 'rm -rf "$work"' EXIT
  trap 'exit 1' INT TERM HUP
  scripts/need.sh dpkg-deb=dpkg xz=xz-utils >&2
  say "fetching QEMU and a kernel from Debian $suite (about 150 MB); this happens once"
  : >"$work/no-status"
  mkdir "$work/root" "$work/kernel" "$work/out"
  {
    open_debian "$work/apt" deb "$suite" amd64
    image=$(apt_of_nothing --print-uris install linux-image-amd64 | sed -n "s,^'[^']*' \(linux-image-[0-9][^_]*\)_.*,\1,p")
    (cd "$work" && debian_apt download "$image")
    apt_of_nothing --download-only install qemu-system-x86 busybox-static ethtool iproute2
  } >"$work/apt.log" 2>&1 || { tail -n 20 "$work/apt.log" >&2; exit 1; }
  say "unpacking"
  for package in "$work"/apt/cache/archives/*.deb; do dpkg-deb -x "$package" "$work/root"; done
  dpkg-deb --fsys-tarfile "$work"/linux-image-*.deb | tar -x -C "$work/kernel" --wildcards './boot/vmlinuz-*' '*/kernel/drivers/net/*' \
    '*/kernel/drivers/dca/*' '*/kernel/drivers/i2c/algos/*' '*/kernel/drivers/ptp/*' '*/kernel/drivers/pps/*' '*/kernel/net/*'
  cp "$work"/kernel/boot/vmlinuz-* "$work/out/linux"
  make_qemu
  make_root
  for package in "$work"/linux-image-*.deb "$work"/apt/cache/archives/*.deb; do basename "$package" .deb; done >"$work/out/packages"
  # Another checkout may be using what another version of this file has made.
  find "$cache" -maxdepth 1 -name 'qemu-*' -mtime +7 -exec rm -rf {} +
  mv "$work/out" "$target"
  say "kept as $target"
}

if [ ! -e "$target/root.cpio" ]; then
  mkdir -p "$cache"
  # Two runs at once: the second waits and takes what the first has made.
  exec 9>"$cache/qemu.lock"
  flock -n 9 || { say "waiting for another run that makes the same"; flock 9; }
  [ -e "$target/root.cpio" ] || build
fi
echo "$target"
