/**
 * The lists of actions that filters have (net/sched/act_api.c).
 *
 * Each action belongs to its filter: the kernel chooses its index, and it goes with the filter.
 */
import { Reader, type Writer } from '../../lib/bytes.ts';
import { TCA_ACT, TCA_STATS } from '../../uapi/tc.ts';
import {
  beginAttribute,
  beginNested,
  binary,
  eachAttribute,
  endAttribute,
  putAttribute,
  text,
} from '../../wire/nla.ts';
import { decodeOptions, encodeOptions, formatOptions, type OptionValues } from '../kind.ts';
import type { ActionKind } from './kind.ts';
import { actionKind } from './registry.ts';

/** One action as it is wanted. */
export interface Action {
  readonly kind: string;
  readonly options: OptionValues;
  /** Up to 16 bytes that the kernel keeps with it (TC_COOKIE_MAX_SIZE). */
  readonly cookie?: Uint8Array;
}

/** Counters that every action has. */
export interface ActionStats {
  readonly bytes: number;
  readonly packets: number;
  readonly drops: number;
  readonly overlimits: number;
  readonly requeues: number;
  readonly backlogBytes: number;
  readonly qlen: number;
}

/** One action as a dump shows it; of a kind that weir does not know, without options. */
export interface ActionFound extends Action {
  /** By which tc(8) and other filters reach it. */
  readonly index: number;
  readonly stats: ActionStats;
  /** The kind's own counters, where it has some. */
  readonly kindStats?: object;
}

/** The kernel's numbers for what people name: devices, and programs by the path of their pin. */
export interface KernelNames {
  /** 0 for a device that is not there, which the kernel refuses. */
  ifindexOf(device: string): number;
  /** Undefined for one that is gone. */
  deviceOf(ifindex: number): string | undefined;
  /** A descriptor of ours. */
  programFdOf(path: string): number;
}

/**
 * Writes the content of TCA_*_ACT: the actions in their order.
 *
 * @throws RangeError for a kind that weir does not know
 */
export function encodeActions(w: Writer, actions: readonly Action[], names: KernelNames): void {
  actions.forEach(({ kind: name, options, cookie }, i) => {
    const kind = actionKind(name);
    if (kind === undefined) throw new RangeError(`no action ${name}`);
    const action = beginAttribute(w, i + 1);
    putAttribute(w, TCA_ACT.KIND, text, name);
    const nested = beginNested(w, TCA_ACT.OPTIONS);
    const { deviceOption } = kind;
    const device = deviceOption === undefined ? undefined : options[deviceOption];
    encodeOptions(kind, w, device === undefined ? options : { ...options, ifindex: names.ifindexOf(String(device)) });
    endAttribute(w, nested);
    if (cookie !== undefined) putAttribute(w, TCA_ACT.COOKIE, binary, cookie);
    endAttribute(w, action);
  });
}

/** Reads the content of TCA_*_ACT. @throws ShortReadError */
export function decodeActions(r: Reader, names: Pick<KernelNames, 'deviceOf'>): ActionFound[] {
  const actions: ActionFound[] = [];
  eachAttribute(r, (_order, action) => {
    let name = '';
    let payload: Uint8Array | undefined;
    let cookie: Uint8Array | undefined;
    let stats = NO_STATS;
    eachAttribute(action, (type, value) => {
      if (type === TCA_ACT.KIND) name = text.decode(value);
      else if (type === TCA_ACT.COOKIE) cookie = binary.decode(value);
      else if (type === TCA_ACT.OPTIONS) payload = binary.decode(value);
      else if (type === TCA_ACT.STATS) stats = decodeActionStats(value);
    });
    const kind = actionKind(name);
    actions.push({
      kind: name,
      index: 0,
      options: {},
      ...(kind === undefined || payload === undefined ? {} : decodeOne(kind, payload, r.littleEndian, names)),
      stats,
      ...(cookie === undefined ? {} : { cookie }),
    });
  });
  return actions;
}

function decodeOne(
  kind: ActionKind,
  payload: Uint8Array,
  littleEndian: boolean,
  names: Pick<KernelNames, 'deviceOf'>,
): Pick<ActionFound, 'options' | 'index' | 'kindStats'> {
  let index = 0;
  eachAttribute(new Reader(payload, littleEndian), (type, r) => {
    if (type === kind.parameters) index = r.u32();
  });
  const { ifindex, ...options } = decodeOptions(kind, payload, littleEndian);
  const kindStats = kind.decodeStats?.(new Reader(payload, littleEndian));
  const { deviceOption } = kind;
  const device = deviceOption === undefined ? {} : { [deviceOption]: names.deviceOf(Number(ifindex)) ?? `?${ifindex}` };
  return { options: { ...options, ...device }, index, ...(kindStats === undefined ? {} : { kindStats }) };
}

const NO_STATS: ActionStats = {
  bytes: 0,
  packets: 0,
  drops: 0,
  overlimits: 0,
  requeues: 0,
  backlogBytes: 0,
  qlen: 0,
};

/** TCA_ACT_STATS: struct gnet_stats_basic, gnet_stats_queue and PKT64, as below a qdisc. */
function decodeActionStats(r: Reader): ActionStats {
  let stats = NO_STATS;
  let packets64: number | undefined;
  eachAttribute(r, (type, value) => {
    if (type === TCA_STATS.BASIC) stats = { ...stats, bytes: value.u64(), packets: value.u32() };
    else if (type === TCA_STATS.PKT64) packets64 = value.u64();
    else if (type === TCA_STATS.QUEUE) {
      const [qlen, backlogBytes, drops] = [value.u32(), value.u32(), value.u32()];
      stats = { ...stats, qlen, backlogBytes, drops, requeues: value.u32(), overlimits: value.u32() };
    }
  });
  return packets64 === undefined ? stats : { ...stats, packets: packets64 };
}

/** The words of tc(8): `action police rate 1mbit … action mirred …`. */
export function formatActions(actions: readonly Action[]): string[] {
  return actions.flatMap(({ kind: name, options }) => {
    const kind = actionKind(name);
    return ['action', name, ...(kind === undefined ? [] : formatOptions(kind, options))];
  });
}
