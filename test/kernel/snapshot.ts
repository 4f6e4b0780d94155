/** All that a kernel holds as lines of text, without what differs between two devices of the same name. */

import { weir_settings } from '../../src/bpf/layout_gen.ts';
import { PINNED_BELOW } from '../../src/bpf/pins.ts';
import type { FakeHost } from '../../src/host/fake.ts';
import { formatHandle } from '../../src/tc/handle.ts';
import { TC_H } from '../../src/uapi/tc.ts';
import { toHex } from '../netlink/recording.ts';
import type { FakeDevice, FakeFilter, FakeQdisc, KernelState } from './state.ts';

/** What is pinned of the bridge, with what is in the maps; indexes of devices are as they are. */
export function bpfSnapshot({ files, bpfKernel }: FakeHost): string[] {
  const paths = [...files.keys()].filter((path) => path.startsWith(PINNED_BELOW)).sort();
  return paths.flatMap((path) => {
    const thing = bpfKernel.pinned(path);
    if (thing?.kind !== 'map') return [thing?.kind === 'link' ? `${path} on ${thing.ifindex}` : path];
    const entries = [...thing.entries.values()].map(
      ({ key, value }) => `${path} ${toHex(key)} ${describeValue(path, value)}`,
    );
    return [`${path} ${thing.definition.join(' ')}`, ...entries.sort()];
  });
}

/** The generation in the settings only says that something changed. */
function describeValue(path: string, value: Uint8Array): string {
  const { generation } = weir_settings;
  const told = path.endsWith('/settings') ? value.slice().fill(0, generation, generation + 4) : value;
  return toHex(told);
}

/** Lines that begin with the name of their device, sorted. */
export function snapshot(state: KernelState): string[] {
  return [...state.devices.values()].flatMap((device) => describeDevice(device, state)).sort();
}

function describeDevice(device: FakeDevice, state: KernelState): string[] {
  const { name, kind, alias, up, group, txQueues, rxQueues } = device;
  const qdiscs = [device.root, device.hook, ...device.children].filter((qdisc) => qdisc !== undefined);
  return [
    `${name} ${kind ?? 'device'} '${alias}' ${up ? 'up' : 'down'} group ${group} queues ${txQueues} ${rxQueues}`,
    ...qdiscs.map((qdisc) => `${name} ${describeQdisc(qdisc)}`),
    ...device.filters.map((filter) => `${name} ${describeFilter(filter, state)}`),
    ...(device.promiscuous ? [`${name} promiscuous`] : []),
    ...describeXdp(device, state).map((xdp) => `${name} ${xdp}`),
    ...[...device.features].map(([feature, { on }]) => `${name} ${feature} ${on ? 'on' : 'off'}`),
  ];
}

function describeXdp({ ifindex }: FakeDevice, { bpf }: KernelState): string[] {
  const xdp = bpf.xdpOn(ifindex);
  return xdp === undefined ? [] : [`xdp ${xdp.mode} ${bpf.describe(xdp.programId)}`];
}

function describeQdisc({ kind, handle, parent, attributes, raw }: FakeQdisc): string {
  const options = [...(attributes ?? [])].map(([type, value]) => `${type}=${toHex(value)}`).sort();
  const where = parent === TC_H.CLSACT ? 'hook' : formatHandle(parent);
  return [where, kind, formatHandle(handle), ...options, raw === undefined ? '' : toHex(raw)].join(' ').trimEnd();
}

function describeFilter(filter: FakeFilter, state: KernelState): string {
  const { kind, parent, info, options, targetAt, programId } = filter;
  const side = (parent & 0xffff) === TC_H.MIN_EGRESS ? 'egress' : 'ingress';
  if (programId !== undefined) return `${side} ${kind} ${info.toString(16)} ${state.bpf.describe(programId)}`;
  if (targetAt === undefined) return `${side} ${kind} ${info.toString(16)} ${toHex(options)}`;
  const target = new DataView(options.buffer).getUint32(targetAt, state.littleEndian);
  const rest = toHex(options.subarray(0, targetAt)) + toHex(options.subarray(targetAt + 4));
  return `${side} ${kind} ${info.toString(16)} to ${state.devices.get(target)?.name ?? 'nowhere'} ${rest}`;
}
