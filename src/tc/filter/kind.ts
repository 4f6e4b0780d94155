/**
 * What a kind of filters is to weir (net/sched/cls_*.c), and the options of a filter on the wire: those of its kind, the class that it
 * sorts packets into, and its actions. Where it stands (device, parent, chain, preference) is the message's, not in here.
 */
import { Reader, type Writer } from '../../lib/bytes.ts';
import { ETH_P } from '../../uapi/if_link.ts';
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
  type OptionValues,
} from '../kind.ts';

/** A filter kind. */
export interface FilterKind extends OptionSet {
  readonly classidAttribute: number;
  readonly actionsAttribute: number;
  /** The option that is the filter's handle, which is chosen by the kernel for all other kinds. */
  readonly handleOption?: string;
  /** The words of tc(8) before the kind. */
  handleWords?(options: OptionValues): readonly string[];
  /** The option that is the EtherType of the filter's `protocol`; not there for one that takes all. */
  readonly protocolOption?: string;
  /** The option that is the path of a pinned program; its codec has a descriptor as `programFd`. */
  readonly programOption?: string;
  /** Nothing of such a filter can be changed in place, not even its actions. */
  readonly fixed?: true;
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

/** What of a filter's message its options take part in. */
export interface FilterPlace {
  readonly handle: number;
  /** ETH_P.ALL for every protocol. */
  readonly etherType: number;
}

/** The handle to send: for the kernel to choose, 0. */
export function filterHandle(kind: FilterKind, { options }: FilterOptions): number {
  const { handleOption } = kind;
  return handleOption === undefined ? 0 : Number(options[handleOption] ?? 0);
}

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
  encodeOptions(kind, w, { ...withProtocol(kind, options, etherType), ...program });
  if (classid !== undefined) putAttribute(w, kind.classidAttribute, u32, classid);
  if (actions.length === 0) return;
  const list = beginAttribute(w, kind.actionsAttribute);
  encodeActions(w, actions, names);
  endAttribute(w, list);
}

function withProtocol({ protocolOption }: FilterKind, options: OptionValues, etherType: number): OptionValues {
  if (protocolOption === undefined || etherType === ETH_P.ALL) return options;
  return { [protocolOption]: etherType, ...options };
}

/**
 * Reads the content of TCA_OPTIONS.
 *
 * @throws ShortReadError
 */
export function decodeFilterOptions(
  kind: FilterKind,
  payload: Uint8Array,
  littleEndian: boolean,
  place: FilterPlace,
  names: Pick<KernelNames, 'deviceOf'>,
): FilterFound {
  let classid: number | undefined;
  let actions: readonly ActionFound[] = [];
  eachAttribute(new Reader(payload, littleEndian), (type, r) => {
    if (type === kind.classidAttribute) classid = r.u32();
    else if (type === kind.actionsAttribute) actions = decodeActions(r, names);
  });
  const decoded = withProtocol(kind, decodeOptions(kind, payload, littleEndian), place.etherType);
  const options = kind.handleOption === undefined ? decoded : { ...decoded, [kind.handleOption]: place.handle };
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
  const list = differences(kind, withProtocol(kind, wanted.options, etherType), found.options);
  const apply = kind.fixed ? 'rebuild' : 'change';
  if (wanted.classid !== found.classid) {
    const [should, is] = [wanted.classid ?? 0, found.classid ?? 0];
    // A class of the number 0 is none (tcf_bind_filter), and some kinds send it.
    if (should !== is) list.push({ name: 'classid', wanted: should, found: is, apply });
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
  return kind.fixed ? list.map((one) => ({ ...one, apply })) : list;
}

/** What follows the preference in tc(8): `handle 0x10 fw classid 1:20 action …`. */
export function formatFilter(kind: FilterKind, filter: FilterOptions): string[] {
  const { classid } = filter;
  return [
    ...(kind.handleWords?.(filter.options) ?? []),
    kind.kind,
    ...formatOptions(kind, filter.options),
    ...(classid === undefined ? [] : ['classid', formatHandle(classid)]),
    ...formatActions(filter.actions),
  ];
}
