/** Machines and configurations chosen at random, the same for the same seed: everything that observed.json of a case can say. */
import { OFFLOAD_NAMES } from '../../src/schema/offload.ts';
import type { Random } from '../fuzz/mutate.ts';
import type { CaseDevice, CaseFilter, CaseMachine, CaseQdisc } from './set_up.ts';

const PORTS = ['lan1', 'lan2', 'lan3'] as const;
const LINKS = ['eth1', 'pppoe-wan-north', 'wan.7'] as const;
const IFBS = ['ifb-eth1', 'ifb-wan.7', 'ifb9'] as const;
const FEATURES = ['rx-lro', 'rx-gro', 'tx-generic-segmentation', 'tx-tcp-segmentation', 'rx-vlan-hw-parse', 'highdma'];

function maybe<T>(random: Random, choices: readonly T[]): T | undefined {
  return random.below(2) === 0 ? undefined : random.pick(choices);
}

function some<T>(random: Random, choices: readonly T[]): T[] {
  return choices.filter(() => random.below(2) === 0);
}

const ROOTS: readonly CaseQdisc[] = [
  { kind: 'fq_codel', handle: '1:', bytes: '0800020000280000' },
  { kind: 'htb', handle: '1:', bytes: '' },
  { kind: 'mq', handle: '10:' },
  { kind: 'pfifo', handle: '8005:', bytes: '64000000' },
  { kind: 'cake', handle: '8001:', options: { rateBitPerS: 1_000_000 } },
  { kind: 'cake', handle: '7e00:', options: { rateBitPerS: 9_000_000, nat: true, raw: true } },
  { kind: 'cake', handle: '7e00:', options: { diffserv: 'diffserv8', rttUs: 10_000, targetUs: 500 } },
  { kind: 'cake', handle: '7e42:', options: {} },
];

function randomFilters(random: Random, devices: readonly string[]): CaseFilter[] {
  const filters: readonly CaseFilter[] = [
    { kind: 'matchall', preference: 10 },
    { kind: 'u32', preference: 20, redirect: 'lo' },
    { kind: 'matchall', preference: 30, side: 'egress' },
    { kind: random.pick(['matchall', 'u32']), redirect: random.pick(devices) },
  ];
  return some(random, filters);
}

function randomLink(random: Random, devices: readonly string[]): CaseDevice {
  const root = maybe(random, ROOTS);
  const hook = maybe(random, ['clsact', 'ingress'] as const);
  const features = some(random, FEATURES).map(
    (name) => [name, random.pick(['on', 'off', 'on fixed'] as const)] as const,
  );
  const filters = randomFilters(random, devices).filter(({ side }) => side !== 'egress' || hook === 'clsact');
  return {
    queues: random.pick([
      [1, 1],
      [4, 4],
      [4, 1],
      [2, 3],
    ] as const),
    up: random.below(5) > 0,
    features: Object.fromEntries(features),
    ...(root === undefined ? {} : { root }),
    ...(root?.kind === 'htb' || root?.kind === 'mq' ? { below: randomChildren(random, root.handle) } : {}),
    ...(hook === undefined ? {} : { hook, filters }),
  };
}

function randomChildren(random: Random, root: string): CaseQdisc[] {
  return random.below(2) === 0 ? [] : [{ kind: 'fq_codel', handle: '77:', parent: `${root}1` }];
}

function randomIfb(random: Random): CaseDevice {
  const root = maybe(random, ROOTS);
  return {
    kind: random.pick(['ifb', 'ifb', 'ifb', 'dummy']),
    queues: random.pick([
      [1, 1],
      [4, 4],
    ] as const),
    up: random.below(3) > 0,
    alias: random.pick(['', 'weir:wan', 'weir:other', 'mine']),
    ours: random.below(2) === 0,
    ...(root === undefined ? {} : { root }),
  };
}

/** What a port of the bridge can be. */
function randomPort(random: Random): CaseDevice {
  const takesXdp = maybe(random, ['generic', 'none'] as const);
  const features = some(random, ['rx-lro', 'rx-vlan-hw-parse']).map(
    (name) => [name, random.pick(['on', 'off', 'on fixed'] as const)] as const,
  );
  const hook = random.below(4) === 0 ? random.pick(['clsact', 'ingress'] as const) : undefined;
  return {
    kind: random.pick(['veth', 'veth', 'veth', 'vlan']),
    mtu: random.pick([1500, 1500, 9000]),
    promiscuous: random.below(4) === 0,
    ethernet: random.below(10) > 0,
    features: Object.fromEntries(features),
    ...(random.below(10) === 0 ? { master: 'br-lan' } : {}),
    ...(random.below(3) === 0 && takesXdp !== undefined ? { takesXdp } : {}),
    ...(random.below(6) === 0 ? { xdp: random.pick(['native', 'generic'] as const) } : {}),
    ...(random.below(4) === 0 ? { root: random.pick(ROOTS) } : {}),
    ...(hook === undefined ? {} : { hook, filters: [{ kind: 'matchall', preference: 10 }] }),
  };
}

export function randomMachine(random: Random): CaseMachine {
  const linkNames = some(random, LINKS);
  const ifbs = some(random, IFBS).map((name) => [name, randomIfb(random)] as const);
  const devices = ['lo', ...ifbs.map(([name]) => name)];
  const links = linkNames.map((name) => [name, randomLink(random, devices)] as const);
  const ports = some(random, PORTS).map((name) => [name, randomPort(random)] as const);
  const names = links.map(([name], i) => ({ device: name, ifindex: random.below(4) === 0 ? 99 : i + 2 }));
  const known = names.filter(() => random.below(2) === 0);
  const handles = [65536, 0x7d000000, 0x80010000] as const;
  return {
    devices: Object.fromEntries([...links, ...ifbs, ['br-lan', { kind: 'bridge' }], ...ports]),
    ...(random.below(4) > 0 ? { bridge: 'installed' as const } : {}),
    kernel: { has: some(random, ['cake_mq']), lacks: random.below(4) === 0 ? ['matchall'] : [] },
    saved: {
      features: known.map((entry) => ({ ...entry, feature: random.pick(FEATURES), on: random.below(2) === 0 })),
      roots: known.map((entry) => ({ ...entry, kind: 'fq_codel', handle: random.pick(handles), rawOptions: null })),
      hooks: known.filter(() => random.below(2) === 0),
    },
  };
}

const OPTIONS: readonly (readonly [name: string, values: readonly string[]])[] = [
  ['enabled', ['1', '1', '1', '0']],
  ['multi_queue', ['auto', 'on', 'off']],
  ['offloads', ['auto', 'none', ...OFFLOAD_NAMES, 'gro lro tso']],
  ['diffserv', ['besteffort', 'diffserv4', 'diffserv8', 'precedence', 'wrong']],
  ['isolation', ['flows', 'hosts', 'triple-isolate']],
  ['nat', ['0', '1']],
  ['split_gso', ['0', '1']],
  ['link', ['docsis', 'pppoe-ptm ether-vlan', 'raw', 'conservative']],
  ['overhead', ['-4', '44']],
  ['rtt', ['lan', '30ms', '1s']],
  ['memlimit', ['0', '4mb']],
  ['autorate_ingress', ['0', '1']],
  ['download_ack_filter', ['yes', 'aggressive']],
  ['upload_wash', ['1']],
  ['unknown', ['1']],
];
const RATES = ['0', '500', '20mbit', '12345678bit', '1.5gbit'];

/** A configuration of up to four shapers; one in a few has a mistake. */
export function randomConfig(random: Random): string {
  const lines = random.below(5) === 0 ? ['config globals', " option enabled '0'"] : [];
  for (let i = random.below(5); i > 0; i--) {
    lines.push(`config shaper '${random.pick(['wan', 'lan', 'other', 'cable'])}${i}'`);
    lines.push(` option device '${random.pick([...LINKS, ...LINKS, 'eth9', 'ifb-eth1'])}'`);
    for (const direction of ['download', 'upload']) lines.push(` option ${direction} '${random.pick(RATES)}'`);
    for (const [name, values] of OPTIONS) {
      if (random.below(name === 'unknown' ? 30 : 4) === 0) lines.push(` option ${name} '${random.pick(values)}'`);
    }
  }
  return `${lines.join('\n')}\n${random.below(3) > 0 ? randomBridge(random) : ''}`;
}

const BRIDGE_OPTIONS: readonly (readonly [name: string, values: readonly string[]])[] = [
  ['path', ['auto', 'xdp', 'tc']],
  ['on_crash', ['forward', 'stop']],
  ['on_stop', ['unload', 'keep']],
  ['control_frames', ['0', '1']],
  ['host_table', ['16', '256', '1000']],
  ['default_class', ['10:1']],
];

function randomBridge(random: Random): string {
  const lines = ['config bridge', ` option use_xdp_bridge '${random.pick(['1', '1', '1', '0'])}'`];
  for (const [name, values] of BRIDGE_OPTIONS) {
    if (random.below(3) === 0) lines.push(` option ${name} '${random.pick(values)}'`);
  }
  for (let i = random.below(4); i > 0; i--) {
    const [name, to] = [random.pick([...PORTS, 'eth1']), random.pick(PORTS)];
    lines.push('config interface_mapping', ` option name '${name}'`, ` option redirect_to '${to}'`);
    for (const option of some(random, ['scan_vlans', 'reciprocal', 'reciprocal'])) lines.push(` option ${option} '1'`);
    if (random.below(2) === 0) continue;
    const [tag, other] = [random.below(4094) + 1, random.below(4094) + 1];
    lines.push(
      'config vlan_mapping',
      ` option parent '${name}'`,
      ` option tag '${tag}'`,
      ` option redirect_to '${other}'`,
    );
  }
  for (let i = random.below(4); i > 0; i--) {
    lines.push(`config host 'h${i}'`, ` list ip '192.0.2.${random.below(200)}'`, ` option class '10:${i}'`);
    if (random.below(3) === 0) lines.push(` option cpu '${random.below(3)}'`);
  }
  if (random.below(4) === 0) {
    lines.push(
      'config shaper lan1',
      ` option device '${random.pick(PORTS)}'`,
      ` option ${random.pick(['up', 'down'])}load '9mbit'`,
    );
  }
  return `${lines.join('\n')}\n`;
}
