/** The object `weir` on the bus: its methods, and what its subscribers are told. */

import { KernelError } from '../host/refusal.ts';
import type { UbusClient } from '../net/ubus_client.ts';
import type { UbusRequest } from '../net/ubus_objects.ts';
import { BLOBMSG, type BlobRecord, type BlobValue, encodeRecord } from '../wire/blobmsg.ts';
import { UBUS_STATUS } from '../wire/ubus.ts';
import { FileError } from './files.ts';
import { checkArguments } from './methods/arguments.ts';
import { ArgumentError, type ArgumentType, BusyError, type Method, MissingPackageError } from './methods/method.ts';
import { METHODS } from './methods/registry.ts';
import type { Service } from './service.ts';

export const OBJECT_PATH = 'weir';

const BLOB_TYPE: Readonly<Record<ArgumentType, number>> = {
  string: BLOBMSG.STRING,
  integer: BLOBMSG.INT32,
  boolean: BLOBMSG.INT8,
  // Text fits all of them; numbers, booleans and lists are taken too.
  option: BLOBMSG.STRING,
};

/** Puts the object on the bus, now and after each loss of the connection. `onAdded` gets the bus's answer. */
export function putOnBus(client: UbusClient, service: Service, onAdded: (status: number) => void): void {
  const object = client.addObject({
    path: OBJECT_PATH,
    methods: Object.fromEntries(
      METHODS.map((method) => [
        method.name,
        { args: signatureOf(method), run: (request, args) => call(service, method, request, args) },
      ]),
    ),
    onAdded,
    onSubscribers: (any) => service.sampling.want('subscribers', any),
  });
  service.notify = (what, data) => {
    if (object.hasSubscribers) object.notify(what, encode(data));
  };
}

function signatureOf({ args }: Method): Record<string, number> {
  return Object.fromEntries(Object.entries(args).map(([name, { type }]) => [name, BLOB_TYPE[type]]));
}

const ENCODED = Symbol('encoded');

/**
 * Many may ask for the same, and to encode it takes longer than all else that a call does. The bytes stay with the data and are freed
 * with it: what a WeakMap holds is not, until the engine looks for cycles.
 */
function encode(data: { [ENCODED]?: Uint8Array }): Uint8Array {
  data[ENCODED] ??= encodeRecord(toRecord(data));
  return data[ENCODED];
}

function call(service: Service, method: Method, request: UbusRequest, args: BlobRecord): void {
  service.called();
  try {
    method.run(service, checkArguments(method, args), (result) => {
      request.finish(UBUS_STATUS.OK, encode(result));
    });
  } catch (error) {
    const status = statusOf(error);
    if (status === undefined || !(error instanceof Error)) throw error;
    request.finish(status, { error: error.message });
  }
}

/** Undefined for what is a bug. */
function statusOf(error: unknown): number | undefined {
  if (error instanceof ArgumentError) return UBUS_STATUS.INVALID_ARGUMENT;
  if (error instanceof MissingPackageError) return UBUS_STATUS.NOT_SUPPORTED;
  if (error instanceof BusyError) return UBUS_STATUS.NO_MEMORY;
  if (error instanceof KernelError || error instanceof FileError) return UBUS_STATUS.SYSTEM_ERROR;
  return undefined;
}

/** Plain data as the bus carries it, without what is undefined. @throws TypeError for what JSON could not say */
export function toRecord(data: object): BlobRecord {
  const record: Record<string, BlobValue> = {};
  for (const [name, value] of Object.entries(data)) if (value !== undefined) record[name] = toValue(value);
  return record;
}

function toValue(value: unknown): BlobValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (Array.isArray(value)) return value.map(toValue);
  if (typeof value === 'object') return toRecord(value);
  throw new TypeError(`a ${typeof value} cannot go over the bus`);
}
