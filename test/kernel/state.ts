/** What the kernel of the tests holds: devices with their qdiscs, filters and features. */
import type { Writer } from '../../src/lib/bytes.ts';
import { ARPHRD } from '../../src/uapi/if_link.ts';
import type { XdpAttachment } from '../../src/wire/link.ts';

export interface FakeFeature {
  on: boolean;
  readonly changeable: boolean;
  /** The driver promises to switch it and does not. */
  readonly stubborn?: boolean;
}

export interface FakeQdisc {
  readonly kind: string;
  readonly handle: number;
  readonly parent: number;
  /** Of CAKE: its attributes by type. */
  readonly attributes?: Map<number, Uint8Array>;
  /** Of any other kind: the content of TCA_OPTIONS, kept as it came. */
  readonly raw?: Uint8Array;
}

export interface FakeFilter {
  readonly kind: string;
  readonly parent: number;
  readonly info: number;
  readonly handle: number;
  readonly options: Uint8Array;
  /** Where in the options the index of a device to redirect to stands. */
  readonly targetAt: number | undefined;
  /** The number of the program that a filter of kind bpf runs. */
  readonly programId: number | undefined;
}

export interface FakeDevice {
  readonly ifindex: number;
  readonly name: string;
  readonly kind: string | undefined;
  readonly txQueues: number;
  readonly rxQueues: number;
  readonly group: number;
  readonly features: Map<string, FakeFeature>;
  readonly hardwareType: number;
  /** The hardware address. */
  readonly address: Uint8Array;
  mtu: number;
  /** Index of the bridge or bond that it is a port of. */
  master: number | undefined;
  /** Index of the device that a VLAN is on. */
  readonly lower: number | undefined;
  alias: string;
  up: boolean;
  /** IFF_PROMISC, as `ip link set promisc on` sets it. */
  promiscuous: boolean;
  /** Undefined is the default qdisc, which has handle 0. */
  root: FakeQdisc | undefined;
  hook: FakeQdisc | undefined;
  /** Qdiscs below the root. */
  children: FakeQdisc[];
  filters: FakeFilter[];
}

/** A refusal by the kernel: an errno's name, and its own words if it has any. */
export class Refused extends Error {
  readonly errnoName: string;
  constructor(errnoName: string, extack = '') {
    super(extack);
    this.errnoName = errnoName;
  }
}

/** One of the messages that answer a request; an acknowledgement comes by itself. */
export interface Answer {
  readonly type: number;
  readonly body: (w: Writer) => void;
}

/** Appends a message that listeners of a multicast group get. */
export type Announce = (group: number, type: number, body: (w: Writer) => void) => void;

/** What the part of the kernel behind bpf(2) knows. */
export interface BpfSide {
  /** The number of the program that a descriptor stands for. */
  programId(fd: number): number | undefined;
  xdpOn(ifindex: number): XdpAttachment | undefined;
  deviceGone(ifindex: number): void;
  /** The program of that number in words, without the number where that differs from run to run. */
  describe(programId: number): string;
}

export class KernelState {
  readonly littleEndian: boolean;
  readonly devices = new Map<number, FakeDevice>();
  /** Qdiscs and filters that this kernel was built with. */
  readonly qdiscKinds = new Set([
    'cake',
    'clsact',
    'ingress',
    'fq_codel',
    'fq',
    'htb',
    'pfifo',
    'pfifo_fast',
    'mq',
    'tbf',
  ]);
  readonly filterKinds = new Set(['matchall', 'u32', 'bpf']);
  bpf: BpfSide = { programId: () => undefined, xdpOn: () => undefined, deviceGone: () => {}, describe: String };
  hasIfb = true;
  announce: Announce = () => {};
  private lastIfindex = 0;

  constructor(littleEndian: boolean) {
    this.littleEndian = littleEndian;
  }

  addDevice(given: Partial<FakeDevice> & { readonly name: string }): FakeDevice {
    if (this.find(given.name) !== undefined) throw new Refused('EEXIST');
    this.lastIfindex += 1;
    const device: FakeDevice = {
      ifindex: this.lastIfindex,
      kind: undefined,
      txQueues: 1,
      rxQueues: 1,
      group: 0,
      hardwareType: ARPHRD.ETHER,
      address: Uint8Array.of(2, 0, 0x5e, 0x10, this.lastIfindex >> 8, this.lastIfindex),
      mtu: 1500,
      master: undefined,
      lower: undefined,
      alias: '',
      up: true,
      promiscuous: false,
      root: undefined,
      hook: undefined,
      children: [],
      filters: [],
      features: new Map(),
      ...given,
    };
    this.devices.set(device.ifindex, device);
    return device;
  }

  removeDevice(ifindex: number): void {
    this.devices.delete(ifindex);
    this.bpf.deviceGone(ifindex);
  }

  find(name: string): FakeDevice | undefined {
    return [...this.devices.values()].find((device) => device.name === name);
  }

  /** The device of this index. */
  device(ifindex: number): FakeDevice {
    const device = this.devices.get(ifindex);
    if (device === undefined) throw new Refused('ENODEV', 'Cannot find device');
    return device;
  }

  /** The device that a test put there. */
  named(name: string): FakeDevice {
    const device = this.find(name);
    if (device === undefined) throw new Error(`the test has no device ${name}`);
    return device;
  }
}
