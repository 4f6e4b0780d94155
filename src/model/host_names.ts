/** The names of hosts by their addresses: the longest prefix decides, as in the kernel's trie. */
import type { HostConfig } from './bridge_config.ts';

/** Gives the name of the section that an address of 16 bytes belongs to, or undefined. */
export function hostNames(hosts: readonly HostConfig[]): (address: Uint8Array) => string | undefined {
  const byBits = new Map<number, Map<string, string>>();
  for (const { name, prefixes } of hosts) {
    for (const { bits, bytes } of prefixes) {
      const names = byBits.get(bits) ?? new Map<string, string>();
      byBits.set(bits, names.set(maskedText(bytes, bits), name));
    }
  }
  const longestFirst = [...byBits].sort(([a], [b]) => b - a);
  return (address) => {
    for (const [bits, names] of longestFirst) {
      const name = names.get(maskedText(address, bits));
      if (name !== undefined) return name;
    }
    return undefined;
  };
}

/** The first `bits` of an address as a key. */
function maskedText(address: Uint8Array, bits: number): string {
  const masked = address.map((byte, i) => byte & (0xff00 >> Math.min(8, Math.max(0, bits - 8 * i))));
  return String.fromCharCode(...masked);
}
