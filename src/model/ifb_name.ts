/** Names of the IFBs that weir makes, which have to fit into 15 bytes (IFNAMSIZ) and must not meet anything that exists. */
import { encodeUtf8 } from '../lib/utf8.ts';

const PREFIX = 'ifb-';
const LONGEST_NAME_BYTES = 15;

/**
 * The name of the IFB for `device`: `ifb-eth1`, or with a longer device a part of its name and a hash of all of it. `isFree` says
 * whether a name can be had; later candidates differ in the hash.
 */
export function ifbName(device: string, isFree: (name: string) => boolean): string {
  const plain = PREFIX + device;
  if (encodeUtf8(plain).length <= LONGEST_NAME_BYTES && isFree(plain)) return plain;
  for (let attempt = 0; ; attempt++) {
    const hash = fnv1a(`${attempt} ${device}`).toString(16).padStart(8, '0').slice(0, 6);
    const name = `${PREFIX}${asciiStart(device, LONGEST_NAME_BYTES - PREFIX.length - hash.length - 1)}~${hash}`;
    if (isFree(name)) return name;
  }
}

/** The first characters of `text` as long as they are plain ASCII, so that nothing is cut within a character. */
function asciiStart(text: string, length: number): string {
  const match = /^[!-~]*/.exec(text);
  return (match?.[0] ?? '').slice(0, length);
}

/** FNV-1a, 32 bits: short, without state, and good enough to tell device names apart. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of encodeUtf8(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}
