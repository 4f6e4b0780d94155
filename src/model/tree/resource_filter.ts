/** A filter at a qdisc, a class or a hook (net/sched/cls_api.c: tc_new_tfilter). */
import type { Writer } from '../../lib/bytes.ts';
import type { KernelNames } from '../../tc/action/list.ts';
import { actionKind } from '../../tc/action/registry.ts';
import {
  encodeFilterOptions,
  type FilterKind,
  type FilterOptions,
  filterDifferences,
  filterHandle,
  formatFilter,
  needsEstimate,
} from '../../tc/filter/kind.ts';
import { filterKind } from '../../tc/filter/registry.ts';
import { formatHandle } from '../../tc/handle.ts';
import { ETH_P } from '../../uapi/if_link.ts';
import { RTM } from '../../uapi/rtnetlink.ts';
import { filterInfo, TC_FLAGS, tcRequest } from '../../wire/tcmsg.ts';
import { EGRESS_PARENT, INGRESS_PARENT } from '../resource/redirect.ts';
import type { Difference, FilterResource, RequestContext, ResourceKind } from '../resource.ts';
import { classKey } from './resource_class.ts';

/**
 * Each filter has a preference of its own, but for those of a kind whose handle is what they look for: of these there are many at one
 * preference.
 */
export function sharesPreference(kind: string): boolean {
  return filterKind(kind)?.handleOption !== undefined;
}

export function filterKey({
  device,
  parent,
  chain,
  preference,
  handle,
  kind,
}: Pick<FilterResource, 'device' | 'parent' | 'chain' | 'preference' | 'handle' | 'kind'>): string {
  const at = `filter ${device} ${formatHandle(parent)} ${chain} ${preference}`;
  return sharesPreference(kind) ? `${at} ${handle.toString(16)}` : at;
}

const GONE = 'the way of packets for a moment: they are sorted as if the filter were not there';

export const filterResourceKind: ResourceKind<FilterResource> = {
  key: filterKey,
  needs: ({ device, on, rule }) => (rule?.classid === undefined ? [on] : [on, classKey(device, rule.classid)]),
  endsWith: ({ on }) => on,
  order: () => 46,
  optional: false,
  path: (resource) => `${resource.device} > ${placeOf(resource)} > ${resource.kind} ${resource.preference}`,

  differences: (wanted, found) => {
    const should = `${wanted.kind}, protocol ${formatProtocol(wanted.protocol)}`;
    const is = `${found.kind}, protocol ${formatProtocol(found.protocol)}`;
    if (should !== is) return [{ what: 'filter', wanted: should, found: is, apply: 'rebuild', loses: GONE }];
    const kind = filterKind(wanted.kind);
    if (kind === undefined || wanted.rule === undefined) return [];
    if (found.rule === undefined) {
      const what = 'several at one preference';
      return [{ what: 'filter', wanted: wanted.kind, found: what, apply: 'rebuild', loses: GONE }];
    }
    return filterDifferences(kind, wanted.rule, found.rule, wanted.protocol).map(
      (difference): Difference => ({
        what: difference.name,
        wanted: String(difference.wanted),
        found: String(difference.found),
        apply: difference.apply === 'rebuild' ? 'rebuild' : 'change',
        ...(difference.apply === 'rebuild' ? { loses: GONE } : {}),
      }),
    );
  },

  requests: (action, resource, context) => {
    const { device, parent, chain, preference, protocol, kind: name, rule } = resource;
    const kind = filterKind(name);
    const shares = sharesPreference(name);
    const chosen = rule === undefined || kind === undefined ? 0 : filterHandle(kind, rule);
    const handle = shares ? resource.handle : action === 'add' ? chosen : action === 'delete' ? 0 : resource.handle;
    const target = {
      ifindex: context.ifindexOf(device),
      // Without a handle the kernel deletes all of the preference: the filter, and the hash table that u32 has made for it.
      handle,
      parent,
      info: filterInfo(preference, protocol, context.littleEndian),
      kind: name,
      ...(chain === 0 ? {} : { chain }),
    };
    if (action === 'delete') return [{ via: 'rtnetlink', request: tcRequest(RTM.DELTFILTER, 0, target) }];
    const names = rule === undefined ? undefined : namesFor(kind, rule, context);
    const options = (w: Writer): void => {
      if (kind !== undefined && rule !== undefined && names !== undefined)
        encodeFilterOptions(kind, w, rule, protocol, names);
    };
    const flags = action === 'add' ? TC_FLAGS.add : TC_FLAGS.change;
    const estimatesRate = rule !== undefined && needsEstimate(rule);
    return [{ via: 'rtnetlink', request: tcRequest(RTM.NEWTFILTER, flags, { ...target, estimatesRate, options }) }];
  },

  commands: (action, resource) => {
    const { device, chain, preference, protocol, kind: name, rule } = resource;
    const where = [
      `dev ${device} ${placeOf(resource)}`,
      ...(chain === 0 ? [] : [`chain ${chain}`]),
      `pref ${preference} protocol ${formatProtocol(protocol)}`,
      ...(rule !== undefined && action !== 'delete' && needsEstimate(rule) ? ['estimator 1sec 8sec'] : []),
    ].join(' ');
    const kind = filterKind(name);
    const words = kind === undefined || rule === undefined ? [name] : formatFilter(kind, rule, protocol);
    if (action !== 'delete') return [`tc filter ${action} ${where} ${words.join(' ')}`];
    const handle = sharesPreference(name) ? `handle 0x${resource.handle.toString(16)} ` : '';
    return [`tc filter del ${where} ${handle}${name}`];
  },
};

function placeOf({ parent }: FilterResource): string {
  if (parent === INGRESS_PARENT) return 'ingress';
  if (parent === EGRESS_PARENT) return 'egress';
  return `parent ${formatHandle(parent)}`;
}

/** As tc(8) takes it: the usual names, else the number. */
function formatProtocol(protocol: number): string {
  if (protocol === ETH_P.ALL) return 'all';
  if (protocol === ETH_P.IP) return 'ip';
  if (protocol === ETH_P.IPV6) return 'ipv6';
  return `0x${protocol.toString(16)}`;
}

/** What the rule names, asked for now: not while the message is written, since to learn an index may take a message of its own. */
function namesFor(
  kind: FilterKind | undefined,
  { options, actions }: FilterOptions,
  context: RequestContext,
): KernelNames {
  const indexes = new Map<string, number>();
  for (const action of actions) {
    const device = action.options[actionKind(action.kind)?.deviceOption ?? ''];
    if (typeof device === 'string') indexes.set(device, context.ifindexOf(device));
  }
  const programs = new Map<string, number>();
  const path = options[kind?.programOption ?? ''];
  if (typeof path === 'string') programs.set(path, context.pinnedProgramFd(path));
  return {
    ifindexOf: (device) => indexes.get(device) ?? 0,
    deviceOf: () => undefined,
    programFdOf: (name) => programs.get(name) ?? -1,
  };
}
