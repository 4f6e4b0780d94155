/**
 * The things in the kernel that weir makes, changes and restores, as plain values.
 *
 * Wanted state and observed state are both maps from {@link Resource} keys to resources, so that the difference is a comparison
 * of two maps. A kind of resource is one file in resource/, which knows how it is compared, sent and shown.
 */
import type { OffloadName } from '../schema/offload.ts';
import type { OptionValues } from '../tc/kind.ts';
import type { Request } from '../wire/nlmsg.ts';

/** A device that weir makes. */
export interface LinkResource {
  readonly type: 'link';
  readonly device: string;
  readonly kind: 'ifb';
  readonly alias: string;
  readonly txQueues: number;
  readonly up: boolean;
}

/** A qdisc at the root of a device, or its ingress hook (`clsact` or `ingress`), which has no options. */
export interface QdiscResource {
  readonly type: 'qdisc';
  readonly device: string;
  readonly parent: 'root' | 'ingress';
  readonly kind: string;
  readonly handle: number;
  /** Decoded, for kinds that weir knows. */
  readonly options?: OptionValues;
  /** TCA_OPTIONS as the kernel sent it, with which someone else's qdisc can be put back. */
  readonly rawOptions?: Uint8Array;
}

/** A filter at a device's ingress hook that sends every packet to the egress of another device. */
export interface RedirectResource {
  readonly type: 'redirect';
  readonly device: string;
  readonly kind: 'matchall' | 'u32';
  readonly redirectTo: string;
}

/** A feature of a device by the kernel's name, such as `rx-gro`. */
export interface FeatureResource {
  readonly type: 'feature';
  readonly device: string;
  readonly feature: string;
  readonly offload: OffloadName;
  readonly on: boolean;
}

export type Resource = LinkResource | QdiscResource | RedirectResource | FeatureResource;

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
  | { readonly via: 'ethtool'; readonly device: string; readonly feature: string; readonly on: boolean };

/** What the requests need to know of the moment they are sent. */
export interface RequestContext {
  readonly littleEndian: boolean;
  /** The index of a device, or 0 (which the kernel refuses) when there is none. */
  ifindexOf(device: string): number;
}

/** How one type of resource behaves. */
export interface ResourceKind<R extends Resource> {
  key(resource: R): string;
  /** Keys of the resources that this one stands on. */
  needs(resource: R): readonly string[];
  /** What is made earlier has the lower number; deleting goes the other way. */
  order(resource: R): number;
  /** Whether the rest goes ahead when the kernel refuses it. */
  readonly optional: boolean;
  differences(wanted: R, found: R): readonly Difference[];
  requests(action: Action, resource: R, context: RequestContext): readonly KernelRequest[];
  /** The same as lines of ip(8), tc(8) and ethtool(8). */
  commands(action: Action, resource: R): readonly string[];
  /** Where it is, for a person: `eth1 > cake 7e00:`. */
  path(resource: R): string;
}
