/**
 * ubus messages (ubusmsg.h): an 8-byte header, then attributes. Everything is big endian.
 *
 *     u8 version 0 | u8 type | u16 seq | u32 peer | u32 length of all that follows, these 4 bytes included | attributes
 */
import { Reader, Writer } from '../lib/bytes.ts';
import { encodeUtf8 } from '../lib/utf8.ts';
import { beginBlob, eachBlob, endBlob } from './blobmsg.ts';
import { decodeText } from './nla.ts';

/** enum ubus_msg_type */
export const UBUS_MSG = {
  HELLO: 0,
  STATUS: 1,
  DATA: 2,
  PING: 3,
  LOOKUP: 4,
  INVOKE: 5,
  ADD_OBJECT: 6,
  REMOVE_OBJECT: 7,
  SUBSCRIBE: 8,
  UNSUBSCRIBE: 9,
  NOTIFY: 10,
  MONITOR: 11,
} as const;

/** enum ubus_msg_status. Providers may answer with other numbers, which pass through. */
export const UBUS_STATUS = {
  OK: 0,
  INVALID_COMMAND: 1,
  INVALID_ARGUMENT: 2,
  METHOD_NOT_FOUND: 3,
  NOT_FOUND: 4,
  NO_DATA: 5,
  PERMISSION_DENIED: 6,
  TIMEOUT: 7,
  NOT_SUPPORTED: 8,
  UNKNOWN_ERROR: 9,
  CONNECTION_FAILED: 10,
  NO_MEMORY: 11,
  PARSE_ERROR: 12,
  SYSTEM_ERROR: 13,
} as const;

/** Objects that the bus itself has. */
export const UBUS_OBJECT = { EVENT: 1, ACL: 2, MONITOR: 3 } as const;

/** Where the bus listens. */
export const UBUS_SOCKET = '/var/run/ubus/ubus.sock';

/** Version to length, without which nothing is known of a message. */
export const UBUS_HEADER_BYTES = 12;
/** Before the length, which does not count these. */
export const UBUS_FIXED_BYTES = 8;
/** The largest length that the header may say (UBUS_MAX_MSGLEN). */
export const UBUS_MAX_LENGTH = 0x10_0000;

/** A message as it came. `body` lies in the receiver's buffer: copy what is kept. */
export interface UbusFrame {
  readonly type: number;
  readonly seq: number;
  readonly peer: number;
  readonly body: Uint8Array;
}

/**
 * What a message says. Attributes are written in the order of the properties, and read in the order they came.
 * `data` and `signature` are blobmsg as bytes, since the bus passes them on however broken they are.
 */
export interface UbusAttributes {
  status?: number | undefined;
  path?: string | undefined;
  objectId?: number | undefined;
  method?: string | undefined;
  typeId?: number | undefined;
  signature?: Uint8Array | undefined;
  data?: Uint8Array | undefined;
  target?: number | undefined;
  active?: boolean | undefined;
  noReply?: boolean | undefined;
  subscribers?: readonly number[] | undefined;
  user?: string | undefined;
  group?: string | undefined;
}

/** What a MONITOR message says of one that went over the bus. */
export interface MonitorAttributes {
  client?: number | undefined;
  peer?: number | undefined;
  /** Whether the bus sent it to `client`. */
  send?: boolean | undefined;
  seq?: number | undefined;
  type?: number | undefined;
  data?: Uint8Array | undefined;
}

// ---- One row an attribute ----

type Kind = 'u32' | 'u8' | 'text' | 'bytes' | 'ids';
type Rows<T> = { readonly [Name in keyof T]-?: readonly [id: number, kind: Kind] };
type AttributeValue = number | boolean | string | Uint8Array | readonly number[];

/** enum ubus_msg_attr */
const ATTRIBUTES: Rows<UbusAttributes> = {
  status: [1, 'u32'],
  path: [2, 'text'],
  objectId: [3, 'u32'],
  method: [4, 'text'],
  typeId: [5, 'u32'],
  signature: [6, 'bytes'],
  data: [7, 'bytes'],
  target: [8, 'u32'],
  active: [9, 'u8'],
  noReply: [10, 'u8'],
  subscribers: [11, 'ids'],
  user: [12, 'text'],
  group: [13, 'text'],
};

/** enum ubus_monitor_attr */
const MONITOR_ATTRIBUTES: Rows<MonitorAttributes> = {
  client: [0, 'u32'],
  peer: [1, 'u32'],
  send: [2, 'u8'],
  seq: [3, 'u32'],
  type: [4, 'u32'],
  data: [5, 'bytes'],
};

// ---- Reading ----

/** The attributes of a message, those that are unknown, of the wrong size, or after a broken one left out, as ubusd does. */
export function decodeAttributes(body: Uint8Array): UbusAttributes {
  const found: UbusAttributes = {};
  readAttributes(ATTRIBUTES_BY_ID, body, found);
  return found;
}

export function decodeMonitor(body: Uint8Array): MonitorAttributes {
  const found: MonitorAttributes = {};
  readAttributes(MONITOR_ATTRIBUTES_BY_ID, body, found);
  return found;
}

type RowsById = readonly (readonly [name: string, kind: Kind] | undefined)[];

function byId<T extends object>(rows: Rows<T>): RowsById {
  const found: [name: string, kind: Kind][] = [];
  for (const name in rows) found[rows[name][0]] = [name, rows[name][1]];
  return found;
}

const ATTRIBUTES_BY_ID = byId(ATTRIBUTES);
const MONITOR_ATTRIBUTES_BY_ID = byId(MONITOR_ATTRIBUTES);

function readAttributes(rows: RowsById, body: Uint8Array, into: object): void {
  const r = new Reader(body, false);
  eachBlob(r, (id, start, end) => {
    const row = rows[id & 0x7f];
    const value = row === undefined ? undefined : readAttribute(r, row[1], start, end);
    if (row !== undefined && value !== undefined) Reflect.set(into, row[0], value);
  });
}

function readAttribute(r: Reader, kind: Kind, start: number, end: number): AttributeValue | undefined {
  switch (kind) {
    case 'u32':
      return end - start === 4 ? r.view.getUint32(start, false) : undefined;
    case 'u8':
      return end - start === 1 ? r.data[start] !== 0 : undefined;
    case 'text':
      return end > start && r.data[end - 1] === 0 ? decodeText(r.data, start, end) : undefined;
    case 'bytes':
      return r.data.subarray(start, end);
    case 'ids': {
      const ids: number[] = [];
      eachBlob(new Reader(r.data, false, start, end, r.view), (_id, at, idEnd) => {
        if (idEnd - at === 4) ids.push(r.view.getUint32(at, false));
      });
      return ids;
    }
  }
}

// ---- Writing ----

/** A whole message. Whether it is within {@link UBUS_MAX_LENGTH} is for who sends it. */
export function encodeFrame(type: number, seq: number, peer: number, attributes: UbusAttributes): Uint8Array {
  return writeFrame(ATTRIBUTES, type, seq, peer, attributes, attributes.data);
}

export function encodeMonitor(seq: number, attributes: MonitorAttributes): Uint8Array {
  return writeFrame(MONITOR_ATTRIBUTES, UBUS_MSG.MONITOR, seq, 0, attributes, attributes.data);
}

/** Room for the attributes of most messages besides their data. */
const USUAL_BYTES = 96;

function writeFrame<T extends object>(
  rows: Rows<T>,
  type: number,
  seq: number,
  peer: number,
  attributes: T,
  data: Uint8Array | undefined,
): Uint8Array {
  const w = new Writer(false, USUAL_BYTES + (data?.length ?? 0));
  w.u8(0);
  w.u8(type);
  w.u16(seq);
  w.u32(peer);
  w.u32(0);
  for (const name in attributes) {
    const value: unknown = attributes[name];
    if (value === undefined) continue;
    const at = beginBlob(w);
    writeAttribute(w, value);
    endBlob(w, at, rows[name][0]);
  }
  w.patchU32(UBUS_FIXED_BYTES, w.size - UBUS_FIXED_BYTES);
  return w.bytes();
}

function writeAttribute(w: Writer, value: unknown): void {
  if (typeof value === 'number') w.u32(value);
  else if (typeof value === 'boolean') w.u8(value ? 1 : 0);
  else if (value instanceof Uint8Array) w.raw(value);
  else if (Array.isArray(value)) {
    for (const id of value) {
      const at = beginBlob(w);
      w.u32(id);
      endBlob(w, at, 0);
    }
  } else {
    w.raw(encodeUtf8(String(value)));
    w.u8(0);
  }
}
