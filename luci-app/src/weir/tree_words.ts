/** Changes of trees in words. */
import type { RenderedChange } from '../../../src/model/render.ts';

/** Kinds that a device may have had before weir, and gets back (tc/qdisc/restorable.ts), and CAKE, which shapers have. */
const OTHERS_ROOTS = /^(bfifo|cake|cake_mq|clsact|codel|fq|fq_codel|fq_pie|ingress|mq|noqueue|pfifo|pfifo_fast|pie)$/;

/** What the change is about, or undefined where it is not of a tree. Paths are those of model/resource/qdisc.ts and model/tree/. */
export function treeWords({ action, path, commands }: RenderedChange): string | undefined {
  const [device = '', second = '', third = ''] = path.split(' > ');
  const [, about] = (commands[0] ?? '').split(' ');
  const thing = thingOf(about, second, third);
  if (thing === undefined) return undefined;
  switch (action) {
    case 'add':
      return _('%s gets %s.').format(device, thing);
    case 'delete':
      return _('%s loses %s.').format(device, thing);
    case 'replace':
      return _('%s gets %s in place of what is there.').format(device, thing);
    default:
      return _('On %s, %s changes in place:').format(device, thing);
  }
}

/** Filters of shapers have no preference in their paths. */
function thingOf(about: string | undefined, second: string, third: string): string | undefined {
  if (about === 'class') return _('the class %s').format(second);
  if (about === 'filter') return third.includes(' ') ? _('the filter %s').format(third) : undefined;
  if (about !== 'qdisc') return undefined;
  if (third !== '') return _('the qdisc %s in %s').format(third, second);
  return OTHERS_ROOTS.test(second) ? undefined : _('the qdisc %s').format(second);
}
