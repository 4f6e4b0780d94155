import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joined } from '../../test/ubus/recordings.ts';
import { WatchedHost } from '../../test/ubus/script_bus.ts';
import { Loop } from '../host/loop.ts';
import { encodeFrame, UBUS_MAX_LENGTH, UBUS_MSG, type UbusFrame } from '../wire/ubus.ts';
import { UBUS_QUEUE_BYTES, UbusStream } from './ubus_stream.ts';
import { unixAddress } from './unix_address.ts';

const PATH = '/bus';
const FRAME_HEADER_BYTES = 8;
const DATA_HEADER_BYTES = 8;

interface Fixture {
  readonly host: WatchedHost;
  readonly stream: UbusStream;
  /** The other end. */
  readonly fd: number;
  readonly frames: { type: number; seq: number; peer: number; body: Uint8Array }[];
  readonly closed: string[];
  readonly errors: unknown[];
  pump(): void;
  /** Bytes that the other end can read now. */
  read(limit?: number): Uint8Array;
  write(bytes: Uint8Array): number;
}

function fixture(onFrame: (frame: UbusFrame) => void = () => undefined): Fixture {
  const host = new WatchedHost();
  const errors: unknown[] = [];
  const loop = new Loop(host, (error) => errors.push(error));
  const { AF_UNIX, SOCK_STREAM } = host.constants;
  const address = unixAddress(host, PATH) ?? new Uint8Array(0);
  const listener = host.socket(AF_UNIX, SOCK_STREAM, 0);
  host.bind(listener, address);
  host.listen(listener, 1);
  const fd = host.socket(AF_UNIX, SOCK_STREAM, 0);
  host.connect(fd, address);
  const frames: Fixture['frames'] = [];
  const closed: string[] = [];
  const stream = new UbusStream(host, loop, host.accept(listener), {
    onFrame: (frame) => {
      frames.push({ ...frame, body: frame.body.slice() });
      onFrame(frame);
    },
    onClose: (reason) => closed.push(reason),
  });
  const pump = (): void => {
    for (let quiet = 0; quiet < 2; quiet = host.readyCount > 0 ? 0 : quiet + 1) {
      loop.after(0, () => undefined);
      loop.turn();
    }
  };
  const buffer = new Uint8Array(UBUS_QUEUE_BYTES * 2);
  const read = (limit: number = buffer.length): Uint8Array => {
    const got = host.recv(fd, buffer, 0, limit, 0);
    return buffer.slice(0, Math.max(got, 0));
  };
  return {
    host,
    stream,
    fd,
    frames,
    closed,
    errors,
    pump,
    read,
    write: (bytes) => host.send(fd, bytes, 0, bytes.length, 0),
  };
}

/** A message of exactly so many bytes, a multiple of 4. */
function frameOfBytes(bytes: number, seq = 1): Uint8Array {
  const data = new Uint8Array(bytes - FRAME_HEADER_BYTES - DATA_HEADER_BYTES);
  const frame = encodeFrame(UBUS_MSG.PING, seq, 2, { data });
  assert.equal(frame.length, bytes);
  return frame;
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return joined(parts);
}

const THREE = [
  encodeFrame(UBUS_MSG.LOOKUP, 1, 0, { path: 'a' }),
  encodeFrame(UBUS_MSG.PING, 2, 0xffff_ffff, {}),
  encodeFrame(UBUS_MSG.INVOKE, 0xffff, 7, { objectId: 7, method: 'm', data: new Uint8Array(12) }),
];

function expectThree({ frames }: Fixture): void {
  assert.deepEqual(
    frames.map(({ type, seq, peer, body }) => [type, seq, peer, body.length]),
    [
      [UBUS_MSG.LOOKUP, 1, 0, 8],
      [UBUS_MSG.PING, 2, 0xffff_ffff, 0],
      [UBUS_MSG.INVOKE, 0xffff, 7, 8 + 8 + 16],
    ],
  );
}

test('messages that come byte by byte are put together', () => {
  const made = fixture();
  for (const byte of join(...THREE)) {
    made.write(new Uint8Array([byte]));
    made.pump();
  }
  expectThree(made);
  assert.equal(made.stream.heldBytes, 0);
});

test('messages that come in one piece are taken apart', () => {
  const made = fixture();
  made.write(join(...THREE));
  made.pump();
  expectThree(made);
});

test('messages cut anywhere come whole', () => {
  const all = join(...THREE);
  for (let cut = 1; cut < all.length; cut++) {
    const made = fixture();
    made.write(all.subarray(0, cut));
    made.pump();
    made.write(all.subarray(cut));
    made.pump();
    expectThree(made);
  }
});

test('the largest message passes, one that says four bytes more ends the connection', () => {
  const made = fixture();
  const largest = frameOfBytes(FRAME_HEADER_BYTES + UBUS_MAX_LENGTH);
  for (let at = 0; at < largest.length; ) {
    at += made.write(largest.subarray(at, at + 100_000));
    made.pump();
  }
  assert.equal(made.frames[0]?.body.length, UBUS_MAX_LENGTH - 4);
  assert.equal(made.stream.heldBytes, 0);
  made.write(new Uint8Array([0, 3, 0, 1, 0, 0, 0, 0, 0, 0x10, 0, 4]));
  made.pump();
  assert.deepEqual(made.closed, ['a message of 1048580 bytes']);
  assert.equal(made.stream.isOpen, false);
});

test('a length below 4 ends the connection, after the messages before it', () => {
  for (const length of [0, 1, 2, 3]) {
    const made = fixture();
    made.write(join(...THREE, new Uint8Array([0, 3, 0, 1, 0, 0, 0, 0, 0, 0, 0, length]), ...THREE));
    made.pump();
    expectThree(made);
    assert.deepEqual(made.closed, [`a message of ${length} bytes`]);
  }
});

test('the id and extended bit of the outer attribute, and the version, are ignored', () => {
  const made = fixture();
  made.write(new Uint8Array([9, 3, 0, 1, 0, 0, 0, 5, 0xff, 0, 0, 4]));
  made.pump();
  assert.deepEqual(made.frames, [{ type: 3, seq: 1, peer: 5, body: new Uint8Array(0) }]);
});

test('a header that promises much takes no memory before it comes', () => {
  const made = fixture();
  made.write(new Uint8Array([0, 3, 0, 1, 0, 0, 0, 5, 0, 0x10, 0, 0]));
  made.pump();
  assert.equal(made.stream.heldBytes, 12);
});

test('a peer that goes in the middle of a message ends the connection', () => {
  const made = fixture();
  made.write(join(...THREE).subarray(0, -1));
  made.host.close(made.fd);
  made.pump();
  assert.equal(made.frames.length, 2);
  assert.deepEqual(made.closed, ['closed by the other side']);
});

test('a peer that goes without reading what it asked for is told once', () => {
  const made = fixture((frame) => made.stream.send(encodeFrame(UBUS_MSG.STATUS, frame.seq, 0, { status: 0 })));
  made.write(join(...THREE));
  made.host.close(made.fd);
  made.pump();
  expectThree(made);
  assert.deepEqual(made.closed, ['closed by the other side']);
});

test('a handler that throws loses none of the messages behind it', () => {
  const made = fixture(() => {
    throw new Error('mine');
  });
  made.write(join(...THREE));
  made.pump();
  expectThree(made);
  assert.equal(made.errors.length, 3);
});

test('a handler that closes is called no more', () => {
  const made = fixture(() => made.stream.close());
  made.write(join(...THREE));
  made.pump();
  assert.equal(made.frames.length, 1);
  assert.deepEqual(made.closed, []);
});

test('what the peer does not take waits, in its order, and goes when it takes again', () => {
  const made = fixture();
  made.host.socketBytes = 1000;
  const sent = Array.from({ length: 50 }, (_, i) => frameOfBytes(100 + i * 4, i));
  for (const frame of sent) assert.ok(made.stream.send(frame));
  assert.ok(made.stream.queuedBytes > 0);
  const parts: Uint8Array[] = [];
  for (let part = made.read(77); part.length > 0; part = made.read(77)) {
    parts.push(part);
    made.pump();
  }
  assert.deepEqual(join(...parts), join(...sent));
  assert.equal(made.stream.queuedBytes, 0);
});

test('a peer that takes nothing makes us hold 1 MiB and no more; later smaller messages pass where they fit', () => {
  const made = fixture();
  made.host.socketBytes = 1;
  const results: boolean[] = [];
  for (let i = 0; i < 6; i++) {
    results.push(made.stream.send(frameOfBytes(400_000)), made.stream.send(frameOfBytes(28)));
  }
  // So a status can come without its data; with the real bus as well.
  assert.deepEqual(results, [true, true, true, true, false, true, false, true, false, true, false, true]);
  assert.ok(made.stream.queuedBytes <= UBUS_QUEUE_BYTES);
  assert.equal(made.stream.droppedFrames, 4);
});

test('a message larger than the protocol allows is never sent', () => {
  const made = fixture();
  assert.ok(!made.stream.send(frameOfBytes(FRAME_HEADER_BYTES + UBUS_MAX_LENGTH + 4)));
  assert.equal(made.read().length, 0);
  assert.ok(made.stream.isOpen);
});

test('a closed stream takes nothing and leaves no descriptor', () => {
  const made = fixture();
  made.host.socketBytes = 10;
  made.stream.send(frameOfBytes(1000));
  const before = made.host.openDescriptors;
  made.stream.close();
  assert.equal(made.host.openDescriptors, before - 1);
  assert.equal(made.stream.send(frameOfBytes(100)), false);
  assert.equal(made.stream.queuedBytes, 0);
  made.pump();
  assert.deepEqual(made.closed, []);
});
