/**
 * What ethtool, ip, sysfs and procfs say of all that `config tuning` can set, and whether `weir status` says the same. Nothing here
 * goes through weir's own readers.
 */
import assert from 'node:assert/strict';
import * as z from 'zod/mini';
import { changedValues, type Item, type Values } from '../tuning_items.ts';

/** `tuned_state NAME` keeps what the programs say of all devices in this network namespace, for {@link tunedState}. */
export const READERS = `
tuned_state() {
  local to=/run/lab/out/$1 queues=/sys/class/net/*/queues/*
  ip -j link >$to.links
  ethtool --json -k '*' >$to.features
  {
    ethtool -l '*'
    ethtool -g '*'
    ethtool -c '*'
    grep -s . /sys/class/net/*/{threaded,gro_flush_timeout,napi_defer_hard_irqs} \\
      $queues/{rps_cpus,xps_cpus} $queues/byte_queue_limits/{limit_max,limit_min,hold_time} \\
      /proc/sys/net/core/netdev_budget{,_usecs} /proc/sys/net/ipv4/tcp_limit_output_bytes
  } >$to.lines 2>/dev/null || true
}
`;

const flag = z.nullable(z.boolean());
const linkList = z.array(z.looseObject({ ifname: z.string(), txqlen: z.int() }));
const featureList = z.array(
  z.catchall(z.object({ ifname: z.string() }), z.object({ active: z.boolean(), fixed: flag, requested: flag })),
);

export interface TunedState {
  readonly links: z.output<typeof linkList>;
  readonly features: z.output<typeof featureList>;
  /** `Channel parameters for wan0:` and so on with lines `name: value` below, and lines `path:value`. */
  readonly lines: readonly string[];
}

/** What `tuned_state NAME` has kept, from the files that came back. */
export function tunedState(out: ReadonlyMap<string, string>, name: string): TunedState {
  const part = (kind: string): string => out.get(`${name}.${kind}`) ?? assert.fail(`there is no ${name}.${kind}`);
  return {
    links: linkList.parse(JSON.parse(part('links'))),
    features: featureList.parse(JSON.parse(part('features'))),
    lines: part('lines').split('\n'),
  };
}

/** Names are such as `wan0 txqueuelen`, `wan0 features tx-tcp-segmentation` and `/proc/sys/net/core/netdev_budget`. Of values that ethtool lists first as what can be, then as what is, the latter. */
export function valuesOf({ links, features, lines }: TunedState): Values {
  const values = new Map<string, string>();
  for (const { ifname, txqlen } of links) values.set(`${ifname} txqueuelen`, String(txqlen));
  for (const { ifname, ...states } of features) {
    for (const [name, { active }] of Object.entries(states)) {
      values.set(`${ifname} features ${name}`, active ? 'on' : 'off');
    }
  }
  let group = '';
  for (const line of lines) {
    const [, kind, device] = /^(\w+) parameters for (.*):$/.exec(line) ?? [];
    if (kind !== undefined) group = `${device} ${kind}`;
    const [, name, number] = /^([^/:][^:]*):\s+(\d+)$/.exec(line) ?? [];
    if (name !== undefined && number !== undefined) values.set(`${group} ${name}`, number);
    const [, path, value] = /^(\/[^:]+):(.*)$/.exec(line) ?? [];
    if (path !== undefined && value !== undefined) values.set(path.replace('/sys/class/net/', ''), value);
  }
  return values;
}

export function assertSameValues(before: Values, after: Values, when: string): void {
  assert.deepEqual([...changedValues(before, after)], [], when);
}

/** By the tunable's name, where a device or its queue has it; what is not here, the lab has no reader for. */
const PLACES: Readonly<Record<string, (device: string, part: string) => string>> = {
  netdev_budget: () => '/proc/sys/net/core/netdev_budget',
  netdev_budget_usecs: () => '/proc/sys/net/core/netdev_budget_usecs',
  tcp_limit_output_bytes: () => '/proc/sys/net/ipv4/tcp_limit_output_bytes',
  rx_usecs: (device) => `${device} Coalesce rx-usecs`,
  tx_usecs: (device) => `${device} Coalesce tx-usecs`,
  ring_rx: (device) => `${device} Ring RX`,
  ring_tx: (device) => `${device} Ring TX`,
  channels_rx: (device) => `${device} Channel RX`,
  channels_tx: (device) => `${device} Channel TX`,
  channels_combined: (device) => `${device} Channel Combined`,
  bql_limit_max: (device, part) => `${device}/queues/${part}/byte_queue_limits/limit_max`,
  bql_limit_min: (device, part) => `${device}/queues/${part}/byte_queue_limits/limit_min`,
  bql_hold_time: (device, part) => `${device}/queues/${part}/byte_queue_limits/hold_time`,
  rps_cpus: (device, part) => `${device}/queues/${part}/rps_cpus`,
  xps_cpus: (device, part) => `${device}/queues/${part}/xps_cpus`,
  txqueuelen: (device) => `${device} txqueuelen`,
  threaded: (device) => `${device}/threaded`,
  gro_flush_timeout: (device) => `${device}/gro_flush_timeout`,
  napi_defer_hard_irqs: (device) => `${device}/napi_defer_hard_irqs`,
  // No device of the lab has interrupts, and no service that weir knows runs in it.
  smp_affinity: (device) => `${device} interrupts`,
  irqbalance: () => 'irqbalance',
};

/** What ethtool(8) lists a feature of the kernel as, where its name is another (ethtool.c: off_flag_def). */
const LISTED_AS: Readonly<Record<string, string>> = {
  'rx-checksum': 'rx-checksumming',
  'tx-generic-segmentation': 'generic-segmentation-offload',
  'tx-udp-fragmentation': 'udp-fragmentation-offload',
  'rx-gro': 'generic-receive-offload',
  'rx-lro': 'large-receive-offload',
  'rx-vlan-hw-parse': 'rx-vlan-offload',
  'tx-vlan-hw-insert': 'tx-vlan-offload',
  'rx-ntuple-filter': 'ntuple-filters',
  'rx-hashing': 'receive-hashing',
};

/** The name of what an item is about among {@link Values}. */
export function placeOf({ option, tunable, device, part }: Item): string {
  if (option.startsWith('disable_')) return `${device} features ${LISTED_AS[part ?? ''] ?? part ?? tunable}`;
  const place = PLACES[tunable];
  assert.ok(place !== undefined, `nobody but weir reads ${tunable} here: add it to PLACES, and to tuned_state`);
  return place(device ?? '', part ?? '');
}

/** As weir shows it. */
function shown(value: string | undefined): string | null {
  return value === 'on' ? '1' : value === 'off' ? '0' : (value ?? null);
}

/**
 * Asserts that each item tells what others read before and after, and that nothing has changed that no item tells of, but for what goes
 * with something else: files of transmit queues that there are fewer of, and features that the kernel takes along with others.
 */
export function assertTold(items: readonly Item[], before: Values, after: Values): void {
  const told = new Set<string>();
  for (const one of items) {
    const place = placeOf(one);
    const [was, is] = [shown(before.get(place)), shown(after.get(place))];
    const what = `${place} (${one.state}, ${one.reason}): ${was} -> ${is}, wanted ${one.wanted}`;
    assert.equal(one.inForce, is, what);
    assert.ok(isAsTold(one, was, is), what);
    if (one.state === 'applied' || one.state === 'clamped') told.add(place);
  }
  const untold = [...changedValues(before, after).keys()].filter((place) => !told.has(place));
  assert.deepEqual(
    untold.filter((place) => !place.includes(' features ') && !isGone(place, after)),
    [],
    'changed without a word',
  );
}

function isAsTold({ state, wanted, reason }: Item, was: string | null, is: string | null): boolean {
  switch (state) {
    case 'applied':
      return is === wanted && is !== was;
    case 'already':
      return is === wanted && is === was;
    case 'clamped':
      return is !== null && is !== wanted && reason !== null;
    case 'unsupported':
    case 'refused':
      return is === was && is !== wanted && reason !== null;
    case 'shown':
      return is === was && wanted === null;
    default:
      return false;
  }
}

/** Whether it is of a transmit queue that the device has no more, by the number of its channels. */
function isGone(place: string, after: Values): boolean {
  const [, device, queue] = /^([^/]+)\/queues\/tx-(\d+)\//.exec(place) ?? [];
  return queue !== undefined && !after.has(place) && Number(queue) >= Number(after.get(`${device} Channel TX`));
}
