/** What the recordings that are kept do not show of the bus: its limits, its monitor, broken messages, its socket. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UbusBus } from '../../src/net/ubus_bus.ts';
import { UBUS_QUEUE_BYTES } from '../../src/net/ubus_stream.ts';
import { BLOBMSG, decodeRecord, encodeFields, encodeRecord } from '../../src/wire/blobmsg.ts';
import {
  decodeMonitor,
  encodeFrame,
  UBUS_MAX_LENGTH,
  UBUS_MSG,
  UBUS_OBJECT,
  UBUS_SOCKET,
  UBUS_STATUS,
  type UbusAttributes,
} from '../../src/wire/ubus.ts';
import { type BusPeer, LiveBus, NOBODY } from './live_bus.ts';
import type { SeenFrame } from './script_bus.ts';

const { OK, INVALID_COMMAND, INVALID_ARGUMENT, NOT_FOUND, PERMISSION_DENIED, NO_MEMORY } = UBUS_STATUS;
const SIGNATURE = encodeFields([{ name: 'get', type: BLOBMSG.TABLE, value: [] }]);

/** What comes in answer to one message. */
function ask(live: LiveBus, peer: BusPeer, type: number, attributes: UbusAttributes, to = 0): SeenFrame[] {
  peer.send(type, 7, to, attributes);
  live.pump();
  return peer.take();
}

function statusOf(frames: readonly SeenFrame[]): number | undefined {
  return frames.at(-1)?.attributes.status;
}

function addObject(live: LiveBus, peer: BusPeer, attributes: UbusAttributes): number {
  const frames = ask(live, peer, UBUS_MSG.ADD_OBJECT, attributes);
  assert.equal(statusOf(frames), OK);
  return frames.find(({ type }) => type === UBUS_MSG.DATA)?.attributes.objectId ?? 0;
}

function callSystem(live: LiveBus, peer: BusPeer, objectId: number, method: string, data?: Uint8Array): SeenFrame[] {
  return ask(live, peer, UBUS_MSG.INVOKE, { objectId, method, data }, objectId);
}

test('a message of another version is served, one of an unknown type refused, one that answers nothing ignored', () => {
  const live = new LiveBus();
  const { peer } = live.greeted();
  const ping = encodeFrame(UBUS_MSG.PING, 9, 5, { path: 'x' });
  ping[0] = 1;
  peer.sendBytes(ping);
  live.pump();
  const [data, status] = peer.take();
  assert.deepEqual([data?.type, data?.seq, data?.peer, data?.attributes], [UBUS_MSG.DATA, 9, 5, { path: 'x' }]);
  assert.equal(data?.bytes[0], 0);
  assert.equal(status?.attributes.status, OK);
  for (const type of [UBUS_MSG.HELLO, UBUS_MSG.MONITOR, 12, 255]) {
    assert.equal(statusOf(ask(live, peer, type, {})), INVALID_COMMAND, `type ${type}`);
  }
  assert.deepEqual(ask(live, peer, UBUS_MSG.STATUS, { status: 0 }, 4711), []);
  assert.deepEqual(ask(live, peer, UBUS_MSG.DATA, { objectId: 5, data: new Uint8Array(0) }, 4711), []);
});

test('requests without what they need are invalid arguments, those about nothing not found', () => {
  const live = new LiveBus();
  const { peer } = live.greeted();
  const own = addObject(live, peer, {});
  const { INVOKE, REMOVE_OBJECT, SUBSCRIBE, UNSUBSCRIBE, NOTIFY, LOOKUP } = UBUS_MSG;
  for (const [type, attributes, status] of [
    [INVOKE, { objectId: own }, INVALID_ARGUMENT],
    [INVOKE, { method: 'x' }, INVALID_ARGUMENT],
    [INVOKE, { objectId: 99, method: 'x' }, NOT_FOUND],
    [REMOVE_OBJECT, {}, INVALID_ARGUMENT],
    [REMOVE_OBJECT, { objectId: 99 }, NOT_FOUND],
    [SUBSCRIBE, { objectId: own }, INVALID_ARGUMENT],
    [SUBSCRIBE, { objectId: 99, target: own }, NOT_FOUND],
    [SUBSCRIBE, { objectId: own, target: 99 }, NOT_FOUND],
    [SUBSCRIBE, { objectId: own, target: own }, INVALID_ARGUMENT],
    [SUBSCRIBE, { objectId: own, target: UBUS_OBJECT.EVENT }, NOT_FOUND],
    [UNSUBSCRIBE, { objectId: own }, INVALID_ARGUMENT],
    [UNSUBSCRIBE, { objectId: own, target: 99 }, NOT_FOUND],
    [NOTIFY, { objectId: own }, INVALID_ARGUMENT],
    [NOTIFY, { objectId: 99, method: 'x' }, NOT_FOUND],
    [LOOKUP, { path: '' }, INVALID_ARGUMENT],
    [LOOKUP, { path: 'x' }, NOT_FOUND],
    [LOOKUP, {}, OK],
  ] as const) {
    assert.equal(statusOf(ask(live, peer, type, attributes)), status, JSON.stringify([type, attributes]));
  }
  const { peer: other } = live.greeted();
  assert.equal(statusOf(ask(live, other, REMOVE_OBJECT, { objectId: own })), PERMISSION_DENIED);
  assert.equal(statusOf(ask(live, other, NOTIFY, { objectId: own, method: 'x' })), PERMISSION_DENIED);
  assert.equal(statusOf(ask(live, other, SUBSCRIBE, { objectId: own, target: own })), INVALID_ARGUMENT);
});

test('a call without data is passed on without data, with who called', () => {
  const live = new LiveBus({ everybody: { thing: ['get'] } });
  const { peer: provider } = live.greeted();
  const objectId = addObject(live, provider, { path: 'thing', signature: SIGNATURE });
  const { peer: caller, id } = live.greeted(NOBODY);
  assert.deepEqual(ask(live, caller, UBUS_MSG.INVOKE, { method: 'get', objectId }), []);
  const [call] = provider.take();
  assert.deepEqual([call?.type, call?.seq, call?.peer], [UBUS_MSG.INVOKE, 7, id]);
  assert.deepEqual(call?.attributes, { objectId, method: 'get', user: 'nobody', group: 'nogroup' });
  assert.equal(statusOf(ask(live, caller, UBUS_MSG.INVOKE, { method: 'set', objectId })), PERMISSION_DENIED);
});

test('an object with a type that nobody made, or with a broken signature, is in no list', () => {
  const live = new LiveBus();
  const { peer } = live.greeted();
  addObject(live, peer, { path: 'a', typeId: 4711 });
  addObject(live, peer, { path: 'b', signature: new Uint8Array([0x82, 0, 0, 8, 0, 9, 0, 0]) });
  addObject(live, peer, { path: 'c', signature: encodeFields([{ name: '', type: BLOBMSG.TABLE, value: [] }]) });
  addObject(live, peer, { path: 'd', signature: SIGNATURE });
  const listed = ask(live, peer, UBUS_MSG.LOOKUP, {}).flatMap(({ attributes }) => attributes.path ?? []);
  assert.deepEqual(listed, ['d']);
  assert.equal(statusOf(ask(live, peer, UBUS_MSG.LOOKUP, { path: 'b' })), OK);
});

test('a message of a length that cannot be ends its connection only, the largest possible one is answered', () => {
  const live = new LiveBus();
  live.host.socketBytes = 4 << 20;
  const { peer } = live.greeted();
  const largest = encodeFrame(UBUS_MSG.PING, 1, 0, { data: new Uint8Array(UBUS_MAX_LENGTH - 8) });
  assert.equal(largest.length, 8 + UBUS_MAX_LENGTH);
  peer.sendBytes(largest);
  live.pump();
  assert.deepEqual(
    peer.take().map(({ bytes }) => bytes.length),
    [8 + UBUS_MAX_LENGTH, 20],
  );
  for (const length of [0, 3, UBUS_MAX_LENGTH + 4, 0xff_ffff]) {
    const { peer: broken } = live.greeted();
    const bytes = encodeFrame(UBUS_MSG.PING, 1, 0, {});
    new DataView(bytes.buffer).setUint32(8, length);
    broken.sendBytes(bytes);
    live.pump();
    assert.deepEqual(broken.take(), []);
    assert.ok(broken.isOver, `length ${length}`);
  }
  assert.equal(live.bus.clientCount, 1);
  assert.equal(live.bus.keptBytes, 0);
});

test('messages come in pieces of any size', () => {
  const live = new LiveBus();
  const { peer } = live.greeted();
  const bytes = encodeFrame(UBUS_MSG.PING, 1, 0, { path: 'pieces' });
  for (const byte of bytes) {
    peer.sendBytes(new Uint8Array([byte]));
    live.pump();
  }
  assert.equal(peer.take().length, 2);
});

test('a user or group without a name is turned away without a greeting', () => {
  const live = new LiveBus();
  const peer = live.connect({ pid: 1, uid: 4242, gid: 0, groups: [] });
  assert.deepEqual(peer.take(), []);
  assert.ok(peer.isOver);
  assert.equal(live.bus.clientCount, 0);
});

test('of six large answers that a client does not read three arrive, and all six statuses', () => {
  const live = new LiveBus();
  const { peer: provider } = live.greeted();
  const objectId = addObject(live, provider, { path: 'thing', signature: SIGNATURE });
  const { peer: reader, id } = live.greeted();
  for (let seq = 1; seq <= 6; seq++) {
    live.host.socketBytes = 4 << 20;
    provider.sendBytes(encodeFrame(UBUS_MSG.DATA, seq, id, { objectId, data: new Uint8Array(400_000) }));
    provider.sendBytes(encodeFrame(UBUS_MSG.STATUS, seq, id, { status: OK, objectId }));
    live.host.socketBytes = 200_000;
    live.pump();
    assert.ok(live.bus.keptBytes <= UBUS_QUEUE_BYTES);
  }
  const seen: SeenFrame[] = [];
  for (let turn = 0; turn < 100; turn++) {
    seen.push(...reader.take());
    live.pump();
  }
  const seqsOf = (type: number): number[] => seen.filter((frame) => frame.type === type).map(({ seq }) => seq);
  assert.deepEqual(seqsOf(UBUS_MSG.DATA), [1, 2, 3]);
  assert.deepEqual(seqsOf(UBUS_MSG.STATUS), [1, 2, 3, 4, 5, 6]);
});

test('a list of everything waits for a client that reads slowly, and nothing of it is lost', () => {
  const live = new LiveBus();
  const { peer: provider } = live.greeted();
  live.host.socketBytes = 4 << 20;
  const large = encodeFields([{ name: 'get', type: BLOBMSG.STRING, value: 'x'.repeat(2000) }]);
  const paths = Array.from({ length: 100 }, (_, i) => `thing.${String(i).padStart(3, '0')}`);
  for (const path of paths) addObject(live, provider, { path, signature: large });
  const { peer: reader } = live.greeted();
  live.host.socketBytes = 5000;
  for (const seq of [1, 2]) reader.send(UBUS_MSG.LOOKUP, seq, 0);
  live.pump();
  const { peer: remover } = { peer: provider };
  const seen: SeenFrame[] = [];
  let turns = 0;
  for (; seen.filter(({ type }) => type === UBUS_MSG.STATUS).length < 2 && turns < 1000; turns++) {
    assert.ok(live.bus.keptBytes < 100 * 3000 + 5000);
    if (turns === 20) remover.send(UBUS_MSG.PING, 1, 0);
    seen.push(...reader.take());
    live.pump();
  }
  for (const seq of [1, 2]) {
    const listed = seen.filter((frame) => frame.seq === seq).flatMap(({ attributes }) => attributes.path ?? []);
    assert.deepEqual(listed, paths);
  }
});

test('a client can add only so much, and has room again for what it removes', () => {
  const live = new LiveBus();
  const { peer } = live.greeted();
  const added: number[] = [];
  let status: number | undefined = OK;
  for (let i = 0; status === OK && i < 10_000; i++) {
    const frames = ask(live, peer, UBUS_MSG.ADD_OBJECT, { path: `thing.${i}`, signature: SIGNATURE });
    status = statusOf(frames);
    added.push(
      ...frames.flatMap(({ type, attributes }) => (type === UBUS_MSG.DATA ? (attributes.objectId ?? []) : [])),
    );
  }
  assert.equal(status, NO_MEMORY);
  assert.ok(added.length > 500 && added.length < 2000, `${added.length} objects`);
  const [object = 0] = added;
  assert.equal(statusOf(ask(live, peer, UBUS_MSG.REMOVE_OBJECT, { objectId: object })), OK);
  const own = addObject(live, peer, {});
  const pattern = encodeRecord({ object: own | 0, pattern: 'x'.repeat(100) });
  for (let i = 0; i < 10_000 && status !== OK; i++) status = statusOf(callSystem(live, peer, 1, 'register', pattern));
  for (let i = 0; i < 10_000 && status === OK; i++) status = statusOf(callSystem(live, peer, 1, 'register', pattern));
  assert.equal(status, NO_MEMORY);
  peer.close();
  live.pump();
  assert.equal(live.bus.keptBytes, 0);
});

test('half messages of many users together are bounded, and root is not hurt by them', () => {
  const live = new LiveBus();
  live.host.socketBytes = 4 << 20;
  const half = encodeFrame(UBUS_MSG.PING, 1, 0, { data: new Uint8Array(900_000) }).subarray(0, 800_000);
  const peers = Array.from({ length: 8 }, () => live.greeted(NOBODY).peer);
  for (const peer of peers) {
    peer.sendBytes(half);
    live.pump();
    assert.ok(live.bus.keptBytes <= 3 << 20);
  }
  for (const peer of peers) peer.take();
  assert.deepEqual(
    peers.map(({ isOver }) => isOver),
    [false, false, false, true, true, true, true, true],
  );
  const { peer: root } = live.greeted();
  root.sendBytes(half);
  live.pump();
  root.take();
  assert.ok(!root.isOver);
});

test('users share the room that there is for their connections, and root has room beyond it', () => {
  const live = new LiveBus();
  const peers = Array.from({ length: 520 }, () => live.connect(NOBODY));
  for (const peer of peers) peer.take();
  assert.equal(peers.filter(({ isOver }) => !isOver).length, 512);
  const { peer } = live.greeted();
  assert.equal(statusOf(ask(live, peer, UBUS_MSG.PING, {})), OK);
});

test('a failing accept is tried again after some time, not at once', () => {
  const live = new LiveBus();
  live.host.failures.set('accept', live.host.errno.EMFILE ?? 24);
  const before = live.host.clockMs;
  const lost = live.connect();
  live.host.failures.delete('accept');
  assert.equal(live.bus.clientCount, 0);
  lost.close();
  live.loop.turn();
  assert.equal(live.host.clockMs - before, 100);
  assert.equal(live.greeted().peer.isOver, false);
});

test('the monitor sees what is sent and received, counted from 1, and not itself', () => {
  const live = new LiveBus();
  const { peer: watcher, id: watcherId } = live.greeted();
  const first = callSystem(live, watcher, UBUS_OBJECT.MONITOR, 'add');
  assert.equal(statusOf(first), OK);
  const { peer, id } = live.greeted();
  ask(live, peer, UBUS_MSG.LOOKUP, { path: 'x' });
  const seen = [...first.slice(0, -1), ...watcher.take()];
  const told = seen.map(({ bytes }) => decodeMonitor(bytes.subarray(12)));
  assert.deepEqual(
    told.map(({ client, peer: to, send, seq, type }, i) => [seen[i]?.seq, client, to, send, seq, type]),
    [
      [1, watcherId, UBUS_OBJECT.MONITOR, true, 7, UBUS_MSG.STATUS],
      [2, id, id, true, 0, UBUS_MSG.HELLO],
      [3, id, 0, false, 7, UBUS_MSG.LOOKUP],
      [4, id, 0, true, 7, UBUS_MSG.STATUS],
    ],
  );
  assert.equal(statusOf(callSystem(live, watcher, UBUS_OBJECT.MONITOR, 'what')), UBUS_STATUS.METHOD_NOT_FOUND);
  assert.equal(statusOf(callSystem(live, watcher, UBUS_OBJECT.MONITOR, 'remove')), OK);
  watcher.take();
  ask(live, peer, UBUS_MSG.PING, {});
  assert.deepEqual(watcher.take(), []);
  const { peer: nobody } = live.greeted(NOBODY);
  assert.equal(statusOf(callSystem(live, nobody, UBUS_OBJECT.MONITOR, 'add')), PERMISSION_DENIED);
});

test('lists read again are told to those who listen, and are in force', () => {
  const live = new LiveBus();
  const { peer } = live.greeted();
  const own = addObject(live, peer, {});
  const listening = encodeRecord({ object: own | 0, pattern: 'ubus.acl.*' });
  assert.equal(statusOf(callSystem(live, peer, UBUS_OBJECT.EVENT, 'register', listening)), OK);
  const { peer: nobody } = live.greeted(NOBODY);
  const event = encodeRecord({ id: 'hello', data: {} });
  assert.equal(statusOf(callSystem(live, nobody, UBUS_OBJECT.EVENT, 'send', event)), PERMISSION_DENIED);
  live.host.addFile('/usr/share/acl.d/x.json', '{"user": "nobody", "send": ["hello"]}');
  live.bus.reloadAcl();
  const [told] = peer.take();
  assert.equal(told?.attributes.method, 'ubus.acl.sequence');
  assert.deepEqual(decodeRecord(told?.attributes.data ?? new Uint8Array(0)), { sequence: 2 });
  assert.equal(statusOf(callSystem(live, nobody, UBUS_OBJECT.EVENT, 'send', event)), OK);
});

test('what is told to providers of an object comes in answer to a query', () => {
  const acl = { 'a.json': '{"user": "nobody", "access": {"thing*": {"acl": {"level": 3}}}}' };
  const live = new LiveBus({ acl });
  const { peer } = live.greeted();
  addObject(live, peer, { path: 'thing.a', signature: SIGNATURE });
  addObject(live, peer, { path: 'other', signature: SIGNATURE });
  const [data] = callSystem(live, peer, UBUS_OBJECT.ACL, 'query', new Uint8Array(0));
  assert.deepEqual(decodeRecord(data?.attributes.data ?? new Uint8Array(0)), {
    seq: 1,
    acl: [{ obj: 'thing.a', user: 'nobody', acl: { level: 3 } }],
  });
  assert.equal(statusOf(callSystem(live, peer, UBUS_OBJECT.ACL, 'what')), INVALID_COMMAND);
});

test('an event is sent only with an id and data, to each object once, and not with a name of the bus', () => {
  const live = new LiveBus();
  const { peer } = live.greeted();
  const { peer: listener } = live.greeted();
  const own = addObject(live, listener, {});
  for (const pattern of ['*', 'a*', 'a.b', 'a.b']) {
    const data = encodeRecord({ object: own | 0, pattern });
    assert.equal(statusOf(callSystem(live, listener, UBUS_OBJECT.EVENT, 'register', data)), OK);
  }
  const send = (record: Parameters<typeof encodeRecord>[0]): number | undefined =>
    statusOf(callSystem(live, peer, UBUS_OBJECT.EVENT, 'send', encodeRecord(record)));
  assert.equal(send({ id: 'a.b', data: { x: 1 } }), OK);
  assert.equal(listener.take().length, 1);
  assert.equal(send({ id: 'a.b' }), INVALID_ARGUMENT);
  assert.equal(send({ id: 5, data: {} }), INVALID_ARGUMENT);
  assert.equal(send({ id: 'a.b', data: 5 }), INVALID_ARGUMENT);
  assert.equal(send({ id: 'ubus.x', data: {} }), PERMISSION_DENIED);
  assert.equal(statusOf(callSystem(live, peer, UBUS_OBJECT.EVENT, 'send')), INVALID_ARGUMENT);
  assert.equal(statusOf(callSystem(live, peer, UBUS_OBJECT.EVENT, 'what')), INVALID_COMMAND);
  const register = (record: Parameters<typeof encodeRecord>[0]): number | undefined =>
    statusOf(callSystem(live, peer, UBUS_OBJECT.EVENT, 'register', encodeRecord(record)));
  assert.equal(register({ object: own | 0, pattern: 'x' }), PERMISSION_DENIED);
  assert.equal(register({ object: 1, pattern: 'x' }), PERMISSION_DENIED);
  assert.equal(register({ object: 99_999, pattern: 'x' }), NOT_FOUND);
  assert.equal(register({ pattern: 'x' }), INVALID_ARGUMENT);
  assert.deepEqual(listener.take(), []);
});

test('a descriptor goes with its own message, also when that has to wait, and is closed where it can go nowhere', () => {
  const live = new LiveBus();
  const { peer: provider } = live.greeted();
  const objectId = addObject(live, provider, { path: 'thing', signature: SIGNATURE });
  const { peer: caller, id } = live.greeted();
  const idle = live.host.openDescriptors;
  live.host.socketBytes = 3000;
  const data = encodeFrame(UBUS_MSG.DATA, 1, id, { objectId, data: new Uint8Array(2000) });
  for (let i = 0; i < 3; i++) {
    provider.sendBytes(data);
    live.pump();
    provider.sendWithDescriptor(encodeFrame(UBUS_MSG.STATUS, 1, id, { objectId, status: OK }));
    live.pump();
  }
  assert.equal(live.host.openDescriptors, idle + 2, 'all but the first wait');
  const order: string[] = [];
  for (let frames = caller.take(); frames.length > 0; frames = caller.take()) {
    order.push(...frames.map(({ type }) => (type === UBUS_MSG.STATUS ? 'status' : 'data')));
    live.pump();
  }
  assert.deepEqual(order, ['data', 'status', 'data', 'status', 'data', 'status']);
  assert.equal(caller.descriptors, 3);
  for (const bytes of [
    data,
    encodeFrame(UBUS_MSG.PING, 1, 0, {}),
    encodeFrame(UBUS_MSG.STATUS, 1, 99, { objectId, status: OK }),
  ]) {
    provider.sendWithDescriptor(bytes);
    live.pump();
  }
  caller.take();
  assert.equal(caller.descriptors, 3);
  assert.equal(live.host.openDescriptors, idle);
});

test('descriptors that nobody takes are few, however many are sent', () => {
  const live = new LiveBus();
  live.host.socketBytes = 20_000;
  const { peer: provider } = live.greeted(NOBODY);
  const objectId = addObject(live, provider, {});
  const { id } = live.greeted(NOBODY);
  const before = live.host.openDescriptors;
  for (let seq = 1; seq < 2000; seq++) {
    provider.sendWithDescriptor(encodeFrame(UBUS_MSG.STATUS, seq, id, { objectId, status: OK }));
    live.pump();
    // One more is in our own hands.
    assert.ok(live.host.openDescriptors - before <= 49, `${live.host.openDescriptors} after ${seq} messages`);
  }
  const { peer: half } = live.greeted(NOBODY);
  half.sendWithDescriptor(encodeFrame(UBUS_MSG.PING, 1, 0, {}).subarray(0, 5));
  live.pump();
  half.close();
  provider.close();
  live.pump();
  live.bus.close();
  assert.equal(live.bus.keptBytes, 0);
});

test('a second bus is refused, a socket that nobody listens on replaced, a file left alone', () => {
  const live = new LiveBus();
  assert.equal(live.host.socketPaths.get(UBUS_SOCKET), 0o666);
  const start = (path: string): string | undefined =>
    new UbusBus(live.host, live.loop, { path, acl: live.acl, random: () => 5000 }).listen();
  assert.match(start(UBUS_SOCKET) ?? '', /another bus answers/);
  live.bus.close();
  assert.equal(live.host.socketPaths.size, 0);
  live.host.socketPaths.set(UBUS_SOCKET, 0o600);
  assert.equal(start(UBUS_SOCKET), undefined);
  live.host.addFile('/etc/file', 'text');
  assert.match(start('/etc/file') ?? '', /is no socket/);
  assert.equal(live.host.fileText('/etc/file'), 'text');
  assert.match(start('/no/such/directory') ?? '', /cannot listen/);
  assert.match(start(`/${'x'.repeat(200)}`) ?? '', /too long/);
});

test('when the bus ends all connections end', () => {
  const live = new LiveBus();
  const { peer } = live.greeted();
  addObject(live, peer, { path: 'thing', signature: SIGNATURE });
  live.bus.close();
  assert.deepEqual(peer.take(), []);
  assert.ok(peer.isOver);
  assert.equal(live.bus.keptBytes, 0);
});
