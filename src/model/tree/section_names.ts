/** Which section a qdisc, class or filter of a device is from, by the key that it has as a resource. */
import { TC_H } from '../../uapi/tc.ts';
import { decodeFilterInfo } from '../../wire/tcmsg.ts';
import { qdiscKey } from '../resource/qdisc.ts';
import type { Placed } from './order.ts';
import { classKey } from './resource_class.ts';
import { filterKey } from './resource_filter.ts';

/** @param sections by the keys of resources, as wanted.ts has them */
export function sectionNames(
  device: string,
  sections: ReadonlyMap<string, string>,
  littleEndian: boolean,
): (placed: Placed) => string | undefined {
  return sections.size === 0 ? () => undefined : (placed) => sections.get(keyOf(device, placed, littleEndian));
}

function keyOf(device: string, { node, message, parent }: Placed, littleEndian: boolean): string {
  switch (node) {
    case 'qdisc':
      return qdiscKey(device, parent === TC_H.ROOT ? 'root' : parent);
    case 'class':
      return classKey(device, message.handle);
    case 'filter': {
      const { kind, handle, chain = 0, info } = message;
      const { preference } = decodeFilterInfo(info, littleEndian);
      return filterKey({ device, parent, chain, preference, handle, kind });
    }
  }
}
