/** The IFB that arriving traffic is sent through, so that it can be queued (drivers/net/ifb.c). */
import { linkCreate, linkDelete, linkSet } from '../../wire/link.ts';
import type { Difference, KernelRequest, LinkResource, ResourceKind } from '../resource.ts';

/** The alias of our devices is this and the name of the shaper's section. */
export const ALIAS_PREFIX = 'weir:';

/**
 * The group of our devices. The kernel takes it when it makes the device and an alias only afterwards, so that a device is
 * known as ours from its first moment.
 */
export const OUR_GROUP = 0x7e00;

export function linkKey(device: string): string {
  return `link ${device}`;
}

export const link: ResourceKind<LinkResource> = {
  key: (resource) => linkKey(resource.device),
  needs: () => [],
  order: () => 10,
  optional: false,
  path: (resource) => resource.device,

  differences: (wanted, found) => {
    const list: Difference[] = [];
    if (wanted.txQueues !== found.txQueues) {
      const loses = 'packets queued in the old device';
      const [should, is] = [String(wanted.txQueues), String(found.txQueues)];
      list.push({ what: 'TX queues', wanted: should, found: is, apply: 'rebuild', loses });
    }
    if (wanted.alias !== found.alias) {
      list.push({ what: 'alias', wanted: wanted.alias, found: found.alias, apply: 'change' });
    }
    if (wanted.up !== found.up) {
      list.push({ what: 'state', wanted: upOrDown(wanted), found: upOrDown(found), apply: 'change' });
    }
    return list;
  },

  requests: (action, { device, kind, alias, txQueues, up }) => {
    if (action === 'delete') return [rtnetlink(linkDelete(device))];
    const set = rtnetlink(linkSet(device, { alias, up }));
    if (action !== 'add') return [set];
    return [rtnetlink(linkCreate({ kind, name: device, txQueues, rxQueues: txQueues, group: OUR_GROUP })), set];
  },

  commands: (action, { device, kind, alias, txQueues, up }) => {
    if (action === 'delete') return [`ip link delete dev ${device}`];
    const set = `ip link set dev ${device} alias ${alias} ${up ? 'up' : 'down'}`;
    if (action !== 'add') return [set];
    const queues = txQueues > 1 ? ` numtxqueues ${txQueues} numrxqueues ${txQueues}` : '';
    return [`ip link add name ${device} group ${OUR_GROUP}${queues} type ${kind}`, set];
  },
};

function upOrDown(resource: LinkResource): string {
  return resource.up ? 'up' : 'down';
}

function rtnetlink(request: ReturnType<typeof linkSet>): KernelRequest {
  return { via: 'rtnetlink', request };
}
