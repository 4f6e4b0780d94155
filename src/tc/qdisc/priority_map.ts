/** The map from the priority of a packet to a band, which several kinds have: a byte for each of the 16 priorities (TC_PRIO_MAX). */
import type { Reader, Writer } from '../../lib/bytes.ts';
import type { Field } from '../../schema/field.ts';
import { numbers } from '../../schema/kind_fields.ts';

export const PRIORITIES = 16;
/** TCQ_PRIO_BANDS, TCQ_ETS_MAX_BANDS, TC_QOPT_MAX_QUEUE */
export const MOST_BANDS = 16;

/** As tc(8) has it: 16 bands with spaces between them. */
export function priorityMapField(): Field<string> {
  return numbers(PRIORITIES, 0, MOST_BANDS - 1);
}

/** A map that leads every priority to one band. */
export function mapToBand(band: number): string {
  return Array.from({ length: PRIORITIES }, () => band).join(' ');
}

export function bandsOfMap(map: string): readonly number[] {
  return map.split(' ').map(Number);
}

export function putPriorityMap(w: Writer, map: string): void {
  const bands = bandsOfMap(map);
  for (let priority = 0; priority < PRIORITIES; priority++) w.u8(bands[priority] ?? 0);
}

/** @throws ShortReadError */
export function takePriorityMap(r: Reader): string {
  return Array.from({ length: PRIORITIES }, () => r.u8()).join(' ');
}

/** What the kernel refuses in a map, as sentences. */
export function problemsOfMap(map: string, bands: number, what = 'bands'): string[] {
  const beyond = bandsOfMap(map).find((band) => band >= bands);
  return beyond === undefined ? [] : [`the map leads to ${beyond}, but there are ${bands} ${what}, counted from 0`];
}

/** Why fewer bands lose packets. */
export function flushesBands(from: number, to: number): string | undefined {
  return to < from ? `${from - to} of ${from} bands go away, and packets queued in them are lost` : undefined;
}
