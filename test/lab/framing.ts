/**
 * How many bytes a link spends on a packet, told from tc-cake(8) and not from weir's own tables: what scenarios hold the
 * measured goodput against.
 */

export interface Framing {
  /** The options of `config shaper` that set it. */
  readonly options: string;
  /** Added to the IP packet. */
  readonly overheadBytes: number;
  /** The least that a packet takes, overhead included. */
  readonly mpuBytes: number;
  readonly cells: 'none' | 'atm' | 'ptm';
}

export const FRAMINGS = {
  // Without any option packets count as Linux sees them on an Ethernet device: with its header of 14 bytes and no more.
  raw: { options: '', overheadBytes: 14, mpuBytes: 0, cells: 'none' },
  ethernet: { options: "option link 'ethernet'", overheadBytes: 38, mpuBytes: 84, cells: 'none' },
  docsis: { options: "option link 'docsis'", overheadBytes: 18, mpuBytes: 64, cells: 'none' },
  'pppoe-ptm': { options: "option link 'pppoe-ptm'", overheadBytes: 30, mpuBytes: 0, cells: 'ptm' },
  'pppoe-vcmux': { options: "option link 'pppoe-vcmux'", overheadBytes: 32, mpuBytes: 0, cells: 'atm' },
  // The kernel's overhead is signed: a device may add more to a packet than the link does.
  negative: { options: "option overhead '-10'\noption mpu '46'", overheadBytes: -10, mpuBytes: 46, cells: 'none' },
} as const satisfies Readonly<Record<string, Framing>>;

export type FramingName = keyof typeof FRAMINGS;

/** The bytes of the link that one IP packet takes. */
export function accountedBytes(ipBytes: number, framing: Framing): number {
  const bytes = Math.max(ipBytes + framing.overheadBytes, framing.mpuBytes);
  switch (framing.cells) {
    case 'none':
      return bytes;
    case 'atm':
      // Cells of 53 bytes that carry 48.
      return Math.ceil(bytes / 48) * 53;
    case 'ptm':
      // One byte of 65 is a sync byte.
      return bytes + Math.ceil(bytes / 64);
  }
}

/** Of the IPv4 and UDP headers. */
export const UDP_HEADERS_BYTES = 28;
/** Of the IPv4 and TCP headers, with time stamps as Linux sends them. */
export const TCP_HEADERS_BYTES = 52;
/** Of the lab's devices. */
export const MTU_BYTES = 1500;

/** The goodput of TCP flows that fill a link with packets of full size, in bit/s. */
export function tcpGoodputBitPerS(rateBitPerS: number, framing: Framing): number {
  return (rateBitPerS * (MTU_BYTES - TCP_HEADERS_BYTES)) / accountedBytes(MTU_BYTES, framing);
}
