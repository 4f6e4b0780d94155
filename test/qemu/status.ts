/** Where an independent reader finds each of the items of `weir status --json`: the names of `valuesOf` in state.ts. */
import type { Item } from '../tuning_items.ts';

/** By the tunable's name in weir: the name for ethtool, or the file in sysfs of the device or of its queue. */
const PLACES: Readonly<Record<string, string>> = {
  ring_rx: ' rings rx',
  ring_tx: ' rings tx',
  rx_usecs: ' coalescing rx-usecs',
  tx_usecs: ' coalescing tx-usecs',
  channels_combined: ' channels combined',
  bql_limit_max: '/byte_queue_limits/limit_max',
  bql_limit_min: '/byte_queue_limits/limit_min',
  bql_hold_time: '/byte_queue_limits/hold_time',
  txqueuelen: '/tx_queue_len',
};
/** By the kernel's name of an offload, ethtool's (common.c: off_flag_def of ethtool). */
const FEATURES: Readonly<Record<string, string>> = {
  'rx-gro': 'generic-receive-offload',
  'rx-lro': 'large-receive-offload',
  'rx-vlan-hw-parse': 'rx-vlan-offload',
};

/** Where it is read; `handlers` are the names of those who handle interrupts, by number. */
export function keyOf({ tunable, device, part, option }: Item, handlers: Readonly<Record<string, string>>): string {
  if (device === null) return tunable;
  if (tunable === 'smp_affinity') return `irq/${handlers[part ?? ''] ?? part}`;
  if (option.startsWith('disable_')) return `${device} features ${FEATURES[part ?? ''] ?? part}`;
  const place = PLACES[tunable] ?? `/${tunable}`;
  return part === null ? `${device}${place}` : `${device}/queues/${part}${place}`;
}

/** What was read, in the form that weir shows it in. */
export function shown(value: string | undefined): string | undefined {
  return value?.startsWith('off') ? '0' : value?.startsWith('on') ? '1' : value;
}
