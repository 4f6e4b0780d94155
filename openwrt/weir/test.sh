#!/bin/sh
# Run on a router, by the CI of OpenWrt's packages feed, with the package installed: test.sh PACKAGE VERSION
# (the variables PKG_NAME and PKG_VERSION say the same). SPDX-License-Identifier: Apache-2.0

version=${2:-$PKG_VERSION}

fail() {
	echo "FAIL: $1" >&2
	exit 1
}

said=$(weir --version)
case $said in
	"weir $version" | "weir $version-"*) ;;
	*) fail "weir --version says '$said', not $version" ;;
esac

weir check || fail 'the configuration of the package is not right'

wrong=$(mktemp)
trap 'rm -f "$wrong"' EXIT
printf "config shaper 'wan'\n\toption device 'eth1'\n\toption upload 'fast'\n" >"$wrong"
said=$(weir -c "$wrong" check 2>&1)
[ $? = 1 ] || fail 'check takes a wrong rate'
case $said in
	*:3:*upload*) ;;
	*) fail "check says of a wrong rate: $said" ;;
esac
