/** What goes through each node of a tree now, from two answers of the daemon. */

import { bitPerSOver } from '../../../src/lib/units.ts';
import type { TreeReport } from '../../../src/model/tree/views.ts';

type NodeView = TreeReport['nodes'][number];

/** Null in the first answer, and where a node was made anew since the last. */
export interface NodeRate {
  readonly rateBitPerS: number | null;
  readonly dropsPerS: number | null;
}

export const UNKNOWN_RATE: NodeRate = { rateBitPerS: null, dropsPerS: null };
const MS_PER_S = 1000;

/** What a node has counted: a filter, by its first action. */
function countersOf(node: NodeView): { readonly bytes: number; readonly drops: number } | undefined {
  if (node.node !== 'filter') return { bytes: node.sentBytes, drops: node.drops };
  return node.actions[0];
}

/** Handles may come twice: a class of one kind, and a filter of another. */
function keyOf({ node, kind, handle, parent }: NodeView): string {
  return `${node} ${kind} ${handle} ${parent}`;
}

export class TreeRates {
  private before: { readonly device: string | null; readonly atMs: number; readonly nodes: Map<string, NodeView> } = {
    device: null,
    atMs: 0,
    nodes: new Map(),
  };

  /** The rate of each node of the answer, in its order. */
  next({ device, atMs, nodes }: TreeReport): readonly NodeRate[] {
    const { before } = this;
    const passedMs = device === before.device ? atMs - before.atMs : 0;
    this.before = { device, atMs, nodes: new Map(nodes.map((node) => [keyOf(node), node])) };
    return nodes.map((node) => {
      const last = before.nodes.get(keyOf(node));
      const [now, then] = [countersOf(node), last && countersOf(last)];
      if (now === undefined || then === undefined || passedMs <= 0) return UNKNOWN_RATE;
      const [bytes, drops] = [now.bytes - then.bytes, now.drops - then.drops];
      if (bytes < 0 || drops < 0) return UNKNOWN_RATE;
      return { rateBitPerS: bitPerSOver(bytes, passedMs), dropsPerS: (drops * MS_PER_S) / passedMs };
    });
  }
}
