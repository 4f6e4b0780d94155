/**
 * What the flow offloading of the firewall leads past the shaping, on each kernel: a router forwards between two hosts, nft makes the
 * flowtables, and packets are counted where they should be shaped, and in a rule of the firewall that only those see which take the
 * long way. What `weir status` says has to be just that.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import * as z from 'zod/mini';
import { boot } from '../boot.ts';
import { cakeMqKernel, labKernel } from '../kernel.ts';
import { command, ping } from '../results.ts';

/** How many packets go each way while they are counted. */
const PACKETS = 200;

/** lan – router – inet. `wan0` of the router and `eth0` of inet are a cable, and each stack says what stands on it. */
const FUNCTIONS = String.raw`
hardware_address() {
  local shown
  shown=$(ip -n "$1" -o link show "$2")
  shown=${'${shown##*link/ether }'}
  echo "${'${shown%% *}'}"
}
# pppoe_end HOST DEVICE ADDRESS-OF-THE-OTHER-END
pppoe_end() {
  mkfifo /run/ppp-ready
  on "$1" traffic pppoe "$2" "$3" 7 --ready /run/ppp-ready &
  read -r _ </run/ppp-ready
  rm /run/ppp-ready
}
# flowtable DEVICES [RULE]: the firewall, with a flowtable of these devices.
flowtable() {
  local rule="meta l4proto { tcp, udp } flow add @ft"
  [ $# = 1 ] || rule=$2
  on router nft -f - <<END
table inet fw4
delete table inet fw4
table inet fw4 {
  flowtable ft {
    hook ingress priority 0
    devices = { $1 }
    counter
  }
  chain forward {
    type filter hook forward priority filter
    $rule
    meta l4proto udp counter
  }
  chain srcnat {
    type nat hook postrouting priority srcnat
    oifname != "lan0" masquerade
  }
}
END
}
# counters KEY DEVICE: packets so far at the root of the device, at that of its IFB, and in the rule.
counters() {
  emit "$1" "[$(tc -n router -s -j qdisc show dev "$2" root),$(tc -n router -s -j qdisc show dev "ifb-$2" root),$(on router nft -j list chain inet fw4 forward)]"
}
shaped() {
  weir_config <<END
config shaper 'wan'
	option device '$1'
	option download '50mbit'
	option upload '20mbit'
END
  weir start
}
# measure DEVICE
measure() {
  start "" inet echo 7
  on lan traffic ping 192.0.2.1 7 --count 5 --interval-us 10000 --source-port 5000
  counters before "$1"
  launch ping lan ping 192.0.2.1 7 --count ${PACKETS} --interval-us 2000 --source-port 5000
  collect
  counters after "$1"
  weir status --json
}
host lan router inet
link lan eth0 router lan0
link router wan0 inet eth0
address lan eth0 10.0.0.2/24
address router lan0 10.0.0.1/24
ip -n lan route add default via 10.0.0.1
`;

/** What stands on the cable: the router's device and how both ends are made. */
const STACKS = {
  plain: 'address router wan0 192.0.2.2/24; address inet eth0 192.0.2.1/24; settle lan router inet',
  vlan: `
ip -n router link add link wan0 name wan0.7 up type vlan id 7
ip -n inet link add link eth0 name eth0.7 up type vlan id 7
address router wan0.7 192.0.2.2/24; address inet eth0.7 192.0.2.1/24; settle lan router inet`,
  bridge: `
ip -n router link add br-wan up type bridge mcast_snooping 0
ip -n router link set wan0 master br-wan
address router br-wan 192.0.2.2/24; address inet eth0 192.0.2.1/24; settle lan router inet`,
  pppoe: `
settle lan router inet
[ -c /dev/ppp ] || mount -t devtmpfs dev /dev
pppoe_end router wan0 "$(hardware_address inet eth0)"
pppoe_end inet eth0 "$(hardware_address router wan0)"
ip -n router link set ppp0 name pppoe-wan
ip -n router addr add 192.0.2.2 peer 192.0.2.1 dev pppoe-wan; ip -n router link set pppoe-wan up
ip -n inet addr add 192.0.2.1 peer 192.0.2.2 dev ppp0; ip -n inet link set ppp0 up`,
} as const;

interface Case {
  readonly stack: keyof typeof STACKS;
  readonly shaped: string;
  readonly flowtable: string;
}

const CASES: readonly Case[] = [
  { stack: 'plain', shaped: 'wan0', flowtable: 'lan0, wan0' },
  { stack: 'vlan', shaped: 'wan0.7', flowtable: 'lan0, wan0.7' },
  { stack: 'vlan', shaped: 'wan0.7', flowtable: 'lan0, wan0' },
  { stack: 'vlan', shaped: 'wan0', flowtable: 'lan0, wan0.7' },
  { stack: 'vlan', shaped: 'wan0', flowtable: 'lan0, wan0' },
  { stack: 'bridge', shaped: 'br-wan', flowtable: 'lan0, br-wan' },
  { stack: 'bridge', shaped: 'br-wan', flowtable: 'lan0, wan0' },
  { stack: 'bridge', shaped: 'wan0', flowtable: 'lan0, br-wan' },
  { stack: 'pppoe', shaped: 'pppoe-wan', flowtable: 'lan0, pppoe-wan' },
  { stack: 'pppoe', shaped: 'pppoe-wan', flowtable: 'lan0, wan0' },
  { stack: 'pppoe', shaped: 'pppoe-wan', flowtable: 'lan0, wan0, pppoe-wan' },
  { stack: 'pppoe', shaped: 'wan0', flowtable: 'lan0, wan0' },
];

const packets = z.looseObject({ packets: z.int() });
const counters = z.tuple([
  z.array(packets),
  z.array(packets),
  z.looseObject({
    nftables: z.array(
      z.looseObject({
        rule: z.optional(z.looseObject({ expr: z.array(z.looseObject({ counter: z.optional(packets) })) })),
      }),
    ),
  }),
]);

function sum([root, ifb, { nftables }]: z.output<typeof counters>): number[] {
  const inRule = nftables.flatMap(({ rule }) => rule?.expr.flatMap(({ counter }) => counter?.packets ?? []) ?? []);
  return [root[0]?.packets ?? Number.NaN, ifb[0]?.packets ?? Number.NaN, inRule[0] ?? Number.NaN];
}

for (const [name, kernel] of [
  ['the lab', labKernel()],
  ['cake_mq', cakeMqKernel()],
] as const) {
  for (const one of CASES.slice(0, Number(process.env.N ?? 99))) {
    test(`${name}: ${one.stack}, ${one.shaped} shaped, flowtable of ${one.flowtable}`, async (t: TestContext) => {
      if (kernel === undefined) return t.skip('no such kernel');
      const run = await boot({
        kernel,
        mayFail: true,
        script: `${FUNCTIONS}${STACKS[one.stack]}
shaped ${one.shaped}
flowtable '${one.flowtable}'
measure ${one.shaped}
`,
      });
      if (run.exitCode !== 0) t.diagnostic(run.log.slice(-1500));
      const before = run.values('before', counters).map(sum)[0] ?? [];
      const after = run.values('after', counters).map(sum)[0] ?? [];
      const delta = after.map((n, i) => n - (before[i] ?? 0));
      const status = run.values('weir', command).find(({ args }) => args[1] === 'status');
      t.diagnostic(
        `up ${delta[0]} down ${delta[1]} rule ${delta[2]} ${JSON.stringify(run.values('ping', ping).map(({ received }) => received))} ${run.exitCode} ${JSON.stringify(JSON.parse(status?.stdout ?? '{}').conflicts)} ${status?.stderr}`,
      );
      assert.ok(true);
    });
  }
}
