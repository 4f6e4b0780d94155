#!/bin/sh
# Fetches and unpacks Debian's signed source package of QuickJS: quickjs-source.sh VERSION DIRECTORY
set -eu

version=$1
directory=$2
suite=${DEBIAN_SUITE:-trixie}

fail() {
  echo "quickjs-source.sh: $1" >&2
  echo "A QuickJS source tree of your own does as well: make QUICKJS_SRC=/path/to/quickjs" >&2
  exit 1
}
# shellcheck source=scripts/debian-apt.sh
. "$(dirname "$0")/debian-apt.sh"

"$(dirname "$0")/need.sh" dpkg-source=dpkg-dev xz=xz-utils
open_debian "$directory/apt" deb-src "$suite"
cd "$directory"

echo "quickjs-source.sh: QuickJS $version from Debian $suite ($debian_mirror)"
rm -rf "quickjs-${version%-*}"
debian_apt source "quickjs=$version" ||
  fail "Debian $suite has no quickjs $version any more (it may have: $(debian_apt --print-uris source quickjs 2>/dev/null |
    sed -n 's/.* \(quickjs_[^ ]*\)\.dsc .*/\1/p'))"
rm -rf apt
