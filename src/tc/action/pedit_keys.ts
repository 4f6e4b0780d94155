/**
 * Edits of packets as tc-pedit(8) has them, `ip dsfield set 0xb8 retain 0xfc`, and the keys that the kernel has for them
 * (net/sched/act_pedit.c): 32 bits at an offset from a header, of which `mask` are kept, and `value` set by exclusive or, or added.
 *
 * The fields and how they become keys are those of iproute2 (tc/p_*.c, tc/m_pedit.c).
 */
import { formatAddress, formatMac, isIpv4, parseAddress, parseMac } from '../../lib/address.ts';
import { TCA_PEDIT_KEY_EX_HDR_TYPE as HEADER } from '../../uapi/tc.ts';
import { hex, parseNumber } from '../spelled.ts';

/** struct tc_pedit_key with what TCA_PEDIT_KEYS_EX says of it. */
export interface PeditKey {
  readonly header: number;
  readonly isAdd: boolean;
  /** Bits that stay as they are; in the order of the packet, as `value`. */
  readonly mask: number;
  readonly value: number;
  /** A multiple of 4. */
  readonly offset: number;
}

type Style = 'decimal' | 'hex' | 'ipv4' | 'ipv6' | 'mac';

/** A field of a header, in bits of the 32 at `offset`. */
interface PacketField {
  readonly name: string;
  readonly header: number;
  readonly offset: number;
  readonly shift: number;
  /** The bits of it that are changed where nothing is said. */
  readonly retain: number;
  readonly style: Style;
  readonly bits: number;
  /** Of an address over several keys: its bytes, and how many of the first key come before it. */
  readonly address?: { readonly bytes: number; readonly before: number };
}

function row(
  name: string,
  header: number,
  byte: number,
  bytes: 1 | 2 | 4 | 6 | 16,
  style: Style,
  retain = 0xffffffff,
): PacketField {
  const offset = byte & ~3;
  const before = byte & 3;
  if (bytes > 4) return { name, header, offset, shift: 0, retain, style, bits: 32, address: { bytes, before } };
  const bits = bytes * 8;
  return { name, header, offset, shift: 32 - bits - before * 8, retain: (retain & (2 ** bits - 1)) >>> 0, style, bits };
}

/** Of fields with the same place the first is what a key without a mask of its own is called. */
const FIELDS: readonly PacketField[] = [
  row('ip src', HEADER.IP4, 12, 4, 'ipv4'),
  row('ip dst', HEADER.IP4, 16, 4, 'ipv4'),
  row('ip dsfield', HEADER.IP4, 1, 1, 'hex'),
  row('ip ihl', HEADER.IP4, 0, 1, 'hex', 0x0f),
  row('ip ttl', HEADER.IP4, 8, 1, 'decimal'),
  row('ip protocol', HEADER.IP4, 9, 1, 'decimal'),
  row('ip nofrag', HEADER.IP4, 6, 1, 'hex', 0x3f),
  row('ip firstfrag', HEADER.IP4, 6, 1, 'hex', 0x1f),
  row('ip ce', HEADER.IP4, 6, 1, 'hex', 0x80),
  row('ip df', HEADER.IP4, 6, 1, 'hex', 0x40),
  row('ip mf', HEADER.IP4, 6, 1, 'hex', 0x20),
  row('ip6 src', HEADER.IP6, 8, 16, 'ipv6'),
  row('ip6 dst', HEADER.IP6, 24, 16, 'ipv6'),
  row('ip6 flow_lbl', HEADER.IP6, 0, 4, 'hex', 0x0007ffff),
  row('ip6 payload_len', HEADER.IP6, 4, 2, 'decimal'),
  row('ip6 nexthdr', HEADER.IP6, 6, 1, 'decimal'),
  row('ip6 hoplimit', HEADER.IP6, 7, 1, 'decimal'),
  // It begins in the middle of a byte.
  { ...row('ip6 traffic_class', HEADER.IP6, 1, 1, 'hex'), shift: 20 },
  row('tcp sport', HEADER.TCP, 0, 2, 'decimal'),
  row('tcp dport', HEADER.TCP, 2, 2, 'decimal'),
  row('tcp flags', HEADER.TCP, 13, 1, 'hex'),
  row('udp sport', HEADER.UDP, 0, 2, 'decimal'),
  row('udp dport', HEADER.UDP, 2, 2, 'decimal'),
  row('eth type', HEADER.ETH, 12, 2, 'hex'),
  row('eth dst', HEADER.ETH, 0, 6, 'mac'),
  row('eth src', HEADER.ETH, 6, 6, 'mac'),
];
const ALIASES: Readonly<Record<string, string>> = { 'ip tos': 'ip dsfield', 'ip precedence': 'ip dsfield' };
/** The fields that `decrement` is for. */
const COUNTING: readonly string[] = ['ip ttl', 'ip6 hoplimit'];
const RAW_BITS: Readonly<Record<string, 8 | 16 | 32>> = { u8: 8, u16: 16, u32: 32 };
const HEADER_NAMES: Readonly<Record<string, number>> = {
  ip: HEADER.IP4,
  ip6: HEADER.IP6,
  tcp: HEADER.TCP,
  udp: HEADER.UDP,
  eth: HEADER.ETH,
};

const ALL = 0xffffffff;

/** The keys of a list of edits with commas between them, or undefined where one is none. */
export function parseEdits(text: string): PeditKey[] | undefined {
  const keys = text.split(',').map((edit) => parseEdit(edit.trim().split(/ +/)));
  return keys.every((list) => list !== undefined) ? keys.flat() : undefined;
}

function parseEdit(words: readonly string[]): PeditKey[] | undefined {
  if (words[0] === 'offset') return parseRaw(HEADER.NETWORK, words.slice(1));
  const header = HEADER_NAMES[words[0] ?? ''];
  if (header !== undefined && words[1] === 'offset') return parseRaw(header, words.slice(2));
  const name = words.slice(0, 2).join(' ');
  const found = FIELDS.find((one) => one.name === (ALIASES[name] ?? name));
  return found === undefined ? undefined : parseCommand(found, words.slice(2));
}

/** `20 u32 set 1 retain 0xff`. */
function parseRaw(header: number, words: readonly string[]): PeditKey[] | undefined {
  const [offset, bits] = [parseNumber(words[0] ?? '', 16), RAW_BITS[words[1] ?? '']];
  if (offset === undefined || bits === undefined) return undefined;
  const shift = 32 - bits - (offset & 3) * 8;
  if (shift < 0) return undefined;
  const retain = 2 ** bits - 1;
  return parseCommand({ name: '', header, offset: offset & ~3, shift, retain, style: 'hex', bits }, words.slice(2));
}

function parseCommand(of: PacketField, words: readonly string[]): PeditKey[] | undefined {
  const [command = '', ...rest] = words;
  const operand = command === 'set' || command === 'add' ? rest.shift() : undefined;
  const [word, given, ...more] = rest;
  const retain = word === undefined ? of.retain : word === 'retain' ? parseNumber(given ?? '', of.bits) : undefined;
  if (retain === undefined || more.length > 0) return undefined;
  const bytes = operand === undefined ? undefined : addressBytes(of, operand);
  if (of.address !== undefined) {
    return bytes !== undefined && command === 'set' && word === undefined ? addressKeys(of, bytes) : undefined;
  }
  const all = 2 ** of.bits - 1;
  switch (command) {
    case 'set':
    case 'add': {
      const value = operandNumber(of, operand ?? '');
      return value === undefined || value > all ? undefined : [key(of, command === 'add', value, 0, retain)];
    }
    case 'clear':
      return [key(of, false, 0, 0, retain)];
    case 'invert':
      return [key(of, false, all, all, retain)];
    case 'decrement':
      return COUNTING.includes(of.name) ? [key(of, true, retain, 0, retain)] : undefined;
    default:
      return undefined;
  }
}

function operandNumber({ style, bits }: PacketField, text: string): number | undefined {
  if (style !== 'ipv4') return parseNumber(text, bits);
  const bytes = parseAddress(text);
  return bytes === undefined || !isIpv4(bytes) ? undefined : new DataView(bytes.buffer).getUint32(12);
}

function addressBytes({ style }: PacketField, text: string): Uint8Array | undefined {
  if (style === 'mac') return parseMac(text);
  const bytes = style === 'ipv6' ? parseAddress(text) : undefined;
  return bytes === undefined || isIpv4(bytes) ? undefined : bytes;
}

/** `kept` are bits of the field that exclusive or works on. */
function key(of: PacketField, isAdd: boolean, value: number, kept: number, retain: number): PeditKey {
  const { header, offset, shift } = of;
  const changed = (retain & ~kept) >>> 0;
  return { header, isAdd, offset, value: ((value & retain) << shift) >>> 0, mask: ~(changed << shift) >>> 0 };
}

/** An address over several keys. */
function addressKeys({ header, offset, address }: PacketField, bytes: Uint8Array): PeditKey[] {
  const { before = 0 } = address ?? {};
  const length = (before + bytes.length + 3) & ~3;
  const [values, masks] = [new Uint8Array(length), new Uint8Array(length).fill(0xff)];
  values.set(bytes, before);
  masks.fill(0, before, before + bytes.length);
  const [value, mask] = [new DataView(values.buffer), new DataView(masks.buffer)];
  return Array.from({ length: length / 4 }, (_, i) => ({
    header,
    isAdd: false,
    offset: offset + i * 4,
    value: value.getUint32(i * 4),
    mask: mask.getUint32(i * 4),
  }));
}

/** The edits of keys, in the one spelling of each. */
export function formatEdits(keys: readonly PeditKey[]): string {
  const edits: string[] = [];
  for (let i = 0; i < keys.length; ) {
    const { text, taken } = formatAddressEdit(keys.slice(i)) ?? { text: formatKey(keys[i]), taken: 1 };
    edits.push(text);
    i += taken;
  }
  return edits.join(', ');
}

function formatAddressEdit(keys: readonly PeditKey[]): { text: string; taken: number } | undefined {
  for (const of of FIELDS) {
    if (of.address === undefined) continue;
    const { bytes: size, before } = of.address;
    const wanted = addressKeys(of, new Uint8Array(size));
    const isSame = wanted.every((one, i) => {
      const { header, isAdd, offset, mask } = keys[i] ?? {};
      return header === one.header && isAdd === false && offset === one.offset && mask === one.mask;
    });
    if (!isSame) continue;
    const bytes = new Uint8Array(wanted.length * 4);
    const view = new DataView(bytes.buffer);
    for (const i of wanted.keys()) view.setUint32(i * 4, keys[i]?.value ?? 0);
    const address = bytes.slice(before, before + size);
    const text = of.style === 'mac' ? formatMac(address) : formatAddress(address);
    return { text: `${of.name} set ${text}`, taken: wanted.length };
  }
  return undefined;
}

function formatKey(one: PeditKey | undefined): string {
  if (one === undefined) return '';
  const changed = ~one.mask >>> 0;
  const candidates = FIELDS.filter(
    (of) => of.address === undefined && of.header === one.header && of.offset === one.offset,
  );
  // Inverted bits are in the value, the others in what the mask leaves out.
  const touched = (changed | (one.isAdd ? 0 : one.value)) >>> 0;
  const inside = (of: PacketField, bits: number): boolean => (bits & ~((2 ** of.bits - 1) << of.shift)) >>> 0 === 0;
  const exact = candidates.find((of) => touched === (of.retain << of.shift) >>> 0);
  // Of fields within each other, such as the traffic class in the word of the flow label, the narrowest.
  const around = candidates.filter((one) => inside(one, touched)).sort((a, b) => a.bits - b.bits);
  const of = exact ?? around[0] ?? rawField(one);
  return `${of.name} ${formatCommand(of, one, touched)}`;
}

function rawField({ header, offset }: PeditKey): PacketField {
  const known = Object.keys(HEADER_NAMES).find((word) => HEADER_NAMES[word] === header);
  const name = header === HEADER.NETWORK ? undefined : (known ?? `?${header}`);
  const place = `offset ${offset} u32`;
  return {
    name: name === undefined ? place : `${name} ${place}`,
    header,
    offset,
    shift: 0,
    retain: ALL,
    style: 'hex',
    bits: 32,
  };
}

function formatCommand(of: PacketField, { isAdd, value, mask }: PeditKey, touched: number): string {
  const [plain, retain] = [value >>> of.shift, touched >>> of.shift];
  const kept = retain === of.retain ? '' : ` retain ${hex(retain)}`;
  if (isAdd) {
    const isDecrement = COUNTING.includes(of.name) && plain === of.retain && kept === '';
    return isDecrement ? 'decrement' : `add ${formatOperand(of, plain)}${kept}`;
  }
  if (mask === ALL) return `invert${kept}`;
  return `set ${formatOperand(of, plain)}${kept}`;
}

function formatOperand({ style }: PacketField, value: number): string {
  if (style === 'decimal') return String(value);
  if (style !== 'ipv4') return hex(value);
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff).join('.');
}
