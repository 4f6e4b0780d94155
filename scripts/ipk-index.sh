#!/bin/sh
# The index of a directory of ipks, which makes it a feed for opkg: ipk-index.sh DIRECTORY writes Packages and Packages.gz there. The form
# is that of OpenWrt's: the control files with the ipk's name, size and hash, without what only the builder wants to know. It is
# not signed; that needs a key which routers know.
set -eu
export LC_ALL=C
umask 022
cd "$1"

for ipk in *.ipk; do
  size=$(stat -c %s "$ipk")
  sum=$(sha256sum "$ipk")
  tar -xzOf "$ipk" ./control.tar.gz | tar -xzO ./control |
    sed "/^\(Source\|SourceName\|SourceDateEpoch\|Maintainer\|LicenseFiles\): /d
      s/^Description:/Filename: $ipk\nSize: $size\nSHA256sum: ${sum%% *}\n&/"
  echo
done >Packages
gzip -9nk -f Packages
