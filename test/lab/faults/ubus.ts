/** Those at the other end of the bus in scenarios: a provider, and a client that asks for much and reads nothing of it. */
import type { Host } from '../../../src/host/host.ts';
import { Loop } from '../../../src/host/loop.ts';
import { UbusClient } from '../../../src/net/ubus_client.ts';
import { BLOBMSG, encodeRecord } from '../../../src/wire/blobmsg.ts';
import { UBUS_STATUS } from '../../../src/wire/ubus.ts';

const PATH = 'lab.thing';
const TIMEOUT_MS = 10_000;

function newLoop(host: Host): Loop {
  return new Loop(host, (error) => {
    throw error;
  });
}

/** Provides `lab.thing` on the bus at `socket`, again after each loss of it, until it is killed. */
export function provide(host: Host, socket: string): void {
  const loop = newLoop(host);
  const client = new UbusClient(host, loop, { path: socket });
  const object = client.addObject({
    path: PATH,
    methods: {
      greet: {
        args: { name: BLOBMSG.STRING },
        run: (request, { name }) => {
          if (typeof name !== 'string') request.finish(UBUS_STATUS.INVALID_ARGUMENT);
          else request.finish(UBUS_STATUS.OK, { reply: `hello ${name}`, user: request.user ?? '' });
        },
      },
      write: { args: {}, run: (request) => request.finish(UBUS_STATUS.OK, { written: true }) },
      big: {
        args: { bytes: BLOBMSG.INT32 },
        run: (request, { bytes }) => request.finish(UBUS_STATUS.OK, { text: 'x'.repeat(Number(bytes)) }),
      },
      poke: {
        args: {},
        run: (request) => {
          object.notify('poked', { by: request.user ?? '' });
          request.finish();
        },
      },
      never: { args: {}, run: () => undefined },
    },
  });
  host.run(() => loop.turn());
}

/** Calls `big` so many times that no queue holds the answers, calls `ready`, and never reads again. */
export function askAndNeverRead(host: Host, socket: string, calls: number, ready: () => void): void {
  const loop = newLoop(host);
  const client = new UbusClient(host, loop, {
    path: socket,
    onUp: () =>
      client.lookup(
        PATH,
        ({ id }) => ask(id),
        () => {},
      ),
  });
  let asked = false;
  const ask = (id: number): void => {
    for (let i = 0; i < calls; i++) {
      client.invoke(id, 'big', encodeRecord({ bytes: 100_000 }), TIMEOUT_MS, { onDone: () => undefined });
    }
    ready();
    asked = true;
  };
  host.run(() => {
    if (asked) host.poll(new Int32Array(0), -1);
    return loop.turn();
  });
}
