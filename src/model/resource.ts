/**
 * The things in the kernel that weir makes, changes and restores, as plain values.
 *
 * Wanted state and observed state are both maps from {@link Resource} keys to resources, so that the difference is a comparison
 * of two maps. A kind of resource is one file in resource/, which knows how it is compared, sent and shown.
 */
import type { FilterOptions } from '../tc/filter/kind.ts';
import type { OptionValues } from '../tc/kind.ts';
import type { Request } from '../wire/nlmsg.ts';
import type { Faces, Steering, VlanMapping } from './bridge_config.ts';

/** A device that weir makes. */
export interface LinkResource {
  readonly type: 'link';
  readonly device: string;
  readonly kind: 'ifb';
  readonly alias: string;
  readonly txQueues: number;
  readonly up: boolean;
}

/**
 * A qdisc at the root of a device, or its ingress hook (`clsact` or `ingress`), which has no options; or the one of a class, by whose
 * handle its `parent` is.
 */
export interface QdiscResource {
  readonly type: 'qdisc';
  readonly device: string;
  readonly parent: 'root' | 'ingress' | number;
  readonly kind: string;
  /** 0 for one that the kernel gives; only that of a class may be so. */
  readonly handle: number;
  /** The key of what a qdisc of a class stands on: the class, or its qdisc where that has its classes by itself. */
  readonly on?: string;
  /** The size table of what the link adds to each packet, by the rows of src/tc/stab.ts. */
  readonly stab?: OptionValues;
  /** Decoded, for kinds that weir knows. */
  readonly options?: OptionValues;
  /** TCA_OPTIONS as the kernel sent it, with which someone else's qdisc can be put back. */
  readonly rawOptions?: Uint8Array;
  /** What must be sent so that `options` read back as they are, where that is not the same (tc/qdisc/restorable.ts). */
  readonly toRestore?: OptionValues;
}

/** A filter at a device's ingress hook that sends every packet to the egress of another device. */
export interface RedirectResource {
  readonly type: 'redirect';
  readonly device: string;
  readonly kind: 'matchall' | 'u32';
  readonly redirectTo: string;
}

/** A class that was made below a qdisc, of the kind of that qdisc. */
export interface ClassResource {
  readonly type: 'class';
  readonly device: string;
  readonly handle: number;
  /** The handle of a class, or TC_H.ROOT for one that stands on the qdisc itself. */
  readonly parent: number;
  readonly kind: string;
  /** Undefined where the kind is none that weir knows. */
  readonly options: OptionValues | undefined;
  /** The key of its qdisc. */
  readonly on: string;
}

/** A filter at a qdisc, a class or a hook. */
export interface FilterResource {
  readonly type: 'filter';
  readonly device: string;
  /** The handle of the qdisc or class, or that of the side of the hook. */
  readonly parent: number;
  readonly chain: number;
  readonly preference: number;
  /** ETH_P_*; ETH_P.ALL for every protocol. */
  readonly protocol: number;
  /** As the kernel has it; 0 where that is not known, and the kernel chooses. */
  readonly handle: number;
  readonly kind: string;
  /** What it looks for, where packets go, and its actions; undefined where the kind is none that weir knows. */
  readonly rule: FilterOptions | undefined;
  /** The key of what it stands on. */
  readonly on: string;
}

/** A feature of a device by the kernel's name, such as `rx-gro`. */
export interface FeatureResource {
  readonly type: 'feature';
  readonly device: string;
  readonly feature: string;
  /** Its short name in ethtool(8), or its own. */
  readonly offload: string;
  readonly on: boolean;
}

/** How many entries the maps of the bridge hold. */
export interface MapSizes {
  readonly steering: number;
  readonly hosts: number;
}

/** The BPF programs of the bridge and their maps, loaded and pinned. `device` is a word, since they belong to none. */
export interface ProgramsResource {
  readonly type: 'programs';
  readonly device: typeof BRIDGE;
  /** Which object they were loaded from; undefined for what is not whole. */
  readonly objectId: string | undefined;
  readonly sizes: MapSizes;
}

/** What the programs do with frames that arrive on a device: its entries in the maps. */
export interface PortResource {
  readonly type: 'port';
  readonly device: string;
  readonly redirectTo: string;
  readonly maxFrameBytes: number;
  /** The hardware address of the device, `02:00:5e:10:00:01`. */
  readonly address: string;
  readonly scanVlans: boolean;
  readonly controlFrames: boolean;
  readonly faces: Faces;
  readonly vlans: readonly VlanMapping[];
}

/** Classes of hosts, by prefix (`192.0.2.0/24`) and hardware address, and of all others. */
export interface SteeringResource {
  readonly type: 'steering';
  readonly device: typeof BRIDGE;
  readonly entries: ReadonlyMap<string, Steering>;
  readonly unknown: Steering;
}

/** A program of ours where a driver hands frames over (`native`), or where the kernel first sees them (`generic`). */
export interface XdpResource {
  readonly type: 'xdp';
  readonly device: string;
  readonly program: 'xdp_forward' | 'xdp_steer';
  readonly mode: 'native' | 'generic';
  /** Which object it was loaded from; undefined for an older one. */
  readonly objectId: string | undefined;
  /** Whether it stays when the process ends. */
  readonly pinned: boolean;
}

/** The filter at a device's ingress hook that runs a program of ours. */
export interface ForwardResource {
  readonly type: 'forward';
  readonly device: string;
  readonly program: 'tc_forward' | 'tc_while_alive';
  readonly objectId: string | undefined;
}

/** That a device takes frames that are not for its own address. */
export interface PromiscuousResource {
  readonly type: 'promiscuous';
  readonly device: string;
}

/** A value below the qdisc by the name of its tunable (src/tunable). `part` is a queue or an interrupt, '' where it has none. */
export interface TunableResource {
  readonly type: 'tunable';
  readonly device: string;
  readonly tunable: string;
  readonly part: string;
  readonly value: string;
}

export type Resource =
  | LinkResource
  | QdiscResource
  | ClassResource
  | FilterResource
  | RedirectResource
  | FeatureResource
  | ProgramsResource
  | PortResource
  | SteeringResource
  | XdpResource
  | ForwardResource
  | PromiscuousResource
  | TunableResource;

/** What stands for a device in resources of the bridge as a whole. No device can be called so (net/core/dev.c: dev_valid_name). */
export const BRIDGE = ':bridge';

/** What stands for a device in tunables of the machine as a whole. */
export const MACHINE = ':machine';

/** Who made it. Only what is ours is ever deleted. */
export type Owner = 'weir' | 'someone else';

export interface ObservedResource {
  readonly resource: Resource;
  readonly owner: Owner;
}

export type Action = 'add' | 'change' | 'replace' | 'delete';

/**
 * One property that is not as wanted. `rebuild` deletes and makes anew the resource and what stands on it. `loses` says what
 * traffic is lost by it.
 */
export interface Difference {
  readonly what: string;
  readonly wanted: string;
  readonly found: string;
  readonly apply: 'change' | 'replace' | 'rebuild';
  readonly loses?: string;
}

/** What goes to the kernel for one operation. */
export type KernelRequest =
  | { readonly via: 'rtnetlink'; readonly request: Request }
  | { readonly via: 'ethtool'; readonly device: string; readonly feature: string; readonly on: boolean }
  | { readonly via: 'bpf'; readonly operation: BpfOperation }
  | { readonly via: 'tunable'; readonly resource: TunableResource };

/** What is done with bpf(2). */
export type BpfOperation =
  | { readonly what: 'load'; readonly sizes: MapSizes; readonly reuseMaps: boolean }
  | { readonly what: 'unload' }
  | { readonly what: 'set-port'; readonly port: PortResource }
  | { readonly what: 'delete-port'; readonly device: string }
  | { readonly what: 'steer'; readonly steering: SteeringResource }
  | { readonly what: 'attach'; readonly xdp: XdpResource }
  | { readonly what: 'exchange'; readonly xdp: XdpResource }
  | { readonly what: 'detach'; readonly device: string };

/** What the requests need to know of the moment they are sent. */
export interface RequestContext {
  readonly littleEndian: boolean;
  /** The index of a device, or 0 (which the kernel refuses) when there is none. */
  ifindexOf(device: string): number;
  /** A descriptor of a loaded program, or -1 (which the kernel refuses) when there is none. */
  programFd(program: string): number;
  /** The same of a program of others, by the path of its pin. */
  pinnedProgramFd(path: string): number;
}

/** Pairs of options that were compared and are alike: of ten thousand leaves most have the same. */
export class AlikeOptions {
  private readonly pairs = new Map<OptionValues, OptionValues>();

  has(wanted: OptionValues, found: OptionValues): boolean {
    return wanted === found || this.pairs.get(wanted) === found;
  }

  add(wanted: OptionValues, found: OptionValues): void {
    this.pairs.set(wanted, found);
  }
}

/** How one type of resource behaves. */
export interface ResourceKind<R extends Resource> {
  key(resource: R): string;
  /** Keys of the resources that this one stands on. */
  needs(resource: R): readonly string[];
  /** The key of the one whose end the kernel makes the end of this one too, so that it takes no operation. */
  endsWith?(resource: R): string | undefined;
  /** What is made earlier has the lower number; deleting goes the other way. */
  order(resource: R): number;
  /** Whether the rest goes ahead when the kernel refuses it. */
  readonly optional: boolean;
  /** `alike` is given where many are compared. */
  differences(wanted: R, found: R, alike?: AlikeOptions): readonly Difference[];
  requests(action: Action, resource: R, context: RequestContext): readonly KernelRequest[];
  /** The same as lines of ip(8), tc(8) and ethtool(8). */
  commands(action: Action, resource: R): readonly string[];
  /** Where it is, for a person: `eth1 > cake 7e00:`. */
  path(resource: R): string;
}
