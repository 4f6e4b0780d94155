/**
 * Damaged messages of clients against our bus: whatever comes, nothing is thrown, what it keeps stays within its bounds, others
 * are served as before, and when all have gone nothing is left.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BLOBMSG, encodeFields, encodeRecord } from '../../src/wire/blobmsg.ts';
import { encodeFrame, UBUS_FIXED_BYTES, UBUS_MSG, UBUS_OBJECT, UBUS_STATUS } from '../../src/wire/ubus.ts';
import { cases } from '../effort.ts';
import { type BusPeer, LiveBus, NOBODY, ROOT } from '../ubus/live_bus.ts';
import { framesOf, readUbusRecording, ubusRecordingNames } from '../ubus/recordings.ts';
import { mutate, Random } from './mutate.ts';

/** QuickJS with sanitizers takes a minute for what Node does in two seconds. */
const IS_FAST = 'process' in globalThis;
const FRAMES = cases(IS_FAST ? 400_000 : 60_000);
const FRAMES_A_BUS = 8000;
const FRAMES_A_ROUND = 40;
const ROUNDS_A_VISIT = 10;
const SEED = 52_301;
const HOSTILE_PEERS = 6;
/** Longer recorded messages would only take time. */
const LONGEST_SEED_BYTES = 2048;
/** Of a socket, so that those who do not read make the bus queue. */
const SOCKET_BYTES = 12_000;
/** Of root and of all others; more is never kept. */
const MOST_KEPT_BYTES = 11 << 20;
/** The first id that the bus of a test gives, and how many are worth guessing. */
const FIRST_ID = 0x1001;
const KNOWN_IDS = 200;

const SIGNATURE = encodeFields([{ name: 'get', type: BLOBMSG.TABLE, value: [] }]);

function word(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** Headers of attributes and fields, ids of the bus's own objects, lengths at the limits. */
const TOKENS = [
  0x0300_0008, 0x0800_0008, 0x0100_0008, 0x0700_0004, 0x8000_0000, 0x8200_0010, 0xff_ffff, 1, 2, 3, 0,
].map(word);

const SEEDS: readonly Uint8Array[] = ubusRecordingNames().flatMap((name) =>
  framesOf(readUbusRecording(name).steps)
    .filter(({ fromBus, bytes }) => !fromBus && bytes.length <= LONGEST_SEED_BYTES)
    .map(({ bytes }) => bytes),
);

/** A message that means something, about ids that may exist. */
function meaningful(random: Random): Uint8Array {
  const id = (): number => FIRST_ID + random.below(KNOWN_IDS);
  const seq = random.below(4);
  const objectId = id();
  const data = encodeRecord({ object: objectId, pattern: random.pick(['*', 'a*', 'a.b', 'ubus.*']) });
  const event = encodeRecord({ id: random.pick(['a.b', 'a.c', 'x']), data: { n: random.below(9) } });
  const path = `thing.${random.below(20)}`;
  switch (random.below(12)) {
    case 0:
      return encodeFrame(UBUS_MSG.ADD_OBJECT, seq, 0, { path, signature: SIGNATURE });
    case 1:
      return encodeFrame(UBUS_MSG.ADD_OBJECT, seq, 0, { path, typeId: id() });
    case 2:
      return encodeFrame(UBUS_MSG.ADD_OBJECT, seq, 0, {});
    case 3:
      return encodeFrame(UBUS_MSG.REMOVE_OBJECT, seq, 0, { objectId });
    case 4:
      return encodeFrame(UBUS_MSG.SUBSCRIBE, seq, 0, { objectId, target: id() });
    case 5:
      return encodeFrame(UBUS_MSG.UNSUBSCRIBE, seq, 0, { objectId, target: id() });
    case 6:
      return encodeFrame(UBUS_MSG.NOTIFY, seq, objectId, { objectId, method: 'm', data: event, noReply: seq > 1 });
    case 7:
      return encodeFrame(UBUS_MSG.INVOKE, seq, 1, { objectId: UBUS_OBJECT.EVENT, method: 'register', data });
    case 8:
      return encodeFrame(UBUS_MSG.INVOKE, seq, 1, { objectId: UBUS_OBJECT.EVENT, method: 'send', data: event });
    case 9:
      return encodeFrame(UBUS_MSG.INVOKE, seq, 0, { objectId: id(), method: 'get', data: new Uint8Array(0) });
    case 10:
      return encodeFrame(random.pick([UBUS_MSG.STATUS, UBUS_MSG.DATA]), seq, id(), {
        objectId,
        status: 0,
        data: event,
      });
    default:
      return encodeFrame(UBUS_MSG.LOOKUP, seq, 0, random.below(2) === 0 ? {} : { path: 'thing.*' });
  }
}

/** Damaged or not; mostly with a length that is right, since all after a wrong one is lost. */
function hostileMessage(random: Random): Uint8Array {
  const seed = random.below(2) === 0 ? random.pick(SEEDS) : meaningful(random);
  if (random.below(3) === 0) return seed;
  const bytes = mutate(seed, random, { tokens: TOKENS, donors: SEEDS });
  if (random.below(100) === 0) return bytes;
  if (bytes.length < UBUS_FIXED_BYTES + 4) return seed;
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(UBUS_FIXED_BYTES, bytes.length - UBUS_FIXED_BYTES);
  return bytes;
}

class Siege {
  readonly live = new LiveBus({ everybody: { 'thing.1': ['get'] } });
  private readonly random: Random;
  private readonly hostile: (BusPeer | undefined)[] = [];
  private readonly provider: BusPeer;
  private readonly objectId: number;
  mostKeptBytes = 0;
  heard = 0;

  constructor(random: Random) {
    this.random = random;
    this.live.host.socketBytes = SOCKET_BYTES;
    this.provider = this.live.greeted().peer;
    this.provider.send(UBUS_MSG.ADD_OBJECT, 1, 0, { path: 'honest', signature: SIGNATURE });
    this.live.pump();
    this.objectId = this.provider.take()[0]?.attributes.objectId ?? 0;
  }

  round(): void {
    const { live, random } = this;
    for (let i = 0; i < FRAMES_A_ROUND; i++) {
      const which = random.below(HOSTILE_PEERS);
      const peer = this.hostile[which] ?? this.enter(which);
      const bytes = hostileMessage(random);
      if (random.below(50) === 0) peer.sendWithDescriptor(bytes);
      // What does not fit is half a message, as from a peer that dies.
      else if (!peer.sendBytes(bytes)) this.leave(which);
    }
    live.pump();
    for (const [which, peer] of this.hostile.entries()) {
      // The last two hardly ever read.
      if (which < HOSTILE_PEERS - 2 || random.below(40) === 0) this.heard += peer?.take().length ?? 0;
      if (peer?.isOver === true || random.below(200) === 0) this.leave(which);
    }
    live.pump();
    const { keptBytes, clientCount } = live.bus;
    assert.ok(keptBytes >= 0 && keptBytes <= MOST_KEPT_BYTES, `${keptBytes} bytes`);
    assert.ok(clientCount <= HOSTILE_PEERS + 2, `${clientCount} clients`);
    this.mostKeptBytes = Math.max(this.mostKeptBytes, keptBytes);
  }

  private enter(which: number): BusPeer {
    const peer = this.live.connect(which % 2 === 0 ? ROOT : NOBODY);
    this.hostile[which] = peer;
    return peer;
  }

  private leave(which: number): void {
    this.hostile[which]?.close();
    this.hostile[which] = undefined;
  }

  /** Somebody honest calls somebody honest, through all that. */
  visit(): void {
    const { live, provider, objectId } = this;
    const { peer: caller, id } = live.greeted();
    // What others sent it meanwhile.
    for (let i = 0; i < 50 && provider.take().length > 0; i++) live.pump();
    caller.send(UBUS_MSG.INVOKE, 77, objectId, { objectId, method: 'get', data: SIGNATURE });
    live.pump();
    const call = provider.take().find(({ seq, peer }) => seq === 77 && peer === id);
    assert.equal(call?.attributes.user, 'root');
    provider.send(UBUS_MSG.STATUS, 77, id, { status: UBUS_STATUS.OK, objectId });
    live.pump();
    const [answer] = caller.take();
    assert.deepEqual([answer?.type, answer?.seq, answer?.peer], [UBUS_MSG.STATUS, 77, objectId]);
    caller.close();
    live.pump();
  }

  end(): void {
    const { live } = this;
    for (let which = 0; which < HOSTILE_PEERS; which++) this.leave(which);
    this.provider.close();
    live.pump();
    assert.equal(live.bus.clientCount, 0);
    assert.equal(live.bus.keptBytes, 0);
    live.bus.close();
    assert.equal(live.host.openDescriptors, 0);
  }
}

test(`${FRAMES} damaged messages: the bus stays within its bounds and serves the others`, () => {
  const random = new Random(SEED);
  let mostKeptBytes = 0;
  let heard = 0;
  for (let frames = 0; frames < FRAMES; ) {
    const siege = new Siege(random);
    for (let round = 0; round * FRAMES_A_ROUND < FRAMES_A_BUS && frames < FRAMES; round++) {
      siege.round();
      frames += FRAMES_A_ROUND;
      if (round % ROUNDS_A_VISIT === 0) siege.visit();
    }
    mostKeptBytes = Math.max(mostKeptBytes, siege.mostKeptBytes);
    heard += siege.heard;
    siege.end();
  }
  // Else the messages would not have meant anything.
  assert.ok(heard > FRAMES / 2 && mostKeptBytes > 10_000, `${heard} messages heard, ${mostKeptBytes} bytes kept`);
});
