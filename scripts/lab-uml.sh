#!/bin/sh
# Unpacks the distribution's own user-mode Linux (package user-mode-linux) for use in real time, and prints the directory:
# `linux`, and `modules` with what the lab's topologies need, numbered in the order in which they must be loaded.
# The package is not installed, so no root is needed but for `apt-get update` where the package lists are empty.
set -eu
cd "$(dirname "$0")/.."

needed='veth ifb bridge act_mirred cls_matchall cls_u32 sch_ingress sch_cake sch_fq_codel sch_netem sch_tbf overlay'
target=$PWD/build/lab/uml

say() { echo "lab-uml: $*" >&2; }
die() { say "$*"; exit 1; }
candidate() { apt-cache policy user-mode-linux 2>/dev/null | sed -n 's/^ *Candidate: \(.*\)$/\1/p' | grep -v '(none)' || true; }

update_package_lists() {
  say "reading the package lists (apt-get update)"
  if [ "$(id -u)" = 0 ]; then apt-get update >&2; else sudo apt-get update >&2; fi
}

if [ -z "$(candidate)" ] && [ ! -x "$target/linux" ]; then update_package_lists; fi
version=$(candidate)
# What is unpacked serves if it has these modules, and is of the version that the distribution has, if that can be known.
if [ -x "$target/linux" ] && [ "$(sed -n 2p "$target/version")" = "$needed" ] &&
  { [ -z "$version" ] || [ "$(sed -n 1p "$target/version")" = "$version" ]; }; then
  echo "$target"
  exit
fi
[ -n "$version" ] || die "the distribution has no package user-mode-linux"

mkdir -p build/lab
work=$(mktemp -d "$PWD/build/lab/uml-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP
fetch() {
  say "fetching user-mode-linux $version (about 40 MB)"
  (cd "$work" && apt-get download -q "user-mode-linux=$version" >fetch.log 2>&1)
}
# The lists may be older than the archive, which keeps the newest version only.
fetch || { update_package_lists && version=$(candidate) && fetch; } || { cat "$work/fetch.log" >&2; exit 1; }
dpkg-deb -x "$work"/user-mode-linux_*.deb "$work/package"

mkdir "$work/uml" "$work/uml/modules"
cp "$work/package/usr/bin/linux.uml" "$work/uml/linux"
tree=$(dirname "$(find "$work/package" -name modules.dep)")

# with_dependencies NAME: the module's file and those it needs, each after what it needs itself. What is not found is built in.
with_dependencies() {
  line=$(grep -E "(^|/)$1\.ko[^:]*:" "$tree/modules.dep") || return 0
  for file in $(echo "$line" | tr -d ':'); do echo "$file"; done | tac
}

for name in $needed; do with_dependencies "$name"; done | awk '!seen[$0]++' >"$work/order"
number=100
while read -r file; do
  name=${file##*/}
  name=${name%%.ko*}
  case $file in
    *.xz) xz -dc "$tree/$file" >"$work/uml/modules/$number-$name.ko" ;;
    *.zst) zstd -qdc "$tree/$file" >"$work/uml/modules/$number-$name.ko" ;;
    *) cp "$tree/$file" "$work/uml/modules/$number-$name.ko" ;;
  esac
  number=$((number + 1))
done <"$work/order"
printf '%s\n' "$version" "$needed" >"$work/uml/version"
rm -rf "$target"
mv "$work/uml" "$target"
echo "$target"
