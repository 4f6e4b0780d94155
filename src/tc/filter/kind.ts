/**
 * What a kind of filters is to weir (net/sched/cls_*.c), and the options of a filter on the wire: those of its kind, the class that it
 * sorts packets into, and its actions. Where it stands (device, parent, chain, preference) is the message's, not in here.
 */
import { Reader, type Writer } from '../../lib/bytes.ts';
import { beginAttribute, eachAttribute, endAttribute, putAttribute, u32 } from '../../wire/nla.ts';
import {
  type Action,
  type ActionFound,
  decodeActions,
  encodeActions,
  formatActions,
  type KernelNames,
} from '../action/list.ts';
import { actionKind } from '../action/registry.ts';
import { formatHandle } from '../handle.ts';
import {
  decodeOptions,
  defineOptions,
  differences,
  encodeOptions,
  formatOptions,
  type OptionDifference,
  type OptionSet,
  type OptionValue,
  type OptionValues,
} from '../kind.ts';

/** A filter kind. */
export interface FilterKind extends OptionSet {
  readonly classidAttribute: number;
  /** What tc(8) calls it, where that is not `classid`. */
  readonly classidWord?: string;
  readonly actionsAttribute: number;
  /** The option that is the filter's handle. */
  readonly handleOption?: string;
  /** The kernel chooses no handle; 1 will do where each filter has its own preference. */
  readonly needsHandle?: true;
  /** The words of tc(8) before the kind. */
  handleWords?(options: OptionValues): readonly string[];
  /** The options in the form that the kernel has them in, where people have others, or the filter's `protocol` says one. */
  canonical?(options: OptionValues, etherType: number): OptionValues;
  /** What is wrong with options for packets of this EtherType, in sentences for people. */
  checkFor?(options: OptionValues, etherType: number): readonly string[];
  /** The kernel sorts into the first class of the qdisc where it is told none. */
  readonly hasDefaultClass?: true;
  /** The option that is the path of a pinned program; its codec has a descriptor as `programFd`. */
  readonly programOption?: string;
  /** Nothing of such a filter can be changed in place, not even its actions. */
  readonly fixed?: true;
  /** The kernel keeps the class, and options that are there or not, of a filter that is changed without them. */
  readonly keepsLeftOut?: true;
  /** Whether it can change an option in place from one value to the other, where that depends on them. */
  canChange?(name: string, from: OptionValue, to: OptionValue): boolean;
}

export function defineFilter(kind: Omit<FilterKind, 'rows' | 'rowOf' | 'initial'>): FilterKind {
  return defineOptions<FilterKind>(kind);
}

/** What a filter looks for and does. */
export interface FilterOptions {
  readonly options: OptionValues;
  /** The class that packets are sorted into (`classid`, or `flowid`). */
  readonly classid?: number;
  readonly actions: readonly Action[];
}

export interface FilterFound extends FilterOptions {
  readonly actions: readonly ActionFound[];
  /** Counters of the kind, where it has some. */
  readonly stats?: object;
}

/** The handle to send with a new filter: 0 for the kernel to choose. */
export function filterHandle({ handleOption, needsHandle }: FilterKind, { options }: FilterOptions): number {
  if (handleOption !== undefined) return Number(options[handleOption] ?? 0);
  return needsHandle ? 1 : 0;
}

/** Whether its message must ask for an estimate of the rate (`estimatesRate`), with which police compares an average rate. */
export function needsEstimate({ actions }: FilterOptions): boolean {
  return actions.some(({ kind, options }) => kind === 'police' && Number(options.averageRateBitPerS ?? 0) > 0);
}

/** Whether an entry of a dump is a filter: those of a kind are led by one without a handle, and of u32 there are hash tables. */
export function isFilter(kind: string, handle: number): boolean {
  return kind === 'u32' ? (handle & U32_NODE_MASK) !== 0 : handle !== 0;
}

/** TC_U32_KEY of <linux/pkt_cls.h>: the bucket and the node, without the table. */
const U32_NODE_MASK = 0xfffff;

/** Writes the content of TCA_OPTIONS. */
export function encodeFilterOptions(
  kind: FilterKind,
  w: Writer,
  { options, classid, actions }: FilterOptions,
  etherType: number,
  names: KernelNames,
): void {
  const { programOption } = kind;
  const path = programOption === undefined ? undefined : options[programOption];
  const program = path === undefined ? {} : { programFd: names.programFdOf(String(path)) };
  encodeOptions(kind, w, { ...canonical(kind, options, etherType), ...program });
  if (classid !== undefined) putAttribute(w, kind.classidAttribute, u32, classid);
  if (actions.length === 0) return;
  const list = beginAttribute(w, kind.actionsAttribute);
  encodeActions(w, actions, names);
  endAttribute(w, list);
}

const canonical = (kind: FilterKind, options: OptionValues, etherType: number): OptionValues =>
  kind.canonical?.(options, etherType) ?? options;

/**
 * Reads the content of TCA_OPTIONS.
 *
 * @throws ShortReadError
 */
export function decodeFilterOptions(
  kind: FilterKind,
  payload: Uint8Array,
  littleEndian: boolean,
  handle: number,
  names: Pick<KernelNames, 'deviceOf'>,
): FilterFound {
  let classid: number | undefined;
  let actions: readonly ActionFound[] = [];
  eachAttribute(new Reader(payload, littleEndian), (type, r) => {
    if (type === kind.classidAttribute) classid = r.u32();
    else if (type === kind.actionsAttribute) actions = decodeActions(r, names);
  });
  const decoded = decodeOptions(kind, payload, littleEndian);
  const options = kind.handleOption === undefined ? decoded : { ...decoded, [kind.handleOption]: handle };
  const stats = kind.decodeStats?.(new Reader(payload, littleEndian));
  return {
    options,
    ...(classid === undefined ? {} : { classid }),
    actions,
    ...(stats === undefined ? {} : { stats }),
  };
}

/**
 * What of a filter is not as wanted, its class and actions included: `classid`, `action 1 rateBitPerS`, `actions` where there are more,
 * fewer or others. None of it can be changed in place where the kind is `fixed`.
 */
export function filterDifferences(
  kind: FilterKind,
  wanted: FilterOptions,
  found: FilterOptions,
  etherType: number,
): OptionDifference[] {
  const apply = kind.fixed ? 'rebuild' : 'change';
  const list = differences(kind, canonical(kind, wanted.options, etherType), found.options).map((one) => {
    const isKept = kind.keepsLeftOut && one.wanted === '';
    const canChange = !isKept && (kind.canChange?.(one.name, one.found ?? '', one.wanted) ?? true);
    return kind.fixed || !canChange ? { ...one, apply: 'rebuild' as const } : one;
  });
  const [classid, foundClassid] = [wanted.classid ?? 0, found.classid ?? 0];
  if (classid !== foundClassid && !(classid === 0 && kind.hasDefaultClass)) {
    const isKept = classid === 0 && kind.keepsLeftOut;
    list.push({ name: 'classid', wanted: classid, found: foundClassid, apply: isKept ? 'rebuild' : apply });
  }
  const kinds = (actions: readonly Action[]): string => actions.map((action) => action.kind).join(' ');
  const [should, is] = [kinds(wanted.actions), kinds(found.actions)];
  if (should !== is) return [...list, { name: 'actions', wanted: should, found: is, apply }];
  wanted.actions.forEach((action, i) => {
    const set = actionKind(action.kind);
    if (set === undefined) return;
    for (const one of differences(set, action.options, found.actions[i]?.options ?? {})) {
      list.push({ ...one, name: `action ${i + 1} ${one.name}`, apply });
    }
  });
  return list;
}

/** What is wrong with a filter and its actions, in sentences for people. */
export function checkFilter(kind: FilterKind, { options, actions }: FilterOptions, etherType: number): string[] {
  return [
    ...(kind.check?.(options) ?? []),
    ...(kind.checkFor?.(options, etherType) ?? []),
    ...actions.flatMap((action) => actionKind(action.kind)?.check?.(action.options) ?? []),
  ];
}

/** What follows the preference in tc(8): `handle 0x10 fw classid 1:20 action …`. */
export function formatFilter(kind: FilterKind, filter: FilterOptions, etherType: number): string[] {
  const { classid } = filter;
  const { classidWord = 'classid' } = kind;
  const handle = kind.needsHandle ? ['handle', '1'] : [];
  return [
    ...(kind.handleWords?.(filter.options) ?? handle),
    kind.kind,
    ...formatOptions(kind, canonical(kind, filter.options, etherType)),
    ...(classid === undefined ? [] : [classidWord, formatHandle(classid)]),
    ...formatActions(filter.actions),
  ];
}
