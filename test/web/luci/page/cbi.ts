/** Stand-in for LuCI's cbi.js: the global functions. */
import { format } from './format.ts';
import { translate, translatePlural } from './translate.ts';

Object.defineProperty(String.prototype, 'format', {
  value(this: string, ...values: readonly unknown[]) {
    return format(String(this), values);
  },
});

Object.assign(window, {
  _: translate,
  N_: translatePlural,
  E: (...args: readonly unknown[]) => {
    const create: unknown = Reflect.get(Reflect.get(L, 'dom'), 'create');
    return typeof create === 'function' ? create.apply(undefined, args) : null;
  },
});
