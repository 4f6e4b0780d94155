/** All that a kernel holds as lines of text, without what differs between two devices of the same name. */

import { formatHandle } from '../../src/tc/handle.ts';
import { TC_H } from '../../src/uapi/tc.ts';
import { toHex } from '../netlink/recording.ts';
import type { FakeDevice, FakeFilter, FakeQdisc, KernelState } from './state.ts';

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
    ...[...device.features].map(([feature, { on }]) => `${name} ${feature} ${on ? 'on' : 'off'}`),
  ];
}

function describeQdisc({ kind, handle, parent, attributes, raw }: FakeQdisc): string {
  const options = [...(attributes ?? [])].map(([type, value]) => `${type}=${toHex(value)}`).sort();
  const where = parent === TC_H.CLSACT ? 'hook' : formatHandle(parent);
  return [where, kind, formatHandle(handle), ...options, raw === undefined ? '' : toHex(raw)].join(' ').trimEnd();
}

function describeFilter({ kind, parent, info, options, targetAt }: FakeFilter, state: KernelState): string {
  const side = (parent & 0xffff) === TC_H.MIN_EGRESS ? 'egress' : 'ingress';
  if (targetAt === undefined) return `${side} ${kind} ${info.toString(16)} ${toHex(options)}`;
  const target = new DataView(options.buffer).getUint32(targetAt, state.littleEndian);
  const rest = toHex(options.subarray(0, targetAt)) + toHex(options.subarray(targetAt + 4));
  return `${side} ${kind} ${info.toString(16)} to ${state.devices.get(target)?.name ?? 'nowhere'} ${rest}`;
}
