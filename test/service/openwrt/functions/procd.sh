# A stand-in for OpenWrt's /lib/functions/procd.sh and for procd behind it (service/instance.c). Every request is written to
# $PROCD_LOG, its words apart by '|'. Where $PROCD_RUN names a directory it is carried out as well: the instance is started with
# exactly what was asked for, as root with all rights.

procd_say() {
	[ -n "$PROCD_LOG" ] || return 0
	local IFS='|'
	echo "$*" >>"$PROCD_LOG"
}

procd_open_service() {
	procd_say open_service "$@"
	procd_service=$1 procd_command='' procd_stderr=/dev/null
}
procd_open_instance() { procd_say open_instance "$@"; }
procd_set_param() {
	procd_say set_param "$@"
	case $1 in
		command) shift && procd_command=$* ;;
		stderr) [ "$2" != 1 ] || procd_stderr=$PROCD_RUN/stderr ;;
		respawn) ;;
		# The real one takes any word and does nothing; capabilities and no_new_privs are for a jail.
		*) echo "procd: what is the parameter $1?" >&2 ;;
	esac
}
procd_close_instance() { procd_say close_instance "$@"; }
procd_add_reload_trigger() { procd_say add_reload_trigger "$@"; }
procd_add_interface_trigger() { procd_say add_interface_trigger "$@"; }

procd_close_service() {
	service_triggers
	procd_say close_service "$@"
	[ -z "$PROCD_RUN" ] || procd_start
}

# The number of the service's process, if there is one that has not ended.
procd_pid() {
	local pid state
	read -r pid <"$PROCD_RUN/$1.pid" && read -r _ _ state _ <"/proc/$pid/stat" && [ "$state" != Z ] && echo "$pid"
} 2>/dev/null

# One that runs is left alone; one that is about to end is started again once it has.
procd_start() {
	if [ -e "$PROCD_RUN/$procd_service.halt" ]; then
		while procd_pid "$procd_service" >/dev/null; do sleep 0.005; done
		rm "$PROCD_RUN/$procd_service.halt"
	fi
	procd_pid "$procd_service" >/dev/null && return
	$procd_command </dev/null >/dev/null 2>>"$procd_stderr" &
	echo $! >"$PROCD_RUN/$procd_service.pid"
}

procd_send_signal() {
	procd_say send_signal "$@"
	[ -z "$PROCD_RUN" ] || procd_signal "$1" "$3"
}
procd_kill() {
	procd_say kill "$@"
	[ -n "$PROCD_RUN" ] || return 0
	: >"$PROCD_RUN/$1.halt"
	procd_signal "$1" TERM
}
procd_signal() {
	local pid
	pid=$(procd_pid "$1") && kill "-$2" "$pid"
}
procd_running() {
	procd_say running "$@"
	if [ -n "$PROCD_RUN" ]; then procd_pid "$1" >/dev/null; else [ "$PROCD_RUNNING" = 1 ]; fi
}
