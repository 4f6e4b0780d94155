/**
 * The filter that sends what arrives on a device to its IFB: matchall where the kernel has it, else a u32 that matches
 * everything, with the action mirred (net/sched/act_mirred.c).
 */
import type { Writer } from '../../lib/bytes.ts';
import { encodeRedirect } from '../../tc/action/mirred.ts';
import { encodeMatchall } from '../../tc/filter/matchall.ts';
import { encodeU32MatchAll } from '../../tc/filter/u32.ts';
import { makeHandle } from '../../tc/handle.ts';
import { RTM } from '../../uapi/rtnetlink.ts';
import { TC_H } from '../../uapi/tc.ts';
import { filterInfo, TC_FLAGS, tcRequest } from '../../wire/tcmsg.ts';
import type { RedirectResource, ResourceKind } from '../resource.ts';
import { linkKey } from './link.ts';
import { qdiscKey } from './qdisc.ts';

/**
 * Our filter runs after other people's, who classify or count and let packets pass on: it takes the packet away. A filter that
 * is added without a preference gets 0xc000, or one less than the first at or above 0x8000 (net/sched/cls_api.c: tcf_auto_prio),
 * so ours has to be later than these.
 */
export const OUR_PREFERENCE = 0xfe00;

/** The cookie of our action: with the preference, how we know our filter (TCA_ACT_COOKIE, up to 16 bytes). */
export const OUR_COOKIE = new Uint8Array([0x77, 0x65, 0x69, 0x72]);

const ETH_P_ALL = 0x0003;

/** Filters of the ingress side; this parent means the same below `clsact` and below `ingress` (sch_ingress.c). */
export const INGRESS_PARENT = makeHandle(0xffff, TC_H.MIN_INGRESS);
export const EGRESS_PARENT = makeHandle(0xffff, TC_H.MIN_EGRESS);

export function redirectKey(device: string): string {
  return `redirect ${device}`;
}

export const redirect: ResourceKind<RedirectResource> = {
  key: (resource) => redirectKey(resource.device),
  needs: (resource) => [qdiscKey(resource.device, 'ingress'), linkKey(resource.redirectTo)],
  order: () => 40,
  optional: false,
  path: (resource) => `${resource.device} > ingress > ${resource.kind}`,

  differences: (wanted, found) => {
    if (wanted.redirectTo === found.redirectTo && wanted.kind === found.kind) return [];
    // matchall cannot be changed in place (cls_matchall.c: mall_change gives EEXIST).
    const [should, is] = [wanted, found].map((side) => `${side.kind} to ${side.redirectTo}`);
    return [{ what: 'redirect', wanted: should ?? '', found: is ?? '', apply: 'rebuild' }];
  },

  requests: (action, resource, context) => {
    const target = {
      ifindex: context.ifindexOf(resource.device),
      handle: 0,
      parent: INGRESS_PARENT,
      info: filterInfo(OUR_PREFERENCE, ETH_P_ALL, context.littleEndian),
      kind: resource.kind,
    };
    if (action === 'delete') return [{ via: 'rtnetlink', request: tcRequest(RTM.DELTFILTER, 0, target) }];
    // Not while the message is written: to learn an index may take a message of its own.
    const redirectIfindex = context.ifindexOf(resource.redirectTo);
    const options = (w: Writer): void => {
      const actions = (): void => encodeRedirect(w, redirectIfindex, OUR_COOKIE);
      if (resource.kind === 'matchall') encodeMatchall(w, actions);
      else encodeU32MatchAll(w, actions);
    };
    return [{ via: 'rtnetlink', request: tcRequest(RTM.NEWTFILTER, TC_FLAGS.add, { ...target, options }) }];
  },

  commands: (action, { device, kind, redirectTo }) => {
    const where = `dev ${device} ingress pref ${OUR_PREFERENCE} protocol all`;
    if (action === 'delete') return [`tc filter del ${where} ${kind}`];
    const match = kind === 'u32' ? 'u32 match u32 0 0' : kind;
    const cookie = [...OUR_COOKIE].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    return [`tc filter add ${where} ${match} action mirred egress redirect dev ${redirectTo} cookie ${cookie}`];
  },
};
