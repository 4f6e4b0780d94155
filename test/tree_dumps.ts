/** Trees of real kernels from the captures, as a device's dump. */
import type { DeviceDump } from '../src/model/tree/order.ts';
import { type Capture, decodeCapturedTc, readCaptures } from './captures.ts';

/** Of each byte order and kernel: HTB with classes, and CAKE and fq_codel as leaves; `dump` is one with a size table instead. */
export function htbDumps(kind: 'dump-stats' | 'dump' = 'dump-stats'): DeviceDump[] {
  return readCaptures('tc-htb').map((capture) => ({
    littleEndian: capture.littleEndian,
    qdiscs: messagesOf(capture, kind),
    classes: messagesOf(capture, 'class-dump'),
    filters: new Map(),
  }));
}

function messagesOf(capture: Capture, kind: string): ReturnType<typeof decodeCapturedTc>[] {
  const record = capture.records.find((one) => one.kind === kind);
  return (record?.messages ?? []).map((message) => decodeCapturedTc(capture, message));
}
