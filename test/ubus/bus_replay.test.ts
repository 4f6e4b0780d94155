/** The recordings of the real bus, played to ours: it must say the same bytes to each connection. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeAttributes, UBUS_MSG } from '../../src/wire/ubus.ts';
import { type BusPeer, LiveBus, NOBODY, ROOT } from './live_bus.ts';
import {
  frameOf,
  framesOf,
  hexOf,
  type RecordedFrame,
  readUbusRecording,
  type UbusRecording,
  ubusRecordingNames,
} from './recordings.ts';

/** Recordings of clients only. */
const WITH_UNSEEN_PROVIDER = ['30-real-services'];
const UNSEEN_CLIENT = 0x4321;
const PEER_AT = 4;

/** The ACL file that the real bus had in a recording, from its description. */
const ACL: Readonly<Record<string, string>> = {
  '26-acl-nonroot-granted': `{
    "user": "nobody",
    "access": {"vec.alpha": {"methods": ["greet", "notify"]}, "vec.beta*": {"methods": ["*"]}},
    "publish": ["vec.nobody*"], "subscribe": ["vec.alpha"], "listen": ["vec.*"], "send": ["vec.event"]
  }`,
};

/** The ids that the real bus gave in answer to an ADD_OBJECT: of the type, if it made one, then of the object. */
function idsGiven(recording: UbusRecording, asked: RecordedFrame): number[] {
  const later = recording.steps.slice(recording.steps.indexOf(asked));
  const { seq } = frameOf(asked.bytes);
  const answer = framesOf(later).find(
    ({ conn, fromBus, bytes }) => conn === asked.conn && fromBus && frameOf(bytes).seq === seq,
  );
  if (answer === undefined) return [];
  const { type, body } = frameOf(answer.bytes);
  if (type !== UBUS_MSG.DATA) return [];
  const { typeId, objectId } = decodeAttributes(body);
  return [typeId, objectId].filter((id) => id !== undefined);
}

/**
 * A provider whose own connection was not recorded: it has the objects that clients found, and answers calls as they were
 * answered.
 */
class UnseenProvider {
  private readonly peer: BusPeer;
  private readonly recording: UbusRecording;

  constructor(live: LiveBus, ids: number[], recording: UbusRecording) {
    this.recording = recording;
    ids.push(UNSEEN_CLIENT);
    this.peer = live.connect();
    const types = new Set<number>();
    const known = new Set<number>();
    for (const { bytes, fromBus } of framesOf(recording.steps)) {
      const { path, objectId = 0, typeId = 0, signature } = decodeAttributes(frameOf(bytes).body);
      if (!fromBus || signature === undefined || known.has(objectId)) continue;
      known.add(objectId);
      if (types.has(typeId)) ids.push(objectId);
      else ids.push(typeId, objectId);
      this.peer.send(UBUS_MSG.ADD_OBJECT, 1, 0, { path, ...(types.has(typeId) ? { typeId } : { signature }) });
      types.add(typeId);
      live.pump();
    }
  }

  /** Answers what `asked`, if it is a call that reaches it, was answered. */
  answer(asked: RecordedFrame): void {
    const later = this.recording.steps.slice(this.recording.steps.indexOf(asked));
    const { seq } = frameOf(asked.bytes);
    for (const call of this.peer.take().filter(({ type }) => type === UBUS_MSG.INVOKE)) {
      for (const { conn, fromBus, bytes } of framesOf(later)) {
        if (conn !== asked.conn || !fromBus || frameOf(bytes).seq !== seq) continue;
        const toBus = bytes.slice();
        new DataView(toBus.buffer).setUint32(PEER_AT, call.peer);
        this.peer.sendBytes(toBus);
      }
    }
  }

  close(): void {
    this.peer.close();
  }
}

/** Feeds what clients said in the recorded order; gives all that each connection heard. */
function replay(recording: UbusRecording): { heard: Map<string, string[]>; descriptors: number; live: LiveBus } {
  const ids: number[] = [];
  const acl = ACL[recording.name];
  const live = new LiveBus({
    random: () => ids.shift() ?? assert.fail('an id more than the real bus gave'),
    acl: acl === undefined ? {} : { 'nobody.json': acl },
  });
  const peers = new Map<string, BusPeer>();
  const heard = new Map<string, string[]>();
  let descriptors = 0;
  const unseen = WITH_UNSEEN_PROVIDER.includes(recording.name) ? new UnseenProvider(live, ids, recording) : undefined;
  for (const step of recording.steps) {
    let peer = peers.get(step.conn);
    if (peer === undefined) {
      assert.ok('bytes' in step && step.fromBus, `${step.conn} begins with a greeting`);
      ids.push(frameOf(step.bytes).peer);
      peer = live.connect(step.conn.startsWith('u') ? NOBODY : ROOT);
      peers.set(step.conn, peer);
      heard.set(step.conn, []);
    }
    if ('closed' in step) {
      peer.close();
    } else if (!step.fromBus) {
      if (frameOf(step.bytes).type === UBUS_MSG.ADD_OBJECT) ids.push(...idsGiven(recording, step));
      if (step.fds > 0) peer.sendWithDescriptor(step.bytes);
      else assert.ok(peer.sendBytes(step.bytes));
      live.pump();
      unseen?.answer(step);
    }
    live.pump();
    for (const [conn, other] of peers) {
      for (const { bytes } of other.take()) heard.get(conn)?.push(hexOf(bytes));
    }
  }
  for (const peer of peers.values()) descriptors += peer.descriptors;
  unseen?.close();
  live.pump();
  return { heard, descriptors, live };
}

for (const name of ubusRecordingNames()) {
  test(`recording ${name}: our bus says what the real one said`, () => {
    const recording = readUbusRecording(name);
    const { heard, descriptors, live } = replay(recording);
    const said = framesOf(recording.steps).filter(({ fromBus }) => fromBus);
    for (const [conn, messages] of heard) {
      const expected = said.filter((frame) => frame.conn === conn).map(({ bytes }) => hexOf(bytes));
      assert.deepEqual(messages, expected, conn);
    }
    assert.equal(
      descriptors,
      said.reduce((sum, { fds }) => sum + fds, 0),
    );
    assert.deepEqual(live.complaints, []);
    assert.equal(live.bus.clientCount, 0);
    assert.equal(live.bus.keptBytes, 0);
    live.bus.close();
    assert.equal(live.host.openDescriptors, 0);
  });
}
