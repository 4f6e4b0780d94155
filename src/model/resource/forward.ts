/** The filter at a device's ingress hook that runs a program of ours on every packet that arrives (net/sched/cls_bpf.c). */
import type { Writer } from '../../lib/bytes.ts';
import { encodeBpf } from '../../tc/filter/bpf.ts';
import { RTM } from '../../uapi/rtnetlink.ts';
import { filterInfo, TC_FLAGS, tcRequest } from '../../wire/tcmsg.ts';
import type { Difference, ForwardResource, ResourceKind } from '../resource.ts';
import { portKey } from './port.ts';
import { PROGRAMS_KEY } from './programs.ts';
import { qdiscKey } from './qdisc.ts';
import { INGRESS_PARENT } from './redirect.ts';

/** After other people's filters, as with the redirect of a shaper, and never where that one is. */
export const FORWARD_PREFERENCE = 0xfe01;
/** With the preference, how we know our filter (TCA_BPF_NAME). */
export const FORWARD_NAME_PREFIX = 'weir:';
const FILTER_HANDLE = 1;
const ETH_P_ALL = 0x0003;

export function forwardKey(device: string): string {
  return `forward ${device}`;
}

export const forward: ResourceKind<ForwardResource> = {
  key: (resource) => forwardKey(resource.device),
  needs: (resource) => [qdiscKey(resource.device, 'ingress'), PROGRAMS_KEY, portKey(resource.device)],
  order: () => 45,
  optional: false,
  path: (resource) => `${resource.device} > ingress > ${resource.program}`,

  differences: (wanted, found) => {
    const list: Difference[] = [];
    if (wanted.program !== found.program) {
      list.push({ what: 'program', wanted: wanted.program, found: found.program, apply: 'change' });
    }
    if (wanted.objectId !== found.objectId) {
      const [should, is] = [wanted, found].map(({ objectId }) => objectId ?? 'another');
      list.push({ what: 'version', wanted: should ?? '', found: is ?? '', apply: 'change' });
    }
    return list;
  },

  requests: (action, resource, context) => {
    const target = {
      ifindex: context.ifindexOf(resource.device),
      handle: FILTER_HANDLE,
      parent: INGRESS_PARENT,
      info: filterInfo(FORWARD_PREFERENCE, ETH_P_ALL, context.littleEndian),
      kind: 'bpf',
    };
    if (action === 'delete') return [{ via: 'rtnetlink', request: tcRequest(RTM.DELTFILTER, 0, target) }];
    const fd = context.programFd(resource.program);
    const options = (w: Writer): void => encodeBpf(w, fd, FORWARD_NAME_PREFIX + resource.program);
    // The kernel puts another program in the filter's place at once (cls_bpf.c: cls_bpf_change), so no packet passes without one.
    const flags = action === 'add' ? TC_FLAGS.add : TC_FLAGS.change;
    return [{ via: 'rtnetlink', request: tcRequest(RTM.NEWTFILTER, flags, { ...target, options }) }];
  },

  commands: (action, { device, program }) => {
    const where = `dev ${device} ingress pref ${FORWARD_PREFERENCE} protocol all`;
    if (action === 'delete') return [`tc filter del ${where} bpf`];
    const filter = `tc filter ${action === 'add' ? 'add' : 'replace'} ${where} handle 1 bpf direct-action`;
    // This one is pinned nowhere, so that it forwards nothing any more when the process has ended.
    if (program === 'tc_while_alive') return [`# ${filter} with ${program}`];
    return [`${filter} pinned /sys/fs/bpf/weir/programs/${program}`];
  },
};
