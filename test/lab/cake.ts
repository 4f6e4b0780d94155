/** Plain tc: what a user would run instead of weir, for scenarios that compare. */

/** `tc` and `ip` lines for the router that shape wan0 both ways with the given words of tc-cake(8). */
export function cakeWithTc(download: string, upload: string): string {
  return `
ip -n router link add ifb0 type ifb
ip -n router link set ifb0 up
tc -n router -batch - <<END
qdisc add dev wan0 root cake ${upload}
qdisc add dev wan0 clsact
qdisc add dev ifb0 root cake ${download}
filter add dev wan0 ingress matchall action mirred egress redirect dev ifb0
END
`;
}
