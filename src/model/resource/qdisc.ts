/** A root qdisc, an ingress hook, or the qdisc of a class. */
import type { Writer } from '../../lib/bytes.ts';
import { trees } from '../../parts/trees.ts';
import { formatHandle, makeHandle } from '../../tc/handle.ts';
import { differences, encodeOptions, formatOptions, hasOptions, type QdiscKind } from '../../tc/kind.ts';
import { insistsOnNested, optionsToRestore } from '../../tc/qdisc/restorable.ts';
import { qdiscKind } from '../../tc/registry.ts';
import { RTM } from '../../uapi/rtnetlink.ts';
import { TC_H } from '../../uapi/tc.ts';
import { TC_FLAGS, tcRequest } from '../../wire/tcmsg.ts';
import type { Difference, QdiscResource, ResourceKind } from '../resource.ts';
import { linkKey } from './link.ts';

/** Classes and qdiscs with classes are made after the root, one below the other: their order among themselves follows from what they need. */
export const TREE_ORDER = 25;
/** What has no classes comes when all of them are there: of ten thousand classes the kernel makes the last ones faster then. */
const LEAF_ORDER = 26;

/** The handle of every ingress hook; the kernel gives no other (net/sched/sch_api.c). */
export const HOOK_HANDLE = makeHandle(0xffff, 0);

export function qdiscKey(device: string, parent: QdiscResource['parent']): string {
  // biome-ignore lint/style/useTemplate: the engine takes twice the time for one, and there are lists of ten thousand
  return 'qdisc ' + device + ' ' + (typeof parent === 'number' ? formatHandle(parent) : parent);
}

/** The kind of a qdisc whose options are known; those of trees are asked for where there is such a qdisc only. */
function kindOf({ kind, options }: QdiscResource): QdiscKind | undefined {
  return qdiscKind(kind) ?? (options === undefined ? undefined : trees().everyQdisc(kind));
}

const FLAGS = { add: TC_FLAGS.add, change: TC_FLAGS.change, replace: TC_FLAGS.replace } as const;

export const qdisc: ResourceKind<QdiscResource> = {
  key: (resource) => qdiscKey(resource.device, resource.parent),
  needs: ({ device, on }) => [on ?? linkKey(device)],
  endsWith: ({ on }) => on,
  order: ({ parent, kind }) => {
    if (parent === 'ingress') return 30;
    if (parent === 'root') return 20;
    return trees().isClassful(trees().everyQdisc(kind)) ? TREE_ORDER : LEAF_ORDER;
  },
  optional: false,
  path: ({ device, parent, kind }) =>
    typeof parent === 'number' ? `${device} > ${formatHandle(parent)} > ${kind}` : `${device} > ${kind}`,

  differences: (wanted, found, alike) => {
    // Which handle the kernel has given matters to nobody.
    const isSameHandle = wanted.handle === found.handle || (wanted.handle === 0 && typeof wanted.parent === 'number');
    if (wanted.kind !== found.kind || !isSameHandle) {
      const [should, is] = [wanted, found].map(({ kind, handle }) =>
        words(kind, handle === 0 ? '' : formatHandle(handle)),
      );
      // With its handle the kernel takes one of another kind for a change of what is there, and refuses it (sch_api.c).
      const apply = wanted.handle !== 0 && isSameHandle ? 'rebuild' : 'replace';
      return [{ what: 'qdisc', wanted: should ?? '', found: is ?? '', apply, loses: QUEUED }];
    }
    const list: Difference[] = [];
    if (wanted.stab !== undefined || found.stab !== undefined) list.push(...trees().stabDifferences(wanted, found));
    const kind = kindOf(wanted);
    if (kind === undefined || wanted.options === undefined || found.options === undefined) return list;
    if (alike?.has(wanted.options, found.options)) return list;
    const asked = wanted.toRestore ?? wanted.options;
    const loses = kind.flushes?.(found.options, { ...kind.initial, ...asked });
    for (const difference of differences(kind, asked, found.options)) {
      const { name, apply } = difference;
      const flush = apply === 'change' ? (isFlush(wanted.kind, name) ? loses : undefined) : QUEUED;
      list.push({
        what: name,
        wanted: String(difference.wanted),
        found: String(difference.found),
        // In the place of one of the same kind the kernel makes no other, but changes it (sch_api.c: "This magic test"): it has to go first.
        apply: apply === 'none' ? 'change' : apply,
        ...(flush === undefined ? {} : { loses: flush }),
      });
    }
    if (list.length === 0) alike?.add(wanted.options, found.options);
    return list;
  },

  requests: (action, resource, context) => {
    const target = { ifindex: context.ifindexOf(resource.device), handle: resource.handle, parent: parentOf(resource) };
    if (action === 'delete') {
      return [{ via: 'rtnetlink', request: tcRequest(RTM.DELQDISC, 0, target) }];
    }
    const options = optionWriter(resource, action === 'change');
    const { stab } = resource;
    const request = tcRequest(RTM.NEWQDISC, FLAGS[action], {
      ...target,
      kind: resource.kind,
      ...(stab === undefined ? {} : { stab: (w: Writer) => trees().encodeStab(w, stab) }),
      ...(options === undefined ? {} : { options, nestedOptions: isNested(resource) }),
    });
    return [{ via: 'rtnetlink', request }];
  },

  commands: (action, resource) => {
    const { device, kind, handle, parent, stab } = resource;
    const where =
      parent === 'ingress'
        ? ''
        : words(
            parent === 'root' ? 'root' : `parent ${formatHandle(parent)}`,
            handle === 0 ? '' : `handle ${formatHandle(handle)}`,
          );
    if (action === 'delete') return [words('tc qdisc del dev', device, where === '' ? kind : where)];
    const known = kindOf(resource);
    const options = known !== undefined && resource.options !== undefined ? formatOptions(known, resource.options) : [];
    const table = stab === undefined ? [] : trees().stabWords(stab);
    return [words('tc qdisc', action, 'dev', device, where, ...table, kind, ...options)];
  },
};

const QUEUED = 'packets queued in the old qdisc';

/** Of CAKE only fewer tins lose packets; what other kinds say of a change is true of it as a whole. */
function isFlush(kind: string, option: string): boolean {
  return qdiscKind(kind) === undefined || option === 'diffserv';
}

function isNested(resource: QdiscResource): boolean {
  return insistsOnNested(resource.kind) || kindOf(resource)?.insistsOnNested === true;
}

function parentOf({ parent }: QdiscResource): number {
  if (typeof parent === 'number') return parent;
  return parent === 'root' ? TC_H.ROOT : TC_H.CLSACT;
}

function optionWriter(resource: QdiscResource, change: boolean): ((w: Writer) => void) | undefined {
  const kind = kindOf(resource);
  const { rawOptions } = resource;
  const options = resource.toRestore ?? resource.options;
  if (kind !== undefined && options !== undefined) {
    return hasOptions(kind, options) ? (w) => encodeOptions(kind, w, options, change) : undefined;
  }
  if (rawOptions !== undefined) {
    return (w) => w.raw(optionsToRestore(resource.kind, rawOptions, w.littleEndian));
  }
  return undefined;
}

function words(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' ');
}
