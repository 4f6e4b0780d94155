/** A device's tree as plain data: what `weir show DEVICE` and the bus tell. Types only, so that pages can have them. */
import type { OptionValues } from '../../tc/kind.ts';

/** What a qdisc or a class has counted. */
export interface Counters {
  readonly sentBytes: number;
  readonly sentPackets: number;
  readonly drops: number;
  readonly overlimits: number;
  readonly requeues: number;
  readonly backlogBytes: number;
  readonly backlogPackets: number;
  /** What the kernel's own estimator says, where somebody has set one up. */
  readonly rate?: { readonly rateBitPerS: number; readonly packetPerS: number };
}

export interface TreeNodeView {
  readonly device: string;
  readonly kind: string;
  /** `1:10`; of a filter as its kind writes it. */
  readonly handle: string;
  readonly parent: string;
  /** How deep it hangs, from 0; what hangs on it follows it in the list. */
  readonly level: number;
  /** It hangs on something that is not there any more, or in a circle. */
  readonly orphan?: true;
  /** The section that it is from, where that is known. */
  readonly section?: string;
  /** By the names of the rows of its kind; empty for kinds that weir does not know, and where they could not be read. */
  readonly options: OptionValues;
  /** Those that are not as the kernel begins, in the words of tc(8). */
  readonly words: string;
}

export interface QueueView extends TreeNodeView, Counters {
  readonly node: 'qdisc' | 'class';
  /** The size table with which the kernel counts what the link adds, where the qdisc has one (src/tc/stab.ts). */
  readonly stab?: OptionValues;
  /** The kind's own statistics. */
  readonly details?: object;
  /** Of an HTB qdisc. */
  readonly direct?: DirectPackets;
}

export interface FilterView extends TreeNodeView, FilterDetails {
  readonly node: 'filter';
}

export type NodeView = QueueView | FilterView;

/** HTB's counter of packets that went past all classes. */
export interface DirectPackets {
  readonly packets: number;
  /** `1:20`, or null where none is set. */
  readonly defaultClass: string | null;
  /**
   * Why packets that no filter sorts go past the classes now: no default class is `unset`, it is `missing`, or has classes below it
   * (`inner`). With `leaf` they do not: these went before it was there, or a filter or a priority names the qdisc itself.
   */
  readonly because: 'unset' | 'missing' | 'inner' | 'leaf';
}

export interface FilterDetails {
  /** As its kind writes it: `0x10/0xff` of fw, `800::800` of u32, else a plain number. */
  readonly handle: string;
  readonly preference: number;
  /** `all`, `ip`, `ipv6`, `802.1q`, else `0x88cc`. */
  readonly protocol: string;
  readonly chain: number;
  /** The class that packets go to, if the filter names one. */
  readonly target?: string;
  readonly options: OptionValues;
  /** Options that are not as the kernel begins, in the words of tc(8). */
  readonly words: string;
  /** The kind's own counters. */
  readonly details?: object;
  readonly actions: readonly ActionView[];
}

export interface ActionView {
  readonly kind: string;
  readonly options: OptionValues;
  readonly words: string;
  readonly packets: number;
  readonly bytes: number;
  readonly drops: number;
  readonly overlimits: number;
  /** The kind's own counters. */
  readonly details?: object;
}

/** A device's tree as the bus tells it. */
export interface TreeReport {
  readonly nodes: readonly NodeView[];
  /** How many there are, where `nodes` are not all. */
  readonly total: number;
  /** The monotonic clock. */
  readonly atMs: number;
  /** On which somebody has set up a qdisc. */
  readonly devices: readonly string[];
  readonly device: string | null;
}
