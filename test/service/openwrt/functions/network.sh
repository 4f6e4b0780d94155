# A stand-in for OpenWrt's /lib/functions/network.sh: the interface with the default route is in $NETWORK_WAN, or there is none.

network_find_wan() {
	[ -n "$NETWORK_WAN" ] && eval "$1=\$NETWORK_WAN"
}
