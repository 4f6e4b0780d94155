# The networks of the lab. Sourced by init.sh after guest.sh.
#
# No path may be without a rate: in virtual time the processor is infinitely fast, so TCP over a bare veth would be too.

# topology_router [down=20mbit] [up=5mbit] [rtt_ms=20] [down_queue=700] [up_queue=200] [edge=1gbit] [queues=1] [modem=tbf]
#
#   lan ──────────── router ──────────── modem ──────────── inet
#   eth0         lan0      wan0      cust0   isp0           eth0
#   10.0.0.2  10.0.0.1   192.0.2.2     (bridge)        192.0.2.1
#   fd00::2    fd00::1   2001:db8::2                 2001:db8::1
#
# The modem is a bridge whose two sides send no faster than `down` (to the router) and `up` (to the internet), each
# behind a FIFO of so many packets: the bloat. Half of the round-trip time is spent at each of them. Both hosts send at
# `edge` at most. With `down=none` or `up=none` that side of the modem only delays.
# `queues` are the transmit queues of wan0. `modem` is the qdisc that holds the rate: tbf, which cuts superpackets into what
# a wire carries, or netem, which leaves them whole but makes up for late timers: take that in real time.
topology_router() {
  local down=20mbit up=5mbit rtt_ms=20 down_queue=700 up_queue=200 edge=1gbit queues="" modem=tbf setting
  for setting; do
    case ${setting%%=*} in
      down | up | rtt_ms | down_queue | up_queue | edge | queues | modem) local "$setting" ;;
      *) echo "topology_router: $setting is not known" && return 1 ;;
    esac
  done

  [ "$queues" = "" ] || queues="numtxqueues $queues numrxqueues $queues"

  ip -batch - <<END
netns add lan
netns add router
netns add modem
netns add inet
link add eth0 netns lan type veth peer name lan0 netns router
link add wan0 netns router $queues type veth peer name cust0 netns modem $queues
link add isp0 netns modem type veth peer name eth0 netns inet
END
  ip -n modem -batch - <<END
link add br0 up type bridge mcast_snooping 0
link set cust0 up master br0
link set isp0 up master br0
END
  ip -n lan -batch - <<END
link set lo up
link set eth0 up
address add 10.0.0.2/24 dev eth0
address add fd00::2/64 dev eth0
route add default via 10.0.0.1
route add default via fd00::1
END
  ip -n router -batch - <<END
link set lo up
link set lan0 up
link set wan0 up
address add 10.0.0.1/24 dev lan0
address add fd00::1/64 dev lan0
address add 192.0.2.2/24 dev wan0
address add 2001:db8::2/64 dev wan0
route add default via 192.0.2.1
route add default via 2001:db8::1
END
  ip -n inet -batch - <<END
link set lo up
link set eth0 up
address add 192.0.2.1/24 dev eth0
address add 2001:db8::1/64 dev eth0
route add 10.0.0.0/24 via 192.0.2.2
route add fd00::/64 via 2001:db8::2
END
  tc -n lan qdisc add dev eth0 root netem rate "$edge" limit 10000
  tc -n inet qdisc add dev eth0 root netem rate "$edge" limit 10000
  modem_side cust0 "$down" "$down_queue"
  modem_side isp0 "$up" "$up_queue"
  settle lan router modem inet

  # Link addresses are known from here on: no packet of a measurement waits for ARP.
  start "" inet echo 7
  on lan traffic ping 192.0.2.1 7 --count 1 --interval-us 0 >/dev/null
  on lan traffic ping 2001:db8::1 7 --count 1 --interval-us 0 >/dev/null
  collect
}

# modem_side DEV RATE PACKETS: one direction of the modem, of topology_router's rtt_ms and modem. netem is the FIFO and the
# delay of the path; tbf has room for one packet in its burst. Without a rate superpackets stay whole, as the GRO of a
# router's network card makes them.
modem_side() {
  local delay="$((rtt_ms * 500))us"
  if [ "$2" = none ]; then
    tc -n modem qdisc add dev "$1" root netem delay "$delay" limit 100000
  elif [ "$modem" = netem ]; then
    tc -n modem qdisc add dev "$1" root netem delay "$delay" rate "$2" limit "$3"
  else
    tc -n modem -batch - <<END
qdisc add dev $1 root handle 1: tbf rate $2 burst 1600 limit 100000000
qdisc add dev $1 parent 1:1 handle 10: netem delay $delay limit $3
END
  fi
}

# topology_wire [rate=1gbit] [queues=1]: two hosts and a cable; the device under test is eth0 of `left` (10.9.0.1,
# fd09::1), the other end is eth0 of `right` (10.9.0.2, fd09::2). `right` sends at `rate`; `left` is left as it is, so
# give its eth0 a qdisc with a rate before anything fast is sent.
topology_wire() {
  local rate=1gbit queues="" setting
  for setting; do
    case ${setting%%=*} in
      rate | queues) local "$setting" ;;
      *) echo "topology_wire: $setting is not known" && return 1 ;;
    esac
  done
  host left right
  link left eth0 right eth0 "$queues"
  address left eth0 10.9.0.1/24 fd09::1/64
  address right eth0 10.9.0.2/24 fd09::2/64
  tc -n right qdisc add dev eth0 root netem rate "$rate" limit 10000
  settle left right
}
