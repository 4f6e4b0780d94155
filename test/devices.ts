/** Devices as tests of the model begin with them. */
import type { Device } from '../src/model/observed.ts';
import { ARPHRD } from '../src/uapi/if_link.ts';
import type { LinkMessage } from '../src/wire/link.ts';

/** An Ethernet device with a queue each way and nothing on it. */
export function device(given: Partial<Device> = {}): Device {
  return {
    name: 'eth1',
    ifindex: 5,
    up: true,
    kind: undefined,
    ours: false,
    mtu: 1500,
    address: '02:00:5e:10:00:01',
    master: undefined,
    xdp: undefined,
    txQueues: 1,
    rxQueues: 1,
    hook: undefined,
    foreignFilters: 0,
    takenBy: undefined,
    rootIsTree: false,
    features: new Map(),
    linkRateBitPerS: undefined,
    ...given,
  };
}

/** The same as the kernel tells of it. */
export function link(ifindex: number, name: string, given: Partial<LinkMessage> = {}): LinkMessage {
  return {
    ifindex,
    name,
    flags: 0,
    hardwareType: ARPHRD.ETHER,
    mtu: 1500,
    txQueueLength: 1000,
    group: 0,
    txQueues: 1,
    rxQueues: 1,
    address: Uint8Array.of(2, 0, 0x5e, 0x10, 0, ifindex),
    ...given,
  };
}
