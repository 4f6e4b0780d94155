# What a scenario's script can say. Sourced by init.sh, as root of the guest, in the guest's first network namespace.
#
# Results go to the log as lines `@KEY JSON`; boot.ts hands them to the scenario. Everything else in the log is for people.

# emit KEY JSON: one result.
emit() { printf '@%s %s\n' "$1" "$2"; }

# on HOST COMMAND [ARG ...]: runs a command in a host.
on() { ip netns exec "$@"; }

# A process costs the most wall-clock time of all that a script does (UML: some 10 ms each), so the functions below give
# as much as they can to one `ip -batch` or `tc -batch`, and scripts should too.

# host NAME ...: makes hosts. All of them forward IPv4 and IPv6.
host() {
  local name lines=""
  for name; do lines+="netns add $name"$'\n'; done
  ip -batch - <<<"$lines"
  for name; do ip -n "$name" link set lo up; done
}

# link HOST_A DEV_A HOST_B DEV_B [QUEUES]: a cable between two hosts, up at both ends, with QUEUES transmit queues.
link() {
  local queues=""
  [ -z "${5:-}" ] || queues="numtxqueues $5 numrxqueues $5"
  # shellcheck disable=SC2086 # several words
  ip link add "$2" netns "$1" $queues type veth peer name "$4" netns "$3" $queues
  ip -n "$1" link set "$2" up
  ip -n "$3" link set "$4" up
}

# address HOST DEV ADDRESS/LENGTH ...
address() {
  local host=$1 dev=$2 one lines=""
  shift 2
  for one; do lines+="address add $one dev $dev"$'\n'; done
  ip -n "$host" -batch - <<<"$lines"
}

# start KEY HOST TRAFFIC-COMMAND [ARG ...]: a receiver (udp-sink, tcp-sink, echo) in the background. Returns once it can
# receive. Its result is printed as @KEY by `collect`; an echo has none and is stopped there.
declare -a started_keys=() started_pids=() echo_pids=()
start() {
  local key=$1 host=$2 ready=/run/ready
  shift 2
  mkfifo "$ready"
  on "$host" traffic "$@" --ready "$ready" >"/run/result.${#started_keys[@]}" &
  if [ "$1" = echo ]; then
    echo_pids+=($!)
  else
    started_pids+=($!)
    started_keys+=("$key")
  fi
  read -r _ <"$ready"
  rm "$ready"
}

# launch KEY HOST TRAFFIC-COMMAND [ARG ...]: a sender (udp-send, ping, tcp-send) in the background; result as above.
launch() {
  local key=$1 host=$2
  shift 2
  on "$host" traffic "$@" >"/run/result.${#started_keys[@]}" &
  started_pids+=($!)
  started_keys+=("$key")
}

# collect: waits for everything begun with start and launch and prints the results in that order.
collect() {
  local i failed=0
  [ ${#echo_pids[@]} = 0 ] || kill "${echo_pids[@]}"
  for i in "${!started_keys[@]}"; do
    wait "${started_pids[i]}" || failed=1
    emit "${started_keys[i]}" "$(cat "/run/result.$i")"
  done
  started_keys=() started_pids=() echo_pids=()
  return $failed
}

# wait_until MS COMMAND [ARG ...]: tries every millisecond; fails when MS milliseconds were not enough.
wait_until() {
  local left=$1
  shift
  until "$@" >/dev/null 2>&1; do
    [ $((left -= 1)) -gt 0 ] || return 1
    sleep 0.001
  done
}

# now_ms: the guest's clock in milliseconds with three decimals, e.g. 12345.678.
now_ms() {
  local us=${EPOCHREALTIME/./}
  printf '%d.%03d' $((us / 1000 % 1000000000)) $((us % 1000))
}

# weir_config <<END … END: writes /etc/config/weir.
weir_config() {
  mkdir -p /etc/config
  cat >/etc/config/weir
}

# weir ARG ...: runs build/weir in the router (or in $WEIR_HOST) and prints @weir {args, exit, stdout, stderr, …}.
# Its exit status is the program's own, so write `weir … || true` where a failure is what the scenario wants to see.
weir() {
  local result status=0
  result=$(${weir_on:-on} "${WEIR_HOST:-router}" traffic run -- weir "$@") || status=$?
  emit weir "$result"
  return $status
}

# bridge_installed OBJECT: the package weir-bridge is there, with this file; from then on `weir` finds pinned programs again.
bridge_installed() {
  cp "$1" /run/weir.bpf.o
  export WEIR_BPF_OBJECT=/run/weir.bpf.o
  [ -d /run/bpffs ] || { mkdir /run/bpffs && mount -t bpf bpf /run/bpffs; }
  weir_on=on_with_pins
}

# on_with_pins HOST COMMAND [ARG ...]: as `on`, which gives each command a /sys of its own, but with the one /sys/fs/bpf.
on_with_pins() {
  on "$1" sh -c 'mount --bind /run/bpffs /sys/fs/bpf && exec "$@"' sh "${@:2}"
}

# settle HOST ...: waits until every cable that is plugged in shows its carrier. The kernel tells of such changes at most
# once a second (net/core/link_watch.c) and its timer may be an eighth late; a busy machine in real time gets some more.
settle() {
  local name tries=5
  sleep 1.2
  for name; do
    while ip -n "$name" -o link show up | grep NO-CARRIER; do
      [ $((tries -= 1)) -gt 0 ] || return 1
      sleep 1.2
    done
  done
}

# snapshot NAME [HOST]: everything about a host's devices that a scenario may want to compare, as @snapshot
# {name, host, links, qdiscs, classes, filters, features}, read with tc, ip and ethtool. HOST is `router` if not given.
# filters are, for each device in the order of links: those of its root qdisc, ingress and egress. classes are tc's text.
snapshot() {
  local name=$1 host=${2:-router} links rest qdiscs dev class_lines="" filter_lines="" classes filters features
  local -a devices=()
  links=$(ip -n "$host" -j -d link)
  rest=$links
  while [[ $rest =~ \"ifname\":\"([^\"]*)\"(.*) ]]; do
    devices+=("${BASH_REMATCH[1]}")
    rest=${BASH_REMATCH[2]}
  done
  for dev in "${devices[@]}"; do
    class_lines+="class show dev $dev"$'\n'
    filter_lines+="filter show dev $dev"$'\n'"filter show dev $dev ingress"$'\n'"filter show dev $dev egress"$'\n'
  done
  qdiscs=$(tc -n "$host" -j -s qdisc)
  # tc 6.1 prints classes as text even when asked for JSON.
  classes=$(tc -n "$host" -batch - <<<"$class_lines")
  filters=$(tc -n "$host" -j -batch - <<<"$filter_lines")
  features=$(on "$host" sh -c 'for dev; do ethtool --json -k "$dev"; done' sh "${devices[@]}")
  features=${features//$'\n'/}
  emit snapshot "{\"name\":\"$name\",\"host\":\"$host\",\"links\":$links,\"qdiscs\":$qdiscs,$(
    )\"classes\":$(traffic json "$classes"),\"filters\":[${filters//$'\n'/,}],\"features\":[${features//']['/'],['}]}"
}
