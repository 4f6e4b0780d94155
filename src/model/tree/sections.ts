/**
 * The sections of trees once they are read: who stands on whom, with options by the rows of their kind. Rates that follow from others are
 * worked out later (resolve.ts), since the link of a device may come up with another speed.
 */

import type { MaskedMark, RelativeRate } from '../../schema/tree_fields.ts';
import type { OptionSet, OptionValues, QdiscKind } from '../../tc/kind.ts';
import type { QosConfig } from './open_vswitch.ts';
import type { SectionIndex } from './section_index.ts';

/** A rate that follows from another, and its limits in bit/s. */
export interface FollowingRate {
  readonly rate: RelativeRate;
  readonly least: number | undefined;
  readonly most: number | undefined;
}

/** Options by the names of the rows of their kind. */
export interface GivenOptions {
  /** Shared by sections that have the same. */
  readonly values: OptionValues;
  /** Undefined where there is none, as in what follows. */
  readonly rates: Readonly<Record<string, FollowingRate>> | undefined;
  /** Sizes that were given as the time in which they go by. */
  readonly durationsUs: Readonly<Record<string, number>> | undefined;
  /** Minors of classes that may be given by their section. */
  readonly classes: Readonly<Record<string, string>> | undefined;
  /** Something of what was written could not be read, so that nothing can be said about what is missing. */
  readonly incomplete: boolean;
}

/** A qdisc or class, or the leaf in a class, as far as its options go: the same object for all with the same options below the same. */
export interface Bearer {
  /** Undefined where it has no options. */
  readonly set: OptionSet | undefined;
  readonly options: GivenOptions;
  /** What its rates can follow from: what it stands on. */
  readonly above: Bearer | undefined;
}

/** Where a section stands. */
export type Stand =
  | { readonly at: 'root' | 'ingress' | 'egress' }
  | { readonly at: 'section'; readonly section: QdiscSection | ClassSection }
  | { readonly at: 'handle'; readonly handle: number };

interface Section {
  readonly name: string;
  readonly where: string;
  /** It stands on each of them; shared with what it stands on. */
  readonly devices: readonly string[];
  readonly stand: Stand;
  /** As the kernel names it. */
  readonly kind: string;
}

export interface QdiscSection extends Section {
  readonly type: 'qdisc';
  /** Undefined where nothing is known of the kind: the section is left out then. */
  readonly qdiscKind: QdiscKind | undefined;
  readonly bearer: Bearer;
  readonly handle: number | undefined;
  readonly stab: OptionValues | undefined;
}

export interface ClassSection extends Section {
  readonly type: 'class';
  /** The qdisc that it is a class of; undefined for one of another tool. */
  readonly qdisc: QdiscSection | undefined;
  /** The major where the qdisc is another tool's. */
  readonly foreignMajor: number | undefined;
  /** Without a set for a class that is there by itself, such as a band of prio. */
  readonly bearer: Bearer;
  readonly minor: number | undefined;
  /** Another tool has made it. */
  readonly existing: boolean;
  /** Takes what no filter sorts. */
  readonly isDefault: boolean;
  readonly mark: MaskedMark | undefined;
  /** The qdisc in it. */
  readonly leaf: Bearer | undefined;
  /** 1 for a class at its qdisc. */
  readonly depth: number;
}

/** An action of a filter, by its section. */
export interface ActionUse {
  readonly name: string;
  readonly kind: string;
  readonly bearer: Bearer;
}

export interface FilterSection extends Section {
  readonly type: 'filter';
  readonly options: OptionValues;
  readonly protocol: number;
  readonly chain: number;
  readonly preference: number | undefined;
  readonly target: Stand | undefined;
  readonly actions: readonly ActionUse[];
}

export type TreeSection = QdiscSection | ClassSection | FilterSection;

/** Rates of a shaper in bit/s, 0 for none. */
export interface ShaperRates {
  readonly uploadBitPerS: number;
  readonly downloadBitPerS: number;
}

/** What trees must know of a shaper: its rates, and where it has the root. */
export interface ShaperOnDevice extends ShaperRates {
  readonly name: string;
  readonly enabled: boolean;
  /** Undefined while it is not known. */
  readonly device: string | undefined;
}

/** What is configured, without the sections that had errors. */
export interface TreesConfig {
  /** Parents before what stands on them; filters last. */
  readonly sections: readonly TreeSection[];
  readonly shaperRates: ReadonlyMap<string, ShaperRates>;
  /** Of Open vSwitch. */
  readonly qos: readonly QosConfig[];
  /** The devices that the sections name. */
  readonly devices: ReadonlySet<string>;
  /** The sections of whose rates others are a share by name. */
  readonly rateSources: ReadonlySet<string>;
  /** Whether a rate is a share of the speed of a link. */
  readonly followsLink: boolean;
  readonly index: SectionIndex;
  /** Another object for all trees that differ. */
  readonly identity: object;
  /** The classes by which these trees differ from those with that identity, parents first; undefined where nobody knows. */
  readonly change: { readonly of: object; readonly classes: readonly ClassSection[] } | undefined;
}
