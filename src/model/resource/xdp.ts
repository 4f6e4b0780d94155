/** A program of ours on a device, before the kernel makes a packet of what arrives (net/core/dev.c: dev_xdp_attach_link). */
import type { Difference, ResourceKind, XdpResource } from '../resource.ts';
import { portKey } from './port.ts';
import { PROGRAMS_KEY } from './programs.ts';

export function xdpKey(device: string): string {
  return `xdp ${device}`;
}

export const xdp: ResourceKind<XdpResource> = {
  key: (resource) => xdpKey(resource.device),
  needs: (resource) => [PROGRAMS_KEY, portKey(resource.device)],
  order: () => 45,
  optional: false,
  path: (resource) => `${resource.device} > xdp > ${resource.program}`,

  differences: (wanted, found) => {
    const list: Difference[] = [];
    if (wanted.mode !== found.mode) {
      const loses = 'frames for a moment';
      list.push({ what: 'mode', wanted: wanted.mode, found: found.mode, apply: 'rebuild', loses });
    }
    if (wanted.pinned !== found.pinned) {
      const [should, is] = [wanted, found].map(({ pinned }) => (pinned ? 'stays' : 'goes'));
      list.push({ what: 'after a crash', wanted: should ?? '', found: is ?? '', apply: 'change' });
    }
    if (wanted.program !== found.program) {
      list.push({ what: 'program', wanted: wanted.program, found: found.program, apply: 'change' });
    }
    if (wanted.objectId !== found.objectId) {
      const [should, is] = [wanted, found].map(({ objectId }) => objectId ?? 'another');
      list.push({ what: 'version', wanted: should ?? '', found: is ?? '', apply: 'change' });
    }
    return list;
  },

  requests: (action, resource) => {
    if (action === 'delete') return [{ via: 'bpf', operation: { what: 'detach', device: resource.device } }];
    return [{ via: 'bpf', operation: { what: action === 'add' ? 'attach' : 'exchange', xdp: resource } }];
  },

  commands: (action, { device, program, mode }) => {
    const how = mode === 'native' ? 'xdpdrv' : 'xdpgeneric';
    if (action === 'delete') return [`ip link set dev ${device} ${how} off`];
    return [
      `ip ${action === 'add' ? '' : '-force '}link set dev ${device} ${how} pinned /sys/fs/bpf/weir/programs/${program}`,
    ];
  },
};
