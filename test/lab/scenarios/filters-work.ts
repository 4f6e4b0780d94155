/**
 * What configured filters and actions do to packets: each kind of filters sorts into its class, and each kind of actions drops, limits,
 * marks, rewrites, tags or copies what it is for, and nothing else.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { boot } from '../boot.ts';
import { cakeMqKernel, type Kernel, labKernel } from '../kernel.ts';
import type { LabRun } from '../labrun.ts';
import { ping, udpSink } from '../results.ts';

const CAKE_MQ_KERNEL = cakeMqKernel();
const KERNELS: readonly (readonly [name: string, kernel: Kernel])[] = [
  ['Linux 6.1', labKernel()],
  ...(CAKE_MQ_KERNEL === undefined ? [] : [['Linux 7', CAKE_MQ_KERNEL] as const]),
];

type Given = Readonly<Record<string, string | readonly string[]>>;

function section(type: string, name: string, given: Given): string {
  const lines = Object.entries(given).map(([option, value]) =>
    typeof value === 'string'
      ? `\toption ${option} '${value}'\n`
      : value.map((one) => `\tlist ${option} '${one}'\n`).join(''),
  );
  return `config ${type} '${name}'\n${lines.join('')}`;
}

/** `eth0` of `left` leads to `right`, behind which 10.9.1.0/24 and fd0a::/64 take everything and answer nothing. */
const wire = (config: string): string => `
topology_wire
export WEIR_HOST=left
ip -n left link add copy0 up type dummy
ip -n left route add 10.9.1.0/24 via 10.9.0.2
ip -n left route add fd0a::/64 via fd09::2
ip -n right route add blackhole 10.9.1.0/24
ip -n right route add blackhole fd0a::/64
start '' right echo 7
on left traffic ping 10.9.0.2 7 --count 1 --interval-us 0 >/dev/null
on left traffic ping fd09::2 7 --count 1 --interval-us 0 >/dev/null
collect
weir_config <<'END'
${config}END
weir start
`;

/** A class for each, and what goes into it. The flags are those of `traffic udp-send`. */
interface Sorting {
  readonly minor: string;
  readonly filter: Given;
  readonly to: string;
  readonly actions?: readonly (readonly [name: string, given: Given])[];
  /** The filter only does something, and another sorts. */
  readonly isOnTheWay?: true;
}

/** In the order of the filters; as many packets are sent to each as its place says. */
const SORTINGS: readonly Sorting[] = [
  { minor: '10', filter: { kind: 'u32', dport: '6001' }, to: '10.9.1.1 6001' },
  { minor: '11', filter: { kind: 'u32', dst: 'fd0a::/64', dport: '6002' }, to: 'fd0a::1 6002' },
  { minor: '12', filter: { kind: 'u32', dsfield: '0xb8/0xfc' }, to: '10.9.1.1 6003 --tos 0xb9' },
  { minor: '13', filter: { kind: 'flower', ip_proto: 'udp', dst_port: '6010-6019' }, to: '10.9.1.1 6015' },
  {
    minor: '14',
    filter: { kind: 'flower', dst_ip: '10.9.1.128/25', ip_tos: '0x20/0xfc' },
    to: '10.9.1.200 6004 --tos 0x20',
  },
  {
    minor: '15',
    filter: { kind: 'flower', ip_proto: 'udp', src_port: '4444', protocol: 'ipv6' },
    to: 'fd0a::1 6005 --source-port 4444',
  },
  { minor: '16', filter: { kind: 'fw', mark: '0x10', mask: '0xff' }, to: '10.9.1.1 6006 --mark 0x310' },
  {
    minor: '17',
    filter: { kind: 'basic', match: 'meta(pkt_len gt 1300) and not u32(u16 0x1770 0xffff at 22)' },
    to: '10.9.1.1 6007 --size 1400',
  },
  {
    minor: '18',
    filter: { kind: 'basic', match: 'meta(nf_mark mask 0xf00 eq 0x500)' },
    to: '10.9.1.1 6008 --mark 0x500',
  },
  // Marks 0x200 to 0x203 in as many classes; of these the third.
  {
    minor: '22',
    filter: { kind: 'flow', keys: 'mark', and: '0x3', match: 'meta(nf_mark mask 0xffc eq 0x200)', class: 'c20' },
    to: '10.9.1.1 6009 --mark 0x202',
  },
  {
    minor: '30',
    filter: { kind: 'u32', dport: '6021' },
    actions: [['mark', { kind: 'skbedit', mark: '0x77', control: 'continue' }]],
    isOnTheWay: true,
    to: '10.9.1.1 6021',
  },
  { minor: '30', filter: { kind: 'fw', mark: '0x77' }, to: '10.9.1.1 6022 --mark 0x77' },
];
const REST = { minor: '3f', filter: { kind: 'matchall' }, to: '10.9.1.1 6999' };

function sortingConfig(): string {
  const minors = [...new Set([...SORTINGS, REST].map(({ minor }) => minor)), '20'];
  const all = [...SORTINGS, REST];
  return [
    section('qdisc', 'root', { device: 'eth0', handle: '1:', kind: 'htb' }),
    ...minors.map((minor) => section('class', `c${minor}`, { parent: 'root', minor, rate: '100mbit' })),
    ...all.map(({ minor, filter, actions = [], isOnTheWay }: Sorting, i) => {
      const target = isOnTheWay ? {} : { class: `c${minor}` };
      return section('filter', `f${i}`, {
        parent: 'root',
        ...target,
        ...filter,
        action: actions.map(([name]) => name),
      });
    }),
    ...SORTINGS.flatMap(({ actions = [] }) => actions.map(([name, given]) => section('action', name, given))),
  ].join('');
}

/** Packets by the minor of the class, of `tc -s class show`. */
function packetsOf(shown: string): Map<string, number> {
  const blocks = shown.split(/^(?=class )/m);
  return new Map(
    blocks.flatMap((block) => {
      const match = /^class htb 1:([0-9a-f]+) [\s\S]* Sent [0-9]+ bytes ([0-9]+) pkt/.exec(block);
      return match === null ? [] : [[match[1] ?? '', Number(match[2])] as const];
    }),
  );
}

for (const [name, kernel] of KERNELS) {
  test(`every kind of filters sorts packets into its class, on ${name}`, async () => {
    const sends = SORTINGS.map(({ to }, i) => `on left traffic udp-send ${to} --count ${i + 1} >/dev/null\n`);
    const script = `${wire(sortingConfig())}${sends.join('')}
on left traffic udp-send ${REST.to} --count 50 >/dev/null
sleep 0.1
emit classes "$(traffic json "$(tc -n left -s class show dev eth0)")"
`;
    const packets = packetsOf((await boot({ kernel, script })).value('classes', z.string()));
    const wanted = new Map<string, number>();
    for (const [i, { minor }] of SORTINGS.entries()) wanted.set(minor, (wanted.get(minor) ?? 0) + i + 1);
    for (const [minor, count] of wanted) assert.equal(packets.get(minor), count, `class ${minor}`);
    assert.ok((packets.get(REST.minor) ?? 0) >= 50);
    assert.equal(packets.get('20'), 0);
  });
}

/** At a hook of `left`: a filter u32 for UDP with this port, and its actions. */
function hooked(hook: 'egress' | 'ingress', port: string, ...actions: readonly Given[]): string {
  const name = `${hook}_${port}`;
  const names = actions.map((_, i) => `${name}_${i}`);
  const sorts = hook === 'egress' ? { dport: port } : { sport: port };
  return (
    section('filter', name, { device: 'eth0', parent: hook, kind: 'u32', ip_proto: 'udp', ...sorts, action: names }) +
    actions.map((given, i) => section('action', names[i] ?? '', given)).join('')
  );
}

const LIMIT = { kind: 'police', rate: '1mbit', burst: '10kb', exceed: 'drop' };
const TO_EF = { kind: 'pedit', munge: 'ip dsfield set 0xb8 retain 0xfc', control: 'pipe' };
const ON_THE_WAY = { kind: 'mirred', dev: 'copy0' };

const ACTIONS = [
  section('qdisc', 'root', { device: 'eth0', handle: '1:', kind: 'htb' }),
  section('class', 'first', { parent: 'root', minor: '10', rate: '100mbit' }),
  section('class', 'rest', { parent: 'root', minor: '11', rate: '100mbit', default: '1' }),
  hooked('egress', '6001', { kind: 'gact', control: 'drop' }),
  hooked('egress', '6002', LIMIT),
  hooked('egress', '6003', { ...LIMIT, mpu: '1000' }),
  hooked('egress', '6004', { kind: 'police', pkts_rate: '10', pkts_burst: '5', exceed: 'drop' }),
  hooked('egress', '6005', TO_EF),
  hooked('egress', '6006', TO_EF, { kind: 'csum', csum: 'ip', control: 'ok' }),
  hooked('egress', '6007', { ...ON_THE_WAY, way: 'egress_mirror' }),
  hooked('egress', '6008', { ...ON_THE_WAY, way: 'egress_redirect' }),
  hooked('egress', '6009', { kind: 'vlan', way: 'push', id: '7', priority: '5' }),
  hooked('egress', '6010', { kind: 'skbedit', priority: '1:10' }),
  // 6013 to a chain in which one source port is dropped; 6014 on at the third action (act_api.c: tcf_action_exec).
  hooked('egress', '6013', { kind: 'gact', control: 'goto chain 3' }),
  section('filter', 'in_chain', {
    device: 'eth0',
    parent: 'egress',
    chain: '3',
    kind: 'flower',
    ip_proto: 'udp',
    src_port: '4444',
    action: 'in_chain_drops',
  }),
  section('action', 'in_chain_drops', { kind: 'gact', control: 'drop' }),
  hooked('egress', '6014', { kind: 'gact', control: 'jump 2' }, { kind: 'gact', control: 'drop' }, { kind: 'gact' }),
  hooked('ingress', '6011', { kind: 'connmark' }),
  hooked('ingress', '6012', { kind: 'ctinfo', dscp: '0xfc000000 0x1000000', cpmark: '0xff' }),
].join('');

/** How many of 20 packets to a port arrive. */
const ARRIVING: Readonly<Record<number, number>> = {
  6000: 20,
  6001: 0,
  // Frames of 142 bytes: all are less than the burst.
  6002: 20,
  // Each counts as 1000 bytes, of 10240.
  6003: 10,
  6004: 5,
  // The checksum of the IP header is wrong.
  6005: 0,
  6006: 20,
  6007: 20,
  6008: 0,
  6009: 0,
  6013: 20,
  6014: 20,
};

/** ct mark: DSCP 46 in the six highest bits, one that says so, and 0x55. */
const CONNECTIONS = `
on left nft -f - <<'END'
table ip lab {
  chain sent {
    type filter hook output priority 0
    udp dport { 6011, 6012 } ct mark set 0xb9000055
  }
  chain arrived {
    type filter hook prerouting priority 0
    udp sport 6011 meta mark 0xb9000055 ip dscp cs0 counter
    udp sport 6012 meta mark 0x55 ip dscp ef counter
  }
}
END
for port in 6011 6012; do
  start '' right echo $port
  launch echoed left ping 10.9.0.2 $port --count 4 --interval-us 1000
  collect
done
emit rules "$(on left nft -j list chain ip lab arrived)"
`;

const counter = z.looseObject({ counter: z.optional(z.looseObject({ packets: z.int() })) });
const rule = z.looseObject({ expr: z.array(counter) });
const rules = z.looseObject({ nftables: z.array(z.looseObject({ rule: z.optional(rule) })) });
const links = z.array(z.looseObject({ stats64: z.looseObject({ tx: z.looseObject({ packets: z.int() }) }) }));

for (const [name, kernel] of KERNELS) {
  test(`every kind of actions does its work, on ${name}`, async () => {
    const ports = Object.keys(ARRIVING);
    // A bucket of packets is empty when it is made (act_police.c: tcf_police_init).
    const script = `${wire(ACTIONS)}
sleep 0.6
start frames right frames-sink eth0 3 --for-ms 1500
${ports.map((port) => `start to${port} right udp-sink ${port} --for-ms 1500\n`).join('')}
for port in ${ports.join(' ')}; do on left traffic udp-send 10.9.0.2 $port --count 20 --size 100 >/dev/null; done
on left traffic udp-send 10.9.1.1 6010 --count 7 >/dev/null
on left traffic udp-send 10.9.0.2 6013 --count 20 --source-port 4444 >/dev/null
collect
emit classes "$(traffic json "$(tc -n left -s class show dev eth0)")"
emit copies "$(ip -n left -j -s link show dev copy0)"
${CONNECTIONS}
weir plan
`;
    assertActions(await boot({ kernel, script }));
  });
}

function assertActions(run: LabRun): void {
  for (const [port, count] of Object.entries(ARRIVING)) {
    assert.equal(run.value(`to${port}`, udpSink).received, count, `packets to ${port}`);
  }
  assert.equal(packetsOf(run.value('classes', z.string())).get('10'), 7);
  assert.equal(run.value('copies', links)[0]?.stats64.tx.packets, 40);
  const frames = run.value('frames', z.array(z.string()));
  // Behind the addresses: the tag with priority 5 and VLAN 7, then IPv4.
  const tagged = frames.filter((frame) => frame.startsWith('8100a0070800', 24));
  assert.equal(tagged.length, 20);
  // DSCP 46 in the IP header: what was made so, with and without the right checksum.
  assert.equal(frames.filter((frame) => frame.startsWith('080045b8', 24)).length, 40);
  for (const { received } of run.values('echoed', ping)) assert.equal(received, 4);
  const expressions = run.value('rules', rules).nftables.flatMap((one) => one.rule?.expr ?? []);
  // Of connmark, and of ctinfo.
  assert.deepEqual(
    expressions.flatMap((one) => one.counter?.packets ?? []),
    [4, 4],
  );
}
