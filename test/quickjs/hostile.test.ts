/** Arguments that no caller of ours passes: an error, never memory that is not the caller's. ASan and UBSan look on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as native from 'weir:native';
import { host } from '../../src/host/native.ts';

const CALLS = 5000;
const { constants } = host;
const NO_DESCRIPTOR = 99_999;

/** A fixed sequence: a failure repeats. */
function randomNumbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 0x1_0000_0000) * limit);
  };
}

test('a range outside its buffer is a RangeError, whichever way it lies outside', () => {
  const buffer = new Uint8Array(16);
  const fd = host.open('/dev/null', constants.O_RDWR, 0);
  const ranges: readonly (readonly [number, number])[] = [
    [0, 17],
    [16, 1],
    [17, 0],
    [-1, 1],
    [0, -1],
    [8, 2 ** 31 - 1],
    [2 ** 31, 1],
    [0, 2 ** 32],
    [2 ** 53, 2 ** 53],
    [0.5, 1],
    [0, Number.NaN],
    [Number.POSITIVE_INFINITY, 0],
  ];
  for (const [offset, length] of ranges) {
    assert.throws(() => host.read(fd, buffer, offset, length), RangeError);
    assert.throws(() => host.write(fd, buffer, offset, length), RangeError);
    assert.throws(() => host.send(fd, buffer, offset, length, 0), RangeError);
    assert.throws(() => host.recv(fd, buffer, offset, length, 0), RangeError);
  }
  assert.equal(host.write(fd, buffer, 16, 0), 0);
  assert.equal(host.write(fd, buffer.subarray(8), 0, 8), 8);
  assert.throws(() => host.write(fd, buffer.subarray(8), 0, 9), RangeError);
  host.close(fd);
});

test('lists for poll, signals and ioctl are held to their bounds', () => {
  assert.throws(() => host.poll(new Int32Array(4), 0), RangeError);
  assert.throws(() => host.signalfd([0]), RangeError);
  assert.throws(() => host.signalfd([65_536]), RangeError);
  assert.throws(() => host.signalfd(new Array(65).fill(1)), RangeError);
  const structure = new Uint8Array(16);
  const target = new Uint8Array(8);
  assert.throws(() => host.ioctl(NO_DESCRIPTOR, 0, structure, [[13, target]]), RangeError);
  assert.throws(() => host.ioctl(NO_DESCRIPTOR, 0, structure, [[-4, target]]), RangeError);
  assert.throws(() => host.ioctl(NO_DESCRIPTOR, 0, structure, new Array(9).fill([0, target])), RangeError);
  assert.throws(() => host.ioctl(NO_DESCRIPTOR, -1, structure), RangeError);
});

test('a list whose getter throws is an exception, and what was read before it is given back', () => {
  const list = new Array(2).fill([0, new Uint8Array(8)]);
  Object.defineProperty(list, 1, {
    get: () => {
      throw new Error('no element');
    },
  });
  assert.throws(() => host.ioctl(NO_DESCRIPTOR, 0, new Uint8Array(16), list), /no element/);
});

/** Any value of any type, with a liking for those on an edge. Never 0, 1 or 2, which are the test's own descriptors. */
function hostileValue(random: (limit: number) => number): unknown {
  const values: (() => unknown)[] = [
    () => undefined,
    () => null,
    () => true,
    () => Number.NaN,
    () => -0.5,
    () => Number.NEGATIVE_INFINITY,
    () => 2 ** 31 - 1,
    () => -(2 ** 31),
    () => 2 ** 32,
    () => 2 ** 53,
    () => NO_DESCRIPTOR,
    () => -1,
    () => 3 + random(5000),
    () => 7n,
    () => 'text',
    () => Symbol('s'),
    () => () => 1,
    () => ({ length: 5 }),
    () => ({ length: 2 ** 40 }),
    () => [[4, new Uint8Array(8)]],
    () => [[4], [], 5],
    () => new Array(3),
    () => Object.defineProperty([9, 9], 0, { get: () => new Uint8Array(8) }),
    () => new Uint8Array(random(300)),
    () => new Uint8Array(64).subarray(random(64)),
    () => new Uint8Array(random(5000)).fill(0x61),
    () => new Int32Array(random(30)),
    () => new Int32Array([NO_DESCRIPTOR, 1, 0]),
    () => new Float64Array(4),
    () => new Uint8ClampedArray(4),
    () => new ArrayBuffer(16),
    () => new DataView(new ArrayBuffer(16)),
    () => ({ valueOf: () => 5 }),
  ];
  return values[random(values.length)]?.();
}

/** What would end the test, or reach out of it, when an argument happens to be right. */
const LEFT_OUT = ['exit', 'exitCode', 'run', 'kill', 'unlink', 'rename', 'mkdir', 'chmod', 'open', 'signalfd', 'poll'];

test(`${CALLS} calls with random arguments give a number, bytes or a TypeError or RangeError`, () => {
  const random = randomNumbers(4711);
  const functions = Object.entries(native).filter(
    ([name, value]) => typeof value === 'function' && !LEFT_OUT.includes(name),
  );
  assert.ok(functions.length > 20);
  const outcomes = { returned: 0, refused: 0 };
  for (let i = 0; i < CALLS; i++) {
    const [name, call] = functions[random(functions.length)] ?? assert.fail();
    if (typeof call !== 'function') continue;
    const args = Array.from({ length: random(6) }, () => hostileValue(random));
    // What reads a descriptor gets one that is not there, so that no call waits.
    if (typeof args[0] === 'number' && random(2) === 0) args[0] = NO_DESCRIPTOR;
    try {
      const result: unknown = Reflect.apply(call, undefined, args);
      outcomes.returned++;
      if (name === 'socket' && typeof result === 'number' && result >= 0) host.close(result);
    } catch (error) {
      outcomes.refused++;
      assert.ok(error instanceof TypeError || error instanceof RangeError, `${name}: ${error}`);
    }
  }
  assert.ok(outcomes.returned > 100 && outcomes.refused > 1000);
});

test('calls that open or wait take random types in place of their first argument', () => {
  const random = randomNumbers(815);
  for (let i = 0; i < 500; i++) {
    const value = hostileValue(random);
    if (typeof value === 'number' || value instanceof Uint8Array) continue;
    for (const call of [native.open, native.unlink, native.mkdir, native.chmod, native.rename, native.kill]) {
      assert.throws(() => Reflect.apply(call, undefined, [value, value, value]), TypeError);
    }
    if (!(value instanceof Int32Array)) {
      assert.throws(() => Reflect.apply(native.poll, undefined, [value, 0]), TypeError);
    }
  }
});
