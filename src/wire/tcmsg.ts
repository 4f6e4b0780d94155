/**
 * rtnetlink messages of traffic control: qdiscs, classes and filters share one form, struct tcmsg and TCA_* attributes.
 *
 * Kernel: net/sched/sch_api.c (`tc_fill_qdisc`, `tc_fill_tclass`) and cls_api.c (`tcf_fill_node`). What stands inside
 * TCA_OPTIONS is each kind's own and is neither written nor read here.
 */
import type { Reader, Writer } from '../lib/bytes.ts';
import { NLM_F } from '../uapi/netlink.ts';
import { RTM, TCA } from '../uapi/rtnetlink.ts';
import { beginAttribute, beginNested, binary, endAttribute, putAttribute, text, u32 } from './nla.ts';
import type { Request } from './nlmsg.ts';
import { TcView } from './tcview.ts';

/** Counters that every qdisc and class has. */
export interface TcStats {
  readonly bytes: number;
  readonly packets: number;
  readonly drops: number;
  readonly overlimits: number;
  readonly requeues: number;
  readonly backlogBytes: number;
  readonly qlen: number;
  /** What went through lately, where somebody has the kernel estimate it. */
  readonly rate?: TcRate | undefined;
}

/** A rate estimator's (struct gnet_stats_rate_est64). */
export interface TcRate {
  readonly bytePerS: number;
  readonly packetPerS: number;
}

/** A qdisc, a class or a filter. */
export interface TcMessage {
  readonly ifindex: number;
  readonly handle: number;
  readonly parent: number;
  /** Of a qdisc its reference count, of a class the handle of its leaf qdisc, of a filter see {@link filterInfo}. */
  readonly info: number;
  readonly kind: string;
  /** What TCA_OPTIONS holds. */
  readonly options?: Uint8Array | undefined;
  readonly stats?: TcStats | undefined;
  /** The kind's own statistics (TCA_STATS_APP). */
  readonly xstats?: Uint8Array | undefined;
  /** The size table (TCA_STAB), with which the kernel adds overhead for qdiscs that do not do it themselves. */
  readonly stab?: Uint8Array | undefined;
  /** Of a filter: its chain. */
  readonly chain?: number | undefined;
  /** Of an ingress or clsact qdisc that shares its filters with other devices: the block's number. */
  readonly ingressBlock?: number | undefined;
  readonly egressBlock?: number | undefined;
  /** Hardware does the work. */
  readonly offloaded?: true | undefined;
}

/**
 * Decodes RTM_NEW* and RTM_DEL* of QDISC, TCLASS and TFILTER; for many use one {@link TcView}. An attribute that is too short
 * for what it is, which no kernel sends, counts as absent.
 *
 * @throws ShortReadError
 */
export function decodeTc(payload: Reader): TcMessage {
  return new TcView().read(payload).copy();
}

/** How RTM_NEW* treats what exists: the words of tc(8). */
export const TC_FLAGS = {
  /** EEXIST when it is there. */
  add: NLM_F.CREATE | NLM_F.EXCL,
  /** In place; ENOENT when it is not there. */
  change: 0,
  /** In place where kind and handle are the same, else another in its place. */
  replace: NLM_F.CREATE | NLM_F.REPLACE,
} as const;

/** A qdisc, class or filter to make, change or delete. */
export interface TcTarget {
  readonly ifindex: number;
  readonly handle: number;
  readonly parent: number;
  readonly info?: number;
  readonly kind?: string;
  /** Appends the content of TCA_OPTIONS; absent, the attribute is absent too. */
  readonly options?: (w: Writer) => void;
  /** TCA_OPTIONS carries NLA_F_NESTED, which a few kinds insist on. */
  readonly nestedOptions?: boolean;
  readonly chain?: number;
  readonly ingressBlock?: number;
  /** The kernel shall estimate a rate (TCA_RATE), for an average that act_police compares with. */
  readonly estimatesRate?: boolean;
  /** Appends the content of TCA_STAB. */
  readonly stab?: (w: Writer) => void;
}

/** struct tc_estimator of `estimator 1sec 8sec`: the interval is 2^0 s, and the logarithm of the weight 3. */
const RATE_ESTIMATOR = Uint8Array.from([0, 3]);

/** One request: `tcRequest(RTM.NEWQDISC, TC_FLAGS.add, …)`, `tcRequest(RTM.DELTFILTER, 0, …)`. */
export function tcRequest(type: number, flags: number, target: TcTarget): Request {
  return {
    type,
    flags,
    body: (w) => {
      putHeader(w, target);
      if (target.kind !== undefined) putAttribute(w, TCA.KIND, text, target.kind);
      if (target.ingressBlock !== undefined) putAttribute(w, TCA.INGRESS_BLOCK, u32, target.ingressBlock);
      if (target.chain !== undefined) putAttribute(w, TCA.CHAIN, u32, target.chain);
      if (target.estimatesRate) putAttribute(w, TCA.RATE, binary, RATE_ESTIMATOR);
      if (target.stab !== undefined) {
        const stab = beginAttribute(w, TCA.STAB);
        target.stab(w);
        endAttribute(w, stab);
      }
      if (target.options !== undefined) {
        // Else without NLA_F_NESTED, as tc(8) sends it: the options of some kinds are a plain struct (fifo, netem).
        const options = target.nestedOptions ? beginNested(w, TCA.OPTIONS) : beginAttribute(w, TCA.OPTIONS);
        target.options(w);
        endAttribute(w, options);
      }
    },
  };
}

/** struct tcmsg: family, pads, index, handle, parent, info. */
function putHeader(w: Writer, target: TcTarget): void {
  w.u32(0);
  w.s32(target.ifindex);
  w.u32(target.handle);
  w.u32(target.parent);
  w.u32(target.info ?? 0);
}

/**
 * All qdiscs of all devices. Some kernels filter by `ifindex` and some do not: filter the answers as well.
 *
 * There is no function for a single qdisc, since RTM_GETQDISC without NLM_F_DUMP is sent to every listener of RTNLGRP_TC too
 * (`qdisc_notify`): a daemon that asks so after each event hears itself for ever.
 */
export function qdiscDump(): Request {
  return dump(RTM.GETQDISC, 0, 0);
}

/** The classes of a device; with `parent`, those of the qdisc with that handle. An unknown device gives none. */
export function classDump(ifindex: number, parent = 0): Request {
  return dump(RTM.GETTCLASS, ifindex, parent);
}

/** The filters below a qdisc or class, for instance `TC_H.CLSACT + TC_H.MIN_INGRESS`'s handle ffff:fff2. */
export function filterDump(ifindex: number, parent: number): Request {
  return dump(RTM.GETTFILTER, ifindex, parent);
}

function dump(type: number, ifindex: number, parent: number): Request {
  return tcRequest(type, 0, { ifindex, handle: 0, parent });
}

/** `info` of a filter: its preference, and the EtherType as it stands on the wire. */
export function filterInfo(preference: number, etherType: number, littleEndian: boolean): number {
  return ((preference << 16) | (littleEndian ? swap16(etherType) : etherType)) >>> 0;
}

/** The inverse of {@link filterInfo}. */
export function decodeFilterInfo(info: number, littleEndian: boolean): { preference: number; etherType: number } {
  const low = info & 0xffff;
  return { preference: info >>> 16, etherType: littleEndian ? swap16(low) : low };
}

const swap16 = (value: number): number => ((value & 0xff) << 8) | (value >> 8);
