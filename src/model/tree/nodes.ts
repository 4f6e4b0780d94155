/**
 * A configured tree as nodes: what the sections `qdisc`, `class`, `filter` and `action` ask for, on one device each, with every option
 * checked and every rate worked out. Numbers of the kernel that nobody gave are allotted later (numbers.ts).
 */
import type { OptionValues } from '../../tc/kind.ts';

/** A node by its name: that of its section, and of the device where a section stands on several. */
export type NodeName = string;

/** Where a node hangs: at a device, at another node, or at a qdisc or class that is not weir's, by its handle. */
export type Place =
  | { readonly at: 'root' | 'ingress' | 'egress' }
  | { readonly at: 'node'; readonly node: NodeName }
  | { readonly at: 'handle'; readonly handle: number };

interface Node {
  readonly name: NodeName;
  /** Of its section, for people. */
  readonly section: string;
  /** `/etc/config/weir:12: class 'voice'` */
  readonly where: string;
  readonly device: string;
  readonly parent: Place;
  readonly kind: string;
  /** Those that are given or worked out, by the names of the kind's rows. */
  readonly options: OptionValues;
  /** What others keep beside it (`external_ids` of Open vSwitch); shown, and not understood. */
  readonly externalIds?: Readonly<Record<string, string>>;
}

export interface QdiscNode extends Node {
  readonly node: 'qdisc';
  /** `1:0` as it was given; undefined for one to be allotted, or to be left to the kernel. */
  readonly handle: number | undefined;
  /** Options that are the minor of a class of its own (`default`), by the class. */
  readonly minors?: Readonly<Record<string, NodeName>>;
  /** The size table of what the link adds to each packet. */
  readonly stab?: OptionValues;
}

/** A class; `kind` is that of its qdisc. */
export interface ClassNode extends Node {
  readonly node: 'class';
  /** `1:10` with the major of its qdisc, or only the minor where the major is allotted. */
  readonly minor: number | undefined;
  /** The kernel makes it with its qdisc, as a band of prio: there is nothing to send, and it is a place for what stands on it. */
  readonly byItself?: true;
}

/** An action of a filter, in its order. */
export interface ActionNode {
  readonly kind: string;
  readonly options: OptionValues;
}

/** A filter; `parent` is the qdisc, class or hook at which it looks at packets. */
export interface FilterNode extends Node {
  readonly node: 'filter';
  /** ETH_P_*, as a number in the CPU's order; ETH_P_ALL for all. */
  readonly protocol: number;
  readonly chain: number;
  readonly preference: number | undefined;
  /** Where a packet goes that it finds. */
  readonly target: Place | undefined;
  readonly actions: readonly ActionNode[];
}

export type TreeNode = QdiscNode | ClassNode | FilterNode;
