/** What a start of one shaper makes on wan0, as ip(8) and tc(8) would make it. */

export const LINKS = `link add name ifb-wan0 type ifb
link set dev ifb-wan0 up`;
export const QDISCS = `qdisc add dev ifb-wan0 root handle 7e00: cake bandwidth 18500kbit besteffort dual-dsthost nat ingress overhead 38 mpu 84
qdisc add dev wan0 root handle 7e00: cake bandwidth 4750kbit diffserv3 dual-srchost nat overhead 38 mpu 84
qdisc add dev wan0 clsact
filter add dev wan0 ingress pref 65024 protocol all matchall action mirred egress redirect dev ifb-wan0`;
