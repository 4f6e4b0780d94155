# Functions for scripts that live with a daemon, inside the router. They start no processes where bash can do it alone: a hundred
# turns of a process each would cost more than all the rest.

mkfifo /tmp/never
# pause SECONDS: a sleep that is no process.
pause() { read -r -t "$1" _ <>/tmp/never || true; }

# until_true COMMAND …: waits for a builtin or function to succeed, 10 s at most.
until_true() {
  local tries
  for ((tries = 0; tries < 10000; tries++)); do
    "$@" && return
    pause 0.001
  done
  echo "waited in vain for: $*"
  return 1
}

there() { [ -e "$1" ]; }

# daemon_start [ARG …]: `weir daemon` with its messages in /tmp/daemon.log; its number is in $daemon.
daemon_start() {
  : >/tmp/daemon.log
  command weir daemon "$@" 2>>/tmp/daemon.log &
  daemon=$!
}
# daemon_end: SIGTERM, and its exit code as @daemon_exit.
daemon_end() {
  local status=0
  kill -TERM $daemon
  wait $daemon || status=$?
  emit daemon_exit $status
}

# log_has COUNT TEXT: whether TEXT stands in so many lines of the log, or more.
log_has() {
  local rest="" count=0
  read -r -d '' rest </tmp/daemon.log || true
  while [[ $rest == *"$2"* ]]; do
    rest=${rest#*"$2"}
    count=$((count + 1))
  done
  [ $count -ge "$1" ]
}

# memory_kb and wake_ups: of the daemon, from /proc.
memory_kb() { status_of VmRSS; }
wake_ups() { status_of voluntary_ctxt_switches; }
status_of() {
  local name value rest
  while read -r name value rest; do
    [ "$name" = "$1:" ] && echo "$value" && return
  done </proc/$daemon/status
}

# helper NAME: weir-faults NAME (watch, syslog) in the background, once it listens. helper_end: ends the last, which prints.
helper() {
  weir-faults "$1" "/tmp/$1.ready" &
  helper=$!
  until_true there "/tmp/$1.ready"
}
helper_end() {
  kill -TERM $helper
  wait $helper
}
