import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScriptBus, type ScriptPeer } from '../../test/ubus/script_bus.ts';
import { decodeRecord, encodeRecord } from '../wire/blobmsg.ts';
import { UBUS_MSG, UBUS_STATUS, type UbusAttributes } from '../wire/ubus.ts';
import { UbusClient } from './ubus_client.ts';

const CLIENT_ID = 0x1234_5678;
const OBJECT_ID = 0x8877_6655;

interface Fixture {
  readonly bus: ScriptBus;
  readonly client: UbusClient;
  /** `up`, and why it went down. */
  readonly changes: string[];
}

function fixture(): Fixture {
  const bus = new ScriptBus();
  bus.start();
  const changes: string[] = [];
  const client = new UbusClient(bus.host, bus.loop, {
    onUp: () => changes.push('up'),
    onDown: (reason) => changes.push(reason),
  });
  return { bus, client, changes };
}

function connected(): Fixture & { peer: ScriptPeer } {
  const made = fixture();
  return { ...made, peer: made.bus.greet(CLIENT_ID) };
}

/** Answers what the client asked last. */
function answer(bus: ScriptBus, peer: ScriptPeer, from: number, status: number, ...data: UbusAttributes[]): void {
  const seq = peer.take().at(-1)?.seq ?? -1;
  for (const attributes of data) peer.send(UBUS_MSG.DATA, seq, from, attributes);
  peer.send(UBUS_MSG.STATUS, seq, from, { status });
  bus.pump();
}

test('a call looks the object up, invokes its method and gives the answer', () => {
  const { bus, client, peer } = connected();
  const results: unknown[] = [];
  client.call('system', 'board', { verbose: true }, 1000, (...result) => results.push(result));
  bus.pump();
  answer(bus, peer, 0, 0, { path: 'system', objectId: OBJECT_ID, typeId: 1, signature: encodeRecord({ board: {} }) });
  const [invoke] = peer.take();
  assert.equal(invoke?.type, UBUS_MSG.INVOKE);
  assert.equal(invoke?.peer, OBJECT_ID);
  assert.deepEqual(Object.keys(invoke?.attributes ?? {}), ['objectId', 'method', 'data']);
  assert.deepEqual(decodeRecord(invoke?.attributes.data ?? new Uint8Array(0)), { verbose: true });
  peer.send(UBUS_MSG.DATA, invoke?.seq ?? 0, OBJECT_ID, { objectId: OBJECT_ID, data: encodeRecord({ model: 'x' }) });
  peer.send(UBUS_MSG.STATUS, invoke?.seq ?? 0, OBJECT_ID, { status: 0, objectId: OBJECT_ID });
  bus.pump();
  assert.deepEqual(results, [[0, { model: 'x' }]]);
});

test('a call of an object that is not there gives NOT_FOUND', () => {
  const { bus, client, peer } = connected();
  const results: unknown[] = [];
  client.call('nope', 'board', {}, 1000, (...result) => results.push(result));
  answer(bus, peer, 0, UBUS_STATUS.NOT_FOUND);
  assert.deepEqual(results, [[UBUS_STATUS.NOT_FOUND, undefined]]);
});

test('a lookup of an object of which all methods are hidden gives NOT_FOUND to a call', () => {
  const { bus, client, peer } = connected();
  const results: unknown[] = [];
  client.call('hidden', 'board', {}, 1000, (...result) => results.push(result));
  answer(bus, peer, 0, UBUS_STATUS.OK);
  assert.deepEqual(results, [[UBUS_STATUS.NOT_FOUND, undefined]]);
});

test('OK without data, data with an error, and data that is broken', () => {
  const cases: [UbusAttributes[], number, unknown][] = [
    [[], 0, [0, undefined]],
    [[{ data: encodeRecord({ a: 1 }) }], 99, [99, { a: 1 }]],
    [[{ data: encodeRecord({ a: 1 }) }, { data: encodeRecord({ a: 2 }) }], 0, [0, { a: 1 }]],
    [[{ data: new Uint8Array([0x83, 0, 0, 9, 0, 1, 0x61, 0, 0x62]) }], 0, [UBUS_STATUS.PARSE_ERROR, undefined]],
  ];
  for (const [data, status, expected] of cases) {
    const { bus, client, peer } = connected();
    const results: unknown[] = [];
    client.call('o', 'm', {}, 1000, (...result) => results.push(result));
    answer(bus, peer, 0, 0, { path: 'o', objectId: OBJECT_ID });
    answer(bus, peer, OBJECT_ID, status, ...data);
    assert.deepEqual(results, [expected]);
  }
});

test('a provider that dies in a call sends nothing: only the timeout ends it, and a late answer is ignored', () => {
  const { bus, client, peer } = connected();
  const results: number[] = [];
  client.invoke(OBJECT_ID, 'die', encodeRecord({}), 2000, { onDone: (status) => results.push(status) });
  const [invoke] = peer.take();
  bus.advance(1999);
  assert.deepEqual(results, []);
  bus.advance(1);
  assert.deepEqual(results, [UBUS_STATUS.TIMEOUT]);
  peer.send(UBUS_MSG.STATUS, invoke?.seq ?? 0, OBJECT_ID, { status: 0 });
  bus.pump();
  assert.deepEqual(results, [UBUS_STATUS.TIMEOUT]);
  assert.equal(client.load.calls, 0);
});

test('answers find their requests in any order, and one of another object is none', () => {
  const { bus, client, peer } = connected();
  const results: string[] = [];
  for (const name of ['a', 'b', 'c']) {
    const onDone = (status: number): number => results.push(`${name} ${status}`);
    client.invoke(OBJECT_ID, name, encodeRecord({}), 1000, { onDone });
  }
  const [a, b, c] = peer.take().map(({ seq }) => seq);
  assert.deepEqual([a, b, c], [1, 2, 3]);
  peer.send(UBUS_MSG.STATUS, 3, OBJECT_ID, { status: 30 });
  peer.send(UBUS_MSG.STATUS, 1, OBJECT_ID + 1, { status: 66 });
  peer.send(UBUS_MSG.STATUS, 2, OBJECT_ID, { status: 20 });
  peer.send(UBUS_MSG.STATUS, 1, OBJECT_ID, { status: 10 });
  bus.pump();
  assert.deepEqual(results, ['c 30', 'b 20', 'a 10']);
});

test('a request that was forgotten is not answered', () => {
  const { bus, client, peer } = connected();
  const results: number[] = [];
  const forget = client.lookup(
    'x',
    () => assert.fail(),
    (status) => results.push(status),
  );
  forget();
  answer(bus, peer, 0, 0, { path: 'x', objectId: OBJECT_ID });
  bus.advance(60_000);
  assert.deepEqual(results, []);
});

test('a bus that dies in a call answers all callers with CONNECTION_FAILED, later calls as well', () => {
  const { bus, client, changes } = connected();
  const results: number[] = [];
  for (let i = 0; i < 3; i++) client.call('o', 'm', {}, 1000, (status) => results.push(status));
  bus.stop();
  bus.pump();
  client.call('o', 'm', {}, 1000, (status) => results.push(status));
  assert.equal(results.length, 3, 'never before the function that asked has returned');
  bus.pump();
  assert.deepEqual(results, Array(4).fill(UBUS_STATUS.CONNECTION_FAILED));
  assert.deepEqual(changes, ['up', 'closed by the other side']);
});

test('one callback that throws does not keep the others from their answers', () => {
  const { bus, client } = connected();
  const results: number[] = [];
  client.lookup(
    'a',
    () => undefined,
    () => {
      throw new Error('mine');
    },
  );
  client.lookup(
    'b',
    () => undefined,
    (status) => results.push(status),
  );
  bus.stop();
  bus.pump();
  assert.deepEqual(results, [UBUS_STATUS.CONNECTION_FAILED]);
  assert.equal(bus.errors.length, 1);
});

test('more requests at once than anybody needs are refused', () => {
  const { bus, client, peer } = connected();
  const results: number[] = [];
  for (let i = 0; i < 300; i++)
    client.lookup(
      'x',
      () => undefined,
      (status) => results.push(status),
    );
  bus.pump();
  assert.equal(peer.take().length, 256);
  assert.deepEqual(results, Array(44).fill(UBUS_STATUS.NO_MEMORY));
});

test('events are heard by name and fields, answered, and registered for anew after a restart of the bus', () => {
  const { bus, client, peer } = connected();
  const events: unknown[] = [];
  const registered: number[] = [];
  const end = client.listen(
    'network.*',
    (event, fields) => events.push([event, fields]),
    (status) => registered.push(status),
  );
  assert.equal(peer.take()[0]?.type, UBUS_MSG.ADD_OBJECT);
  peer.send(UBUS_MSG.DATA, 1, 0, { objectId: OBJECT_ID });
  peer.send(UBUS_MSG.STATUS, 1, 0, { status: 0 });
  bus.pump();
  const [register] = peer.take();
  assert.equal(register?.peer, 1);
  assert.deepEqual(decodeRecord(register?.attributes.data ?? new Uint8Array(0)), {
    object: OBJECT_ID | 0,
    pattern: 'network.*',
  });
  peer.send(UBUS_MSG.STATUS, 2, 1, { status: 0 });
  peer.send(UBUS_MSG.INVOKE, 77, 0, {
    objectId: OBJECT_ID,
    method: 'network.interface',
    data: encodeRecord({ action: 'ifup' }),
  });
  bus.pump();
  assert.deepEqual(events, [['network.interface', [{ name: 'action', type: 3, value: 'ifup' }]]]);
  assert.deepEqual(registered, [0]);
  const [reply] = peer.take();
  assert.deepEqual(reply?.attributes, { status: 0, objectId: OBJECT_ID });
  assert.deepEqual([reply?.seq, reply?.peer], [77, 0]);

  bus.stop();
  bus.start();
  bus.advance(100);
  const again = bus.greet(CLIENT_ID + 1);
  assert.deepEqual(
    again.take().map(({ type, seq }) => [type, seq]),
    [[UBUS_MSG.ADD_OBJECT, 1]],
  );
  again.send(UBUS_MSG.DATA, 1, 0, { objectId: 5000 });
  again.send(UBUS_MSG.STATUS, 1, 0, { status: 0 });
  bus.pump();
  assert.deepEqual(decodeRecord(again.take()[0]?.attributes.data ?? new Uint8Array(0)).object, 5000);
  again.send(UBUS_MSG.STATUS, 2, 1, { status: UBUS_STATUS.PERMISSION_DENIED });
  bus.pump();
  assert.deepEqual(registered, [0, UBUS_STATUS.PERMISSION_DENIED]);
  end();
  assert.deepEqual(
    again.take().map(({ type, attributes }) => [type, attributes]),
    [[UBUS_MSG.REMOVE_OBJECT, { objectId: 5000 }]],
  );
});

test('an event whose data is broken is refused and not heard', () => {
  const { bus, client, peer } = connected();
  client.listen('*', () => assert.fail());
  answer(bus, peer, 0, 0, { objectId: OBJECT_ID });
  answer(bus, peer, 1, 0);
  peer.send(UBUS_MSG.INVOKE, 1, 0, { objectId: OBJECT_ID, method: 'x', data: new Uint8Array([0xff, 0, 0, 9]) });
  bus.pump();
  assert.equal(peer.take()[0]?.attributes.status, UBUS_STATUS.INVALID_ARGUMENT);
  assert.deepEqual(bus.errors, []);
});

test('what is seen of others by a monitor', () => {
  const { bus, client, peer } = connected();
  const seen: unknown[] = [];
  client.monitor(
    ({ client: id, type, send }) => seen.push([id, type, send]),
    (status) => seen.push(status),
  );
  answer(bus, peer, 3, 0);
  // [CLIENT 7] [SEND 1] [TYPE 5], as enum ubus_monitor_attr numbers them.
  const attributes = [0, 0, 0, 8, 0, 0, 0, 7, 2, 0, 0, 5, 1, 0, 0, 0, 4, 0, 0, 8, 0, 0, 0, 5];
  peer.sendBytes(new Uint8Array([0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 28, ...attributes]));
  bus.pump();
  assert.deepEqual(seen, [0, [7, 5, true]]);
});

test('sending an event tells whether the bus took it', () => {
  const { bus, client, peer } = connected();
  const results: number[] = [];
  client.sendEvent('ubus.x', { n: 1 }, (status) => results.push(status));
  const [send] = peer.take();
  assert.deepEqual(decodeRecord(send?.attributes.data ?? new Uint8Array(0)), { id: 'ubus.x', data: { n: 1 } });
  peer.send(UBUS_MSG.STATUS, 1, 1, { status: UBUS_STATUS.PERMISSION_DENIED });
  bus.pump();
  assert.deepEqual(results, [UBUS_STATUS.PERMISSION_DENIED]);
});

test('without a bus it tries again after 100 ms, then half as often each time, down to once a minute', () => {
  const { bus, changes } = fixture();
  bus.stop();
  bus.host.unlink('/var/run/ubus/ubus.sock');
  const attemptsAtMs: number[] = [];
  for (let before = 0; attemptsAtMs.length < 10; before = changes.length) {
    bus.loop.turn();
    if (changes.length > before) attemptsAtMs.push(bus.host.clockMs);
  }
  assert.deepEqual(attemptsAtMs, [0, 100, 300, 700, 1500, 3100, 6300, 12_700, 25_500, 51_100]);
  assert.equal(bus.host.openDescriptors, 0);
  bus.start();
  bus.advance(60_000);
  bus.greet(CLIENT_ID);
  assert.equal(changes.at(-1), 'up');
});

test('a bus that accepts but never greets is left, and tried again', () => {
  const { bus, changes } = fixture();
  const silent = bus.accept();
  assert.ok(silent !== undefined);
  bus.advance(10_000);
  assert.deepEqual(changes, ['no greeting']);
  bus.advance(100);
  bus.greet(CLIENT_ID);
  assert.deepEqual(changes, ['no greeting', 'up']);
});

test('a bus that greets and closes is not tried more and more often', () => {
  const { bus, changes } = fixture();
  bus.greet(CLIENT_ID).close();
  bus.advance(100);
  bus.greet(CLIENT_ID).close();
  bus.advance(199);
  assert.equal(bus.accept(), undefined);
  bus.advance(1);
  assert.ok(bus.accept() !== undefined);
  assert.deepEqual(changes, ['up', 'closed by the other side', 'up', 'closed by the other side']);
});

test('a closed client holds no descriptor, no timer and no call', () => {
  const { bus, client } = connected();
  const results: number[] = [];
  client.call('o', 'm', {}, 1000, (status) => results.push(status));
  client.close();
  bus.pump();
  assert.deepEqual(results, [UBUS_STATUS.CONNECTION_FAILED]);
  bus.stop();
  assert.equal(bus.host.openDescriptors, 0);
  while (bus.loop.turn());
  assert.deepEqual(bus.errors, []);
});
