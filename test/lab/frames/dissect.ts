/**
 * What is in a frame, read from the standards and not from bpf/include/parse.h: what the bridge's programs are held against.
 * A frame may end anywhere; what is not whole is not there.
 */

export interface Transport {
  readonly protocol: number;
  /** From its first byte to the end of the frame, which may be too short. */
  readonly bytes: Uint8Array;
  /** Where it begins in the frame. */
  readonly at: number;
  /** Bytes from there on that belong to the packet, by the IP header's word. */
  readonly length: number;
}

export interface Packet {
  /** 16 bytes; an IPv4 address is ::ffff:a.b.c.d. */
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly transport: Transport | undefined;
}

export interface Dissected {
  /** The TCIs of the tags, the outermost first. */
  readonly tags: readonly number[];
  readonly packet: Packet | undefined;
}

export interface Timestamps {
  readonly value: number;
  readonly syn: boolean;
  readonly payload: boolean;
}

const MOST_TAGS = 4;
const MOST_EXTENSION_HEADERS = 8;
const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const PPPOE_SESSION = 0x8864;
export const TCP = 6;

/** What lies at `at` of a frame as a number of `bytes` bytes, or undefined where it is not whole. */
function number(frame: Uint8Array, at: number, bytes: 1 | 2 | 4): number | undefined {
  if (at + bytes > frame.length) return undefined;
  let value = 0;
  for (const byte of frame.subarray(at, at + bytes)) value = value * 256 + byte;
  return value;
}

export function dissect(frame: Uint8Array): Dissected {
  const tags: number[] = [];
  let type = number(frame, 12, 2);
  let at = 14;
  while ((type === 0x8100 || type === 0x88a8) && tags.length < MOST_TAGS) {
    const tci = number(frame, at, 2);
    type = number(frame, at + 2, 2);
    if (tci === undefined || type === undefined) return { tags, packet: undefined };
    tags.push(tci);
    at += 4;
  }
  if (type === PPPOE_SESSION) {
    const session = number(frame, at, 2) === 0x1100;
    const ppp = number(frame, at + 6, 2);
    type = session && ppp === 0x21 ? IPV4 : session && ppp === 0x57 ? IPV6 : undefined;
    at += 8;
  }
  const packet = type === IPV4 ? ipv4(frame, at) : type === IPV6 ? ipv6(frame, at) : undefined;
  return { tags, packet };
}

/** RFC 791, 3.1. */
function ipv4(frame: Uint8Array, at: number): Packet | undefined {
  const first = number(frame, at, 1) ?? 0;
  if (at + 20 > frame.length || first < 0x45 || first > 0x4f) return undefined;
  const header = (first - 0x40) * 4;
  const offset = (number(frame, at + 6, 2) ?? 0) % 0x2000;
  return {
    source: mapped(frame.subarray(at + 12, at + 16)),
    destination: mapped(frame.subarray(at + 16, at + 20)),
    transport:
      offset !== 0
        ? undefined
        : {
            protocol: number(frame, at + 9, 1) ?? 0,
            bytes: frame.subarray(at + header),
            at: at + header,
            length: (number(frame, at + 2, 2) ?? 0) - header,
          },
  };
}

/** RFC 4291, 2.5.5.2. */
function mapped(ipv4: Uint8Array): Uint8Array {
  return Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...ipv4);
}

export function isMapped(address: Uint8Array): boolean {
  return address.subarray(0, 10).every((byte) => byte === 0) && address[10] === 0xff && address[11] === 0xff;
}

/** RFC 8200, 3. */
function ipv6(frame: Uint8Array, at: number): Packet | undefined {
  if (at + 40 > frame.length || (number(frame, at, 1) ?? 0) >> 4 !== 6) return undefined;
  const source = frame.subarray(at + 8, at + 24);
  const destination = frame.subarray(at + 24, at + 40);
  if (isMapped(source) || isMapped(destination)) return undefined;
  return { source, destination, transport: behindExtensions(frame, at) };
}

/** RFC 8200, 4. */
function behindExtensions(frame: Uint8Array, ip: number): Transport | undefined {
  const end = ip + 40 + (number(frame, ip + 4, 2) ?? 0);
  let protocol = number(frame, ip + 6, 1) ?? 0;
  let at = ip + 40;
  for (let passed = 0; ; passed++) {
    const length = number(frame, at + 1, 1) ?? 0;
    let bytes: number;
    switch (protocol) {
      case 0: // hop by hop
      case 43: // routing
      case 60: // options for the destination
        bytes = 8 + length * 8;
        break;
      case 51: // authentication, RFC 4302
        bytes = 8 + length * 4;
        break;
      case 44: // fragment
        if ((number(frame, at + 2, 2) ?? 0) >> 3 !== 0) return undefined;
        bytes = 8;
        break;
      default:
        return { protocol, bytes: frame.subarray(at), at, length: end - at };
    }
    // Four bytes of a header are looked at.
    if (passed === MOST_EXTENSION_HEADERS || at + 4 > frame.length) return undefined;
    protocol = number(frame, at, 1) ?? 0;
    at += bytes;
  }
}

/** Of a TCP segment with the option (RFC 9293, 3.1; RFC 7323, 3). */
export function timestampsOf({ protocol, bytes, length }: Transport): Timestamps | undefined {
  if (protocol !== TCP || bytes.length < 20) return undefined;
  const header = ((number(bytes, 12, 1) ?? 0) >> 4) * 4;
  let at = 20;
  while (at < header) {
    const kind = number(bytes, at, 1);
    const size = number(bytes, at + 1, 1) ?? 0;
    if (kind === undefined || kind === 0) return undefined;
    if (kind === 1) {
      at++;
      continue;
    }
    if (size < 2 || at + 2 > header) return undefined;
    if (kind === 8) {
      const value = number(bytes, at + 2, 4);
      const whole = number(bytes, at + 6, 4) !== undefined && size === 10 && at + 10 <= header;
      if (value === undefined || !whole) return undefined;
      return { value, syn: ((number(bytes, 13, 1) ?? 0) & 2) !== 0, payload: length > header };
    }
    at += size;
  }
  return undefined;
}
