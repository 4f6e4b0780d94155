import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScriptBus, type ScriptPeer } from '../../test/ubus/script_bus.ts';
import { encodeRecord, recordOf } from '../wire/blobmsg.ts';
import { UBUS_MSG, UBUS_STATUS } from '../wire/ubus.ts';
import { UbusClient } from './ubus_client.ts';

const OWN_ID = 2000;
const LISTENER_ID = 3000;
const TARGET_ID = 4000;
const PROVIDER = 0x77;

interface Fixture {
  readonly bus: ScriptBus;
  readonly client: UbusClient;
  readonly peer: ScriptPeer;
  readonly heard: unknown[];
  readonly changes: number[];
  readonly end: () => void;
}

/** A client that subscribes to `weir`, whose own object the bus has taken. */
function subscribing(): Fixture {
  const bus = new ScriptBus();
  bus.start();
  const client = new UbusClient(bus.host, bus.loop);
  const peer = bus.greet(99);
  const heard: unknown[] = [];
  const changes: number[] = [];
  const end = client.subscribe('weir', {
    onNotify: (method, fields) => {
      heard.push([method, recordOf(fields)]);
      return method === 'refuse' ? UBUS_STATUS.PERMISSION_DENIED : undefined;
    },
    onChange: (status) => changes.push(status),
  });
  added(bus, peer, OWN_ID);
  return { bus, client, peer, heard, changes, end };
}

/** The bus takes the object that was just added. */
function added(bus: ScriptBus, peer: ScriptPeer, objectId: number): void {
  const [add] = peer.take();
  assert.equal(add?.type, UBUS_MSG.ADD_OBJECT);
  assert.deepEqual(add?.attributes, {});
  peer.send(UBUS_MSG.DATA, add?.seq ?? 0, 0, { objectId });
  peer.send(UBUS_MSG.STATUS, add?.seq ?? 0, 0, { status: 0 });
  bus.pump();
}

/** The bus answers the lookup that the client makes: with this id, or that there is none. */
function lookedUp(bus: ScriptBus, peer: ScriptPeer, objectId: number | undefined): void {
  const [lookup] = peer.take();
  assert.equal(lookup?.type, UBUS_MSG.LOOKUP);
  assert.deepEqual(lookup?.attributes, { path: 'weir' });
  const seq = lookup?.seq ?? 0;
  if (objectId !== undefined) peer.send(UBUS_MSG.DATA, seq, 0, { path: 'weir', objectId });
  peer.send(UBUS_MSG.STATUS, seq, 0, { status: objectId === undefined ? UBUS_STATUS.NOT_FOUND : 0 });
  bus.pump();
}

function subscribed(bus: ScriptBus, peer: ScriptPeer, target: number, status = 0): void {
  const [subscribe] = peer.take();
  assert.equal(subscribe?.type, UBUS_MSG.SUBSCRIBE);
  assert.deepEqual(subscribe?.attributes, { objectId: OWN_ID, target });
  peer.send(UBUS_MSG.STATUS, subscribe?.seq ?? 0, 0, { status });
  bus.pump();
}

/** The bus takes the listener for new objects. */
function listening(bus: ScriptBus, peer: ScriptPeer): void {
  added(bus, peer, LISTENER_ID);
  const [register] = peer.take();
  assert.equal(register?.attributes.method, 'register');
  peer.send(UBUS_MSG.STATUS, register?.seq ?? 0, 1, { status: 0 });
  bus.pump();
}

function objectAdded(bus: ScriptBus, peer: ScriptPeer, path: string): void {
  const data = encodeRecord({ id: 1, path });
  peer.send(UBUS_MSG.INVOKE, 5, 0, { objectId: LISTENER_ID, method: 'ubus.object.add', data });
  bus.pump();
}

test('notifications are heard and answered with what the handler says', () => {
  const { bus, peer, heard, changes } = subscribing();
  lookedUp(bus, peer, TARGET_ID);
  subscribed(bus, peer, TARGET_ID);
  const data = encodeRecord({ n: 1 });
  peer.send(UBUS_MSG.INVOKE, 9, PROVIDER, { objectId: OWN_ID, method: 'stats', user: 'root', group: 'root', data });
  peer.send(UBUS_MSG.INVOKE, 10, PROVIDER, { objectId: OWN_ID, method: 'refuse', data });
  bus.pump();
  assert.deepEqual(
    peer.take().map(({ seq, peer: to, attributes }) => [seq, to, attributes]),
    [
      [9, PROVIDER, { status: 0, objectId: OWN_ID }],
      [10, PROVIDER, { status: UBUS_STATUS.PERMISSION_DENIED, objectId: OWN_ID }],
    ],
  );
  assert.deepEqual(heard, [
    ['stats', { n: 1 }],
    ['refuse', { n: 1 }],
  ]);
  assert.deepEqual(changes, [0]);
});

test('a notification that wants no answer gets none', () => {
  const { bus, peer, heard } = subscribing();
  lookedUp(bus, peer, TARGET_ID);
  subscribed(bus, peer, TARGET_ID);
  const data = encodeRecord({});
  peer.send(UBUS_MSG.INVOKE, 9, PROVIDER, { noReply: true, objectId: OWN_ID, method: 'stats', data });
  bus.pump();
  assert.deepEqual(peer.take(), []);
  assert.equal(heard.length, 1);
});

test('an object that is not there yet is subscribed to when it comes, another that comes is not', () => {
  const { bus, peer, changes } = subscribing();
  lookedUp(bus, peer, undefined);
  listening(bus, peer);
  // It may have come before the listener was registered.
  lookedUp(bus, peer, undefined);
  assert.deepEqual(changes, [UBUS_STATUS.NOT_FOUND]);
  objectAdded(bus, peer, 'weir.other');
  const typesSent = (): number[] => peer.take().map(({ type }) => type);
  assert.deepEqual(typesSent(), [UBUS_MSG.STATUS]);
  objectAdded(bus, peer, 'weir');
  assert.deepEqual(typesSent(), [UBUS_MSG.LOOKUP, UBUS_MSG.STATUS]);
});

test('when the provider dies, its successor is subscribed to', () => {
  const { bus, peer, changes } = subscribing();
  lookedUp(bus, peer, TARGET_ID);
  subscribed(bus, peer, TARGET_ID);
  peer.send(UBUS_MSG.UNSUBSCRIBE, 1, 0, { objectId: OWN_ID, target: TARGET_ID + 1 });
  bus.pump();
  assert.deepEqual(peer.take(), [], 'what is not subscribed to may go');
  peer.send(UBUS_MSG.UNSUBSCRIBE, 2, 0, { objectId: OWN_ID, target: TARGET_ID });
  bus.pump();
  assert.deepEqual(changes, [0, UBUS_STATUS.NOT_FOUND]);
  listening(bus, peer);
  lookedUp(bus, peer, TARGET_ID + 1);
  subscribed(bus, peer, TARGET_ID + 1);
  assert.deepEqual(changes, [0, UBUS_STATUS.NOT_FOUND, 0]);
});

test('a provider that is restarted between being found and being subscribed to is found again', () => {
  const { bus, peer, changes } = subscribing();
  lookedUp(bus, peer, undefined);
  listening(bus, peer);
  lookedUp(bus, peer, TARGET_ID);
  const [subscribe] = peer.take();
  objectAdded(bus, peer, 'weir');
  peer.send(UBUS_MSG.STATUS, subscribe?.seq ?? 0, 0, { status: UBUS_STATUS.NOT_FOUND });
  bus.pump();
  const [, lookup] = peer.take();
  assert.equal(lookup?.type, UBUS_MSG.LOOKUP);
  assert.deepEqual(changes, [UBUS_STATUS.NOT_FOUND]);
});

test('a subscription that the bus refuses is told', () => {
  const { bus, peer, changes } = subscribing();
  lookedUp(bus, peer, TARGET_ID);
  subscribed(bus, peer, TARGET_ID, UBUS_STATUS.INVALID_ARGUMENT);
  assert.deepEqual(changes, [UBUS_STATUS.INVALID_ARGUMENT]);
});

test('a bus that does not answer in time is asked again later', () => {
  const { bus, peer, changes } = subscribing();
  peer.take();
  bus.advance(10_000);
  assert.deepEqual(changes, [UBUS_STATUS.TIMEOUT]);
  assert.deepEqual(peer.take(), []);
  bus.advance(10_000);
  lookedUp(bus, peer, TARGET_ID);
  subscribed(bus, peer, TARGET_ID);
  assert.deepEqual(changes, [UBUS_STATUS.TIMEOUT, 0]);
});

test('a subscription is made again when the bus comes back', () => {
  const { bus, peer, changes } = subscribing();
  lookedUp(bus, peer, TARGET_ID);
  subscribed(bus, peer, TARGET_ID);
  bus.stop();
  bus.start();
  bus.advance(100);
  const again = bus.greet(100);
  added(bus, again, OWN_ID);
  lookedUp(bus, again, TARGET_ID + 1);
  subscribed(bus, again, TARGET_ID + 1);
  assert.deepEqual(changes, [0, 0]);
});

test('ending a subscription unsubscribes and takes its object away; nothing is heard any more', () => {
  const { bus, peer, heard, changes, end } = subscribing();
  lookedUp(bus, peer, TARGET_ID);
  subscribed(bus, peer, TARGET_ID);
  end();
  const sent = peer.take().map(({ type, attributes }) => [type, attributes]);
  assert.deepEqual(sent, [
    [UBUS_MSG.UNSUBSCRIBE, { objectId: OWN_ID, target: TARGET_ID }],
    [UBUS_MSG.REMOVE_OBJECT, { objectId: OWN_ID }],
  ]);
  peer.send(UBUS_MSG.INVOKE, 9, PROVIDER, { objectId: OWN_ID, method: 'stats', data: encodeRecord({}) });
  bus.pump();
  assert.equal(peer.take()[0]?.attributes.status, UBUS_STATUS.NOT_FOUND);
  assert.deepEqual([heard, changes], [[], [0]]);
});

test('a subscription that ends while the bus looks its object up asks for nothing more', () => {
  const { bus, client, peer, end } = subscribing();
  const [lookup] = peer.take();
  end();
  peer.send(UBUS_MSG.DATA, lookup?.seq ?? 0, 0, { path: 'weir', objectId: TARGET_ID });
  peer.send(UBUS_MSG.STATUS, lookup?.seq ?? 0, 0, { status: 0 });
  bus.pump();
  const [remove, ...more] = peer.take();
  assert.equal(remove?.type, UBUS_MSG.REMOVE_OBJECT);
  assert.deepEqual(more, []);
  client.close();
});
