#!/bin/sh
# Installs what is missing: need.sh CHECK=PACKAGE ...
# CHECK is a command, or a file when it begins with a slash. Nothing missing: does nothing and needs no root.
set -eu

present() {
  case $1 in
    /*) [ -e "$1" ] ;;
    *) command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || [ -x "/sbin/$1" ] ;;
  esac
}

missing=
for pair; do
  present "${pair%%=*}" || missing="$missing ${pair#*=}"
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
  echo "need.sh: missing:$missing (names of Debian packages); without apt-get, please install them yourself" >&2
  exit 1
fi
sudo=
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null 2>&1 || { echo "need.sh: as root: apt-get install$missing" >&2; exit 1; }
  sudo=sudo
fi
echo "need.sh: installing$missing"
# Another program may be installing at this moment: apt waits for dpkg's lock when told to, but never for the one on its lists.
tries=1
until $sudo apt-get update; do
  [ "$tries" -lt 6 ] || exit 1
  echo "need.sh: once more in 5 seconds"
  tries=$((tries + 1))
  sleep 5
done
# shellcheck disable=SC2086 # a list of words
$sudo env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 install -y --no-install-recommends $missing

for pair; do
  present "${pair%%=*}" || { echo "need.sh: ${pair#*=} is installed, but there is no ${pair%%=*}" >&2; exit 1; }
done
