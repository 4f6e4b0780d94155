/** LuCI.baseclass: classes by `extend`, as LuCI's modules return them. */

/** Whose `super` runs, by object and method, the innermost last. */
const contexts = new WeakMap<object, Map<string, object[]>>();

export class Base {
  constructor(...args: readonly unknown[]) {
    const init: unknown = Reflect.get(this, '__init__');
    if (typeof init === 'function') init.apply(this, args);
  }

  static readonly extend = extend;

  /** Calls the method of that name that the running one overrides. */
  super(name: string, args: ArrayLike<unknown>): unknown {
    const names = contexts.get(this) ?? new Map<string, object[]>();
    contexts.set(this, names);
    const stack = names.get(name) ?? [];
    names.set(name, stack);
    const running = stack.at(-1) ?? ownerOf(this, name);
    const owner = running === null ? null : ownerOf(Object.getPrototypeOf(running), name);
    const method: unknown = owner === null ? undefined : Reflect.get(owner, name);
    if (owner === null || typeof method !== 'function') return null;
    stack.push(owner);
    try {
      return method.apply(this, args);
    } finally {
      stack.pop();
    }
  }
}

function extend(this: typeof Base, properties: object): typeof Base {
  const Child = class extends this {};
  for (const [name, value] of Object.entries(properties)) {
    Object.defineProperty(Child.prototype, name, { value, writable: true });
  }
  return Child;
}

function ownerOf(object: object | null, name: string): object | null {
  let one = object;
  while (one !== null && !Object.hasOwn(one, name)) one = Object.getPrototypeOf(one);
  return one;
}
