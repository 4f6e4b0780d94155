/** The global functions of LuCI that modules of the pages call while they are loaded, without a translation. Import it before them. */
import { format } from './web/luci/page/format.ts';

Object.assign(globalThis, {
  _: (text: string) => text,
  N_: (count: number, singular: string, plural: string) => (count === 1 ? singular : plural),
});
Object.defineProperty(String.prototype, 'format', {
  value(this: string, ...values: readonly unknown[]) {
    return format(String(this), values);
  },
});
