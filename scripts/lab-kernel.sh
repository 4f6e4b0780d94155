#!/bin/sh
# Prints the path of a user-mode Linux kernel with virtual time, and builds it where there is none:
#   lab-kernel.sh            the kernel of the lab. Looked for in $WEIR_LAB_KERNELS/linux-VERSION-tt, then in the user's
#                            cache; else built once from the distribution's linux-source package (about 5 minutes).
#   lab-kernel.sh --cake-mq  one of 7.0 or later, which has cake_mq; prints nothing where this machine offers none.
#   lab-kernel.sh --found    like the first, but never builds: any cached one will do, and nothing is printed without one.
# The cached file's name has a hash of the source package's version and of test/lab/kernel.config.
set -eu
cd "$(dirname "$0")/.."
export PATH="$PATH:/usr/sbin:/sbin"

fragment=test/lab/kernel.config
cache=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/weir
mkdir -p "$cache" 2>/dev/null && [ -w "$cache" ] || cache=$PWD/build/lab/kernels

say() { echo "lab-kernel: $*" >&2; }
die() { say "$*"; exit 1; }

# at_least A B: version A is B or later.
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$2" ]; }

# given: "VERSION PATH" of each kernel in $WEIR_LAB_KERNELS, oldest first.
given() {
  for path in "${WEIR_LAB_KERNELS:-/nonexistent}"/linux-*-tt; do
    [ -x "$path" ] || continue
    version=${path##*/linux-}
    echo "${version%-tt} $path"
  done | sort -V
}

# source_package: the newest linux-source-VERSION that the distribution offers or that is installed, e.g. linux-source-6.1.
source_package() {
  apt-cache depends linux-source 2>/dev/null | sed -n 's/^ *Depends: \(linux-source-[0-9.]*\)$/\1/p' | head -n 1
}
package_version() {
  apt-cache policy "$1" | sed -n 's/^ *Candidate: \(.*\)$/\1/p' | grep -v '(none)'
}

# cached_path PACKAGE
cached_path() {
  key=$({ package_version "$1" && cat "$fragment"; } | sha256sum | cut -c 1-12)
  echo "$cache/linux-${1#linux-source-}-tt-$key"
}

# any_cached: the kernel built last, whatever it was built from.
any_cached() {
  # shellcheck disable=SC2012 # our own names have no surprises
  ls -t "$cache"/linux-*-tt-* 2>/dev/null | head -n 1
}

update_package_lists() {
  say "reading the package lists (apt-get update)"
  if [ "$(id -u)" = 0 ]; then apt-get update >&2; else sudo apt-get update >&2; fi
}

# unpack PACKAGE DIRECTORY: the kernel's source; the package need not be installed, so no root is needed.
unpack() {
  archive=
  for found in "/usr/src/$1".tar.*; do [ ! -e "$found" ] || archive=$found; done
  if [ -z "$archive" ]; then
    say "fetching $1"
    (cd "$2" && apt-get download -q "$1" >&2)
    dpkg-deb --fsys-tarfile "$2/$1"_*.deb | tar -x -C "$2" --wildcards './usr/src/*.tar.*'
    archive=$(find "$2/usr" -type f -name '*.tar.*' | head -n 1)
  fi
  say "unpacking ${archive##*/}"
  mkdir "$2/linux"
  tar -x -f "$archive" -C "$2/linux" --strip-components=1
}

# follow LOG PID: shows how a long command goes on, on one line where somebody watches, else every 20 seconds.
follow() {
  started=$(date +%s)
  shown=0
  while kill -0 "$2" 2>/dev/null; do
    sleep 1
    seconds=$(($(date +%s) - started))
    line=$(printf 'lab-kernel: compiling, %d files in %d:%02d' "$(grep -c '^  [A-Z]' "$1" || true)" $((seconds / 60)) $((seconds % 60)))
    if [ -t 2 ]; then
      printf '\r%s ' "$line" >&2
    elif [ $((seconds - shown)) -ge 20 ]; then
      shown=$seconds
      echo "$line" >&2
    fi
  done
  [ ! -t 2 ] || echo >&2
}

# check_config CONFIG: every option that the fragment switches on and that scenarios rest on must be there.
check_config() {
  for option in UML_TIME_TRAVEL_SUPPORT HIGH_RES_TIMERS HOSTFS NET_NS VETH IFB BRIDGE NET_SCH_CAKE NET_SCH_NETEM NET_SCH_TBF \
    NET_SCH_HTB NET_SCH_FQ_CODEL NET_SCH_INGRESS NET_CLS_MATCHALL NET_CLS_U32 NET_ACT_MIRRED ETHTOOL_NETLINK; do
    grep -q "^CONFIG_$option=y" "$1" || die "this kernel source has no $option"
  done
}

build() {
  package=$1 target=$2
  [ "$(uname -m)" = x86_64 ] || die "user-mode Linux runs on x86-64 only, this is $(uname -m)"
  scripts/need.sh gcc=gcc make=make bc=bc bison=bison flex=flex xz=xz-utils bzip2=bzip2 \
    /usr/include/stdio.h=libc6-dev >&2
  mkdir -p build/lab "$cache"
  work=$(mktemp -d "$PWD/build/lab/kernel-XXXXXX")
  maker=
  # A command in the background of a script does not hear Ctrl-C by itself.
  trap '[ -z "$maker" ] || kill "$maker" 2>/dev/null || true; wait; rm -rf "$work"' EXIT
  trap 'exit 1' INT TERM HUP
  say "building the lab's kernel from $package $(package_version "$package"); this happens once"
  unpack "$package" "$work"
  {
    make -C "$work/linux" ARCH=um defconfig
    cat "$fragment" >>"$work/linux/.config"
    make -C "$work/linux" ARCH=um olddefconfig
  } >"$work/config.log" 2>&1 || { tail -n 20 "$work/config.log" >&2; die "configuring failed"; }
  check_config "$work/linux/.config"
  make -C "$work/linux" ARCH=um -j"$(nproc)" linux >"$work/build.log" 2>&1 &
  maker=$!
  follow "$work/build.log" "$maker"
  wait "$maker" || { tail -n 30 "$work/build.log" >&2; die "compiling failed"; }
  maker=
  strip -o "$work/stripped" "$work/linux/linux"
  chmod 755 "$work/stripped"
  rm -f "${target%-*}"-*
  mv "$work/stripped" "$target"
  say "kept as $target"
}

case ${1:-} in
  --cake-mq)
    kernel=$(given | tail -n 1)
    if [ -n "$kernel" ] && at_least "${kernel%% *}" 7.0; then
      echo "${kernel#* }"
      exit
    fi
    package=$(source_package)
    at_least "${package#linux-source-}" 7.0 || exit 0
    ;;
  '' | --found)
    kernel=$(given | head -n 1)
    if [ -n "$kernel" ]; then
      echo "${kernel#* }"
      exit
    fi
    package=$(source_package)
    if [ -n "${1:-}" ] || [ -z "$package" ]; then
      kernel=$(any_cached)
      if [ -n "${1:-}$kernel" ]; then
        [ -z "$kernel" ] || echo "$kernel"
        exit 0
      fi
      update_package_lists
      package=$(source_package)
      [ -n "$package" ] || die "the distribution offers no linux-source; put a kernel into \$WEIR_LAB_KERNELS instead"
    fi
    ;;
  *) die "usage: lab-kernel.sh [--cake-mq | --found]" ;;
esac

target=$(cached_path "$package")
if [ ! -x "$target" ]; then
  mkdir -p "$cache"
  # Two runs at once: the second waits and takes what the first has built.
  exec 9>"$cache/lock"
  flock -n 9 || { say "waiting for another build of the same kernel"; flock 9; }
  [ -x "$target" ] || build "$package" "$target"
fi
echo "$target"
