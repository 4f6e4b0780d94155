# What a script can say in the guest of the second lab; sourced by init, for busybox's shell. A process takes some 20 ms and more
# under emulation, so what can be read without one is.
# shellcheck shell=dash

# Not busybox's own, which its shell would take first.
tc() { /usr/sbin/tc "$@"; }

# name_cards NAME ...: gives the cards names, in the order of their slots, and takes them up. All but the last are $CARDS.
name_cards() {
  local number=0 name
  CARDS=''
  for name; do
    [ $number = 0 ] || CARDS="$CARDS $last"
    ip link set "eth$number" name "$name"
    ip link set "$name" up
    number=$((number + 1))
    last=$name
  done
}

# emit KEY JSON: one result, as in the first lab.
emit() { printf '@%s %s\n' "$1" "$2"; }

# wait_until S COMMAND [ARG ...]: tries ten times a second.
wait_until() {
  local tries=$(($1 * 10))
  shift
  until "$@" >/dev/null 2>&1; do
    [ $((tries -= 1)) -gt 0 ] || return 1
    sleep 0.1
  done
}

# weir_config <<END … END: writes /etc/config/weir.
weir_config() { cat >/etc/config/weir; }

# weir ARG ...: runs weir and prints @weir {args, exit, stdout, stderr, …}; its exit status is the program's own.
weir() {
  local result status=0
  result=$(traffic run -- weir "$@") || status=$?
  emit weir "$result"
  return $status
}

# daemon, killed: begins `weir daemon`, whose work is done when this returns; ends it as nothing else does.
daemon() {
  command weir daemon &
  daemon_pid=$!
  wait_until 20 command weir plan
}
killed() {
  kill -9 "$daemon_pid"
  wait "$daemon_pid" || true
}

# files DIRECTORY NAME ...: adds "DIRECTORY/NAME": "its first line" to $read for each that is there. For sysfs only, whose files let
# themselves be read byte by byte, as the shell does it.
files() {
  local directory=$1 name line
  shift
  for name; do
    [ -e "$directory/$name" ] || continue
    { read -r line <"$directory/$name"; } 2>/dev/null || continue
    read="$read,\"$directory/$name\":\"$line\""
  done
}

# card_files CARD: adds what sysfs says of a card and its queues, and procfs of its interrupts by the names of their handlers; the
# numbers of these to $interrupts. Those of a virtio card are its bus device's.
card_files() {
  local queue irq handler mask
  files "$1" mtu tx_queue_len threaded gro_flush_timeout napi_defer_hard_irqs
  for queue in "$1"/queues/rx-*; do files "$queue" rps_cpus rps_flow_cnt; done
  for queue in "$1"/queues/tx-*; do
    files "$queue" xps_cpus
    files "$queue/byte_queue_limits" limit_min limit_max hold_time
  done
  for irq in "$1"/device/msi_irqs/* "$1"/device/../msi_irqs/*; do
    irq=${irq##*/}
    for handler in "/proc/irq/$irq"/*/; do
      [ -d "$handler" ] || continue
      handler=${handler%/}
      handler=${handler##*/}
      read -r mask <"/proc/irq/$irq/smp_affinity"
      read="$read,\"irq/$handler\":\"$mask\""
      interrupts="$interrupts,\"$irq\":\"$handler\""
    done
  done
}

# state NAME: what the drivers and the kernel say of all cards, as @state {name, files, interrupts, rings, coalescing, spreading,
# qdiscs, channels, features}. ethtool tells the last two as text only, or at length.
state() {
  local card read='' interrupts='' features=''
  cd /sys/class/net
  for card in $CARDS; do card_files "$card"; done
  cd /
  for card in netdev_budget netdev_budget_usecs; do read="$read,\"$card\":\"$(cat /proc/sys/net/core/$card)\""; done
  for card in e1000e igb; do features="$features$(ethtool -k "$card")
"; done
  emit state "{\"name\":\"$1\",\"files\":{${read#,}},\"interrupts\":{${interrupts#,}},$(
    )\"rings\":$(said -g '*'),\"coalescing\":$(said -c '*'),\"spreading\":$(said -x igb),\"qdiscs\":$(tc -j qdisc),$(
    )\"channels\":$(traffic json "$(ethtool -l '*' 2>/dev/null)"),\"features\":$(traffic json "$features")}"
}

# said OPTION CARD: what ethtool says of a card or of all, on one line.
said() { ethtool --json "$@" | tr -d ' \n'; }

# other_end: puts the card `peer` into a network namespace of its own, where `at_other_end COMMAND …` runs. Its addresses are 10.0.N.101
# and on, for the Nth of the other cards, which has 10.0.N.1; HOSTS of them for the igb.
HOSTS=16
other_end() {
  local number=0 host card
  echo 1 >/proc/sys/net/ipv4/conf/all/arp_ignore
  mkfifo /run/ready
  unshare -n sh -c 'echo >/run/ready && exec sleep 1000' &
  other_end_pid=$!
  read -r _ </run/ready
  ip link set peer netns "$other_end_pid"
  at_other_end ip link set peer up
  for card in $CARDS; do
    number=$((number + 1))
    ip address add "10.0.$number.1/24" dev "$card"
    at_other_end ip address add "10.0.$number.101/24" dev peer
  done
  at_other_end sh -c 'for host in $(seq 102 $((100 + $1))); do ip address add "10.0.2.$host/24" dev peer; done' sh $HOSTS
}
at_other_end() { nsenter -t "$other_end_pid" -n "$@"; }

# reachable: waits until each card answers the other end: a card that is given other rings or queues is away for a moment.
reachable() {
  local number
  for number in 1 2 3; do wait_until 20 at_other_end ping -c 1 -W 1 "10.0.$number.1"; done
}

# spread: @spread {answers, queues}: how many of HOSTS hosts the igb answers, and over how many of its queues it spreads what they send.
spread() {
  local answers
  answers=$(at_other_end sh -c 'for host in $(seq 101 $((100 + $1))); do ping -c 1 -W 10 -I "10.0.2.$host" 10.0.2.1; done' sh $HOSTS |
    grep -c '^64 bytes')
  emit spread "{\"answers\":$answers,\"queues\":$(ethtool -S igb | grep -cE '^ *rx_queue_[0-9]+_packets: [1-9]')}"
}
