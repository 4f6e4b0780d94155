# What a script can say in the guest of the second lab; sourced by init, for busybox's shell. A process takes some 20 ms and more
# under emulation, so what can be read without one is.
# shellcheck shell=dash

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

# files DIRECTORY NAME ...: adds "DIRECTORY/NAME": "its first line" to $read for each that is there and lets itself be read.
files() {
  local directory=$1 name line
  shift
  for name; do
    [ -e "$directory/$name" ] || continue
    { read -r line <"$directory/$name"; } 2>/dev/null || continue
    read="$read,\"$directory/$name\":\"$line\""
  done
}

# card_files CARD: adds what sysfs and procfs say of a card, its queues and its interrupts, these by the names of their handlers.
card_files() {
  local queue irq handler mask
  files "$1" mtu tx_queue_len threaded gro_flush_timeout napi_defer_hard_irqs
  for queue in "$1"/queues/rx-*; do files "$queue" rps_cpus rps_flow_cnt; done
  for queue in "$1"/queues/tx-*; do
    files "$queue" xps_cpus
    files "$queue/byte_queue_limits" limit_min limit_max hold_time
  done
  for irq in "$1"/device/msi_irqs/* "$1"/device/../msi_irqs/*; do
    for handler in "/proc/irq/${irq##*/}"/*/; do
      [ -d "$handler" ] || continue
      handler=${handler%/}
      read -r mask <"/proc/irq/${irq##*/}/smp_affinity"
      read="$read,\"irq/${handler##*/}\":\"$mask\""
    done
  done
}

# state NAME: what the drivers and the kernel say of all cards, as @state {name, files, rings, coalescing, …}, by other people's programs.
state() {
  local card read='"":""'
  cd /sys/class/net
  files /proc/sys/net/core netdev_budget netdev_budget_usecs
  for card in $CARDS; do card_files "$card"; done
  cd /
  emit state "{\"name\":\"$1\",\"files\":{$read},\"rings\":$(said -g),\"coalescing\":$(said -c),$(
    )\"channels\":$(said -l),\"spreading\":$(said -x),\"features\":$(said -k)}"
}

# said OPTION: what ethtool says of all cards, on one line.
said() { ethtool --json "$1" '*' | tr -d '\n'; }
