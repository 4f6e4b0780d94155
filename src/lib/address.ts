/**
 * IP addresses and prefixes as 16 bytes: IPv6 as it is, IPv4 as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2), so that one table holds both.
 */

/** The bits before the IPv4 address in ::ffff:a.b.c.d. */
const IPV4_AT_BIT = 96;
const IPV4_PREFIX = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff] as const;
const GROUPS = 8;

/** Addresses whose first `bits` are those of `bytes`. The other bits of `bytes` are 0. */
export interface Prefix {
  readonly bytes: Uint8Array;
  /** 0 to 128, also for IPv4: a.b.c.0/24 has 120. */
  readonly bits: number;
}

/** An IPv4 or IPv6 address in the usual spelling (RFC 4291, 2.2), without a zone. */
export function parseAddress(text: string): Uint8Array | undefined {
  if (text.length > 45) return undefined;
  const quad = parseQuad(text);
  return quad === undefined ? parseGroups(text) : Uint8Array.from([...IPV4_PREFIX, ...quad]);
}

/** `192.0.2.0/24`, `2001:db8::/56`, or an address alone. Bits beyond the prefix must be 0, else it is a mistake. */
export function parsePrefix(text: string): Prefix | undefined {
  const slash = text.indexOf('/');
  const bytes = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (bytes === undefined) return undefined;
  const width = isIpv4(bytes) ? 128 - IPV4_AT_BIT : 128;
  const length = slash < 0 ? width : decimal(text.slice(slash + 1), width);
  if (length === undefined) return undefined;
  const bits = 128 - width + length;
  return isZeroFrom(bytes, bits) ? { bytes, bits } : undefined;
}

export function formatPrefix({ bytes, bits }: Prefix): string {
  const isV4 = isIpv4(bytes) && bits >= IPV4_AT_BIT;
  const address = isV4 ? formatAddress(bytes) : formatGroups(bytes);
  if (bits === 128) return address;
  return `${address}/${isV4 ? bits - IPV4_AT_BIT : bits}`;
}

/** As RFC 5952 has it: lower case, and the longest run of zeros as `::`. */
export function formatAddress(bytes: Uint8Array): string {
  return isIpv4(bytes) ? bytes.subarray(12).join('.') : formatGroups(bytes);
}

export function isIpv4(bytes: Uint8Array): boolean {
  return IPV4_PREFIX.every((byte, i) => bytes[i] === byte);
}

/** Six bytes in hexadecimal with colons or hyphens between them. */
export function parseMac(text: string): Uint8Array | undefined {
  const parts = text.split(text.includes('-') ? '-' : ':');
  if (parts.length !== 6 || !parts.every((part) => part.length === 2 && isHex(part))) return undefined;
  return Uint8Array.from(parts, (part) => Number.parseInt(part, 16));
}

export function formatMac(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':');
}

function parseQuad(text: string): number[] | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  const bytes = parts.map((part) => decimal(part, 255));
  return bytes.every((byte) => byte !== undefined) ? bytes : undefined;
}

function parseGroups(text: string): Uint8Array | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half) => (half === '' ? [] : groupsOf(half)));
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  const left = GROUPS - head.length - (tail?.length ?? 0);
  // `::` stands for at least one group (RFC 5952, 4.2.2 is stricter about writing than about reading).
  if (halves.length === 1 ? left !== 0 : left < 1) return undefined;
  const groups = [...head, ...Array.from({ length: left }, () => 0), ...(tail ?? [])];
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

/** Groups of 16 bits; the last two may be written as an IPv4 address. */
function groupsOf(text: string): number[] | undefined {
  const groups: number[] = [];
  const words = text.split(':');
  for (const [i, word] of words.entries()) {
    const quad = i === words.length - 1 ? parseQuad(word) : undefined;
    if (quad !== undefined) {
      const [a = 0, b = 0, c = 0, d = 0] = quad;
      groups.push((a << 8) | b, (c << 8) | d);
    } else if (word.length >= 1 && word.length <= 4 && isHex(word)) {
      groups.push(Number.parseInt(word, 16));
    } else {
      return undefined;
    }
  }
  return groups;
}

function formatGroups(bytes: Uint8Array): string {
  const groups = Array.from({ length: GROUPS }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0));
  let [start, length] = [0, 0];
  for (let from = 0; from < GROUPS; from++) {
    let to = from;
    while (to < GROUPS && groups[to] === 0) to++;
    if (to - from > length) [start, length] = [from, to - from];
  }
  const words = (part: number[]): string => part.map((group) => group.toString(16)).join(':');
  if (length < 2) return words(groups);
  return `${words(groups.slice(0, start))}::${words(groups.slice(start + length))}`;
}

function isZeroFrom(bytes: Uint8Array, bit: number): boolean {
  return bytes.every((byte, i) => {
    const kept = Math.min(8, Math.max(0, bit - 8 * i));
    return (byte & (0xff >> kept)) === 0;
  });
}

/** 0 to `largest` without leading zeros, which some read as octal. */
function decimal(text: string, largest: number): number | undefined {
  if (!/^(0|[1-9][0-9]{0,2})$/.test(text)) return undefined;
  const value = Number(text);
  return value <= largest ? value : undefined;
}

function isHex(text: string): boolean {
  return /^[0-9a-fA-F]+$/.test(text);
}
