# The router of the web tests: topology_router in real time, a bus, netifd and `weir daemon`. Run by init.sh as the guest's script.
# /dev/tty1 is the bus (weir-relay), /dev/tty2 the shell of `lab.ts`; `exit` there ends the guest.

mkdir -p /run/lines
for number in 1 2; do
  # The host's /dev may have other devices of these names, or none.
  mknod /run/lines/$number c 4 $number
  stty raw -echo -F /run/lines/$number
done

# The bus and the relay do not need the network.
weir_path=/run/lab/bin/weir
"$weir_path" bus >>/run/lab/out/bus 2>&1 &
weir-relay <>/run/lines/1 >&0 2>>/run/lab/out/relay &

topology_router modem=netem

# /lib/bpf, where the package weir-bridge has its programs: /lib becomes one of links to what the host has.
library=$(readlink -f /lib)
mkdir /run/host-lib /run/lib /run/bpffs
mount --bind "$library" /run/host-lib
ln -s /run/host-lib/* /run/lib/
rm -f /run/lib/bpf
mount --bind /run/lib "$library"
mount -t bpf bpf /run/bpffs
# bridge_install, bridge_remove: as with that package; the daemon starts anew with what it then may do.
bridge_install() {
  mkdir -p /lib/bpf
  cp /run/lab/files/weir.bpf.o /lib/bpf/
  daemon_kill
  daemon_start
}
bridge_remove() {
  rm -r /lib/bpf
  daemon_kill
  daemon_start
}

# daemon_start: returns once the daemon is on the bus. daemon_pid: its process.
daemon_start() {
  on_with_pins router "$weir_path" daemon >>/run/lab/out/daemon 2>&1 &
  wait_until 300 "$weir_path" ubus list weir
}
daemon_pid() {
  local pid
  read -r pid _ </run/weir/lock
  echo "$pid"
}
# daemon_kill: as `kill -9`; returns once it is gone from the bus.
daemon_kill() {
  kill -KILL "$(daemon_pid)"
  wait_until 300 eval '! "$weir_path" ubus list weir'
}

# offload_start: the firewall with a flowtable of wan0, and a VLAN on that: what arrives goes past it, and so past a shaper on it.
offload_start() {
  ip -n router link add link wan0 name wan0.7 up type vlan id 7
  on router nft -f - <<END
table inet fw4 {
  flowtable ft { hook ingress priority 0; devices = { lan0, wan0 }; }
  chain forward { type filter hook forward priority filter; meta l4proto { tcp, udp } flow add @ft; }
}
END
  mkdir -p /etc/config
  printf "config defaults\n\toption flow_offloading '1'\n" >/etc/config/firewall
}
offload_stop() {
  on router nft delete table inet fw4
  ip -n router link delete wan0.7
  rm /etc/config/firewall
}

# load_start FLOWS [MS=600000]: FLOWS downloads and uploads at once, until load_stop or for so long. load_stop.
load_start() {
  # Not `on`: what is in the background then is a shell, and to kill that leaves the program running.
  local ms=${2:-600000} host
  for host in lan inet; do
    mkfifo /run/ready
    ip netns exec $host traffic tcp-sink 5001 --flows "$1" --to-ms "$ms" --for-ms "$ms" --ready /run/ready >/dev/null &
    echo $! >>/run/load
    read -r _ </run/ready
    rm /run/ready
  done
  ip netns exec inet traffic tcp-send 10.0.0.2 5001 --flows "$1" --for-ms "$ms" >/dev/null &
  echo $! >>/run/load
  ip netns exec lan traffic tcp-send 192.0.2.1 5001 --flows "$1" --for-ms "$ms" >/dev/null &
  echo $! >>/run/load
}
load_stop() {
  local pid
  [ -f /run/load ] || return 0
  while read -r pid; do kill -KILL "$pid" 2>/dev/null || true; done </run/load
  rm /run/load
}

# bridge_hosts: two hosts whose only way to each other is through the router's eth1 and eth2. tv has 10.1.0.1 and 10.1.0.11 to 16.
bridge_hosts() {
  host tv server
  link router eth1 tv lan0
  link router eth2 server wan0
  address tv lan0 10.1.0.1/24 10.1.0.1{1,2,3,4,5,6}/24
  address server wan0 10.1.0.2/24
  # A veth takes redirected frames like this only (drivers/net/veth.c: veth_xdp_xmit).
  on tv ethtool -K lan0 tx off gro on >/dev/null
  on server ethtool -K wan0 tx off gro on >/dev/null
  tc -n tv qdisc add dev lan0 root netem rate 4mbit delay 2ms limit 1000
  tc -n server qdisc add dev wan0 root netem rate 20mbit delay 8ms limit 1000
  settle router tv server
}
# bridge_flow FROM TO ADDRESS INTERVAL_US: datagrams with 1000 bytes, until load_stop.
bridge_flow() {
  mkfifo /run/ready
  ip netns exec "$2" traffic udp-sink 6001 --for-ms 600000 --ready /run/ready >/dev/null &
  echo $! >>/run/load
  read -r _ </run/ready
  rm /run/ready
  ip netns exec "$1" traffic udp-send "$3" 6001 --count 1000000 --interval-us "$4" --size 1000 >/dev/null &
  echo $! >>/run/load
}
# bridge_download ADDRESS PORT FLOWS: from server, until load_stop.
bridge_download() {
  mkfifo /run/ready
  ip netns exec tv traffic tcp-sink "$2" --flows "$3" --for-ms 600000 --ready /run/ready >/dev/null &
  echo $! >>/run/load
  read -r _ </run/ready
  rm /run/ready
  ip netns exec server traffic tcp-send "$1" "$2" --flows "$3" --for-ms 600000 >/dev/null &
  echo $! >>/run/load
}

# serve: runs each script that comes over tty2, ended by a NUL, and answers its exit code, standard output and standard error, each
# ended by a NUL. What a script starts with & goes on; its variables and functions do not.
serve() {
  local script status
  # A script's failure is a result, not the end. In a condition it would not end at its first failing command.
  set +eE
  trap - ERR
  while IFS= read -r -d '' script <&3; do
    [ "$script" != exit ] || return 0
    (
      set -e
      eval "$script"
    ) </dev/null >/run/stdout 2>/run/stderr 3<&-
    status=$?
    { printf '%d\0' $status && cat /run/stdout && printf '\0' && cat /run/stderr && printf '\0'; } >&3
  done
}

# What else is configured on the router.
mkdir -p /etc/config
cat >/etc/config/luci <<END
config core 'main'
	option lang 'auto'
END
cat >/etc/config/network <<END
config interface 'loopback'
	option device 'lo'
	option proto 'static'

config interface 'lan'
	option device 'lan0'
	option proto 'static'
	option ipaddr '10.0.0.1'
	option netmask '255.255.255.0'

config interface 'wan'
	option device 'wan0'
	option proto 'dhcp'
END
# A daemon without anything to do.
weir_config </dev/null

weir-netifd loopback lan wan &
interface_up() { "$weir_path" ubus call lab.netifd change "{\"interface\":\"$1\",\"l3_device\":\"$2\"}" >/dev/null; }
interface_down() { "$weir_path" ubus call lab.netifd change "{\"interface\":\"$1\"}" >/dev/null; }
wait_until 300 interface_up loopback lo
interface_up lan lan0
interface_up wan wan0
exec 3<>/run/lines/2
daemon_start
printf 'ready\0' >&3
serve
