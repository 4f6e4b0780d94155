import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScriptBus, type ScriptPeer } from '../../test/ubus/script_bus.ts';
import { BLOBMSG, decodeRecord, encodeRecord } from '../wire/blobmsg.ts';
import { UBUS_MSG, UBUS_STATUS, type UbusAttributes } from '../wire/ubus.ts';
import { UbusClient } from './ubus_client.ts';
import type { UbusObject, UbusRequest } from './ubus_objects.ts';

const OBJECT_ID = 0x9000_0001;
const ALICE = 0x1001;
const BOB = 0x1002;

interface Fixture {
  readonly bus: ScriptBus;
  readonly client: UbusClient;
  readonly peer: ScriptPeer;
  readonly object: UbusObject;
  /** Requests of the method `later`, which nobody finished. */
  readonly waiting: UbusRequest[];
  readonly added: number[];
  readonly subscribers: boolean[];
}

function provider(): Fixture {
  const bus = new ScriptBus();
  bus.start();
  const client = new UbusClient(bus.host, bus.loop);
  const waiting: UbusRequest[] = [];
  const added: number[] = [];
  const subscribers: boolean[] = [];
  const object = client.addObject({
    path: 'weir',
    methods: {
      greet: {
        args: { name: BLOBMSG.STRING },
        run: (request, { name }) => {
          if (typeof name === 'string') request.finish(UBUS_STATUS.OK, { text: `hello ${name}, from ${request.user}` });
          else request.finish(UBUS_STATUS.INVALID_ARGUMENT, { text: 'name: expected a text' });
        },
      },
      twice: {
        args: {},
        run: (request) => {
          request.send({ part: 1 });
          request.finish(UBUS_STATUS.OK, { part: 2 });
          request.finish(UBUS_STATUS.UNKNOWN_ERROR);
        },
      },
      later: { args: {}, run: (request) => waiting.push(request) },
      fail: {
        args: {},
        run: () => {
          throw new Error('mine');
        },
      },
      huge: { args: {}, run: (request) => request.finish(UBUS_STATUS.OK, new Uint8Array(0x10_0000)) },
    },
    onAdded: (status) => added.push(status),
    onSubscribers: (any) => subscribers.push(any),
  });
  const peer = bus.greet(99);
  return { bus, client, peer, object, waiting, added, subscribers };
}

function added(bus: ScriptBus, peer: ScriptPeer, objectId: number): void {
  const [add] = peer.take();
  assert.equal(add?.type, UBUS_MSG.ADD_OBJECT);
  assert.equal(add?.attributes.path, 'weir');
  peer.send(UBUS_MSG.DATA, add?.seq ?? 0, 0, { objectId, typeId: 7 });
  peer.send(UBUS_MSG.STATUS, add?.seq ?? 0, 0, { status: 0 });
  bus.pump();
}

function onBus(): Fixture {
  const made = provider();
  added(made.bus, made.peer, OBJECT_ID);
  return made;
}

function invoke(peer: ScriptPeer, caller: number, seq: number, method: string, args: UbusAttributes = {}): void {
  peer.send(UBUS_MSG.INVOKE, seq, caller, { objectId: OBJECT_ID, method, user: 'root', group: 'root', ...args });
}

const NO_ARGUMENTS = { data: encodeRecord({}) };

/** What went to the bus, as [type, seq, peer, status or data]. */
function answers({ bus, peer }: Fixture): unknown[] {
  bus.pump();
  return peer
    .take()
    .map(({ type, seq, peer: to, attributes: { status, data } }) => [
      type === UBUS_MSG.DATA ? 'DATA' : 'STATUS',
      seq,
      to,
      data === undefined ? status : decodeRecord(data),
    ]);
}

test('an object is put on the bus with the types of its arguments', () => {
  const made = provider();
  const [add] = made.peer.take();
  assert.deepEqual(Object.keys(add?.attributes ?? {}), ['path', 'signature']);
  assert.deepEqual(decodeRecord(add?.attributes.signature ?? new Uint8Array(0)), {
    greet: { name: 3 },
    twice: {},
    later: {},
    fail: {},
    huge: {},
  });
  made.peer.send(UBUS_MSG.STATUS, 1, 0, { status: UBUS_STATUS.INVALID_ARGUMENT });
  made.bus.pump();
  assert.deepEqual(made.added, [UBUS_STATUS.INVALID_ARGUMENT]);
  assert.equal(made.object.id, undefined);
});

test('a method answers its caller, under the number of the caller', () => {
  const made = onBus();
  assert.deepEqual(made.added, [0]);
  invoke(made.peer, ALICE, 5, 'greet', { data: encodeRecord({ name: 'bob' }) });
  assert.deepEqual(answers(made), [
    ['DATA', 5, ALICE, { text: 'hello bob, from root' }],
    ['STATUS', 5, ALICE, 0],
  ]);
});

test('a wrong argument, a missing method, missing or broken arguments and an unknown object have their statuses', () => {
  const made = onBus();
  invoke(made.peer, ALICE, 1, 'greet', { data: encodeRecord({ name: 7 }) });
  invoke(made.peer, ALICE, 2, 'nope', NO_ARGUMENTS);
  invoke(made.peer, ALICE, 3, 'constructor', NO_ARGUMENTS);
  invoke(made.peer, ALICE, 4, 'greet');
  invoke(made.peer, ALICE, 5, 'greet', { data: new Uint8Array([0x83, 0, 0, 99]) });
  made.peer.send(UBUS_MSG.INVOKE, 6, ALICE, { objectId: 123, method: 'greet', ...NO_ARGUMENTS });
  made.peer.send(UBUS_MSG.INVOKE, 7, ALICE, { objectId: OBJECT_ID, ...NO_ARGUMENTS });
  made.peer.send(UBUS_MSG.INVOKE, 8, ALICE, { method: 'greet', ...NO_ARGUMENTS });
  assert.deepEqual(answers(made), [
    ['DATA', 1, ALICE, { text: 'name: expected a text' }],
    ['STATUS', 1, ALICE, UBUS_STATUS.INVALID_ARGUMENT],
    ['STATUS', 2, ALICE, UBUS_STATUS.METHOD_NOT_FOUND],
    ['STATUS', 3, ALICE, UBUS_STATUS.METHOD_NOT_FOUND],
    ['STATUS', 4, ALICE, UBUS_STATUS.INVALID_ARGUMENT],
    ['STATUS', 5, ALICE, UBUS_STATUS.INVALID_ARGUMENT],
    ['STATUS', 6, ALICE, UBUS_STATUS.NOT_FOUND],
    ['STATUS', 7, ALICE, UBUS_STATUS.INVALID_ARGUMENT],
  ]);
});

test('several parts of an answer go in their order, and a request ends once', () => {
  const made = onBus();
  invoke(made.peer, ALICE, 1, 'twice', NO_ARGUMENTS);
  assert.deepEqual(answers(made), [
    ['DATA', 1, ALICE, { part: 1 }],
    ['DATA', 1, ALICE, { part: 2 }],
    ['STATUS', 1, ALICE, 0],
  ]);
});

test('requests of two callers with the same number are answered later, each for itself, in any order', () => {
  const made = onBus();
  invoke(made.peer, ALICE, 1, 'later', NO_ARGUMENTS);
  invoke(made.peer, BOB, 1, 'later', NO_ARGUMENTS);
  assert.deepEqual(answers(made), []);
  assert.equal(made.client.load.requests, 2);
  made.waiting[1]?.finish(UBUS_STATUS.OK, { for: 'bob' });
  made.waiting[0]?.finish(UBUS_STATUS.PERMISSION_DENIED);
  assert.deepEqual(answers(made), [
    ['DATA', 1, BOB, { for: 'bob' }],
    ['STATUS', 1, BOB, 0],
    ['STATUS', 1, ALICE, UBUS_STATUS.PERMISSION_DENIED],
  ]);
  assert.equal(made.client.load.requests, 0);
});

test('a caller that uses its number again is not answered what it asked before', () => {
  const made = onBus();
  invoke(made.peer, ALICE, 1, 'later', NO_ARGUMENTS);
  invoke(made.peer, ALICE, 1, 'later', NO_ARGUMENTS);
  made.bus.pump();
  made.waiting[0]?.finish(UBUS_STATUS.OK, { old: true });
  made.waiting[1]?.finish(UBUS_STATUS.OK, { old: false });
  assert.deepEqual(answers(made), [
    ['DATA', 1, ALICE, { old: false }],
    ['STATUS', 1, ALICE, 0],
  ]);
});

test('more open requests than the table takes are refused, and the table empties', () => {
  const made = onBus();
  for (let caller = 0; caller < 1030; caller++) {
    invoke(made.peer, 0x2000 + caller, 1, 'later', NO_ARGUMENTS);
    if (caller % 100 === 0) made.bus.pump();
  }
  const refused = answers(made);
  assert.equal(refused.length, 6);
  assert.deepEqual(refused[0], ['STATUS', 1, 0x2000 + 1024, UBUS_STATUS.NO_MEMORY]);
  for (const request of made.waiting) request.finish();
  assert.equal(answers(made).length, 1024);
  assert.equal(made.client.load.requests, 0);
});

test('a method that throws answers UNKNOWN_ERROR, and those behind it are served', () => {
  const made = onBus();
  invoke(made.peer, ALICE, 1, 'fail', NO_ARGUMENTS);
  invoke(made.peer, ALICE, 2, 'twice', NO_ARGUMENTS);
  const got = answers(made);
  assert.deepEqual(got[0], ['STATUS', 1, ALICE, UBUS_STATUS.UNKNOWN_ERROR]);
  assert.equal(got.length, 4);
  assert.deepEqual(made.bus.errors.map(String), ['Error: mine']);
});

test('an answer larger than a message may be is an error instead of OK without data', () => {
  const made = onBus();
  invoke(made.peer, ALICE, 1, 'huge', NO_ARGUMENTS);
  assert.deepEqual(answers(made), [['STATUS', 1, ALICE, UBUS_STATUS.NO_MEMORY]]);
});

test('a call that wants no answer gets none', () => {
  const made = onBus();
  invoke(made.peer, ALICE, 1, 'twice', { ...NO_ARGUMENTS, noReply: true });
  assert.deepEqual(answers(made), []);
  assert.equal(made.client.load.requests, 0);
});

test('what is answered after the connection was lost is sent to nobody', () => {
  const made = onBus();
  invoke(made.peer, ALICE, 1, 'later', NO_ARGUMENTS);
  made.bus.pump();
  made.bus.stop();
  made.bus.start();
  made.bus.advance(100);
  const again = made.bus.greet(100);
  assert.equal(made.client.load.requests, 0);
  added(made.bus, again, OBJECT_ID + 1);
  assert.deepEqual(made.added, [0, 0]);
  assert.equal(made.object.id, OBJECT_ID + 1);
  made.waiting[0]?.finish(UBUS_STATUS.OK, { late: true });
  made.bus.pump();
  assert.deepEqual(again.take(), []);
});

test('subscribers are told of only while there are some', () => {
  const made = onBus();
  assert.equal(made.object.notify('stats', { n: 1 }), false);
  made.peer.send(UBUS_MSG.NOTIFY, 1, 0, { objectId: OBJECT_ID, active: true });
  made.bus.pump();
  assert.equal(made.object.notify('stats', { n: 2 }), true);
  const [notify] = made.peer.take();
  assert.deepEqual(Object.keys(notify?.attributes ?? {}), ['objectId', 'method', 'data', 'noReply']);
  assert.equal(notify?.peer, OBJECT_ID);
  made.peer.send(UBUS_MSG.NOTIFY, 2, 0, { objectId: OBJECT_ID, active: false });
  made.bus.pump();
  assert.equal(made.object.notify('stats', { n: 3 }), false);
  assert.deepEqual(made.subscribers, [true, false]);
});

test('a loss of the connection is a loss of the subscribers', () => {
  const made = onBus();
  made.peer.send(UBUS_MSG.NOTIFY, 1, 0, { objectId: OBJECT_ID, active: true });
  made.bus.pump();
  made.bus.stop();
  made.bus.pump();
  assert.deepEqual(made.subscribers, [true, false]);
  assert.equal(made.object.notify('stats', {}), false);
});

test('asking all subscribers ends when each has answered', () => {
  const made = onBus();
  const results: unknown[] = [];
  made.object.ask('change', {}, 1000, (status, from) => results.push([status, [...from]]));
  const [notify] = made.peer.take();
  const seq = notify?.seq ?? 0;
  assert.equal(notify?.attributes.noReply, undefined);
  made.peer.send(UBUS_MSG.STATUS, seq, OBJECT_ID, { objectId: OBJECT_ID, subscribers: [21, 22], status: 0 });
  made.peer.send(UBUS_MSG.STATUS, seq, 22, { status: UBUS_STATUS.PERMISSION_DENIED, objectId: 22 });
  made.peer.send(UBUS_MSG.STATUS, seq, 23, { status: 0, objectId: 23 });
  made.bus.pump();
  assert.deepEqual(results, []);
  made.peer.send(UBUS_MSG.STATUS, seq, 21, { status: 0, objectId: 21 });
  made.bus.pump();
  assert.deepEqual(results, [
    [
      0,
      [
        [22, UBUS_STATUS.PERMISSION_DENIED],
        [21, 0],
      ],
    ],
  ]);
});

test('asking nobody ends at once, asking one who does not answer with the timeout and the answers of the others', () => {
  const made = onBus();
  const results: unknown[] = [];
  made.object.ask('change', {}, 1000, (status, from) => results.push([status, from.size]));
  made.object.ask('change', {}, 1000, (status, from) => results.push([status, from.size]));
  const [first, second] = made.peer.take();
  made.peer.send(UBUS_MSG.STATUS, first?.seq ?? 0, OBJECT_ID, { objectId: OBJECT_ID, subscribers: [], status: 0 });
  made.peer.send(UBUS_MSG.STATUS, second?.seq ?? 0, OBJECT_ID, { objectId: OBJECT_ID, subscribers: [1, 2], status: 0 });
  made.peer.send(UBUS_MSG.STATUS, second?.seq ?? 0, 1, { status: 0, objectId: 1 });
  made.bus.pump();
  assert.deepEqual(results, [[0, 0]]);
  made.bus.advance(1000);
  assert.deepEqual(results, [
    [0, 0],
    [UBUS_STATUS.TIMEOUT, 1],
  ]);
});

test('asking on behalf of an object that is not on the bus gives NOT_FOUND', () => {
  const { bus, object } = provider();
  const results: number[] = [];
  object.ask('change', {}, 1000, (status) => results.push(status));
  bus.pump();
  assert.deepEqual(results, [UBUS_STATUS.NOT_FOUND]);
});

test('an object that is removed while the bus adds it is taken off again', () => {
  const { bus, peer, object, added: taken } = provider();
  object.remove();
  added(bus, peer, OBJECT_ID);
  const [remove] = peer.take();
  assert.deepEqual([remove?.type, remove?.attributes], [UBUS_MSG.REMOVE_OBJECT, { objectId: OBJECT_ID }]);
  assert.deepEqual(taken, []);
});

test('while the bus takes no answers no requests are read; when it does, every one is answered', () => {
  const made = onBus();
  made.bus.host.socketBytes = 20_000;
  const calls = 1000;
  const answered: unknown[] = [];
  let queuedBytes = 0;
  for (let seq = 0; seq < calls; seq++) {
    // Answers of 1 kB each: more together than the queue takes.
    invoke(made.peer, ALICE, seq, 'greet', { data: encodeRecord({ name: 'x'.repeat(1000) }) });
    if (!made.peer.isBlocked) continue;
    made.bus.pump();
    queuedBytes = Math.max(queuedBytes, made.client.load.queuedBytes);
    // Takes answers only when it cannot go on sending.
    if (queuedBytes > 0x4_0000) answered.push(...answers(made));
  }
  for (let more = 1; more > 0; ) {
    const got = answers(made);
    more = got.length;
    answered.push(...got);
  }
  assert.equal(answered.length, calls * 2);
  assert.ok(queuedBytes > 0x4_0000 && queuedBytes < 0x4_0000 + 20_000, `${queuedBytes}`);
});
