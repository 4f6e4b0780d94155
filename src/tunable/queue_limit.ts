/** The most that may wait in a transmit ring (lib/dynamic_queue_limits.c), from a size or a time. */
import { bytesInTime } from '../lib/units.ts';
import type { Amount } from '../schema/field.ts';
import type { Facts, Wish } from './tunable.ts';

const AUTO_US = 1000;
/** Header, VLAN tags and check sequence that a frame has besides its payload. */
const FRAME_OVERHEAD_BYTES = 22;

/** A limit below one frame would gain nothing: the queue takes a frame whenever it is not above the limit. */
export function queueLimit(asked: Amount | 'auto', { mtu, uploadBitPerS }: Facts): Wish {
  if (asked !== 'auto' && 'bytes' in asked) return { value: String(asked.bytes) };
  if (uploadBitPerS === undefined) return { cannot: 'a time needs a shaper with an upload rate on the device' };
  const bytes = bytesInTime(asked === 'auto' ? AUTO_US : asked.durationUs, uploadBitPerS);
  return { value: String(Math.max(bytes, mtu + FRAME_OVERHEAD_BYTES)) };
}
