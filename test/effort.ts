/**
 * How many random cases a test tries. Node tries all; the same tests as bytecode under sanitizers or on an emulated CPU, up to a
 * hundred times slower, try the share that their runner asks for (test/quickjs/node-test.ts).
 */
const share: unknown = Reflect.get(globalThis, 'weirTestShare');

/** `full` where the machine is fast, fewer where it is slow, at least one. */
export function cases(full: number): number {
  return typeof share === 'number' ? Math.max(1, Math.round(full * share)) : full;
}
