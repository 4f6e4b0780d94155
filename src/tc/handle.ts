/** tc handles: a u32 of major (high 16 bits) and minor, written in hexadecimal as tc(8) does. */
import { TC_H } from '../uapi/tc.ts';

/** Majors of root qdiscs that weir makes; how it knows its own after a restart. */
const FIRST_MAJOR = 0x7e00;
const LAST_MAJOR = 0x7eff;

export function makeHandle(major: number, minor: number): number {
  return ((major << 16) | minor) >>> 0;
}

export function majorOf(handle: number): number {
  return handle >>> 16;
}

export function minorOf(handle: number): number {
  return handle & 0xffff;
}

/** Whether a root qdisc with this handle is one of ours. */
export function isOurs(handle: number): boolean {
  const major = majorOf(handle);
  return major >= FIRST_MAJOR && major <= LAST_MAJOR;
}

/** The major that weir gives to its n-th kind of root; a root of another kind needs another handle (sch_api.c). */
export function ourMajor(n: number): number {
  return FIRST_MAJOR + n;
}

/** `7e00:`, `7e00:10`, `root`, `none`, as tc(8) prints a handle, class or parent. */
export function formatHandle(handle: number): string {
  if (handle === TC_H.ROOT) return 'root';
  if (handle === TC_H.UNSPEC) return 'none';
  // biome-ignore lint/style/useTemplate: the engine takes twice the time for one, and there are lists of ten thousand
  const major = (handle >>> 16).toString(16) + ':';
  const minor = handle & 0xffff;
  return minor === 0 ? major : major + minor.toString(16);
}
