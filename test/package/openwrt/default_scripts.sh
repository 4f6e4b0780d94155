# A stand-in for the part of OpenWrt's /lib/functions.sh that a package's postinst and prerm hand over to, written for the tests:
# default_postinst and default_prerm of package/base-files, as far as this package makes them do something. It comes after the stand-in
# for the rest, in test/service/openwrt.
# shellcheck shell=dash disable=SC1090

# The names below DIRECTORY in the package's list of files.
package_files() { grep -s "^$1/" "$IPKG_INSTROOT/usr/lib/opkg/info/$pkgname.list"; }

# What the package adds of its own, in a shell of its own.
own_script() {
	local script=$IPKG_INSTROOT/usr/lib/opkg/info/$pkgname.$1-pkg
	[ ! -f "$script" ] || (. "$script")
}

# $(call_service SCRIPT ACTION): in an image by the rc.common that is in it.
call_service() {
	if [ -n "$IPKG_INSTROOT" ]; then
		${TEST_SHELL:-/bin/sh} "$IPKG_INSTROOT/etc/rc.common" "$IPKG_INSTROOT$1" "$2"
	else
		"$1" "$2"
	fi
}

# An upgrade leaves it to the user whether the service starts at boot.
is_upgrade() { [ -z "$IPKG_INSTROOT" ] && [ "$PKG_UPGRADE" = 1 ]; }

default_postinst() {
	local pkgname result file
	pkgname=${1##*/} pkgname=${pkgname%.*}
	# In an image they wait for the first boot.
	if [ -z "$IPKG_INSTROOT" ] && package_files /etc/uci-defaults >/dev/null; then
		for file in $(package_files /etc/uci-defaults); do
			(. "$file") && rm -f "$file"
		done
		uci commit
	fi
	own_script postinst
	result=$?
	for file in $(package_files /etc/init.d); do
		is_upgrade || call_service "$file" enable
		[ -n "$IPKG_INSTROOT" ] || call_service "$file" start
	done
	return $result
}

default_prerm() {
	local pkgname result file
	pkgname=${1##*/} pkgname=${pkgname%.*}
	own_script prerm
	result=$?
	for file in $(package_files /etc/init.d); do
		is_upgrade || call_service "$file" disable
		[ -n "$IPKG_INSTROOT" ] || call_service "$file" stop
	done
	return $result
}
