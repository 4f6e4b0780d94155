/** The size table of a qdisc, which the kernel keeps beside its options (src/tc/stab.ts). */
import type { Writer } from '../../lib/bytes.ts';
import { decodeOptions, differences, encodeOptions, formatOptions, type OptionValues } from '../../tc/kind.ts';
import { stab } from '../../tc/stab.ts';
import type { Difference, QdiscResource } from '../resource.ts';

/** Reads the content of TCA_STAB. @throws ShortReadError */
export function decodeStab(payload: Uint8Array, littleEndian: boolean): OptionValues {
  return decodeOptions(stab(), payload, littleEndian);
}

export function encodeStab(w: Writer, options: OptionValues): void {
  encodeOptions(stab(), w, options);
}

/** `stab linklayer atm overhead 22` */
export function stabWords(options: OptionValues): string[] {
  return ['stab', ...formatOptions(stab(), options)];
}

/** A change of the qdisc brings the table along, or takes it away (net/sched/sch_api.c: qdisc_change). */
export function stabDifferences(wanted: QdiscResource, found: QdiscResource): Difference[] {
  if (wanted.stab === undefined || found.stab === undefined) {
    if (wanted.stab === found.stab) return [];
    const [should, is] = [wanted, found].map((side) =>
      side.stab === undefined ? 'none' : stabWords(side.stab).join(' '),
    );
    return [{ what: 'stab', wanted: should ?? '', found: is ?? '', apply: 'change' }];
  }
  return differences(stab(), wanted.stab, found.stab).map(
    ({ name, wanted: should, found: is }): Difference => ({
      what: `stab ${name}`,
      wanted: String(should),
      found: String(is),
      apply: 'change',
    }),
  );
}
