/**
 * What hangs where on a device: the kernel's lists of qdiscs, classes and filters in the order of a tree.
 *
 * The lists are taken as they come. What names itself, a circle, or something that is not there (a class may be gone between
 * two lists) stands at the top, and nothing is lost, or visited twice.
 */
import { isFilter } from '../../tc/filter/kind.ts';
import { majorOf, makeHandle } from '../../tc/handle.ts';
import { TC_H } from '../../uapi/tc.ts';
import type { TcMessage } from '../../wire/tcmsg.ts';

/** All that is on one device. */
export interface DeviceDump {
  readonly littleEndian: boolean;
  readonly qdiscs: readonly TcMessage[];
  readonly classes: readonly TcMessage[];
  /** By the qdisc, class or hook that was asked for: in a block that devices share, the kernel tells the number of the block. */
  readonly filters: ReadonlyMap<number, readonly TcMessage[]>;
}

/** One thing at its place. Lists of them are in the order of the tree: after each comes what hangs on it. */
export interface Placed {
  readonly node: 'qdisc' | 'class' | 'filter';
  readonly message: TcMessage;
  /** Where it hangs, as it says; of a filter, as it was asked for. */
  readonly parent: number;
  /** 0 at the top. */
  readonly level: number;
  /** It hangs on something that is not there. */
  readonly orphan: boolean;
}

interface Item {
  readonly node: Placed['node'];
  readonly message: TcMessage;
  readonly parent: number;
  readonly below: Item[];
  placed: boolean;
}

/** Where filters may be: the hooks of `clsact` and `ingress`, each qdisc, and the classes of kinds that have filters of their own. */
export function filterParents(qdiscs: readonly TcMessage[], classes: readonly TcMessage[]): ReadonlySet<number> {
  const parents = new Set<number>();
  for (const { parent, handle, kind } of qdiscs) {
    if (parent === TC_H.CLSACT) {
      parents.add(makeHandle(0xffff, TC_H.MIN_INGRESS));
      if (kind === 'clsact') parents.add(makeHandle(0xffff, TC_H.MIN_EGRESS));
    } else if (handle !== 0) {
      parents.add(handle);
    }
  }
  // sch_htb.c: htb_tcf_block, sch_hfsc.c: hfsc_tcf_block; all others refuse a class.
  for (const { handle, kind } of classes) if (kind === 'htb' || kind === 'hfsc') parents.add(handle);
  return parents;
}

/** Everything of the dump, each once. @param isFlow whether a class of that kind is only a flow, of which the kernel makes thousands */
export function inTreeOrder(dump: DeviceDump, isFlow: (kind: string) => boolean): Placed[] {
  const qdiscs = dump.qdiscs.map((message) => itemOf('qdisc', message));
  const byHandle = new Map<number, Item>();
  for (const item of qdiscs) if (item.message.handle !== 0) addFirst(byHandle, item.message.handle, item);
  // The qdisc that the kernel itself puts at the root has no handle, and its classes have the major 0.
  const root = qdiscs.find(({ parent }) => parent === TC_H.ROOT);
  const qdiscOf = (handle: number): Item | undefined =>
    majorOf(handle) === 0 ? root : byHandle.get(makeHandle(majorOf(handle), 0));

  const classes: Item[] = [];
  const byClass = new Map<number, Item>();
  for (const message of dump.classes) {
    // HFSC lists itself among its classes (sch_hfsc.c: the class that `root` is).
    if (isFlow(message.kind) || byHandle.has(message.handle)) continue;
    const item = itemOf('class', message);
    classes.push(item);
    addFirst(byClass, message.handle, item);
  }
  classes.sort((a, b) => a.message.handle - b.message.handle);

  const hook = qdiscs.find(({ parent }) => parent === TC_H.CLSACT);
  const filters = [...dump.filters].flatMap(([parent, messages]) =>
    messages.filter(({ kind, handle }) => isFilter(kind, handle)).map((message) => itemOf('filter', message, parent)),
  );
  for (const item of filters) {
    const isAtHook = item.parent >= TC_H.CLSACT && hook !== undefined;
    hang(item, isAtHook ? hook : (byHandle.get(item.parent) ?? byClass.get(item.parent)));
  }
  for (const item of classes) hang(item, byClass.get(item.parent) ?? qdiscOf(item.message.handle));
  for (const item of qdiscs) {
    if (!isTop(item)) hang(item, byClass.get(item.parent) ?? qdiscOf(item.parent));
  }
  const items = [...qdiscs, ...classes, ...filters];
  const isAttached = new Set(items.flatMap(({ below }) => below));
  const tops = items.filter((item) => isTop(item) || !isAttached.has(item));
  // What is left after these hangs on itself, in a circle.
  return place([...tops.filter(isTop), ...tops.filter((item) => !isTop(item)), ...items]);
}

function itemOf(node: Item['node'], message: TcMessage, parent = message.parent): Item {
  return { node, message, parent, below: [], placed: false };
}

function isTop({ node, parent }: Item): boolean {
  return node === 'qdisc' && (parent === TC_H.ROOT || parent === TC_H.CLSACT);
}

function addFirst(map: Map<number, Item>, handle: number, item: Item): void {
  if (!map.has(handle)) map.set(handle, item);
}

function hang(item: Item, on: Item | undefined): void {
  if (on !== item) on?.below.push(item);
}

/** Without recursion: how deep it goes is up to whoever made the tree. */
function place(tops: readonly Item[]): Placed[] {
  const list: Placed[] = [];
  for (const top of tops) {
    const open: { item: Item; level: number }[] = [{ item: top, level: 0 }];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { item, level } = next;
      if (item.placed) continue;
      item.placed = true;
      const { node, message, parent, below } = item;
      list.push({ node, message, parent, level, orphan: level === 0 && !isTop(item) });
      for (let i = below.length - 1; i >= 0; i--) {
        const child = below[i];
        if (child !== undefined) open.push({ item: child, level: level + 1 });
      }
    }
  }
  return list;
}
