/** What the unit tests use of `node:assert/strict`, for QuickJS: the same verdicts, in fewer words. */

class AssertionError extends Error {
  constructor(message: string | Error | undefined, otherwise: string) {
    super(message === undefined || message instanceof Error ? otherwise : `${message}: ${otherwise}`);
    this.name = 'AssertionError';
  }
}

type Message = string | Error | undefined;

/** A value as a person may read it; long ones are cut. */
function show(value: unknown): string {
  const text = showWhole(value, 0);
  return text.length > 2000 ? `${text.slice(0, 2000)}…` : text;
}

function showWhole(value: unknown, depth: number): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return `[function ${value.name}]`;
  if (Object.is(value, -0)) return '-0';
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof Error) return `[${value.name}: ${value.message}]`;
  if (value instanceof RegExp) return String(value);
  if (depth > 6) return '…';
  const inner = (other: unknown): string => showWhole(other, depth + 1);
  if (value instanceof Map) return `Map {${[...value].map(([k, v]) => `${inner(k)} => ${inner(v)}`).join(', ')}}`;
  if (value instanceof Set) return `Set {${[...value].map(inner).join(', ')}}`;
  if (Array.isArray(value)) return `[${value.map(inner).join(', ')}]`;
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} [${elementsOf(value).join(', ')}]`;
  return `{${Object.entries(value)
    .map(([key, member]) => `${key}: ${inner(member)}`)
    .join(', ')}}`;
}

function elementsOf(view: ArrayBufferView): readonly unknown[] {
  if (view instanceof DataView) return [...new Uint8Array(view.buffer, view.byteOffset, view.byteLength)];
  return Object.values(view);
}

function keysOf(value: object): readonly PropertyKey[] {
  const symbols = Object.getOwnPropertySymbols(value).filter((key) =>
    Object.prototype.propertyIsEnumerable.call(value, key),
  );
  return [...Object.keys(value), ...symbols];
}

/** As deepStrictEqual: the same prototypes, own enumerable properties that are equal, primitives by Object.is. */
function isDeepEqual(a: unknown, b: unknown, seen: Map<object, unknown>): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (seen.get(a) === b) return true;
  seen.set(a, b);
  if (a instanceof Date && b instanceof Date && a.getTime() !== b.getTime()) return false;
  if (a instanceof RegExp && String(a) !== String(b)) return false;
  if (a instanceof Error && b instanceof Error && (a.message !== b.message || a.name !== b.name)) return false;
  if (Array.isArray(a) && Array.isArray(b) && a.length !== b.length) return false;
  if (a instanceof Map && b instanceof Map && !isMapEqual(a, b, seen)) return false;
  if (a instanceof Set && b instanceof Set && !isSetEqual(a, b, seen)) return false;
  if (ArrayBuffer.isView(a) && ArrayBuffer.isView(b) && a.byteLength !== b.byteLength) return false;
  const keys = keysOf(a);
  if (keys.length !== keysOf(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && isDeepEqual(Reflect.get(a, key), Reflect.get(b, key), seen));
}

function isMapEqual(a: Map<unknown, unknown>, b: Map<unknown, unknown>, seen: Map<object, unknown>): boolean {
  return a.size === b.size && [...a].every(([key, value]) => b.has(key) && isDeepEqual(value, b.get(key), seen));
}

function isSetEqual(a: Set<unknown>, b: Set<unknown>, seen: Map<object, unknown>): boolean {
  return (
    a.size === b.size &&
    [...a].every((value) => b.has(value) || [...b].some((other) => isDeepEqual(value, other, seen)))
  );
}

export function ok(value: unknown, message?: Message): asserts value {
  if (!value) throw new AssertionError(message, `${show(value)} is not true`);
}

export function equal(actual: unknown, expected: unknown, message?: Message): void {
  if (!Object.is(actual, expected))
    throw new AssertionError(message, `got ${show(actual)}, expected ${show(expected)}`);
}

export function notEqual(actual: unknown, expected: unknown, message?: Message): void {
  if (Object.is(actual, expected)) throw new AssertionError(message, `got ${show(actual)}, expected another value`);
}

export function deepEqual(actual: unknown, expected: unknown, message?: Message): void {
  if (!isDeepEqual(actual, expected, new Map())) {
    throw new AssertionError(message, `\n  got      ${show(actual)}\n  expected ${show(expected)}`);
  }
}

export function notDeepEqual(actual: unknown, expected: unknown, message?: Message): void {
  if (isDeepEqual(actual, expected, new Map()))
    throw new AssertionError(message, `got ${show(actual)}, expected another`);
}

export function match(actual: string, pattern: RegExp, message?: Message): void {
  if (!pattern.test(actual)) throw new AssertionError(message, `${show(actual)} does not match ${pattern}`);
}

export function doesNotMatch(actual: string, pattern: RegExp, message?: Message): void {
  if (pattern.test(actual)) throw new AssertionError(message, `${show(actual)} matches ${pattern}`);
}

export function fail(message?: Message): never {
  throw new AssertionError(message, 'this should not have been reached');
}

type ErrorClass = new (...args: never[]) => unknown;
type Expected = RegExp | ErrorClass | ((error: unknown) => boolean) | object | undefined;

/** Checks what was thrown as node does: by its text, its class, an arrow function's verdict or some of its properties. */
function checkThrown(error: unknown, expected: Expected, message: Message): void {
  if (expected === undefined) return;
  if (expected instanceof RegExp) {
    match(String(error), expected, message);
  } else if (typeof expected === 'function') {
    const isClass = Reflect.get(expected, 'prototype') !== undefined;
    const fits = isClass ? error instanceof expected : Reflect.apply(expected, undefined, [error]) === true;
    if (!fits) throw new AssertionError(message, `threw ${show(error)}, expected ${expected.name || 'another error'}`);
  } else {
    for (const key of keysOf(expected)) {
      const wanted: unknown = Reflect.get(expected, key);
      const got: unknown = Reflect.get(Object(error), key);
      if (wanted instanceof RegExp && typeof got === 'string') match(got, wanted, message);
      else deepEqual(got, wanted, message);
    }
  }
}

export function throws(body: () => unknown, expected?: Expected, message?: Message): void {
  try {
    body();
  } catch (error) {
    checkThrown(error, expected, message);
    return;
  }
  throw new AssertionError(message, 'nothing was thrown');
}

export async function rejects(
  body: Promise<unknown> | (() => Promise<unknown>),
  expected?: Expected,
  message?: Message,
) {
  try {
    await (typeof body === 'function' ? body() : body);
  } catch (error) {
    checkThrown(error, expected, message);
    return;
  }
  throw new AssertionError(message, 'the promise was not rejected');
}

export function doesNotThrow(body: () => unknown): void {
  body();
}

export default Object.assign(ok, {
  ok,
  equal,
  strictEqual: equal,
  notEqual,
  notStrictEqual: notEqual,
  deepEqual,
  deepStrictEqual: deepEqual,
  notDeepEqual,
  match,
  doesNotMatch,
  fail,
  throws,
  rejects,
  doesNotThrow,
  AssertionError,
});
