/** That a port takes all frames, not only those to its own address (IFF_PROMISC). */
import { linkSet } from '../../wire/link.ts';
import type { PromiscuousResource, ResourceKind } from '../resource.ts';

export function promiscuousKey(device: string): string {
  return `promiscuous ${device}`;
}

export const promiscuous: ResourceKind<PromiscuousResource> = {
  key: (resource) => promiscuousKey(resource.device),
  needs: () => [],
  order: () => 48,
  optional: false,
  path: (resource) => `${resource.device} > promiscuous mode`,
  differences: () => [],
  requests: (action, { device }) => [
    { via: 'rtnetlink', request: linkSet(device, { promiscuous: action !== 'delete' }) },
  ],
  commands: (action, { device }) => [`ip link set dev ${device} promisc ${action === 'delete' ? 'off' : 'on'}`],
};
