/**
 * Everything on a device as plain data in the order of a tree: for `weir show DEVICE`, and for whoever asks over a bus. Trees that
 * others made are shown like our own.
 */
import { Reader } from '../../lib/bytes.ts';
import { bitPerSFromBytePerS } from '../../lib/units.ts';
import { everyQdisc } from '../../tc/every_qdisc.ts';
import { formatHandle } from '../../tc/handle.ts';
import { decodeOptions, type OptionSet, type OptionValue, type OptionValues } from '../../tc/kind.ts';
import type { TcStats } from '../../wire/tcmsg.ts';
import { directPackets } from './direct_packets.ts';
import { filterDetails } from './filter_view.ts';
import { type DeviceDump, inTreeOrder, type Placed } from './order.ts';
import { readable, wordsUnlikeInitial } from './readable.ts';
import { sectionNames } from './section_names.ts';
import { decodeStab, stabWords } from './stab.ts';
import type { Counters, FilterView, NodeView, QueueView, TreeNodeView } from './views.ts';

/** What only others know: who a node is, and what devices are called. */
export interface TreeNames {
  readonly device: string;
  /** Sections by the keys of their resources; see section_names.ts. */
  readonly sections: ReadonlyMap<string, string>;
  deviceOf(ifindex: number): string | undefined;
}

export interface DeviceTree {
  /** How many nodes there are. */
  readonly total: number;
  /** Some of them, made when they are asked for: of ten thousand classes all at once would take tens of megabytes. */
  nodes(from: number, to: number): readonly NodeView[];
}

/** The tree of a device. A message that is cut short, or of an unknown kind, is shown without its options. */
export function deviceTree(dump: DeviceDump, names: TreeNames): DeviceTree {
  const placed = treeOrder(dump);
  const isLeaf = leaves(placed);
  const sectionOf = sectionNames(names.device, names.sections, dump.littleEndian);
  const viewOf = (one: Placed): NodeView => {
    const common = commonOf(one, names.device, sectionOf(one));
    return one.node === 'filter' ? filterView(one, common, dump, names) : queueView(one, common, dump, isLeaf);
  };
  return { total: placed.length, nodes: (from, to) => placed.slice(from, to).map(viewOf) };
}

/** Everything on the device in the order of the tree; messages need no more than their place. */
export function treeOrder(dump: DeviceDump): Placed[] {
  return inTreeOrder(dump, isFlow);
}

/** Classes of kinds with neither classes to make nor bands are flows or tins, which their qdisc tells of (sch_fq_codel.c, sch_cake.c). */
function isFlow(kind: string): boolean {
  const known = everyQdisc(kind);
  return known !== undefined && known.classes === undefined && known.bands === undefined;
}

/** Of a class, whether no other class hangs on it. */
function leaves(placed: readonly Placed[]): (handle: number) => boolean | undefined {
  const isLeaf = new Map<number, boolean>();
  for (const { node, message } of placed) if (node === 'class') isLeaf.set(message.handle, true);
  for (const { node, parent } of placed) if (node === 'class' && isLeaf.has(parent)) isLeaf.set(parent, false);
  return (handle) => isLeaf.get(handle);
}

type Common = Omit<TreeNodeView, 'options' | 'words'>;

function commonOf({ message, parent, level, orphan }: Placed, device: string, section: string | undefined): Common {
  return {
    device,
    kind: message.kind,
    handle: formatHandle(message.handle),
    parent: formatHandle(parent),
    level,
    ...(orphan ? { orphan } : {}),
    ...(section === undefined ? {} : { section }),
  };
}

function queueView(
  placed: Placed,
  common: Common,
  { littleEndian }: DeviceDump,
  isLeaf: (handle: number) => boolean | undefined,
): QueueView {
  const { message } = placed;
  const { handle, options: payload, xstats } = message;
  const node = placed.node === 'class' ? 'class' : 'qdisc';
  const set = queueOptions(node, message.kind);
  const values = readable(() => set && payload && decodeOptions(set, payload, littleEndian));
  const { options, told } = apart(set, values ?? {});
  const counted = xstats && readable(() => set?.decodeStats?.(new Reader(xstats, littleEndian)));
  const { stab: table } = message;
  const stab = table && readable(() => decodeStab(table, littleEndian));
  const words = [
    ...(stab === undefined ? [] : stabWords(stab)),
    ...(set === undefined ? [] : wordsUnlikeInitial(set, options)),
  ];
  const isHtb = node === 'qdisc' && message.kind === 'htb' && values !== undefined;
  // That one is told with what it means.
  const { directPackets: _direct, ...others } = told;
  const details = { ...others, ...counted };
  return {
    node,
    ...common,
    options,
    words: words.join(' '),
    ...(stab === undefined ? {} : { stab }),
    ...countersOf(message.stats),
    ...(Object.keys(details).length === 0 ? {} : { details }),
    ...(isHtb ? { direct: directPackets(handle, values, isLeaf) } : {}),
  };
}

/** The rows of a qdisc, or of its classes; undefined for what weir does not know, and for bands, which have none. */
export function queueOptions(node: QueueView['node'], kind: string): OptionSet | undefined {
  const known = everyQdisc(kind);
  return node === 'class' ? known?.classes : known;
}

function countersOf(stats: TcStats | undefined): Counters {
  const rate = stats?.rate;
  return {
    sentBytes: stats?.bytes ?? 0,
    sentPackets: stats?.packets ?? 0,
    drops: stats?.drops ?? 0,
    overlimits: stats?.overlimits ?? 0,
    requeues: stats?.requeues ?? 0,
    backlogBytes: stats?.backlogBytes ?? 0,
    backlogPackets: stats?.qlen ?? 0,
    ...(rate === undefined
      ? {}
      : { rate: { rateBitPerS: bitPerSFromBytePerS(rate.bytePerS), packetPerS: rate.packetPerS } }),
  };
}

function filterView(placed: Placed, common: Common, { littleEndian }: DeviceDump, names: TreeNames): FilterView {
  return {
    node: 'filter',
    ...common,
    ...filterDetails(placed.message, littleEndian, names),
  };
}

/** Values with a row are options; what else a struct holds is what the kernel tells. */
function apart(
  set: OptionSet | undefined,
  values: OptionValues,
): { options: OptionValues; told: Readonly<Record<string, OptionValue>> } {
  const options: Record<string, OptionValue> = {};
  const told: Record<string, OptionValue> = {};
  for (const [name, value] of Object.entries(values)) {
    (set !== undefined && Object.hasOwn(set.options, name) ? options : told)[name] = value;
  }
  return { options, told };
}
