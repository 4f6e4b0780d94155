# Debian's archive through an apt of our own, for scripts that take a file out of it: neither root nor a change of the machine is
# needed. apt verifies what it fetches: the suite's release file is signed with a key of debian-archive-keyring, and holds the checksum
# of the index, which holds those of the files. Sourced by scripts beside it; `fail MESSAGE` is theirs.
#
# The mirror is DEBIAN_MIRROR when set; else the one this machine installs from, when that is Debian's; else (Ubuntu) the one
# that the package python-apt-common names for Debian.
# shellcheck shell=sh

debian_keyring=/usr/share/keyrings/debian-archive-keyring.gpg
debian_template=/usr/share/python-apt/templates/Debian.info

# The first site of the machine's package lists that is Debian's: by what its release file says, or, before the first update,
# by how its address ends (a list of mirrors, as in Debian's cloud images, ends in debian.list).
machine_mirror() {
  {
    # shellcheck disable=SC2016 # apt's own variables
    apt-get indextargets --format '$(ORIGIN)/$(LABEL) $(SITE)' 'Identifier: Packages' | sed -n 's,^Debian/Debian ,,p'
    apt-get --print-uris update | sed -n "s,^'\(.*/debian\(\.list\)\{0\,1\}\)/dists/.*,\1,p"
  } 2>/dev/null | head -n 1
}

# open_debian DIRECTORY TYPE SUITE [ARCHITECTURE]: reads the lists of TYPE (deb or deb-src) into DIRECTORY, which debian_apt uses from
# then on, and sets debian_mirror.
open_debian() {
  command -v apt-get >/dev/null 2>&1 || fail "there is no apt-get here"
  "$(dirname "$0")/need.sh" "$debian_keyring=debian-archive-keyring"
  debian_mirror=${DEBIAN_MIRROR:-$(machine_mirror)}
  if [ -z "$debian_mirror" ]; then
    "$(dirname "$0")/need.sh" "$debian_template=python-apt-common" /etc/ssl/certs/ca-certificates.crt=ca-certificates
    debian_mirror=$(sed -n 's/^BaseURI: *//p' "$debian_template" | head -n 1)
  fi
  [ -n "$debian_mirror" ] || fail "found no Debian mirror; set DEBIAN_MIRROR to one"

  mkdir -p "$1/lists/partial" "$1/cache/archives/partial"
  debian_directory=$(cd "$1" && pwd)
  debian_architecture=${4:-$(dpkg --print-architecture)}
  cat >"$debian_directory/debian.sources" <<END
Types: $2
URIs: $debian_mirror
Suites: $3
Components: main
Architectures: $debian_architecture
Signed-By: $debian_keyring
END
  debian_apt update || fail "no list of Debian's $3"
}

# apt-get with the lists that open_debian has read.
debian_apt() {
  apt-get -o "Dir::State::lists=$debian_directory/lists" -o "Dir::Etc::sourcelist=$debian_directory/debian.sources" \
    -o Dir::Etc::sourceparts=- -o "Dir::Cache=$debian_directory/cache" -o "APT::Architecture=$debian_architecture" \
    -o "APT::Architectures=$debian_architecture" -o "APT::Sandbox::User=$(id -un)" "$@"
}
