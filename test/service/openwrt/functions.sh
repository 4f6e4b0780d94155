# A stand-in for OpenWrt's /lib/functions.sh: reading UCI files. As there, `uci export` prints statements, which are functions here.

config_load() {
	CONFIG_SECTIONS='' CONFIG_COUNT=0
	eval "$(uci -q export "$1")"
}

package() { :; }
config() {
	CONFIG_COUNT=$((CONFIG_COUNT + 1))
	CONFIG_SECTION=${2:-cfg$CONFIG_COUNT}
	CONFIG_SECTIONS="$CONFIG_SECTIONS $CONFIG_SECTION"
	eval "CONFIG_${CONFIG_SECTION}_TYPE=\$1"
}
option() { eval "CONFIG_${CONFIG_SECTION}_$1=\$2"; }
list() { :; }

config_get() { eval "$1=\${CONFIG_$2_$3:-\$4}"; }
config_get_bool() {
	config_get "$@"
	eval "set -- \"\$1\" \"\$$1\" \"\$4\""
	case $2 in
		1 | on | true | yes | enabled) eval "$1=1" ;;
		0 | off | false | no | disabled) eval "$1=0" ;;
		*) eval "$1=\$3" ;;
	esac
}
config_foreach() {
	local callback=$1 type=$2 section found
	for section in $CONFIG_SECTIONS; do
		config_get found "$section" TYPE
		[ "$found" != "$type" ] || "$callback" "$section"
	done
}
