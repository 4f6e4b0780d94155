/**
 * Damaged messages of a bus against our client and provider: whatever comes, nothing is thrown, no table and no queue grows
 * beyond its bound, and a client that is closed leaves nothing behind.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ShortReadError } from '../../src/lib/bytes.ts';
import { decodeUtf8, encodeUtf8 } from '../../src/lib/utf8.ts';
import { UbusClient } from '../../src/net/ubus_client.ts';
import type { UbusRequest } from '../../src/net/ubus_objects.ts';
import { UBUS_QUEUE_BYTES } from '../../src/net/ubus_stream.ts';
import { formatBlobJson, parseBlobJson } from '../../src/wire/blob_json.ts';
import {
  BLOBMSG,
  BlobError,
  type BlobField,
  decodeFields,
  encodeFields,
  encodeRecord,
  recordOf,
} from '../../src/wire/blobmsg.ts';
import { encodeFrame, encodeMonitor, UBUS_FIXED_BYTES, UBUS_MSG } from '../../src/wire/ubus.ts';
import { cases } from '../effort.ts';
import { framesOf, joined, readUbusRecording, ubusRecordingNames } from '../ubus/recordings.ts';
import { ScriptBus, type ScriptPeer } from '../ubus/script_bus.ts';
import { mutate, Random } from './mutate.ts';

/** On slow machines fewer than the share that they ask for: each is a round through client, sockets and loop. */
const FRAMES = cases(cases(600_000));
const BLOBS = cases(cases(100_000));
const TEXTS = cases(20_000);
const FRAMES_A_CLIENT = 3000;
const FRAMES_A_ROUND = 50;
const SEED = 20_263;
/** Longer recorded messages would only take time. */
const LONGEST_SEED_BYTES = 2048;

const OBJECT = 0x8000_0001;
const LISTENER = 0x8000_0002;
const SUBSCRIBER = 0x8000_0003;
const TARGET = 0x8000_0004;
const CALLER = 0x1234;

/** Numbers of objects, requests and messages: what makes a damaged message mean something again. */
const TOKENS = [OBJECT, LISTENER, SUBSCRIBER, TARGET, CALLER, 0, 1, 2, 0xff_ffff, 0x8000_0000, 0x8200_0010].map(
  (word) => {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, word);
    return bytes;
  },
);

interface Tally {
  answered: number;
  events: number;
  calls: number;
  downs: number;
  frames: number;
}

class Victim {
  readonly bus = new ScriptBus();
  private readonly random: Random;
  private readonly tally: Tally;
  private readonly client: UbusClient;
  private readonly waiting: UbusRequest[] = [];
  private peer: ScriptPeer | undefined;

  constructor(random: Random, tally: Tally) {
    this.random = random;
    this.tally = tally;
    this.bus.start();
    this.client = new UbusClient(this.bus.host, this.bus.loop, {
      onDown: () => {
        tally.downs++;
        this.peer = undefined;
      },
    });
    const object = this.client.addObject({
      path: 'weir',
      methods: {
        echo: { args: { x: BLOBMSG.STRING }, run: (request, args) => request.finish(0, args) },
        later: { args: {}, run: (request) => this.waiting.push(request) },
      },
      onSubscribers: () => object.ask('state', { n: 1 }, 5000, () => undefined),
    });
    this.client.listen('*', () => {
      tally.events++;
    });
    this.client.subscribe('other', { onNotify: () => undefined });
    this.greet();
  }

  /** A bus that behaves, until the objects are there. */
  private greet(): void {
    let peer = this.bus.accept();
    while (peer === undefined) {
      this.bus.advance(200);
      peer = this.bus.accept();
    }
    peer.send(UBUS_MSG.HELLO, 0, 99);
    this.bus.pump();
    this.peer = peer;
    for (const [i, objectId] of [OBJECT, LISTENER, SUBSCRIBER].entries()) {
      peer.send(UBUS_MSG.DATA, i + 1, 0, { objectId });
      peer.send(UBUS_MSG.STATUS, i + 1, 0, { status: 0 });
    }
    this.bus.pump();
    this.client.monitor(
      () => undefined,
      () => undefined,
    );
  }

  /** Sends `bytes`, and reads what comes back; greets anew when that was the end of the connection. */
  feed(bytes: Uint8Array): void {
    const { bus, client, random, tally } = this;
    if (this.peer === undefined) this.greet();
    for (let i = 0; i < 4; i++) {
      client.call('other', 'get', {}, 1000 + random.below(20_000), () => {
        tally.calls++;
      });
    }
    this.peer?.sendBytes(bytes);
    bus.pump();
    // Some are answered, the others wait until the connection is lost.
    if (random.below(2) === 0) this.waiting.pop()?.finish(random.below(8), { n: 1 });
    // What the client holds for a bus that reads nothing is bounded too.
    if (random.below(4) > 0) tally.answered += this.peer?.take().length ?? 0;
    if (random.below(20) === 0) bus.advance(random.below(30_000));
    this.check();
  }

  private check(): void {
    const { calls, requests, queuedBytes, heldBytes } = this.client.load;
    const { errors } = this.bus;
    assert.ok(calls <= 256 && requests <= 1024, `${calls} calls, ${requests} requests`);
    assert.ok(
      queuedBytes <= UBUS_QUEUE_BYTES && heldBytes <= UBUS_QUEUE_BYTES + 20_000,
      `${queuedBytes}, ${heldBytes}`,
    );
    if (this.waiting.length > 2000) this.waiting.length = 0;
    assert.equal(errors.length, 0, String(errors[0]));
  }

  end(): void {
    this.client.close();
    this.bus.pump();
    this.check();
    assert.equal(this.client.load.requests + this.client.load.calls, 0);
    this.bus.stop();
    while (this.bus.loop.turn());
    assert.equal(this.bus.host.openDescriptors, 0);
  }
}

/** Messages that mean something to the client of this test, and those that the real bus sent. */
function seeds(): Uint8Array[] {
  const event = encodeRecord({ id: 5, path: 'other' });
  const data = encodeRecord({ x: 'text', n: [1, 2.5, { deep: [null, true, 5_000_000_000] }] });
  const own = [
    encodeFrame(UBUS_MSG.INVOKE, 1, CALLER, { objectId: OBJECT, method: 'echo', user: 'root', group: 'root', data }),
    encodeFrame(UBUS_MSG.INVOKE, 2, CALLER, { objectId: OBJECT, method: 'later', data }),
    encodeFrame(UBUS_MSG.INVOKE, 3, 0, { objectId: LISTENER, method: 'ubus.object.add', data: event }),
    encodeFrame(UBUS_MSG.INVOKE, 4, TARGET, { objectId: SUBSCRIBER, method: 'stats', data }),
    encodeFrame(UBUS_MSG.NOTIFY, 5, 0, { objectId: OBJECT, active: true }),
    encodeFrame(UBUS_MSG.NOTIFY, 6, 0, { objectId: OBJECT, active: false }),
    encodeFrame(UBUS_MSG.UNSUBSCRIBE, 7, 0, { objectId: SUBSCRIBER, target: TARGET }),
    encodeFrame(UBUS_MSG.HELLO, 0, 98, {}),
    encodeMonitor(8, { client: 1, peer: 2, send: true, seq: 3, type: 5, data }),
    encodeFrame(UBUS_MSG.STATUS, 9, OBJECT, { objectId: OBJECT, subscribers: [1, 2, 3], status: 0 }),
    encodeFrame(UBUS_MSG.DATA, 10, 0, { path: 'other', objectId: TARGET, typeId: 4, signature: data }),
    encodeFrame(UBUS_MSG.DATA, 11, TARGET, { objectId: TARGET, data }),
    encodeFrame(UBUS_MSG.STATUS, 12, TARGET, { status: 0, objectId: TARGET }),
    encodeFrame(UBUS_MSG.STATUS, 13, 0, { status: 0 }),
  ];
  const recorded = ubusRecordingNames()
    .flatMap((name) => framesOf(readUbusRecording(name).steps))
    .filter(({ fromBus, bytes }) => fromBus && bytes.length <= LONGEST_SEED_BYTES)
    .map(({ bytes }) => bytes);
  return [...own, ...own, ...own, ...recorded.slice(0, 1), ...recorded.filter((_, i) => i % 17 === 0)];
}

/** Mostly with a length that fits: one that does not ends the connection, or makes one message of all behind it. */
function damaged(seed: Uint8Array, random: Random, donors: readonly Uint8Array[]): Uint8Array {
  const bytes = mutate(seed, random, { tokens: TOKENS, donors });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < UBUS_FIXED_BYTES + 4) return random.below(3000) === 0 ? bytes : seed;
  if (random.below(3000) > 0) view.setUint32(UBUS_FIXED_BYTES, bytes.length - UBUS_FIXED_BYTES);
  // Few damaged answers would find a request by themselves.
  if (random.below(3) === 0) view.setUint16(2, random.below(60));
  return bytes;
}

test(`${FRAMES} damaged messages of a bus throw nothing, fill no table and leave nothing behind`, () => {
  const random = new Random(SEED);
  const tally: Tally = { answered: 0, events: 0, calls: 0, downs: 0, frames: 0 };
  const donors = seeds();
  while (tally.frames < FRAMES) {
    const victim = new Victim(random, tally);
    for (let fed = 0; fed < FRAMES_A_CLIENT && tally.frames < FRAMES; fed += FRAMES_A_ROUND) {
      const parts = Array.from({ length: FRAMES_A_ROUND }, () => damaged(random.pick(donors), random, donors));
      victim.feed(joined(parts));
      tally.frames += FRAMES_A_ROUND;
    }
    victim.end();
  }
  // Enough got through to mean something.
  if (FRAMES < 10_000) return;
  assert.ok(tally.answered > FRAMES / 20, `${tally.answered} answers`);
  assert.ok(tally.events > FRAMES / 200, `${tally.events} events`);
  assert.ok(tally.downs > FRAMES / 10_000 && tally.downs < FRAMES / 100, `${tally.downs} lost connections`);
});

test(`${BLOBS} damaged blobmsgs are refused, or become fields that stay the same`, () => {
  const random = new Random(SEED + 1);
  const deep = { a: [1, 'text', { b: [null, true, -5, 5_000_000_000, 2.5, []] }], c: {}, d: 'x'.repeat(50), '': '' };
  const donors = [encodeRecord(deep), encodeRecord({ x: 1 }), encodeRecord({ list: Array(20).fill({ k: 9 }) })];
  let accepted = 0;
  for (let i = 0; i < BLOBS; i++) {
    const fields = fieldsIn(mutate(random.pick(donors), random, { tokens: TOKENS, donors }));
    if (fields === undefined) continue;
    accepted++;
    assert.deepEqual(fieldsIn(encodeFields(fields)), fields);
    encodeRecord(recordOf(fields));
    formatBlobJson(fields, true);
  }
  if (BLOBS > 1000) assert.ok(accepted > BLOBS / 20 && accepted < BLOBS * 0.95, `${accepted} accepted`);
});

/** Only its own errors may come out of it. */
function fieldsIn(bytes: Uint8Array): BlobField[] | undefined {
  try {
    return decodeFields(bytes);
  } catch (error) {
    assert.ok(error instanceof BlobError || error instanceof ShortReadError, String(error));
    return undefined;
  }
}

test(`${TEXTS} damaged JSON texts are refused, or become fields that are printed`, () => {
  const random = new Random(SEED + 2);
  const json = '{"a":[1,-2.5e3,"t\\u00f6\\n",{"b":[null,true,false]}],"big":18446744073709551615,"":{}}';
  const seed = encodeUtf8(json);
  let accepted = 0;
  for (let i = 0; i < TEXTS; i++) {
    const fields = parseBlobJson(decodeUtf8(mutate(seed, random, { donors: [seed] })));
    if (fields === undefined) continue;
    accepted++;
    encodeFields(fields);
    formatBlobJson(fields, false);
  }
  if (TEXTS > 1000) assert.ok(accepted > TEXTS / 50 && accepted < TEXTS * 0.95, `${accepted} accepted`);
});
