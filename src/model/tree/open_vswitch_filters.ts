/**
 * Filters of a QoS of Open vSwitch: how a packet says that it is for a queue, and what rewrites its DSCP.
 *
 * OpenFlow's set_queue gives a packet the priority TC_HANDLE(1, N+1) (dpif_netlink_queue_to_priority). HTB and HFSC take the class of that
 * number without asking a filter; where there are no classes a filter compares it. A firewall mark is weir's own, for nftables.
 */
import type { MaskedMark } from '../../schema/tree_fields.ts';
import { makeHandle } from '../../tc/handle.ts';
import type { OptionValues } from '../../tc/kind.ts';
import { ETH_P } from '../../uapi/if_link.ts';
import type { ActionNode, FilterNode, NodeName } from './nodes.ts';
import type { QueueConfig } from './open_vswitch.ts';

/** prio, which has two bands at least, as one queue with a place for filters. */
export const ONE_BAND: OptionValues = { bands: 2, priorityMap: '0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0' };

/** The section that a node comes from, and the port. */
export type OwnedBy = Pick<FilterNode, 'section' | 'where' | 'device'>;

/** A filter that takes what another has let go comes last. */
export const LAST_PREFERENCE = 0xffff;
/** Of the byte that has the DSCP, the bits that are not it (RFC 3168). */
const ECN_BITS = 0x03;
/** Minors of classes, as far as Open vSwitch has queues for them. */
const QUEUES_WITH_PRIORITY = 0xf000;

/** Where a filter sends a packet. */
export type Way = { readonly class: NodeName } | { readonly chain: number };

function filter(
  ownedBy: OwnedBy,
  name: NodeName,
  parent: NodeName,
  rest: Pick<FilterNode, 'kind' | 'options'> & Partial<FilterNode>,
): FilterNode {
  return {
    node: 'filter',
    name,
    ...ownedBy,
    parent: { at: 'node', node: parent },
    protocol: ETH_P.ALL,
    chain: 0,
    preference: undefined,
    target: undefined,
    actions: [],
    ...rest,
  };
}

function leadingTo(way: Way): Pick<FilterNode, 'target' | 'actions'> {
  if ('class' in way) return { target: { at: 'node', node: way.class }, actions: [] };
  return { target: undefined, actions: [gotoChain(way.chain)] };
}

export function gotoChain(chain: number): ActionNode {
  return { kind: 'gact', options: { control: `goto chain ${chain}` } };
}

/** Packets with the mark. */
export function markFilter(
  ownedBy: OwnedBy,
  queue: NodeName,
  parent: NodeName,
  { mark, mask }: MaskedMark,
  way: Way,
): FilterNode {
  return filter(ownedBy, `${queue}/mark`, parent, { kind: 'fw', options: { mark, mask }, ...leadingTo(way) });
}

/** Every packet that comes to a chain: `basic` without a condition, which can be changed in place, as matchall cannot. */
export function everyPacket(
  ownedBy: OwnedBy,
  name: NodeName,
  parent: NodeName,
  chain: number,
  actions: readonly ActionNode[],
): FilterNode {
  return filter(ownedBy, name, parent, { kind: 'basic', options: {}, chain, preference: LAST_PREFERENCE, actions });
}

/** Packets that were sent to a queue, by their priority or their mark. */
export function explicitly(
  ownedBy: OwnedBy,
  parent: NodeName,
  { id, values }: QueueConfig,
  chain: number,
): FilterNode[] {
  const name = `${parent}/queue ${id}`;
  const marked = values.mark === undefined ? [] : [markFilter(ownedBy, name, parent, values.mark, { chain })];
  if (id >= QUEUES_WITH_PRIORITY) return marked;
  return [
    filter(ownedBy, `${name}/priority`, parent, {
      kind: 'basic',
      options: { match: `meta(priority eq ${makeHandle(1, id + 1)})` },
      ...leadingTo({ chain }),
    }),
    ...marked,
  ];
}

/** Two filters of a chain, for both versions of IP, that write the DSCP and let the packet go on to the next filter. */
export function rewriteDscp(
  ownedBy: OwnedBy,
  queue: NodeName,
  parent: NodeName,
  chain: number,
  dscp: number,
): FilterNode[] {
  const set = `set 0x${(dscp << 2).toString(16)} retain 0x${(0xff & ~ECN_BITS).toString(16)}`;
  const rewriting = (version: string, protocol: number, actions: readonly ActionNode[]): FilterNode =>
    filter(ownedBy, `${queue}/dscp ${version}`, parent, { kind: 'basic', options: {}, chain, protocol, actions });
  return [
    rewriting('ip', ETH_P.IP, [
      { kind: 'pedit', options: { munge: `ip dsfield ${set}`, control: 'pipe' } },
      // IPv6 has no checksum of its header.
      { kind: 'csum', options: { headers: 'ip4h', control: 'continue' } },
    ]),
    rewriting('ipv6', ETH_P.IPV6, [
      { kind: 'pedit', options: { munge: `ip6 traffic_class ${set}`, control: 'continue' } },
    ]),
  ];
}
