/**
 * What flow offloading leads past the shaping, on each kernel: a router forwards between two hosts, nft makes the flowtables as OpenWrt's
 * firewall does, and packets are counted where they should be shaped, and in a rule that only those see which take the long way through
 * the firewall. What `weir status` says has to be just that.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { boot } from '../boot.ts';
import { cakeMqKernel, labKernel } from '../kernel.ts';
import type { LabRun } from '../labrun.ts';
import { command, ping, tcpSink } from '../results.ts';

/** How many packets go each way while they are counted. */
const PACKETS = 200;
/** Neighbours are looked for, too. */
const OTHER_PACKETS = 5;

/** lan – router – inet: `wan0` of the router and `eth0` of inet are a cable, on which stands what the case is about. */
const HOSTS = `
# flowtable DEVICES [RULE]: the firewall, with a flowtable of these devices, and the rule that puts connections into it.
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
    oifname != "lan0" ip protocol udp masquerade
  }
}
END
}
# shaped DEVICE DOWNLOAD UPLOAD
shaped() {
  weir_config <<END
config shaper 'wan'
	option device '$1'
	option download '$2'
	option upload '$3'
END
}
# counters DEVICE: packets so far at the root of the device, at that of its IFB, and in the rule.
counters() {
  local ifb="ifb-$1" upload download rules
  upload=$(tc -n router -s -j qdisc show dev "$1" root)
  download=$(tc -n router -s -j qdisc show dev "$ifb" root)
  rules=$(on router nft -j list chain inet fw4 forward)
  emit counters "[$upload,$download,$rules]"
}
# measure SHAPED DEVICES [RULE]
measure() {
  local device=$1
  shift
  shaped "$device" 50mbit 20mbit
  weir start
  flowtable "$@"
  start "" inet echo 7
  : $((port += 1))
  on lan traffic ping 192.0.2.1 7 --count 5 --interval-us 10000 --source-port $port
  counters "$device"
  launch ping lan ping 192.0.2.1 7 --count ${PACKETS} --interval-us 2000 --source-port $port
  collect
  counters "$device"
  weir status --json
}
# pppoe_end HOST DEVICE NAME OTHER-HOST OTHER-DEVICE
pppoe_end() {
  local other
  other=$(on "$4" cat "/sys/class/net/$5/address")
  mkfifo /run/ppp-ready
  on "$1" traffic pppoe "$2" "$other" 7 --ready /run/ppp-ready &
  read -r _ </run/ppp-ready
  rm /run/ppp-ready
  ip -n "$1" link set ppp0 name "$3" mtu 1492
}
port=5000
host lan router inet
link lan eth0 router lan0
link router wan0 inet eth0
settle lan router inet
address lan eth0 10.0.0.2/24
address router lan0 10.0.0.1/24
ip -n lan route add default via 10.0.0.1
`;

const STACKS = {
  plain: `
address router wan0 192.0.2.2/24
address inet eth0 192.0.2.1/24`,
  vlan: `
ip -n router link add link wan0 name wan0.7 up type vlan id 7
ip -n inet link add link eth0 name eth0.7 up type vlan id 7
address router wan0.7 192.0.2.2/24
address inet eth0.7 192.0.2.1/24`,
  bridge: `
ip -n router link add br-wan up type bridge mcast_snooping 0
ip -n router link set wan0 master br-wan
address router br-wan 192.0.2.2/24
address inet eth0 192.0.2.1/24
settle router`,
  pppoe: `
[ -c /dev/ppp ] || mount -t devtmpfs dev /dev
pppoe_end router wan0 pppoe-wan inet eth0
pppoe_end inet eth0 pppoe-isp router wan0
ip -n router address add 192.0.2.2 peer 192.0.2.1 dev pppoe-wan
ip -n inet address add 192.0.2.1 peer 192.0.2.2 dev pppoe-isp
ip -n router link set pppoe-wan up
ip -n inet link set pppoe-isp up`,
} as const;

/** What goes past the shaper: nothing, both directions, or downloads on every kernel and uploads where they are sent below. */
type Passed = 'nothing' | 'both' | 'as the kernel sends';

interface Case {
  readonly shaped: string;
  readonly flowtable: string;
  readonly passed: Passed;
  readonly withoutRule?: true;
}

const CASES: Readonly<Record<keyof typeof STACKS, readonly Case[]>> = {
  plain: [
    { shaped: 'wan0', flowtable: 'lan0, wan0', passed: 'nothing' },
    { shaped: 'wan0', flowtable: 'lan0, wan0', passed: 'nothing', withoutRule: true },
  ],
  vlan: [
    { shaped: 'wan0.7', flowtable: 'lan0, wan0.7', passed: 'nothing' },
    { shaped: 'wan0.7', flowtable: 'lan0, wan0', passed: 'as the kernel sends' },
    { shaped: 'wan0.7', flowtable: 'lan0, wan0', passed: 'nothing', withoutRule: true },
    { shaped: 'wan0', flowtable: 'lan0, wan0.7', passed: 'nothing' },
    { shaped: 'wan0', flowtable: 'lan0, wan0', passed: 'nothing' },
  ],
  bridge: [
    { shaped: 'br-wan', flowtable: 'lan0, br-wan', passed: 'nothing' },
    { shaped: 'br-wan', flowtable: 'lan0, wan0', passed: 'both' },
    { shaped: 'wan0', flowtable: 'lan0, br-wan', passed: 'nothing' },
  ],
  pppoe: [
    { shaped: 'pppoe-wan', flowtable: 'lan0, pppoe-wan', passed: 'nothing' },
    { shaped: 'pppoe-wan', flowtable: 'lan0, wan0', passed: 'as the kernel sends' },
    { shaped: 'pppoe-wan', flowtable: 'lan0, wan0, pppoe-wan', passed: 'as the kernel sends' },
    { shaped: 'wan0', flowtable: 'lan0, wan0', passed: 'nothing' },
  ],
};

const packets = z.looseObject({ packets: z.int() });
const rule = z.looseObject({ expr: z.array(z.looseObject({ counter: z.optional(packets) })) });
const counters = z.pipe(
  z.tuple([
    z.array(packets),
    z.array(packets),
    z.looseObject({ nftables: z.array(z.looseObject({ rule: z.optional(rule) })) }),
  ]),
  z.transform(([upload, download, { nftables }]) => ({
    upload: upload[0]?.packets ?? Number.NaN,
    download: download[0]?.packets ?? Number.NaN,
    longWay: nftables.flatMap((one) => one.rule?.expr.flatMap(({ counter }) => counter?.packets ?? []) ?? [])[0],
  })),
);
const report = z.looseObject({
  shapers: z.array(z.looseObject({ state: z.string(), stateForS: z.nullable(z.number()) })),
  conflicts: z.array(z.looseObject({ where: z.string(), what: z.string(), expected: z.string() })),
});
type Report = z.output<typeof report>;

function reportsOf(run: LabRun): Report[] {
  const statuses = run.values('weir', command).filter(({ args }) => args[0] === 'status');
  return statuses.map(({ stdout }) => report.parse(JSON.parse(stdout)));
}

/** What status says of the directions. */
function saidPassed({ conflicts }: Report, device: string): { upload: boolean; download: boolean } {
  const text = conflicts.map(({ what }) => what).join('\n');
  const both = text.includes(` past the shaper of ${device}`);
  const says = (direction: string): boolean => both || text.includes(` past the ${direction} shaper of ${device}`);
  return { upload: says('upload'), download: says('download') };
}

/** Up to Linux 6.18 the device that puts the header of VLAN or PPPoE on is where packets are queued. */
function sendsBelow(release: string): boolean {
  const [major = 0, minor = 0] = release.split('.').map(Number);
  return major > 6 || (major === 6 && minor > 18);
}

const KERNELS = [
  ['the lab', labKernel()],
  ['the kernel with cake_mq', cakeMqKernel()],
] as const;

for (const [kernelName, kernel] of KERNELS) {
  for (const stack of ['plain', 'vlan', 'bridge', 'pppoe'] as const) {
    test(`${kernelName}, ${stack}: status says what goes past the shaper, and nothing else does`, async (t) => {
      if (kernel === undefined) return t.skip('this machine has no such kernel');
      const cases = CASES[stack];
      const lines = cases.map(
        ({ shaped, flowtable, withoutRule }) => `measure ${shaped} '${flowtable}' ${withoutRule ? "''" : ''}`,
      );
      const script = `${HOSTS}${STACKS[stack]}\n${lines.join('\n')}\nemit release "\\"$(uname -r)\\""\n`;
      const run = await boot({ kernel, script });
      const release = run.value('release', z.string());
      const counts = run.values('counters', counters);
      const reports = reportsOf(run);
      const pings = run.values('ping', ping);
      cases.forEach(({ shaped, flowtable, passed, withoutRule }, index) => {
        const [before, after, told] = [counts[2 * index], counts[2 * index + 1], reports[index]];
        assert.ok(before && after && told);
        const upload = after.upload - before.upload;
        const download = after.download - before.download;
        const longWay = (after.longWay ?? Number.NaN) - (before.longWay ?? Number.NaN);
        const what = `${release}: ${shaped} shaped, ${withoutRule ? 'unused ' : ''}flowtable of ${flowtable}`;
        t.diagnostic(`${what}: ${upload} up, ${download} down, ${longWay} through the firewall`);
        assert.equal(pings[index]?.received, PACKETS, what);
        for (const number of [upload, download])
          assert.ok(number <= OTHER_PACKETS || (number >= PACKETS && number <= PACKETS + OTHER_PACKETS), what);
        const wasPassed = { upload: upload < PACKETS, download: download < PACKETS };
        const isUp = passed === 'both' || (passed === 'as the kernel sends' && sendsBelow(release));
        assert.deepEqual(wasPassed, { upload: isUp, download: passed !== 'nothing' }, what);
        assert.deepEqual(saidPassed(told, shaped), wasPassed, `${what}: ${JSON.stringify(told.conflicts)}`);
        assert.equal(told.conflicts.length, passed === 'nothing' ? 0 : 1, what);
        if (withoutRule) assert.equal(longWay, 2 * PACKETS, what);
        if (passed !== 'nothing') assert.equal(longWay, 0, what);
        // It is in use, and is shaped: uploads on the short cut, downloads not, since they come from the IFB.
        if (stack === 'plain' && !withoutRule) assert.equal(longWay, PACKETS, what);
      });
    });
  }

  test(`${kernelName}: over PPPoE a download goes past its rate, until what status says is done`, async (t) => {
    if (kernel === undefined) return t.skip('this machine has no such kernel');
    const run = await boot({
      kernel,
      script: `${HOSTS}${STACKS.pppoe}
ip -n inet route add 10.0.0.0/24 via 192.0.2.2
tc -n lan qdisc add dev eth0 root netem rate 100mbit limit 10000
tc -n inet qdisc add dev eth0 root netem rate 100mbit limit 10000
shaped pppoe-wan 10mbit 5mbit
on router weir daemon >/run/daemon.log 2>&1 &
shaping() { [ "$(tc -n router qdisc show dev ifb-pppoe-wan root)" != "" ] && on router weir ubus -S list weir; }
wait_until 2000 shaping
firewall() {
  echo "config defaults
	option flow_offloading '$1'" >/etc/config/firewall
}
firewall 1
weir status --json
flowtable 'lan0, wan0'
saturate offloaded 2 500 1500
collect
weir status --json
firewall 0
weir status --json
on router nft delete table inet fw4
saturate shaped 2 500 1500
collect
weir status --json
emit release "\\"$(uname -r)\\""
`,
    });
    const goodput = (moment: string, direction: string): number =>
      run.value(`${moment}_goodput_${direction}`, tcpSink).goodput_bit_per_s / 1e6;
    const isUp = sendsBelow(run.value('release', z.string()));
    t.diagnostic(
      ['offloaded', 'shaped'].map((one) => `${one} ${goodput(one, 'down')} down ${goodput(one, 'up')} up`).join(', '),
    );
    assert.ok(goodput('offloaded', 'down') > 20);
    assert.ok(isUp ? goodput('offloaded', 'up') > 20 : goodput('offloaded', 'up') < 5);
    assert.ok(goodput('shaped', 'down') < 10 && goodput('shaped', 'down') > 8);
    assert.ok(goodput('shaped', 'up') < 5 && goodput('shaped', 'up') > 4);
    const reports = reportsOf(run);
    for (const { shapers } of reports) assert.notEqual(shapers[0]?.stateForS, null, 'the daemon has told it');
    const what = `software flow offloading (flowtable inet fw4 ft) leads connections past the ${isUp ? '' : 'download '}shaper of pppoe-wan`;
    const where = '/etc/config/firewall';
    assert.deepEqual(
      reports.map(({ conflicts }) => conflicts),
      [
        [],
        [{ severity: 'warning', where, what, expected: "option flow_offloading '0'" }],
        [{ severity: 'warning', where, what: `${what}, though it is off here`, expected: 'service firewall restart' }],
        [],
      ],
    );
  });
}
