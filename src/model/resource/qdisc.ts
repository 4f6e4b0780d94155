/** A root qdisc or an ingress hook. */
import type { Writer } from '../../lib/bytes.ts';
import { formatHandle, makeHandle } from '../../tc/handle.ts';
import { differences, encodeOptions, formatOptions, hasOptions } from '../../tc/kind.ts';
import { insistsOnNested, optionsToRestore } from '../../tc/qdisc/restorable.ts';
import { qdiscKind } from '../../tc/registry.ts';
import { RTM } from '../../uapi/rtnetlink.ts';
import { TC_H } from '../../uapi/tc.ts';
import { TC_FLAGS, tcRequest } from '../../wire/tcmsg.ts';
import type { Difference, QdiscResource, ResourceKind } from '../resource.ts';
import { linkKey } from './link.ts';

/** The handle of every ingress hook; the kernel gives no other (net/sched/sch_api.c). */
export const HOOK_HANDLE = makeHandle(0xffff, 0);

export function qdiscKey(device: string, parent: QdiscResource['parent']): string {
  return `qdisc ${device} ${parent}`;
}

const FLAGS = { add: TC_FLAGS.add, change: TC_FLAGS.change, replace: TC_FLAGS.replace } as const;

export const qdisc: ResourceKind<QdiscResource> = {
  key: (resource) => qdiscKey(resource.device, resource.parent),
  needs: (resource) => [linkKey(resource.device)],
  order: (resource) => (resource.parent === 'ingress' ? 30 : 20),
  optional: false,
  path: (resource) => `${resource.device} > ${resource.kind}`,

  differences: (wanted, found) => {
    if (wanted.kind !== found.kind || wanted.handle !== found.handle) {
      const [should, is] = [wanted, found].map((side) => `${side.kind} ${formatHandle(side.handle)}`);
      const loses = 'packets queued in the old qdisc';
      return [{ what: 'qdisc', wanted: should ?? '', found: is ?? '', apply: 'replace', loses }];
    }
    const kind = qdiscKind(wanted.kind);
    if (kind === undefined || wanted.options === undefined || found.options === undefined) return [];
    const loses = kind.flushes?.(found.options, wanted.options);
    return differences(kind, wanted.options, found.options).map((difference): Difference => {
      const { name, apply } = difference;
      const flush = apply === 'change' ? (name === 'diffserv' ? loses : undefined) : 'packets queued in the old qdisc';
      return {
        what: name,
        wanted: String(difference.wanted),
        found: String(difference.found),
        apply: apply === 'none' ? 'change' : apply,
        ...(flush === undefined ? {} : { loses: flush }),
      };
    });
  },

  requests: (action, resource, context) => {
    const target = { ifindex: context.ifindexOf(resource.device), handle: resource.handle, parent: parentOf(resource) };
    if (action === 'delete') {
      return [{ via: 'rtnetlink', request: tcRequest(RTM.DELQDISC, 0, target) }];
    }
    const options = optionWriter(resource, action === 'change');
    const request = tcRequest(RTM.NEWQDISC, FLAGS[action], {
      ...target,
      kind: resource.kind,
      ...(options === undefined ? {} : { options, nestedOptions: insistsOnNested(resource.kind) }),
    });
    return [{ via: 'rtnetlink', request }];
  },

  commands: (action, resource) => {
    const { device, kind } = resource;
    const where = resource.parent === 'root' ? `root handle ${formatHandle(resource.handle)}` : '';
    if (action === 'delete') return [words('tc qdisc del dev', device, where === '' ? kind : where)];
    const known = qdiscKind(kind);
    const options = known !== undefined && resource.options !== undefined ? formatOptions(known, resource.options) : [];
    return [words('tc qdisc', action, 'dev', device, where, kind, ...options)];
  },
};

function parentOf(resource: QdiscResource): number {
  return resource.parent === 'root' ? TC_H.ROOT : TC_H.CLSACT;
}

function optionWriter(resource: QdiscResource, change: boolean): ((w: Writer) => void) | undefined {
  const kind = qdiscKind(resource.kind);
  const { options, rawOptions } = resource;
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
