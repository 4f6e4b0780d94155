/** What is to become of the trees of a device, and where it is put. */
import type { Observed } from '../observed.ts';
import type { Resource } from '../resource.ts';
import type { SavedTree } from '../saved_tree.ts';

/** How many of each there are. */
export interface TreeCounts {
  readonly qdiscs: number;
  readonly classes: number;
  readonly filters: number;
}

/** What is to become of the trees of one device. */
export interface TreeIntent {
  readonly device: string;
  readonly state: 'off' | 'waiting' | 'refused' | 'wanted';
  readonly reason: string | undefined;
  /** What is wanted, without what was left out. */
  readonly counts: TreeCounts;
  /** How many nodes were left out. */
  readonly leftOut: number;
}

export interface DesiredTree {
  readonly intent: TreeIntent;
  /** Undefined where nothing is wanted. */
  readonly saved: SavedTree | undefined;
}

/** Where what is wanted is put. */
export interface Forest {
  /** Parents before children, by their keys. */
  readonly resources: Map<string, Resource>;
  /** Sections by the keys of their resources, for those who show a tree. */
  readonly sections: Map<string, string>;
}

/** What of the device decides about its trees. */
export interface TreeCircumstances {
  readonly observed: Pick<Observed, 'devices' | 'resources'>;
  readonly saved: SavedTree | undefined;
  /** Why weir will not take the root, or undefined when it may. */
  readonly rootRefusal: string | undefined;
}
