/** Values of `config tuning` that hurt, with the reason: they are applied all the same. */
import type { Issue } from '../lib/issue.ts';
import { formatDuration, formatRate } from '../lib/units.ts';
import type { SectionValues } from '../schema/section.ts';
import type { tuningRows } from '../tunable/rows.ts';

/** What a device is shaped to; undefined for a direction that is left alone. */
export interface DeviceRates {
  readonly downloadBitPerS: number | undefined;
  readonly uploadBitPerS: number | undefined;
}

interface Section {
  readonly where: string;
  readonly devices: readonly string[] | undefined;
  readonly offloads: readonly string[];
}

/** net_rx_action (net/core/dev.c) polls a device for up to 64 packets at a time (NAPI_POLL_WEIGHT). */
const NAPI_WEIGHT_PACKETS = 64;
/** A tick of the timer at HZ=1000: the budget is counted in ticks, and a shorter one is over when the next comes. */
const TICK_US = 1000;
/** What a small CPU forwards packet by packet: an interrupt, or a walk through the stack, for each is felt above this. */
const PACKET_BY_PACKET_BIT_PER_S = 200e6;
/** The largest Ethernet frame with a VLAN tag but without check sequence. */
const FRAME_BYTES = 1518;
const BURST_DESCRIPTORS = 64;
const LONG_FLUSH_US = 1000;

/** One issue for each. `shaped` has the devices that are shaped. */
export function hurtfulValues(
  values: SectionValues<typeof tuningRows>,
  section: Section,
  shaped: ReadonlyMap<string, DeviceRates>,
): Issue[] {
  const issues: Issue[] = [];
  const warn = (option: string, what: string, expected: string): void => {
    issues.push({ severity: 'warning', where: `${section.where}, option '${option}'`, what, expected });
  };
  const { netdev_budget_packets: budgetPackets, netdev_budget_usecs: budgetUs } = values;
  if (budgetPackets !== undefined && budgetPackets < NAPI_WEIGHT_PACKETS) {
    const what = `a softirq returns after ${plural(budgetPackets, 'packet')}, and all others wait for the next one`;
    warn('netdev_budget_packets', what, `${NAPI_WEIGHT_PACKETS} or more; the kernel has 300`);
  }
  if (budgetUs !== undefined && budgetUs < TICK_US) {
    const what = `a softirq returns after ${budgetUs} µs, often with packets left, which then wait for ksoftirqd`;
    warn('netdev_budget_usecs', what, `${TICK_US} or more; the kernel has 2000 to 20000`);
  }
  const fast = fastDevices(section, shaped);
  for (const option of ['rx_usecs', 'tx_usecs'] as const) {
    if (values[option] === 0 && fast !== undefined) {
      warn(option, `an interrupt for each packet ${fast}, which a slow CPU does not keep up with`, '10 to 50');
    }
  }
  const off = (name: string): boolean => section.offloads.includes(name);
  if (off('gro') && fast !== undefined) {
    const what = `without gro each packet passes the stack alone ${fast}: a slow CPU forwards a fraction of it`;
    warn('disable_offload', what, 'gro on; CAKE splits what it merged');
  }
  if (off('sg') && !(off('tso') && off('gso'))) {
    const what =
      'without sg the kernel turns tso and gso off too, and copies each packet of this machine into one piece';
    warn('disable_offload', what, 'sg on');
  }
  if (off('rx') && !off('gro')) {
    const what = 'without rx the kernel adds up each packet itself before gro may merge it';
    warn('disable_offload', what, 'rx on');
  }
  const { bql_limit_max: limit, ring_rx: ringRx, gro_flush_timeout: flushUs } = values;
  if (typeof limit === 'object' && 'bytes' in limit && limit.bytes < FRAME_BYTES) {
    warn('bql_limit_max', `${limit.bytes} bytes are less than a frame: the port idles between frames`, '1 to 2 frames');
  }
  if (ringRx !== undefined && ringRx < BURST_DESCRIPTORS) {
    const what = `a burst of more than ${plural(ringRx, 'packet')} is dropped before any qdisc sees it`;
    warn('ring_rx', what, `${BURST_DESCRIPTORS} or more`);
  }
  if (flushUs !== undefined && flushUs > LONG_FLUSH_US) {
    warn('gro_flush_timeout', `packets are held for up to ${formatDuration(flushUs)}`, '20us to 200us');
  }
  if (values.irq_affinity !== undefined && values.stop_irq_balance !== true) {
    warn('irq_affinity', 'irqbalance, where it runs, moves the interrupts again', "option stop_irq_balance '1'");
  }
  return issues;
}

const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** `at 500mbit`, where a device of a section carries more than a small CPU does packet by packet; undefined where none does. */
function fastDevices({ devices }: Section, shaped: ReadonlyMap<string, DeviceRates>): string | undefined {
  for (const device of devices ?? shaped.keys()) {
    const rates = shaped.get(device);
    if (rates === undefined) return `at whatever ${device} carries`;
    const most = Math.max(rates.downloadBitPerS ?? 0, rates.uploadBitPerS ?? 0);
    if (most >= PACKET_BY_PACKET_BIT_PER_S) return `at ${formatRate(most)}`;
  }
  return undefined;
}
