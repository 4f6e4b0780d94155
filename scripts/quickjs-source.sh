#!/bin/sh
# Fetches and unpacks Debian's signed source package of QuickJS: quickjs-source.sh VERSION DIRECTORY
#
# apt verifies it: the suite's release file is signed with a key of debian-archive-keyring, and holds the checksum of the index,
# which holds those of the source. Lists and cache are our own, so neither root nor a change of the machine is needed.
#
# The mirror is DEBIAN_MIRROR when set; else the one this machine installs from, when that is Debian's; else (Ubuntu) the one
# that the package python-apt-common names for Debian.
set -eu

version=$1
directory=$2
suite=${DEBIAN_SUITE:-trixie}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
template=/usr/share/python-apt/templates/Debian.info

fail() {
  echo "quickjs-source.sh: $1" >&2
  echo "A QuickJS source tree of your own does as well: make QUICKJS_SRC=/path/to/quickjs" >&2
  exit 1
}

# The first site of the machine's package lists that is Debian's: by what its release file says, or, before the first update,
# by how its address ends (a list of mirrors, as in Debian's cloud images, ends in debian.list).
machine_mirror() {
  {
    apt-get indextargets --format '$(ORIGIN)/$(LABEL) $(SITE)' 'Identifier: Packages' | sed -n 's,^Debian/Debian ,,p'
    apt-get --print-uris update | sed -n "s,^'\(.*/debian\(\.list\)\{0\,1\}\)/dists/.*,\1,p"
  } 2>/dev/null | head -n 1
}

command -v apt-get >/dev/null 2>&1 || fail "there is no apt-get here"
"$(dirname "$0")/need.sh" dpkg-source=dpkg-dev xz=xz-utils "$keyring=debian-archive-keyring"
mirror=${DEBIAN_MIRROR:-$(machine_mirror)}
if [ -z "$mirror" ]; then
  "$(dirname "$0")/need.sh" "$template=python-apt-common" /etc/ssl/certs/ca-certificates.crt=ca-certificates
  mirror=$(sed -n 's/^BaseURI: *//p' "$template" | head -n 1)
fi
[ -n "$mirror" ] || fail "found no Debian mirror; set DEBIAN_MIRROR to one"

mkdir -p "$directory/apt/lists/partial" "$directory/apt/cache/archives/partial"
cd "$directory"
apt=$PWD/apt
cat > apt/debian.sources <<END
Types: deb-src
URIs: $mirror
Suites: $suite
Components: main
Signed-By: $keyring
END
own_apt() {
  apt-get -o "Dir::State::lists=$apt/lists" -o "Dir::Etc::sourcelist=$apt/debian.sources" -o Dir::Etc::sourceparts=- \
    -o "Dir::Cache=$apt/cache" -o "APT::Sandbox::User=$(id -un)" "$@"
}

echo "quickjs-source.sh: QuickJS $version from Debian $suite ($mirror)"
own_apt update || fail "no list of Debian's sources"
rm -rf "quickjs-${version%-*}"
own_apt source "quickjs=$version" ||
  fail "Debian $suite has no quickjs $version any more (it may have: $(own_apt --print-uris source quickjs 2>/dev/null |
    sed -n 's/.* \(quickjs_[^ ]*\)\.dsc .*/\1/p'))"
rm -rf apt
