#!/bin/sh
# Run on a router, by the CI of OpenWrt's packages feed, with the package, weir or weir-trees, installed: test.sh PACKAGE VERSION
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

wrong=$(mktemp) tree=$(mktemp)
trap 'rm -f "$wrong" "$tree"' EXIT
printf "config shaper 'wan'\n\toption device 'eth1'\n\toption upload 'fast'\n" >"$wrong"
said=$(weir -c "$wrong" check 2>&1)
[ $? = 1 ] || fail 'check takes a wrong rate'
case $said in
	*:3:*upload*) ;;
	*) fail "check says of a wrong rate: $said" ;;
esac

printf "config qdisc 'lan'\n\toption device 'eth1'\n\toption kind 'fq_codel'\n" >"$tree"
said=$(weir -c "$tree" check 2>&1)
known=$?
case ${1:-$PKG_NAME},$known,$said in
	weir-trees,0,*) ;;
	weir,1,*:1:*weir-trees*) ;;
	# Both may be installed.
	weir,0,*) ;;
	*) fail "check says of a tree: $said" ;;
esac
