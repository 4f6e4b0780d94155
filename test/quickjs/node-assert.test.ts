import assert from 'node:assert/strict';
import { test } from 'node:test';

/** The shim itself must be able to fail, or every test above it says nothing. */
function refuses(check: () => void): boolean {
  try {
    check();
    return false;
  } catch (error) {
    return error instanceof Error && error.name === 'AssertionError';
  }
}

class Point {
  x = 1;
}

test('equal tells apart what Object.is tells apart', () => {
  assert.equal(Number.NaN, Number.NaN);
  assert.ok(refuses(() => assert.equal(0, -0)));
  assert.ok(refuses(() => assert.equal<unknown>(1, '1')));
  assert.ok(refuses(() => assert.equal({}, {})));
});

test('deepEqual follows structure, types and prototypes', () => {
  assert.deepEqual({ a: [1, { b: new Uint8Array([1, 2]) }] }, { a: [1, { b: new Uint8Array([1, 2]) }] });
  assert.deepEqual(new Map([[1, new Set(['x'])]]), new Map([[1, new Set(['x'])]]));
  const different: readonly (readonly [unknown, unknown])[] = [
    [
      [1, 2],
      [1, 3],
    ],
    [
      [1, 2],
      [1, 2, 3],
    ],
    [{ a: 1 }, { a: 1, b: undefined }],
    [{ a: 1 }, { b: 1 }],
    [{ x: 1 }, new Point()],
    [new Uint8Array([1]), [1]],
    [new Uint8Array([1]), new Uint8Array([2])],
    [new Uint8Array(1), new Uint8Array(2)],
    [new Map([[1, 2]]), new Map([[1, 3]])],
    [new Set([1]), new Set([2])],
    [null, undefined],
    [new Error('a'), new Error('b')],
    [1n, 2n],
  ];
  for (const [a, b] of different) assert.ok(refuses(() => assert.deepEqual(a, b)));
});

test('throws wants an error, and the one that was named', () => {
  const fail = (): never => {
    throw new RangeError('too far');
  };
  assert.throws(fail);
  assert.throws(fail, RangeError);
  assert.throws(fail, Error);
  assert.throws(fail, /far/);
  assert.throws(fail, { name: 'RangeError', message: /far/ });
  assert.throws(fail, (error) => error instanceof RangeError);
  assert.ok(refuses(() => assert.throws(() => 1)));
  assert.ok(refuses(() => assert.throws(fail, TypeError)));
  assert.ok(refuses(() => assert.throws(fail, /near/)));
  assert.ok(refuses(() => assert.throws(fail, { message: 'near' })));
  assert.ok(refuses(() => assert.throws(fail, () => false)));
});

test('ok, match and fail refuse', () => {
  assert.ok(refuses(() => assert.ok('')));
  assert.ok(refuses(() => assert.match('abc', /x/)));
  assert.ok(refuses(() => assert.fail('never')));
});
