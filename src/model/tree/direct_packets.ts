/**
 * What HTB's counter of direct packets means (net/sched/sch_htb.c: htb_classify): packets that it found no leaf class for, and that
 * went out first of all, past every rate.
 */
import { formatHandle, majorOf, makeHandle } from '../../tc/handle.ts';
import type { OptionValue } from '../../tc/kind.ts';
import type { DirectPackets } from './views.ts';

/**
 * @param isLeaf whether the class with that handle is a leaf; undefined where there is none
 * @param values what the options of the qdisc with that handle decode to
 */
export function directPackets(
  handle: number,
  values: Readonly<Record<string, OptionValue>>,
  isLeaf: (handle: number) => boolean | undefined,
): DirectPackets {
  const packets = Number(values.directPackets ?? 0);
  const minor = Number(values.defaultMinor ?? 0);
  // The kernel has a u32 there and keeps the low half.
  const defaultClass = makeHandle(majorOf(handle), minor & 0xffff);
  if (minor === 0) return { packets, defaultClass: null, because: 'unset' };
  const leaf = isLeaf(defaultClass);
  const because = leaf === undefined ? 'missing' : leaf ? 'leaf' : 'inner';
  return { packets, defaultClass: formatHandle(defaultClass), because };
}
