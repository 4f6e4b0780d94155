/** What the commands of `weir ubus` have in common. */
import type { Loop } from '../host/loop.ts';
import type { UbusClient } from '../net/ubus_client.ts';
import { formatBlobJson } from '../wire/blob_json.ts';
import { BLOBMSG, type BlobField, decodeFields } from '../wire/blobmsg.ts';
import { type Output, print } from './output.ts';

/** What a command knows of how it was called, and its end. */
export interface UbusRun {
  readonly client: UbusClient;
  readonly loop: Loop;
  readonly output: Output;
  readonly args: readonly string[];
  readonly simple: boolean;
  readonly verbose: boolean;
  /** Types of messages that the monitor shows, all where it is empty. */
  readonly types: readonly number[];
  /** 'r' or 't' to show only what the bus receives or sends. */
  readonly direction: string;
  /** For calls; 0 is without end, as is {@link runsMs}. */
  readonly timeoutMs: number;
  /** For commands that print until they are ended. */
  readonly runsMs: number;
  /** Whether the message of a call that failed names it, which changes the exit code as well. */
  readonly showsCall: boolean;
  /** The connection is lost; set by commands that have something else to do then. */
  onLost(): void;
  /** From now on SIGINT and SIGTERM end it as the loss of the connection does. */
  endOnSignals(): void;
  /** Ends the program: with a status of ubus, or a negative number. */
  finish(status: number): void;
}

export const WRONG_USAGE = -2;

/** Names of messages by their type. */
export const MONITOR_TYPES: readonly string[] = [
  'hello',
  'status',
  'data',
  'ping',
  'lookup',
  'invoke',
  'add_object',
  'remove_object',
  'subscribe',
  'unsubscribe',
  'notify',
];

/** ubus_strerror() */
const STATUS_TEXTS: readonly string[] = [
  'Success',
  'Invalid command',
  'Invalid argument',
  'Method not found',
  'Not found',
  'No response',
  'Permission denied',
  'Request timed out',
  'Operation not supported',
  'Unknown error',
  'Connection failed',
  'Out of memory',
  'Parsing message data failed',
  'System error',
];

export function statusText(status: number): string {
  return STATUS_TEXTS[status] ?? `Unknown error: ${status}`;
}

/** The fields of a message; what is no blobmsg counts as empty. */
export function fieldsIn(data: Uint8Array | undefined): BlobField[] {
  try {
    return decodeFields(data ?? new Uint8Array(0));
  } catch {
    return [];
  }
}

export function printEvent(output: Output, name: string, data: Uint8Array | undefined): void {
  print(output, `{ "${name}": ${formatBlobJson(fieldsIn(data), false)} }\n`);
}

const TYPE_NAMES: Readonly<Record<number, string>> = {
  [BLOBMSG.INT8]: 'Boolean',
  [BLOBMSG.INT32]: 'Integer',
  [BLOBMSG.STRING]: 'String',
  [BLOBMSG.ARRAY]: 'Array',
  [BLOBMSG.TABLE]: 'Table',
};

/** The methods of a signature, a line each, with the types of their arguments named. */
export function formatSignature(signature: Uint8Array): string {
  const lines = fieldsIn(signature).map((field) => `\t${formatBlobJson([withTypeNames(field)], false).slice(1, -1)}\n`);
  return lines.join('');
}

function withTypeNames({ name, type, value }: BlobField): BlobField {
  if (type === BLOBMSG.INT32) return { name, type: BLOBMSG.STRING, value: TYPE_NAMES[Number(value)] ?? '(unknown)' };
  const isList = typeof value === 'object' && value !== null;
  return { name, type, value: isList ? value.map(withTypeNames) : value };
}
