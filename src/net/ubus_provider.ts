/** An object with a path and methods, as others see it on the bus. */
import { type BlobRecord, decodeRecord, encodeRecord } from '../wire/blobmsg.ts';
import { UBUS_STATUS } from '../wire/ubus.ts';
import type { UbusBehaviour, UbusRequest } from './ubus_objects.ts';

export interface UbusMethod {
  /** The arguments' types, numbers of `BLOBMSG`: what `ubus -v list` shows. They are not checked. */
  readonly args: Readonly<Record<string, number>>;
  /**
   * Answers with `request.finish`, at once or later. What it throws is UNKNOWN_ERROR to the caller, and an error of the event loop.
   */
  run(request: UbusRequest, args: BlobRecord): void;
}

export interface UbusDefinition {
  readonly path: string;
  readonly methods: Readonly<Record<string, UbusMethod>>;
  /** Each time the bus has taken the object (OK), or not: INVALID_ARGUMENT where the path is taken, or not granted. */
  onAdded?(status: number): void;
  /** The first subscriber has come, or the last has gone. */
  onSubscribers?(any: boolean): void;
}

/** Methods that are not there, calls without arguments, and arguments that are no blobmsg are answered as libubus does. */
export function providerOf(definition: UbusDefinition): UbusBehaviour {
  const { path } = definition;
  const methods = new Map(Object.entries(definition.methods));
  const signature = Object.fromEntries(Array.from(methods, ([name, { args }]) => [name, args]));
  return {
    attributes: { path, signature: encodeRecord(signature) },
    onInvoke: (request) => {
      const method = methods.get(request.method);
      const args = argumentsOf(request);
      if (method === undefined) request.finish(UBUS_STATUS.METHOD_NOT_FOUND);
      else if (args === undefined) request.finish(UBUS_STATUS.INVALID_ARGUMENT);
      else method.run(request, args);
    },
    onAdded: (status) => definition.onAdded?.(status),
    onSubscribers: (any) => definition.onSubscribers?.(any),
  };
}

function argumentsOf({ data }: UbusRequest): BlobRecord | undefined {
  try {
    return data === undefined ? undefined : decodeRecord(data);
  } catch {
    return undefined;
  }
}
