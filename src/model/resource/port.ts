/** What the bridge does with frames that arrive on a device: entries in the maps `ports`, `targets` and `vlans`. */
import type { VlanMapping } from '../bridge_config.ts';
import type { Difference, PortResource, ResourceKind } from '../resource.ts';
import { PROGRAMS_KEY } from './programs.ts';

export function portKey(device: string): string {
  return `port ${device}`;
}

export const port: ResourceKind<PortResource> = {
  key: (resource) => portKey(resource.device),
  needs: () => [PROGRAMS_KEY],
  order: () => 14,
  optional: false,
  path: (resource) => `${resource.device} > bridge`,

  differences: (wanted, found) => {
    const list: Difference[] = [];
    const compare = (what: string, should: string, is: string): void => {
      if (should !== is) list.push({ what, wanted: should, found: is, apply: 'change' });
    };
    compare('redirect', wanted.redirectTo, found.redirectTo);
    compare('largest frame', `${wanted.maxFrameBytes} bytes`, `${found.maxFrameBytes} bytes`);
    compare('own address', wanted.address, found.address);
    compare('VLANs', vlansText(wanted), vlansText(found));
    compare('side', wanted.faces, found.faces);
    compare('control frames', controlText(wanted), controlText(found));
    return list;
  },

  requests: (action, resource) => [
    {
      via: 'bpf',
      operation:
        action === 'delete' ? { what: 'delete-port', device: resource.device } : { what: 'set-port', port: resource },
    },
  ],

  commands: (action, resource) => {
    const { device, redirectTo, faces } = resource;
    if (action === 'delete') return [`# bridge: frames from ${device} are not redirected any more`];
    const vlans = resource.scanVlans ? `, VLANs ${vlansText(resource)}` : '';
    const side = faces === 'auto' ? '' : `, faces ${faces}`;
    return [`# bridge: frames from ${device} to ${redirectTo}${vlans}${side}`];
  },
};

function vlansText({ scanVlans, vlans }: PortResource): string {
  if (!scanVlans) return 'as they are';
  const text = ({ tag, redirectTo, faces }: VlanMapping): string =>
    `${tag}->${redirectTo}${faces === 'auto' ? '' : ` ${faces}`}`;
  return vlans.length === 0
    ? 'none mapped'
    : [...vlans]
        .sort((a, b) => a.tag - b.tag)
        .map(text)
        .join(' ');
}

function controlText({ controlFrames }: PortResource): string {
  return controlFrames ? 'forwarded' : 'to this machine';
}
