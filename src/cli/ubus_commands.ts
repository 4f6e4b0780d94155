/** The commands of `weir ubus`. */

import { formatBlobJson, parseBlobJson } from '../wire/blob_json.ts';
import { BLOBMSG, type BlobField, encodeFields, encodeRecord } from '../wire/blobmsg.ts';
import { decodeAttributes, type MonitorAttributes, UBUS_MSG, UBUS_OBJECT, UBUS_STATUS } from '../wire/ubus.ts';
import { print, printError } from './output.ts';
import {
  fieldsIn,
  formatSignature,
  MONITOR_TYPES,
  printEvent,
  statusText,
  type UbusRun,
  WRONG_USAGE,
} from './ubus_run.ts';

const { OK, NOT_FOUND, PARSE_ERROR, CONNECTION_FAILED, TIMEOUT } = UBUS_STATUS;
/** What was wrong has been said. */
const REPORTED = -1;
const FOR_EVER = 0;

export const UBUS_COMMANDS: Readonly<Record<string, (run: UbusRun) => void>> = {
  list,
  call,
  listen,
  subscribe,
  send,
  wait_for: waitFor,
  monitor,
};

function list(run: UbusRun): void {
  const { client, output, args, simple, verbose } = run;
  if (args.length > 1) {
    run.finish(WRONG_USAGE);
    return;
  }
  run.onLost = () => run.finish(CONNECTION_FAILED);
  client.lookup(
    args[0],
    ({ path, id, signature }) => {
      if (simple || !verbose) print(output, `${path}\n`);
      else print(output, `'${path}' @${hex(id)}\n${formatSignature(signature)}`);
    },
    (status) => run.finish(status),
    FOR_EVER,
  );
}

function call(run: UbusRun): void {
  const { client, output, args, simple } = run;
  const [path = '', method = '', json] = args;
  if (args.length < 2 || args.length > 3) {
    run.finish(WRONG_USAGE);
    return;
  }
  run.onLost = () => {};
  const fail = (status: number): void => {
    if (!run.showsCall) {
      run.finish(status);
      return;
    }
    const words = args.map((word) => `${word} `).join('');
    printError(output, `Command failed: ubus call ${words}(${statusText(status)})\n`);
    run.finish(-status);
  };
  const fields = json === undefined ? [] : parseBlobJson(json);
  if (fields === undefined) {
    fail(PARSE_ERROR);
    return;
  }
  lookupId(run, path, (status, id) => {
    if (status !== OK) {
      run.finish(status);
      return;
    }
    // An object of which the caller may see no method is there, but not shown.
    if (id === undefined) {
      fail(NOT_FOUND);
      return;
    }
    client.invoke(id, method, encodeFields(fields), run.timeoutMs, {
      onData: ({ data }) => {
        if (data !== undefined) print(output, `${formatBlobJson(fieldsIn(data), !simple)}\n`);
      },
      onDone: (answer) => {
        if (answer === OK) run.finish(OK);
        else fail(answer | 0);
      },
    });
  });
}

function lookupId({ client }: UbusRun, path: string, onDone: (status: number, id: number | undefined) => void): void {
  let id: number | undefined;
  client.lookup(
    path,
    (found) => {
      id = found.id;
    },
    (status) => onDone(status, id),
    FOR_EVER,
  );
}

/** Prints what comes to an object of ours without a path; `next` is called when it is there. */
function printing(run: UbusRun, next: (id: number) => void, onRefused: (status: number) => void): void {
  run.client.put({
    attributes: {},
    onInvoke: (request) => {
      printEvent(run.output, request.method, request.data);
      request.finish();
    },
    onAdded: (status, { id }) => {
      if (status === OK && id !== undefined) next(id);
      else onRefused(status);
    },
  });
}

/** Goes on until a signal, or until the time is over if there is one. */
function untilOver(run: UbusRun): void {
  run.endOnSignals();
  if (run.runsMs > 0) run.loop.after(run.runsMs, () => run.finish(OK));
}

function register(run: UbusRun, id: number, pattern: string, onDone: (status: number) => void): void {
  const data = encodeRecord({ object: id | 0, pattern });
  run.client.invoke(UBUS_OBJECT.EVENT, 'register', data, FOR_EVER, { onDone });
}

function refused(run: UbusRun, what: string): (status: number) => void {
  return (status) => {
    if (!run.simple) printError(run.output, `Error while registering for event '${what}': ${statusText(status)}\n`);
    run.finish(REPORTED);
  };
}

function listen(run: UbusRun): void {
  const patterns = run.args.length > 0 ? run.args : ['*'];
  const registerFrom = (id: number, at: number): void => {
    const pattern = patterns[at];
    if (pattern === undefined) {
      untilOver(run);
      return;
    }
    register(run, id, pattern, (status) => {
      if (status === OK) registerFrom(id, at + 1);
      else refused(run, pattern)(status);
    });
  };
  printing(run, (id) => registerFrom(id, 0), refused(run, patterns[0] ?? ''));
}

function subscribe(run: UbusRun): void {
  const { client, args } = run;
  const [first] = args;
  if (first === undefined) {
    if (!run.simple) printError(run.output, 'You need to specify an object to subscribe to\n');
    run.finish(REPORTED);
    return;
  }
  const onRefused = refused(run, first);
  const subscribeFrom = (objectId: number, at: number): void => {
    const path = args[at];
    if (path === undefined) {
      untilOver(run);
      return;
    }
    lookupId(run, path, (status, target) => {
      if (status !== OK || target === undefined) {
        onRefused(status || NOT_FOUND);
        return;
      }
      client.request(UBUS_MSG.SUBSCRIBE, 0, { objectId, target }, FOR_EVER, {
        onDone: (answer) => {
          if (answer === OK) subscribeFrom(objectId, at + 1);
          else onRefused(answer);
        },
      });
    });
  };
  printing(run, (id) => subscribeFrom(id, 0), onRefused);
}

function send(run: UbusRun): void {
  const { client, args } = run;
  const [event = '', json] = args;
  if (args.length < 1 || args.length > 2) {
    run.finish(WRONG_USAGE);
    return;
  }
  run.onLost = () => run.finish(CONNECTION_FAILED);
  const fields = json === undefined ? [] : parseBlobJson(json);
  if (fields === undefined) {
    run.finish(PARSE_ERROR);
    return;
  }
  const data = encodeFields([
    { name: 'id', type: BLOBMSG.STRING, value: event },
    { name: 'data', type: BLOBMSG.TABLE, value: fields },
  ]);
  client.invoke(UBUS_OBJECT.EVENT, 'send', data, FOR_EVER, { onDone: (status) => run.finish(status) });
}

function waitFor(run: UbusRun): void {
  const { client, loop, args } = run;
  if (args.length < 1) {
    run.finish(WRONG_USAGE);
    return;
  }
  const missing = new Set(args);
  const isThere = (path: unknown): void => {
    if (typeof path === 'string' && missing.delete(path) && missing.size === 0) run.finish(OK);
  };
  run.onLost = () => run.finish(TIMEOUT);
  client.put({
    attributes: {},
    onInvoke: (request) => {
      const path = fieldsIn(request.data).find(({ name }) => name === 'path');
      request.finish();
      isThere(path?.value);
    },
    onAdded: (added, { id }) => {
      if (added !== OK || id === undefined) {
        run.finish(added);
        return;
      }
      register(run, id, 'ubus.object.add', (status) => {
        if (status !== OK) {
          run.finish(status);
          return;
        }
        const onListed = (listed: number): void => {
          if (listed !== OK) run.finish(listed);
          else loop.after(run.timeoutMs, () => run.finish(TIMEOUT));
          run.endOnSignals();
        };
        client.lookup(undefined, ({ path }) => isThere(path), onListed, FOR_EVER);
      });
    },
  });
}

// ---- The monitor ----

function monitor(run: UbusRun): void {
  const onMessage = (message: MonitorAttributes): void => {
    const { client, peer, send: isSent, type, data } = message;
    if (
      client === undefined ||
      peer === undefined ||
      isSent === undefined ||
      type === undefined ||
      data === undefined
    ) {
      print(run.output, 'Invalid monitor msg\n');
      return;
    }
    if (run.types.length > 0 && !run.types.includes(type)) return;
    if (run.direction !== '' && (run.direction === 't') !== isSent) return;
    const name = (MONITOR_TYPES[type] ?? String(type)).padStart(14);
    const text = formatBlobJson(fieldsOfMessage(data), false);
    print(run.output, `${isSent ? '->' : '<-'} ${hex(client)} #${hex(peer)} ${name}: ${text}\n`);
  };
  run.client.monitor(onMessage, (status) => {
    if (status === OK) untilOver(run);
    else run.finish(status);
  });
}

/** The attributes of a message as JSON fields, in the order of their numbers. */
function fieldsOfMessage(body: Uint8Array): BlobField[] {
  const { status, path, objectId, method, typeId, signature, data, active, noReply, user, group } =
    decodeAttributes(body);
  const shown = {
    status,
    objpath: path,
    objid: objectId,
    method,
    objtype: typeId,
    signature,
    data,
    active,
    no_reply: noReply,
    user,
    group,
  };
  return Object.entries(shown).flatMap(([name, value]): BlobField[] => {
    if (value === undefined) return [];
    if (typeof value === 'number') return [{ name, type: BLOBMSG.INT32, value: value | 0 }];
    if (typeof value === 'boolean') return [{ name, type: BLOBMSG.INT8, value: value ? 1 : 0 }];
    if (typeof value === 'string') return [{ name, type: BLOBMSG.STRING, value }];
    return [{ name, type: BLOBMSG.TABLE, value: fieldsIn(value) }];
  });
}

function hex(id: number): string {
  return id.toString(16).padStart(8, '0');
}
