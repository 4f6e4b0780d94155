/** Bus, provider and clients on real sockets, in one process and on one event loop, as `weir daemon` runs its own bus. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Loop } from '../../src/host/loop.ts';
import { host } from '../../src/host/native.ts';
import { UbusAcl } from '../../src/net/ubus_acl.ts';
import { UbusBus } from '../../src/net/ubus_bus.ts';
import { UbusClient } from '../../src/net/ubus_client.ts';
import type { UbusObject, UbusRequest } from '../../src/net/ubus_objects.ts';
import { UbusStream } from '../../src/net/ubus_stream.ts';
import { unixAddress } from '../../src/net/unix_address.ts';
import { encodeRecord, recordOf } from '../../src/wire/blobmsg.ts';
import { encodeFrame, UBUS_MSG, UBUS_STATUS } from '../../src/wire/ubus.ts';
import { temporaryPath } from './machine.ts';

/** Emulated CPUs on busy machines need long; nothing waits for it in vain. */
const DEADLINE_MS = 60_000;

class Machine {
  readonly path: string;
  readonly errors: unknown[] = [];
  readonly loop = new Loop(host, (error) => this.errors.push(error));
  bus: UbusBus;

  constructor(name: string) {
    this.path = temporaryPath(name);
    this.bus = this.startBus();
  }

  startBus(): UbusBus {
    const acl = new UbusAcl(host, temporaryPath('no-acl'), {}, () => undefined);
    const bus = new UbusBus(host, this.loop, { path: this.path, acl });
    assert.equal(bus.listen(), undefined);
    this.bus = bus;
    return bus;
  }

  until(isDone: () => boolean, what: string): void {
    let isLate = false;
    const cancel = this.loop.after(DEADLINE_MS, () => {
      isLate = true;
    });
    while (!isDone() && !isLate) this.loop.turn();
    cancel();
    assert.ok(!isLate, what);
    assert.equal(this.errors.length, 0, String(this.errors[0]));
  }

  connect(): UbusClient {
    const client = new UbusClient(host, this.loop, { path: this.path });
    this.until(() => client.id !== undefined, 'a client connects');
    return client;
  }

  /** A client with an object that says its arguments again, at once or when it is told to. */
  provide(): { client: UbusClient; object: UbusObject; waiting: UbusRequest[] } {
    const client = this.connect();
    const waiting: UbusRequest[] = [];
    const object = client.addObject({
      path: 'echo',
      methods: {
        now: { args: {}, run: (request, args) => request.finish(UBUS_STATUS.OK, args) },
        later: { args: {}, run: (request) => waiting.push(request) },
      },
    });
    this.until(() => object.id !== undefined, 'the object is on the bus');
    return { client, object, waiting };
  }
}

test('many clients at once get each its own answers, all of them', () => {
  const machine = new Machine('many-clients');
  const { client: provider } = machine.provide();
  const clients = Array.from({ length: 20 }, () => machine.connect());
  const wrong: unknown[] = [];
  let answered = 0;
  for (const [c, client] of clients.entries()) {
    for (let i = 0; i < 10; i++) {
      client.call('echo', 'now', { c, i, text: 'x'.repeat(200) }, DEADLINE_MS, (status, result) => {
        if (status !== UBUS_STATUS.OK || result?.c !== c || result.i !== i) wrong.push([status, c, i]);
        answered++;
      });
    }
  }
  machine.until(() => answered === 200, 'all are answered');
  assert.deepEqual(wrong, []);
  for (const client of [provider, ...clients]) client.close();
  machine.bus.close();
});

test('answers up to the largest message pass, a larger one is an error', () => {
  const machine = new Machine('large');
  const { client } = machine.provide();
  const caller = machine.connect();
  const results: [status: number, bytes: number][] = [];
  const ask = (bytes: number): void =>
    caller.call('echo', 'now', { text: 'y'.repeat(bytes) }, DEADLINE_MS, (status, result) =>
      results.push([status, String(result?.text ?? '').length]),
    );
  for (const bytes of [65_536, 0x10_0000 - 100]) {
    ask(bytes);
    machine.until(() => results.length > 0, 'a large answer');
    assert.deepEqual(results.pop(), [UBUS_STATUS.OK, bytes]);
  }
  ask(0x10_0000);
  machine.until(() => results.length > 0, 'a refusal');
  assert.deepEqual(results.pop(), [UBUS_STATUS.NO_MEMORY, 0]);
  client.close();
  caller.close();
  machine.bus.close();
});

test('a bus that is started again gets objects, listeners and subscriptions back; open calls fail at once', () => {
  const machine = new Machine('restart');
  const { client, object } = machine.provide();
  const user = machine.connect();
  const events: string[] = [];
  const notified: unknown[] = [];
  user.listen('test.*', (event) => events.push(event));
  let subscribed = 0;
  user.subscribe('echo', {
    onNotify: (method, fields) => {
      notified.push([method, recordOf(fields)]);
      return undefined;
    },
    onChange: (status) => {
      if (status === UBUS_STATUS.OK) subscribed++;
    },
  });
  machine.until(() => subscribed === 1 && object.hasSubscribers, 'a subscription');
  const oldId = object.id;
  const statuses: number[] = [];
  user.call('echo', 'later', {}, DEADLINE_MS, (status) => statuses.push(status));
  machine.until(() => client.load.requests === 1, 'an open call');
  machine.bus.close();
  machine.until(() => statuses.length === 1, 'the end of the call');
  assert.deepEqual(statuses, [UBUS_STATUS.CONNECTION_FAILED]);
  assert.equal(client.load.requests, 0);

  machine.startBus();
  machine.until(() => subscribed === 2 && object.hasSubscribers, 'a subscription to the new object');
  assert.ok(object.id !== oldId);
  assert.ok(object.notify('changed', { n: 1 }));
  client.sendEvent('test.one', {});
  machine.until(() => notified.length === 1 && events.length === 1, 'a notification and an event');
  assert.deepEqual([notified, events], [[['changed', { n: 1 }]], ['test.one']]);
  client.close();
  user.close();
  machine.bus.close();
});

test('a provider that dies in a call leaves the caller to its timeout, and its successor is subscribed to', () => {
  const machine = new Machine('dies');
  const first = machine.provide();
  const user = machine.connect();
  const changes: number[] = [];
  user.subscribe('echo', { onNotify: () => undefined, onChange: (status) => changes.push(status) });
  const statuses: number[] = [];
  user.call('echo', 'later', {}, 500, (status) => statuses.push(status));
  machine.until(() => first.waiting.length === 1 && changes.length === 1, 'an open call and a subscription');
  first.client.close();
  machine.until(() => changes.length === 2 && statuses.length === 1, 'the timeout');
  assert.deepEqual(statuses, [UBUS_STATUS.TIMEOUT]);
  const second = machine.provide();
  machine.until(() => second.object.hasSubscribers, 'the successor is subscribed to');
  assert.deepEqual(changes, [UBUS_STATUS.OK, UBUS_STATUS.NOT_FOUND, UBUS_STATUS.OK]);
  second.client.close();
  user.close();
  machine.bus.close();
});

test('a caller that asks for much and reads nothing is kept within a bound, and others are served', () => {
  const machine = new Machine('slow');
  const { client } = machine.provide();
  const listing: number[] = [];
  client.lookup(
    'echo',
    ({ id }) => listing.push(id),
    () => undefined,
  );
  machine.until(() => listing.length === 1, 'the id');
  const fd = host.socket(host.constants.AF_UNIX, host.constants.SOCK_STREAM | host.constants.O_NONBLOCK, 0);
  assert.equal(host.connect(fd, unixAddress(host, machine.path) ?? new Uint8Array(0)), 0);
  // Its loop never turns, so that it reads nothing.
  const stream = new UbusStream(host, new Loop(host, () => undefined), fd, {
    onFrame: () => undefined,
    onClose: () => undefined,
  });
  const [objectId = 0] = listing;
  const data = encodeRecord({ text: 'z'.repeat(10_000) });
  const keptBefore = machine.bus.keptBytes;
  let mostBytes = 0;
  for (let i = 0; i < 200; i++) {
    stream.send(encodeFrame(UBUS_MSG.INVOKE, i, objectId, { objectId, method: 'now', data }));
    machine.loop.after(0, () => undefined);
    machine.loop.turn();
    mostBytes = Math.max(mostBytes, machine.bus.keptBytes);
  }
  let answered = 0;
  const other = machine.connect();
  other.call('echo', 'now', {}, DEADLINE_MS, () => answered++);
  machine.until(() => answered === 1, 'another caller is answered');
  assert.ok(mostBytes > 500_000, `the bus kept ${mostBytes} bytes`);
  assert.ok(Math.max(mostBytes, machine.bus.keptBytes) < 0x12_0000);
  stream.close();
  machine.until(() => machine.bus.keptBytes === keptBefore, 'what was kept for it is freed');
  client.close();
  other.close();
  machine.bus.close();
});
