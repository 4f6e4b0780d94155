/** For scenarios that count every packet: nothing but what they send passes the router of topology_router. */

/**
 * No IPv6, whose neighbour discovery and group memberships come when they like, and neighbours that need not be asked for:
 * the kernel keeps only some packets while it asks.
 */
export const QUIET = `
for name in lan router modem inet; do on $name sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6'; done
start met inet udp-sink 6000 --count 1 --for-ms 1000
on lan traffic udp-send 192.0.2.1 6000 --count 1
collect
ip -n lan neigh change 10.0.0.1 dev eth0 nud permanent
ip -n router neigh change 10.0.0.2 dev lan0 nud permanent
ip -n router neigh change 192.0.2.1 dev wan0 nud permanent
ip -n inet neigh change 192.0.2.2 dev eth0 nud permanent
`;
