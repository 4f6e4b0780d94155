/** A class below a qdisc (net/sched/sch_api.c: tc_ctl_tclass). */
import type { Writer } from '../../lib/bytes.ts';
import { everyQdisc } from '../../tc/every_qdisc.ts';
import { formatHandle, minorOf } from '../../tc/handle.ts';
import { differences, encodeOptions, formatOptions, type OptionSet } from '../../tc/kind.ts';
import { RTM } from '../../uapi/rtnetlink.ts';
import { TC_FLAGS, tcRequest } from '../../wire/tcmsg.ts';
import { TREE_ORDER } from '../resource/qdisc.ts';
import type { ClassResource, Difference, ResourceKind } from '../resource.ts';

export function classKey(device: string, handle: number): string {
  // biome-ignore lint/style/useTemplate: the engine takes twice the time for one, and there are lists of ten thousand
  return 'class ' + device + ' ' + formatHandle(handle);
}

/** The options of classes of this kind; undefined where weir knows none. */
export function classOptions(kind: string): OptionSet | undefined {
  return everyQdisc(kind)?.classes;
}

const FLAGS = { add: TC_FLAGS.add, change: TC_FLAGS.change, replace: TC_FLAGS.replace } as const;
const QUEUED = 'packets queued in the class and in what stands on it';

export const classKind: ResourceKind<ClassResource> = {
  key: ({ device, handle }) => classKey(device, handle),
  needs: ({ device, parent, on }) => (minorOf(parent) === 0 ? [on] : [on, classKey(device, parent)]),
  // Not with its parent: a class that has others below it is not deleted (sch_htb.c: htb_delete).
  endsWith: ({ on }) => on,
  order: () => TREE_ORDER,
  optional: false,
  path: ({ device, handle, kind }) => `${device} > ${kind} ${formatHandle(handle)}`,

  differences: (wanted, found, alike) => {
    if (wanted.kind !== found.kind) {
      return [{ what: 'kind', wanted: wanted.kind, found: found.kind, apply: 'rebuild', loses: QUEUED }];
    }
    if (wanted.parent !== found.parent) {
      const [should, is] = [formatHandle(wanted.parent), formatHandle(found.parent)];
      return [{ what: 'parent', wanted: should, found: is, apply: 'rebuild', loses: QUEUED }];
    }
    const set = classOptions(wanted.kind);
    if (set === undefined || wanted.options === undefined || found.options === undefined) return [];
    if (alike?.has(wanted.options, found.options)) return [];
    const list = differences(set, wanted.options, found.options);
    if (list.length === 0) alike?.add(wanted.options, found.options);
    return list.map(
      ({ name, wanted: should, found: is, apply }): Difference => ({
        what: name,
        wanted: String(should),
        found: String(is),
        apply: apply === 'rebuild' ? 'rebuild' : 'change',
        ...(apply === 'rebuild' ? { loses: QUEUED } : {}),
      }),
    );
  },

  requests: (action, resource, context) => {
    const { device, handle, parent, kind, options } = resource;
    const target = { ifindex: context.ifindexOf(device), handle, parent };
    if (action === 'delete') return [{ via: 'rtnetlink', request: tcRequest(RTM.DELTCLASS, 0, target) }];
    const set = classOptions(kind);
    const encoded =
      set === undefined || options === undefined
        ? {}
        : { options: (w: Writer): void => encodeOptions(set, w, options, action === 'change') };
    return [{ via: 'rtnetlink', request: tcRequest(RTM.NEWTCLASS, FLAGS[action], { ...target, kind, ...encoded }) }];
  },

  commands: (action, { device, handle, parent, kind, options }) => {
    const classid = `classid ${formatHandle(handle)}`;
    if (action === 'delete') return [`tc class del dev ${device} ${classid}`];
    const set = classOptions(kind);
    const words = set === undefined || options === undefined ? [] : formatOptions(set, options);
    return [['tc class', action, 'dev', device, 'parent', formatHandle(parent), classid, kind, ...words].join(' ')];
  },
};
