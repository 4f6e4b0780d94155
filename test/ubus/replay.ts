/**
 * Replays one connection of a recording against our client: what the real bus sent is fed in, and what the real program sent must
 * be what ours sends, byte for byte. Ids need no mapping, since all come from the bus, and ours counts its messages as
 * libubus does.
 *
 * What the real program started of itself (a call, an object, a subscription) is read off its first message and started here
 * through the public functions; everything that follows from it must come by itself.
 */
import assert from 'node:assert/strict';
import { UbusClient } from '../../src/net/ubus_client.ts';
import type { UbusObject, UbusRequest } from '../../src/net/ubus_objects.ts';
import type { UbusMethod } from '../../src/net/ubus_provider.ts';
import { type BlobRecord, decodeRecord, encodeRecord, isBlobRecord } from '../../src/wire/blobmsg.ts';
import { decodeAttributes, encodeFrame, UBUS_MSG, UBUS_OBJECT, type UbusAttributes } from '../../src/wire/ubus.ts';
import { assertSameBytes, frameOf, hexOf, type RecordedFrame, type UbusRecording } from './recordings.ts';
import { ScriptBus, type ScriptPeer, type SeenFrame } from './script_bus.ts';

/** What came of a replay. */
export interface Replay {
  /** Messages of ours that were compared. */
  readonly compared: number;
  /** The last status of each call that was made. */
  readonly statuses: readonly number[];
}

/** Replays connection `conn`; calls time out after `timeoutMs`. */
export function replay({ steps }: UbusRecording, conn: string, timeoutMs: number): Replay {
  const mine = steps.filter((step) => step.conn === conn);
  const player = new Player(timeoutMs);
  const startMs = mine[0]?.tMs ?? 0;
  for (const [i, step] of mine.entries()) {
    player.timeIs(step.tMs - startMs);
    if ('closed' in step) player.client.close();
    else if (step.fromBus) player.feed(step.bytes);
    else player.expect(step.bytes, mine.slice(i + 1).filter(isSent));
    if (player.isOver) break;
  }
  player.end();
  return { compared: player.compared, statuses: player.statuses };
}

function isSent(step: UbusRecording['steps'][number]): step is RecordedFrame {
  return 'bytes' in step && !step.fromBus;
}

function attributesOf(bytes: Uint8Array): UbusAttributes {
  return decodeAttributes(frameOf(bytes).body);
}

class Player {
  readonly bus = new ScriptBus();
  readonly client: UbusClient;
  readonly statuses: number[] = [];
  compared = 0;
  isOver = false;
  /** What ours subscribed to has gone: it begins to wait for a successor, which libubus does not. */
  private mayGoOn = false;
  private readonly timeoutMs: number;
  private readonly peer: ScriptPeer;
  private sent: SeenFrame[] = [];
  private readonly requests = new Map<number, UbusRequest>();
  private readonly objects = new Map<number, UbusObject>();
  private readonly signatures = new Map<number, Uint8Array>();
  private lastSignature = new Uint8Array(0);
  private lastObject: UbusObject | undefined;
  private endOfWatch: (() => void) | undefined;

  constructor(timeoutMs: number) {
    this.timeoutMs = timeoutMs;
    this.bus.start();
    this.client = new UbusClient(this.bus.host, this.bus.loop);
    const peer = this.bus.accept();
    assert.ok(peer !== undefined);
    this.peer = peer;
  }

  timeIs(ms: number): void {
    const delayMs = Math.floor(ms) - this.bus.host.clockMs;
    if (delayMs > 0) this.bus.advance(delayMs);
  }

  /** What the bus sent. */
  feed(bytes: Uint8Array): void {
    this.collect();
    this.peer.sendBytes(bytes);
    this.bus.pump();
    const { type, body } = frameOf(bytes);
    if (type === UBUS_MSG.UNSUBSCRIBE) this.mayGoOn = true;
    const { objectId, typeId, path } = decodeAttributes(body);
    if (type !== UBUS_MSG.DATA || objectId === undefined || path !== undefined) return;
    if (typeId !== undefined) this.signatures.set(typeId, this.lastSignature);
    if (this.lastObject !== undefined) this.objects.set(objectId, this.lastObject);
    this.lastObject = undefined;
  }

  /** What the real program sent; `later` is what it sent after that. */
  expect(bytes: Uint8Array, later: readonly RecordedFrame[]): void {
    this.collect();
    if (this.sent.length === 0) {
      this.start(bytes, later);
      this.collect();
    }
    const ours = this.sent.shift();
    assert.ok(ours !== undefined, `ours does not send ${hexOf(bytes)}`);
    assertSameBytes(ours.bytes, this.withSignature(bytes));
    this.compared++;
  }

  end(): void {
    this.client.close();
    this.bus.pump();
    this.collect();
    if (!this.isOver && !this.mayGoOn) assert.deepEqual(this.sent, [], 'ours sends more');
    assert.deepEqual(this.bus.errors, []);
  }

  private collect(): void {
    this.bus.pump();
    if (this.peer.isOpen) this.sent.push(...this.peer.take());
  }

  /** libubus names a type that the bus knows; ours says it again, which the bus takes as well. */
  private withSignature(bytes: Uint8Array): Uint8Array {
    const { type, seq, peer } = frameOf(bytes);
    const { path, typeId } = attributesOf(bytes);
    if (type !== UBUS_MSG.ADD_OBJECT || typeId === undefined) return bytes;
    return encodeFrame(type, seq, peer, { path, signature: this.signatures.get(typeId) });
  }

  /** Starts what the message is the first of. */
  private start(bytes: Uint8Array, later: readonly RecordedFrame[]): void {
    const { type, seq, peer } = frameOf(bytes);
    const attributes = attributesOf(this.withSignature(bytes));
    switch (type) {
      case UBUS_MSG.LOOKUP:
        this.startLookup(attributes, later);
        break;
      case UBUS_MSG.INVOKE:
        this.startInvoke(attributes);
        break;
      case UBUS_MSG.ADD_OBJECT:
        this.startObject(attributes, later);
        break;
      case UBUS_MSG.REMOVE_OBJECT:
        if (this.endOfWatch !== undefined) this.endOfWatch();
        else this.objects.get(attributes.objectId ?? 0)?.remove();
        break;
      case UBUS_MSG.UNSUBSCRIBE:
        this.endOfWatch?.();
        // The recorded program unsubscribes a second time, to see how that is refused.
        this.isOver = true;
        break;
      case UBUS_MSG.NOTIFY:
        this.startNotify(attributes);
        break;
      case UBUS_MSG.DATA:
        this.requests.get(keyOf(peer, seq))?.send(asRecordIfSame(attributes.data));
        break;
      case UBUS_MSG.STATUS:
        this.requests.get(keyOf(peer, seq))?.finish(attributes.status);
        break;
      default:
        assert.fail(`nothing starts with ${hexOf(bytes)}`);
    }
  }

  private startLookup({ path }: UbusAttributes, later: readonly RecordedFrame[]): void {
    const [next] = later;
    const call = next === undefined ? {} : attributesOf(next.bytes);
    const isCall = path !== undefined && next !== undefined && frameOf(next.bytes).type === UBUS_MSG.INVOKE;
    const data = asRecordIfSame(call.data);
    const onDone = (status: number): void => {
      this.statuses.push(status);
    };
    if (isCall && !(data instanceof Uint8Array))
      this.client.call(path, call.method ?? '', data, this.timeoutMs, onDone);
    else this.client.lookup(path, () => undefined, isCall ? () => undefined : onDone, this.timeoutMs);
  }

  private startInvoke({ objectId = 0, method = '', data = new Uint8Array(0) }: UbusAttributes): void {
    const onDone = (status: number): void => {
      this.statuses.push(status);
    };
    const { id, data: eventData } = decodeRecord(data);
    if (objectId === UBUS_OBJECT.EVENT && method === 'send' && isBlobRecord(eventData)) {
      this.client.sendEvent(String(id), eventData, onDone);
    } else {
      this.client.invoke(objectId, method, data, this.timeoutMs, { onDone });
    }
  }

  private startObject({ path, signature }: UbusAttributes, [next]: readonly RecordedFrame[]): void {
    if (path !== undefined && signature !== undefined) {
      this.lastSignature = signature.slice();
      this.lastObject = this.client.addObject({ path, methods: this.methodsOf(signature) });
      return;
    }
    const first = next === undefined ? {} : attributesOf(next.bytes);
    if (first.method === 'register') {
      const { pattern } = decodeRecord(first.data ?? new Uint8Array(0));
      this.endOfWatch = this.client.listen(String(pattern), () => undefined);
    } else {
      this.endOfWatch = this.client.subscribe(first.path ?? '', { onNotify: () => undefined });
    }
  }

  /** Methods that leave each request for {@link start} to answer as the recorded provider did. */
  private methodsOf(signature: Uint8Array): Record<string, UbusMethod> {
    const run = (request: UbusRequest): void => {
      this.requests.set(request.key, request);
    };
    const methods: Record<string, UbusMethod> = {};
    for (const [name, types] of Object.entries(decodeRecord(signature))) {
      const args = Object.entries(isBlobRecord(types) ? types : {}).map(([argument, type]) => [argument, Number(type)]);
      methods[name] = { args: Object.fromEntries(args), run };
    }
    return methods;
  }

  private startNotify({ objectId = 0, method = '', data, noReply }: UbusAttributes): void {
    const object = this.objects.get(objectId);
    assert.ok(object !== undefined);
    if (noReply === true) assert.ok(object.notify(method, asRecordIfSame(data)));
    else object.ask(method, asRecordIfSame(data), this.timeoutMs, () => undefined);
  }
}

function keyOf(peer: number, seq: number): number {
  return peer * 0x1_0000 + seq;
}

/** The record that becomes the same bytes, where there is one; else the bytes. */
function asRecordIfSame(data: Uint8Array = new Uint8Array(0)): BlobRecord | Uint8Array {
  const record = decodeRecord(data);
  const again = encodeRecord(record);
  return again.length === data.length && again.every((byte, i) => byte === data[i]) ? record : data;
}
