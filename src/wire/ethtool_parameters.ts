/**
 * Numbers that a driver lets be set, in groups: rings, coalescing of interrupts, channels (net/ethtool/{rings,coalesce,channels}.c).
 * A number is an attribute of the group's message, or a u32 of the struct that the older ioctl takes (include/uapi/linux/ethtool.h).
 */
import { Reader, Writer } from '../lib/bytes.ts';
import { ETHTOOL, ETHTOOL_A_CHANNELS, ETHTOOL_A_COALESCE, ETHTOOL_A_RINGS, ETHTOOL_MSG } from '../uapi/ethtool.ts';
import { putDevice } from './ethtool.ts';
import { decodeGenlHeader, genlRequest } from './genl.ts';
import { eachAttribute, putAttribute, u32 } from './nla.ts';
import type { Request } from './nlmsg.ts';

const VERSION = 1;
const WORD_BYTES = 4;

/** How a group is asked for and set, and how many u32 its struct has, the command included. */
interface Group {
  readonly header: number;
  readonly get: number;
  readonly set: number;
  readonly ioctlGet: number;
  readonly ioctlSet: number;
  readonly words: number;
}

const GROUPS = {
  rings: {
    header: ETHTOOL_A_RINGS.HEADER,
    get: ETHTOOL_MSG.RINGS_GET,
    set: ETHTOOL_MSG.RINGS_SET,
    ioctlGet: ETHTOOL.GRINGPARAM,
    ioctlSet: ETHTOOL.SRINGPARAM,
    words: 9,
  },
  coalesce: {
    header: ETHTOOL_A_COALESCE.HEADER,
    get: ETHTOOL_MSG.COALESCE_GET,
    set: ETHTOOL_MSG.COALESCE_SET,
    ioctlGet: ETHTOOL.GCOALESCE,
    ioctlSet: ETHTOOL.SCOALESCE,
    words: 23,
  },
  channels: {
    header: ETHTOOL_A_CHANNELS.HEADER,
    get: ETHTOOL_MSG.CHANNELS_GET,
    set: ETHTOOL_MSG.CHANNELS_SET,
    ioctlGet: ETHTOOL.GCHANNELS,
    ioctlSet: ETHTOOL.SCHANNELS,
    words: 9,
  },
} as const satisfies Readonly<Record<string, Group>>;

export type ParameterGroup = keyof typeof GROUPS;

/** A number of a group, by both of its names. */
export interface Parameter {
  readonly attribute: number;
  /** Which u32 of the struct, counted from the command, which is 0. */
  readonly word: number;
}

/** Asks for a group of a device; EOPNOTSUPP where the driver has none of it. `family` is the number of the family "ethtool". */
export function parametersGet(family: number, group: ParameterGroup, device: string): Request {
  const { get, header } = GROUPS[group];
  return genlRequest(family, get, VERSION, (w) => putDevice(w, header, device));
}

/** Sets one number; what is not sent stays. */
export function parameterSet(
  family: number,
  group: ParameterGroup,
  device: string,
  { attribute }: Parameter,
  value: number,
): Request {
  const { set, header } = GROUPS[group];
  return genlRequest(family, set, VERSION, (w) => {
    putDevice(w, header, device);
    putAttribute(w, attribute, u32, value);
  });
}

/** The numbers in an answer to {@link parametersGet}, by attribute; switches, which have a byte, are left out. */
export function decodeParameters(payload: Reader): ReadonlyMap<number, number> {
  decodeGenlHeader(payload);
  const values = new Map<number, number>();
  eachAttribute(payload, (type, value) => {
    if (value.remaining === WORD_BYTES) values.set(type, value.u32());
  });
  return values;
}

/** The struct with which the ioctl is asked for a group; the kernel writes over it. */
export function encodeParametersQuery(group: ParameterGroup, littleEndian: boolean): Uint8Array {
  const { ioctlGet, words } = GROUPS[group];
  const w = new Writer(littleEndian, words * WORD_BYTES);
  w.u32(ioctlGet);
  w.zeros((words - 1) * WORD_BYTES);
  return w.bytes();
}

/** A number in the struct that the kernel has filled. */
export function wordOf(struct: Uint8Array, { word }: Parameter, littleEndian: boolean): number {
  return new Reader(struct, littleEndian, word * WORD_BYTES).u32();
}

/** The struct that the kernel has filled, made the command that sets it with one number changed. */
export function encodeParameterChange(
  group: ParameterGroup,
  struct: Uint8Array,
  { word }: Parameter,
  value: number,
  littleEndian: boolean,
): Uint8Array {
  const changed = new Uint8Array(struct);
  for (const [at, number] of [
    [0, GROUPS[group].ioctlSet],
    [word, value],
  ] as const) {
    const w = new Writer(littleEndian, WORD_BYTES);
    w.u32(number);
    changed.set(w.bytes(), at * WORD_BYTES);
  }
  return changed;
}
