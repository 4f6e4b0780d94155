# The networks of the bridge in BPF. Sourced by init.sh after guest.sh.
#
# Frames that an XDP program redirects lose what the kernel would have left to the network card, so the hosts leave nothing to
# theirs; and a veth takes such frames only while its GRO is on (drivers/net/veth.c: veth_enable_xdp, veth_xdp_xmit).

# topology_bridge [rate=50mbit] [local_ms=0] [internet_ms=0] [mtu=1500]
#
#   lan ──────────── router ──────────── inet
#   eth0          eth1    eth2           eth0
#   10.0.0.2                         10.0.0.1
#   fd00::2                           fd00::1
#
# All addresses are of one network. `lan` and `inet` send at `rate`, each after its delay; `mtu` is that of all devices.
topology_bridge() {
  bridge_settings "$@"
  host lan router inet
  link router eth1 lan eth0
  link router eth2 inet eth0
  bridge_hosts
}

# topology_stick: the same with one cable between the router's eth1 and `trunk`, where `lan` is VLAN 3 and `inet` VLAN 4. `trunk` puts
# the tags into the frames, where an XDP program sees them.
topology_stick() {
  bridge_settings "$@"
  host lan router inet trunk
  link router eth1 trunk eth0
  on trunk ethtool -K eth0 txvlan off tx off gro on >/dev/null
  ip -n trunk -batch - <<END
link set eth0 mtu $mtu
link add link eth0 name vlan3 address 02:00:00:00:00:03 type vlan id 3
link add link eth0 name vlan4 address 02:00:00:00:00:04 type vlan id 4
link set vlan3 netns lan name eth0
link set vlan4 netns inet name eth0
END
  bridge_hosts
}

bridge_settings() {
  local setting
  rate=50mbit local_ms=0 internet_ms=0 mtu=1500
  for setting; do
    case ${setting%%=*} in
      rate | local_ms | internet_ms | mtu) declare -g "$setting" ;;
      *) echo "topology_bridge: $setting is not known" && return 1 ;;
    esac
  done
}

bridge_hosts() {
  local name dev
  for dev in eth1 eth2; do ! ip -n router link show "$dev" >/dev/null 2>&1 || ip -n router link set "$dev" mtu "$mtu"; done
  for name in lan inet; do
    ip -n "$name" link set eth0 up mtu "$mtu"
    on "$name" ethtool -K eth0 tx off gro on >/dev/null
  done
  tc -n lan qdisc add dev eth0 root netem rate "$rate" delay "${local_ms}ms" limit 10000
  tc -n inet qdisc add dev eth0 root netem rate "$rate" delay "${internet_ms}ms" limit 10000
  address lan eth0 10.0.0.2/24 fd00::2/64
  address inet eth0 10.0.0.1/24 fd00::1/64
  settle router
}

# seed_ports [OPTION …]: the bridge of the seed between two ports, with further options of the section bridge (`path 'tc'`).
seed_ports() {
  local option
  weir_config <<END
config bridge
	option use_xdp_bridge '1'
$(for option; do printf '\toption %s\n' "$option"; done)

config interface_mapping
	option name 'eth1'
	option redirect_to 'eth2'
	option scan_vlans '0'
	option faces 'local'

config interface_mapping
	option name 'eth2'
	option redirect_to 'eth1'
	option scan_vlans '0'
	option faces 'internet'
END
}

# own_address DEVICE: 10.0.0.254 and fd00::fe for the router itself. A port sends questions for it on, so `lan` must know where it is.
own_address() {
  local mac
  address router "$1" 10.0.0.254/24 fd00::fe/64
  mac=$(on router cat "/sys/class/net/$1/address")
  ip -n lan -batch - <<END
neigh replace 10.0.0.254 lladdr $mac dev eth0
neigh replace fd00::fe lladdr $mac dev eth0
END
}

# bpf_says STEP …: what is in the kernel, by the loader's own program, as @bpf.
bpf_says() { on_with_pins router weir-bpf "$@"; }

# bridge_daemon: the daemon, in the background, once it forwards; its number is $daemon, and its log is /run/lab/out/daemon.
bridge_daemon() {
  (exec ip netns exec router sh -c 'mount --bind /run/bpffs /sys/fs/bpf && exec weir daemon') >>/run/lab/out/daemon 2>&1 &
  daemon=$!
  wait_until 5000 command weir ubus list weir
  wait_until 1000 bridge_forwards
}
# What the daemon says of it: nobody else knows what it holds with on_crash 'stop'.
bridge_forwards() { [[ $(on_with_pins router weir status) == *"bridge: forwarding"* ]]; }
# bridge_reload: SIGHUP, and the time to do it.
bridge_reload() {
  kill -HUP "$daemon"
  sleep 0.3
  bridge_forwards
}
# bridge_kill: as a crash would.
bridge_kill() {
  kill -9 "$daemon"
  wait "$daemon" || true
}
# bridge_end: SIGTERM, and its end.
bridge_end() {
  kill -TERM "$daemon"
  wait "$daemon"
}
# bridge_upgrade: another version of the programs is installed: other bytes, and so another id.
bridge_upgrade() {
  cp /run/weir.bpf.o /run/new.bpf.o
  echo >>/run/new.bpf.o
  mv /run/new.bpf.o /run/weir.bpf.o
}

# exchange: what hosts say to each other over a bridge in IPv4 and IPv6, as @icmp4, @icmp6, @udp4 and so on, two of each. Neighbours
# are asked for anew; see assertExchanged in bridge.ts.
exchange() {
  local family size
  ip -n lan neigh flush all
  ip -n inet neigh flush all
  for family in 4 6; do
    local inet=10.0.0.1 lan=10.0.0.2
    [ $family = 4 ] || inet=fd00::1 lan=fd00::2
    # The last ones are larger than a frame, and so fragments.
    for size in 56 4000; do
      emit icmp$family "$(traffic json "$(on lan busybox ping -q -c 5 -s $size $inet || true)")"
    done
    start udp$family inet udp-sink 6001 --count 200 --for-ms 1000
    start udp$family lan udp-sink 6001 --count 200 --for-ms 1000
    launch sent lan udp-send $inet 6001 --count 200 --interval-us 500 --size 1400
    launch sent inet udp-send $lan 6001 --count 200 --interval-us 500 --size 1400
    collect
    start tcp$family inet tcp-sink 5001 --flows 2 --from-ms 100 --to-ms 300 --for-ms 9000
    start tcp$family lan tcp-sink 5001 --flows 2 --from-ms 100 --to-ms 300 --for-ms 9000
    launch sent_tcp$family lan tcp-send $inet 5001 --flows 2 --for-ms 400
    launch sent_tcp$family inet tcp-send $lan 5001 --flows 2 --for-ms 400
    collect
  done
}

# lease: what address a DHCP server at `inet` gives to `lan`, as @lease; all frames of it are broadcast.
lease() {
  cat >/tmp/udhcpd.conf <<END
start 10.0.0.100
end 10.0.0.100
interface eth0
lease_file /tmp/udhcpd.leases
pidfile /tmp/udhcpd.pid
END
  : >/tmp/udhcpd.leases
  printf '#!/bin/sh\n[ "$1" != bound ] || echo "$ip" >/tmp/lease\n' >/tmp/bound
  chmod +x /tmp/bound
  : >/tmp/lease
  on inet busybox udhcpd -f /tmp/udhcpd.conf &
  local server=$!
  on lan busybox udhcpc -f -q -n -B -t 3 -T 1 -i eth0 -s /tmp/bound || true
  kill "$server" "$(cat /tmp/udhcpd.pid)" || true
  wait "$server" || true
  emit lease "$(traffic json "$(cat /tmp/lease)")"
}

# quiet_bridge: `lan` and `inet` send nothing that the scenario does not let them: no IPv6, and neighbours that are known.
quiet_bridge() {
  local name
  for name in lan inet; do on "$name" sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6'; done
  ip -n lan neigh replace 10.0.0.1 lladdr "$(on inet cat /sys/class/net/eth0/address)" dev eth0
  ip -n inet neigh replace 10.0.0.2 lladdr "$(on lan cat /sys/class/net/eth0/address)" dev eth0
}

# numbered KEY COUNT INTERVAL_US: numbered packets both ways; results as @KEY_up and @KEY_down. Ends with `collect`.
numbered() {
  local ms=$((500 + $2 * $3 / 1000))
  start "$1_up" inet udp-sink 6001 --count "$2" --for-ms $ms
  start "$1_down" lan udp-sink 6001 --count "$2" --for-ms $ms
  launch sent lan udp-send 10.0.0.1 6001 --count "$2" --interval-us "$3"
  launch sent inet udp-send 10.0.0.2 6001 --count "$2" --interval-us "$3"
}

# pins: everything below /sys/fs/bpf, as @pins.
pins() { emit pins "$(traffic json "$(cd /run/bpffs && find . -mindepth 1 | sort)")"; }
