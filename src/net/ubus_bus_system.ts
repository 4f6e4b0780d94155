/** Objects of the bus itself: events, access control lists, and the monitor. They are in no list. */
import { Reader } from '../lib/bytes.ts';
import { BLOBMSG, BlobError, eachField, encodeRecord } from '../wire/blobmsg.ts';
import { decodeText } from '../wire/nla.ts';
import { UBUS_MSG, UBUS_OBJECT, UBUS_STATUS } from '../wire/ubus.ts';
import { FIRST_ID } from './ubus_bus_objects.ts';
import type { BusRequest, BusTraffic } from './ubus_bus_traffic.ts';

const { OK, INVALID_COMMAND, INVALID_ARGUMENT, METHOD_NOT_FOUND, NOT_FOUND, PERMISSION_DENIED, NO_MEMORY } =
  UBUS_STATUS;
/** Names that only the bus itself uses. */
const OWN_EVENTS = 'ubus.';

/** Calls `method` of the bus's own object `id`; gives the status. */
export function callSystem(traffic: BusTraffic, request: BusRequest, id: number, method: string): number {
  switch (id) {
    case UBUS_OBJECT.EVENT:
      if (method === 'register') return register(traffic, request);
      return method === 'send' ? send(traffic, request) : INVALID_COMMAND;
    case UBUS_OBJECT.ACL:
      return method === 'query' ? query(traffic, request) : INVALID_COMMAND;
    case UBUS_OBJECT.MONITOR:
      return monitor(traffic, request, method);
    default:
      return NOT_FOUND;
  }
}

function register(traffic: BusTraffic, { client, attributes }: BusRequest): number {
  const fields = firstFields(attributes.data, { object: BLOBMSG.INT32, pattern: BLOBMSG.STRING });
  const { object: idField, pattern: patternField } = fields;
  if (idField === undefined || patternField === undefined) return INVALID_ARGUMENT;
  const id = idField.u32();
  if (id < FIRST_ID) return PERMISSION_DENIED;
  const object = traffic.objects.find(id);
  if (object === undefined) return NOT_FOUND;
  const pattern = textOf(patternField);
  if (object.client !== client || pattern === '') return PERMISSION_DENIED;
  const name = pattern.endsWith('*') ? pattern.slice(0, -1) : pattern;
  if (!traffic.acl.allows(client.peer, 'listen', name)) return PERMISSION_DENIED;
  return traffic.events.listen(object, pattern) ? OK : NO_MEMORY;
}

function send(traffic: BusTraffic, { client, attributes }: BusRequest): number {
  const { id, data } = firstFields(attributes.data, { id: BLOBMSG.STRING, data: BLOBMSG.TABLE });
  if (id === undefined || data === undefined) return INVALID_ARGUMENT;
  const event = textOf(id);
  if (event.startsWith(OWN_EVENTS) || !traffic.acl.allows(client.peer, 'send', event)) return PERMISSION_DENIED;
  traffic.events.emit(event, data.data.subarray(data.pos, data.end), client);
  return OK;
}

/** What the ACL files tell the caller about its objects. */
function query(traffic: BusTraffic, request: BusRequest): number {
  const paths = request.client.objects.flatMap(({ path }) => (path === undefined ? [] : [path]));
  const told = paths.flatMap((path) => traffic.acl.toldTo(path));
  const data = encodeRecord({ seq: traffic.acl.sequence, acl: told });
  traffic.reply(request, UBUS_MSG.DATA, { objectId: UBUS_OBJECT.ACL, data });
  return OK;
}

function monitor(traffic: BusTraffic, { client }: BusRequest, method: string): number {
  if (client.peer.uid !== 0 || client.peer.gid !== 0) return PERMISSION_DENIED;
  if (method !== 'add' && method !== 'remove') return METHOD_NOT_FOUND;
  traffic.monitors.delete(client);
  if (method === 'add') traffic.monitors.set(client, 0);
  return OK;
}

/** The first field of each name that has the type which is wanted; what follows something broken counts as absent. */
function firstFields<Name extends string>(
  data: Uint8Array | undefined,
  wanted: Readonly<Record<Name, number>>,
): { [name in Name]?: Reader } {
  const found: { [name in Name]?: Reader } = {};
  try {
    eachField(new Reader(data ?? new Uint8Array(0), false), (name, type, value) => {
      for (const key in wanted) {
        if (key === name && wanted[key] === type && found[key] === undefined && isWhole(type, value))
          found[key] = value;
      }
    });
  } catch (error) {
    if (!(error instanceof BlobError)) throw error;
  }
  return found;
}

function isWhole(type: number, { data, remaining, end }: Reader): boolean {
  if (type === BLOBMSG.INT32) return remaining === 4;
  return type !== BLOBMSG.STRING || (remaining > 0 && data[end - 1] === 0);
}

function textOf(value: Reader): string {
  return decodeText(value.data, value.pos, value.end);
}
