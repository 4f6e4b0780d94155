/**
 * Calls of the bus over a terminal, for the web tests; not part of the product. The guest's side of `bus_line.ts`.
 *
 *   weir-relay <>/dev/tty1 >&0    until it is killed
 *
 * A line in is `{"id":1,"path":"weir","method":"status","args":{},"timeoutMs":5000}`, or `{"id":2,"list":"*"}` for objects with
 * their methods' arguments as blobmsg types. A line out is `{"id":1,"status":0,"data":{...}}`, without `data` where the call gave
 * none and without `status` where there is no such object; or `{"id":2,"objects":{...}}`. The first line out is `{"up":true}`, once
 * the bus has greeted.
 */

import { Loop } from '../../src/host/loop.ts';
import { host } from '../../src/host/native.ts';
import { decodeUtf8 } from '../../src/lib/utf8.ts';
import { UbusClient } from '../../src/net/ubus_client.ts';
import { formatBlobJson, parseBlobJson } from '../../src/wire/blob_json.ts';
import { BLOBMSG, type BlobField, decodeFields, encodeFields } from '../../src/wire/blobmsg.ts';
import { UBUS_STATUS } from '../../src/wire/ubus.ts';

const STDIN = 0;
const STDOUT = 1;
const LOOKUP_TIMEOUT_MS = 5000;
const READ_BYTES = 4096;
const NEWLINE = 0x0a;

const loop = new Loop(host, (error) => {
  throw error;
});
const client = new UbusClient(host, loop, { onUp: () => send([{ name: 'up', type: BLOBMSG.INT8, value: 1 }]) });
const buffer = new Uint8Array(READ_BYTES);
/** Of the line that is not complete yet. */
let pieces: Uint8Array[] = [];

/** The terminal blocks until it has taken all: nothing else is to be done meanwhile. */
function send(fields: readonly BlobField[]): void {
  const bytes = host.encodeText(`${formatBlobJson(fields, false)}\n`);
  for (let at = 0; at < bytes.length; ) {
    const written = host.write(STDOUT, bytes, at, bytes.length - at);
    if (written < 0) throw new Error(`the terminal: ${host.errorText(-written)}`);
    at += written;
  }
}

const integer = (name: string, value: number): BlobField => ({ name, type: BLOBMSG.INT32, value });
const table = (name: string, value: readonly BlobField[]): BlobField => ({ name, type: BLOBMSG.TABLE, value });

function list(id: number, pattern: string): void {
  const objects: BlobField[] = [];
  client.lookup(
    pattern,
    ({ path, signature }) => objects.push(table(path, decodeFields(signature))),
    () => send([integer('id', id), table('objects', objects)]),
  );
}

function call(id: number, path: string, method: string, args: readonly BlobField[], timeoutMs: number): void {
  let objectId: number | undefined;
  const onLookedUp = (): void => {
    if (objectId === undefined) {
      send([integer('id', id)]);
      return;
    }
    let data: readonly BlobField[] | undefined;
    client.invoke(objectId, method, encodeFields(args), timeoutMs, {
      onData: (answer) => {
        if (answer.data !== undefined) data ??= decodeFields(answer.data);
      },
      onDone: (status) => {
        send([integer('id', id), integer('status', status), ...(data === undefined ? [] : [table('data', data)])]);
      },
    });
  };
  client.lookup(path, (object) => (objectId = object.id), onLookedUp, LOOKUP_TIMEOUT_MS);
}

function serve(line: string): void {
  const fields = parseBlobJson(line) ?? [];
  const field = (name: string): BlobField['value'] | undefined => fields.find((one) => one.name === name)?.value;
  const id = Number(field('id'));
  const [pattern, path, method, args] = [field('list'), field('path'), field('method'), field('args')];
  if (typeof pattern === 'string') list(id, pattern);
  else if (typeof path === 'string' && typeof method === 'string' && Array.isArray(args)) {
    call(id, path, method, args, Number(field('timeoutMs')));
  } else {
    send([integer('id', id), integer('status', UBUS_STATUS.INVALID_ARGUMENT)]);
  }
}

function take(bytes: Uint8Array): void {
  const end = bytes.indexOf(NEWLINE);
  if (end < 0) {
    pieces.push(bytes.slice());
    return;
  }
  pieces.push(bytes.subarray(0, end));
  const line = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    line.set(piece, at);
    at += piece.length;
  }
  pieces = [];
  serve(decodeUtf8(line));
  take(bytes.subarray(end + 1));
}

loop.watch(STDIN, host.constants.POLLIN, () => {
  const length = host.read(STDIN, buffer, 0, READ_BYTES);
  if (length <= 0) throw new Error('the terminal is gone');
  take(buffer.subarray(0, length));
});
host.run(() => loop.turn());
