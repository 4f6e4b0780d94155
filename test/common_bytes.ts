/** The bytes that two versions of a text share, counted one by one: what `commonBytes` of the host is to give. */
import type { CommonBytes } from '../src/wire/ucitext_change.ts';

export function commonBytes(a: Uint8Array, b: Uint8Array): CommonBytes {
  const most = Math.min(a.length, b.length);
  let [start, end] = [0, 0];
  while (start < most && a[start] === b[start]) start++;
  while (end < most && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  return { start, end };
}
