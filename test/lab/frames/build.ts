/** Frames, header by header: each function takes what is inside and gives the whole. Checksums are left 0: a bridge reads none. */

export type Bytes = readonly number[];

export const MAC = {
  lan: [0x02, 0, 0, 0, 0, 0x0a],
  isp: [0x02, 0, 0, 0, 0, 0x0b],
  own: [0x02, 0, 0, 0, 0, 0x01],
  broadcast: [0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  control: [0x01, 0x80, 0xc2, 0, 0, 0x0e],
  notControl: [0x01, 0x80, 0xc2, 0, 0, 0x10],
} as const satisfies Readonly<Record<string, Bytes>>;

export const TYPE = { ipv4: 0x0800, arp: 0x0806, ipv6: 0x86dd, pppoeDiscovery: 0x8863, pppoe: 0x8864, mpls: 0x8847 };
export const TAG = { customer: 0x8100, service: 0x88a8 };
export const PROTOCOL = { icmp: 1, tcp: 6, udp: 17, esp: 50, icmp6: 58, none: 59, mobility: 135 };
export const EXTENSION = { hopByHop: 0, routing: 43, fragment: 44, authentication: 51, options: 60 };

export const u16 = (value: number): Bytes => [(value >> 8) & 0xff, value & 0xff];
export const u32 = (value: number): Bytes => [...u16(value >>> 16), ...u16(value & 0xffff)];
export const filled = (length: number): Bytes => Array.from({ length }, (_, i) => (i * 7 + 1) & 0xff);

/** An EtherType and what it announces. */
export interface Layer {
  readonly type: number;
  readonly bytes: Bytes;
}

export function ethernet(inner: Layer, destination: Bytes = MAC.isp, source: Bytes = MAC.lan): Uint8Array {
  return Uint8Array.from([...destination, ...source, ...u16(inner.type), ...inner.bytes]);
}

export const tag = (type: number, tci: number, inner: Layer): Layer => ({
  type,
  bytes: [...u16(tci), ...u16(inner.type), ...inner.bytes],
});

/** RFC 2516. */
export function pppoe(inner: Layer, { first = 0x11, code = 0, protocol = 0 } = {}): Layer {
  const ppp = protocol || { [TYPE.ipv4]: 0x21, [TYPE.ipv6]: 0x57 }[inner.type] || 0xc021;
  return {
    type: TYPE.pppoe,
    bytes: [first, code, ...u16(0x1234), ...u16(inner.bytes.length + 2), ...u16(ppp), ...inner.bytes],
  };
}

export interface Ipv4 {
  readonly source?: string;
  readonly destination?: string;
  readonly options?: Bytes;
  /** Flags and offset. */
  readonly fragment?: number;
  /** Version and header's length, when they shall be wrong. */
  readonly first?: number;
  readonly total?: number;
}

export const HOST4 = '192.0.2.10';
export const FAR4 = '198.51.100.7';
export const HOST6 = '2001:db8:1::10';
export const FAR6 = '2001:db8:ff::7';

export function ipv4(protocol: number, inner: Bytes, fields: Ipv4 = {}): Layer {
  const { source = HOST4, destination = FAR4, options = [], fragment = 0 } = fields;
  const header = 20 + options.length;
  return {
    type: TYPE.ipv4,
    bytes: [
      fields.first ?? 0x40 + header / 4,
      0,
      ...u16(fields.total ?? header + inner.length),
      ...u16(1),
      ...u16(fragment),
      64,
      protocol,
      ...u16(0),
      ...source.split('.').map(Number),
      ...destination.split('.').map(Number),
      ...options,
      ...inner,
    ],
  };
}

export interface Ipv6 {
  readonly source?: string;
  readonly destination?: string;
  readonly version?: number;
}

/** `next` is the protocol of what follows first: of an extension header, where there is one. */
export function ipv6(
  next: number,
  inner: Bytes,
  { source = HOST6, destination = FAR6, version = 6 }: Ipv6 = {},
): Layer {
  return {
    type: TYPE.ipv6,
    bytes: [version << 4, 0, 0, 0, ...u16(inner.length), next, 64, ...groups(source), ...groups(destination), ...inner],
  };
}

/** An IPv6 address in text, with or without `::`. */
export function groups(address: string): Bytes {
  const [head = '', tail] = address.split('::');
  const words = (text: string) => (text === '' ? [] : text.split(':').map((word) => Number.parseInt(word, 16)));
  const [before, after] = [words(head), words(tail ?? '')];
  const between = tail === undefined ? [] : new Array<number>(8 - before.length - after.length).fill(0);
  return [...before, ...between, ...after].flatMap(u16);
}

/** Extension headers of IPv6 one after the other, then `inner` of `protocol`; the first one's number for ipv6(). */
export function extensions(
  headers: readonly { readonly kind: number; readonly units?: number; readonly offset?: number }[],
  protocol: number,
  inner: Bytes,
): { readonly next: number; readonly bytes: Bytes } {
  let next = protocol;
  let bytes = inner;
  for (const { kind, units = 0, offset = 0 } of headers.toReversed()) {
    const body =
      kind === EXTENSION.fragment
        ? [next, 0, ...u16(offset), ...u32(7)]
        : kind === EXTENSION.authentication
          ? [next, units + 1, ...filled(10 + units * 4)]
          : [next, units, ...filled(6 + units * 8)];
    bytes = [...body, ...bytes];
    next = kind;
  }
  return { next, bytes };
}

export const udp = (payload: number): Bytes => [
  ...u16(5000),
  ...u16(53),
  ...u16(8 + payload),
  ...u16(0),
  ...filled(payload),
];

export const FLAG = { syn: 2, push: 8, ack: 16 };
export const NOP = [1];
export const MSS = [2, 4, 5, 0xb4];
export const SACK_PERMITTED = [4, 2];
export const SACK = [5, 10, ...filled(8)];
export const WINDOW_SCALE = [3, 3, 7];
export const timestamp = (value: number, echo = 0): Bytes => [8, 10, ...u32(value), ...u32(echo)];

/** Options must fill words of 4 bytes; `words` is the header's length, when it shall be wrong. */
export function tcp(options: Bytes, payload: number, flags: number = FLAG.ack, words = 5 + options.length / 4): Bytes {
  return [
    ...u16(40000),
    ...u16(443),
    ...u32(1),
    ...u32(2),
    words << 4,
    flags,
    ...u16(1000),
    ...u32(0),
    ...options,
    ...filled(payload),
  ];
}
