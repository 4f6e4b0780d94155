/** Objects of the bus as the web server sees them, whoever answers. */
import { BLOBMSG } from '../../../src/wire/blobmsg.ts';
import { UBUS_STATUS } from '../../../src/wire/ubus.ts';
import type { BusAnswer, BusObjects } from '../bus_line.ts';
import type { Session } from './sessions.ts';

export type Args = Readonly<Record<string, unknown>>;

/** The names of blobmsg types in JSON-RPC (uhttpd's ubus.c). */
export const ARGUMENT_TYPES: Readonly<Record<number, string>> = {
  [BLOBMSG.ARRAY]: 'array',
  [BLOBMSG.TABLE]: 'object',
  [BLOBMSG.STRING]: 'string',
  [BLOBMSG.INT64]: 'number',
  [BLOBMSG.INT32]: 'number',
  [BLOBMSG.INT16]: 'number',
  [BLOBMSG.INT8]: 'boolean',
  [BLOBMSG.DOUBLE]: 'double',
};

/** What the server hands calls on to. */
export interface Bus {
  /** Objects whose path is the pattern, or begins with what stands before its `*`. */
  list(pattern: string): Promise<BusObjects>;
  /** A status of undefined is: no such object. */
  call(path: string, method: string, args: Args, session: Session): Promise<BusAnswer>;
}

/** A method that the server answers itself. */
export interface OwnMethod {
  readonly args: Readonly<Record<string, number>>;
  run(args: Args, session: Session): Promise<BusAnswer> | BusAnswer;
}

export type OwnObjects = Readonly<Record<string, Readonly<Record<string, OwnMethod>>>>;

export const ok = (data?: Readonly<Record<string, unknown>>): BusAnswer => ({ status: UBUS_STATUS.OK, data });
export const failed = (status: number): BusAnswer => ({ status, data: undefined });

/** A bus with objects of its own before those of another. */
export function busOf(own: OwnObjects, behind: Bus): Bus {
  return {
    list: async (pattern) => {
      const isAsked = (path: string): boolean =>
        pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern;
      const ours = Object.entries(own).filter(([path]) => isAsked(path));
      const signatures = ours.map(([path, methods]) => [
        path,
        Object.fromEntries(Object.entries(methods).map(([name, { args }]) => [name, args])),
      ]);
      return { ...(await behind.list(pattern)), ...Object.fromEntries(signatures) };
    },
    call: async (path, method, args, session) => {
      const object = own[path];
      if (object === undefined) return behind.call(path, method, args, session);
      const found = object[method];
      if (found === undefined) return failed(UBUS_STATUS.METHOD_NOT_FOUND);
      return fits(found.args, args) ? found.run(args, session) : failed(UBUS_STATUS.INVALID_ARGUMENT);
    },
  };
}

/** A wrong type counts as absent to rpcd's policies, but where it is needed that is an invalid argument too: so here at once. */
function fits(wanted: Readonly<Record<string, number>>, args: Args): boolean {
  return Object.entries(wanted).every(([name, type]) => args[name] == null || typeOf(args[name]) === type);
}

function typeOf(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return BLOBMSG.STRING;
    case 'number':
      return BLOBMSG.INT32;
    case 'boolean':
      return BLOBMSG.INT8;
    default:
      return Array.isArray(value) ? BLOBMSG.ARRAY : BLOBMSG.TABLE;
  }
}
