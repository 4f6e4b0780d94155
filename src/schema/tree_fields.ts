/** What a person may write in the sections of a tree besides plain values: places, handles, marks, and rates that follow from others. */
import { expecting, type Field, rate } from './field.ts';

/** A rate that follows from another one. */
export interface RelativeRate {
  /** `parent` is that of the nearest class above; `rate` and `ceil` are those of a class, `upload` and `download` of a shaper. */
  readonly of: 'parent' | 'link' | 'rate' | 'ceil' | 'upload' | 'download';
  /** The class or shaper; empty for the parent and the link. */
  readonly name: string;
  readonly factor: number;
}

/** bit/s, or what they follow from. */
export type TreeRate = number | RelativeRate;

const LARGEST_FACTOR = 1000;

/** A plain rate within the limits, or one that follows from another and is held against them once that is known. */
export function relativeRate(smallest: number, largest: number, zero?: string): Field<TreeRate> {
  const plain = rate(smallest, largest, zero);
  return {
    parse: (text) => plain.parse(text) ?? parseRelative(text),
    ...expecting(
      `${plain.expectation.text}; or one that follows: %s (of the parent), link, upload of wan * 0.4, ceil of voice`,
      ...plain.expectation.values,
      '40%',
    ),
    data: { kind: 'relativeRate', smallest, largest, ...(zero === undefined ? {} : { zero }) },
    format: (value) => (typeof value === 'number' ? plain.format(value) : formatRelative(value)),
  };
}

function parseRelative(text: string): RelativeRate | undefined {
  const percent = /^([0-9]{1,6}(?:\.[0-9]{1,6})?) ?%$/.exec(text);
  if (percent !== null) return relative('parent', '', Number(percent[1]) / 100);
  const match =
    /^(?:(link)|(rate|ceil|upload|download) +of +([A-Za-z0-9_.-]{1,64}))(?: *\* *([0-9]{1,6}(?:\.[0-9]{1,6})?))?$/.exec(
      text,
    );
  if (match === null) return undefined;
  const factor = Number(match[4] ?? 1);
  return match[1] === 'link' ? relative('link', '', factor) : relative(wordOf(match[2]), match[3] ?? '', factor);
}

function wordOf(word: string | undefined): RelativeRate['of'] {
  return word === 'rate' || word === 'ceil' || word === 'upload' ? word : 'download';
}

function relative(of: RelativeRate['of'], name: string, factor: number): RelativeRate | undefined {
  return factor > 0 && factor <= LARGEST_FACTOR ? { of, name, factor } : undefined;
}

export function formatRelative({ of, name, factor }: RelativeRate): string {
  if (of === 'parent') return `${Number((factor * 100).toFixed(6))}%`;
  return `${of === 'link' ? of : `${of} of ${name}`}${factor === 1 ? '' : ` * ${factor}`}`;
}

/** Where something stands: `root` and the like, the name of a section, or a handle of tc. */
export type PlaceText =
  | { readonly at: 'root' | 'ingress' | 'egress' }
  | { readonly at: 'section'; readonly name: string }
  | { readonly at: 'handle'; readonly handle: number };

export function place(): Field<PlaceText> {
  return {
    parse: (text) => {
      if (text === 'root' || text === 'ingress' || text === 'egress') return { at: text };
      const given = parseHandle(text);
      if (given !== undefined) return { at: 'handle', handle: given };
      return /^[A-Za-z0-9_.-]{1,64}$/.test(text) ? { at: 'section', name: text } : undefined;
    },
    ...expecting('the name of a section, a handle as tc shows it such as 1:10, or root'),
    data: { kind: 'place' },
    format: (value) =>
      value.at === 'section' ? value.name : value.at === 'handle' ? handle().format(value.handle) : value.at,
  };
}

function parseHandle(text: string): number | undefined {
  const match = /^([0-9a-fA-F]{1,4}):([0-9a-fA-F]{0,4})$/.exec(text);
  if (match === null) return undefined;
  const major = Number.parseInt(match[1] ?? '', 16);
  const minor = match[2] === '' ? 0 : Number.parseInt(match[2] ?? '', 16);
  // ffff: is what the kernel gives to the hooks and to root.
  return major === 0 || major === 0xffff ? undefined : major * 0x10000 + minor;
}

/** A handle of a qdisc (`1:`) or a class (`1:10`), in hexadecimal as tc(8) has it. */
export function handle(): Field<number> {
  return {
    parse: parseHandle,
    ...expecting('a handle in hexadecimal as tc shows it, such as 1: or 1:10, from 1: to fffe:ffff'),
    data: { kind: 'handle' },
    format: (value) => `${(value >>> 16).toString(16)}:${(value & 0xffff) === 0 ? '' : (value & 0xffff).toString(16)}`,
  };
}

/** A class of a qdisc: by the name of its section, or by its minor in hexadecimal; which of them it is, the sections tell. */
export function classMinor(): Field<string> {
  return {
    parse: (text) => (/^[A-Za-z0-9_.-]{1,64}$/.test(text) ? text : undefined),
    ...expecting('the name of the section of a class, or its minor in hexadecimal such as 2a'),
    data: { kind: 'classMinor' },
    format: (value) => value,
  };
}

/** A packet's mark, of which only the bits of the mask count. */
export interface MaskedMark {
  readonly mark: number;
  readonly mask: number;
}

const NUMBER_32 = '(0x[0-9a-fA-F]{1,8}|[0-9]{1,10})';

export function maskedMark(): Field<MaskedMark> {
  return {
    parse: (text) => {
      const match = new RegExp(`^${NUMBER_32}(?:/${NUMBER_32})?$`).exec(text);
      if (match === null) return undefined;
      const mark = Number(match[1]);
      const mask = match[2] === undefined ? 0xffffffff : Number(match[2]);
      // The mark is the handle of the filter, for which 0 means none (net/sched/cls_fw.c).
      const isPossible = mark > 0 && mark <= 0xffffffff && mask <= 0xffffffff && (mark & mask) >>> 0 === mark;
      return isPossible ? { mark, mask } : undefined;
    },
    ...expecting('a mark such as 0x10, or with the mask of the bits that count 0x10/0xff'),
    data: { kind: 'maskedMark' },
    format: ({ mark, mask }) => `0x${mark.toString(16)}${mask === 0xffffffff ? '' : `/0x${mask.toString(16)}`}`,
  };
}

/** ETH_P_* by the names of tc(8) (iproute2: lib/ll_proto.c), as many as people use. */
const PROTOCOLS: Readonly<Record<string, number>> = {
  all: 0x0003,
  ip: 0x0800,
  arp: 0x0806,
  ipv6: 0x86dd,
  '802.1q': 0x8100,
  '802.1ad': 0x88a8,
  ppp_disc: 0x8863,
  ppp_ses: 0x8864,
  mpls_uc: 0x8847,
};

/** ETH_P_ALL */
export const ALL_PROTOCOLS = 0x0003;

/** What is in a frame, as ETH_P_* in the CPU's order. */
export function protocol(): Field<number> {
  return {
    parse: (text) => {
      const word = text.toLowerCase();
      if (Object.hasOwn(PROTOCOLS, word)) return PROTOCOLS[word];
      return /^0x[0-9a-f]{1,4}$/.test(word) ? Number(word) : undefined;
    },
    ...expecting('one of %s, or a number such as 0x88cc', Object.keys(PROTOCOLS).join(', ')),
    data: { kind: 'protocol' },
    format: (value) => Object.keys(PROTOCOLS).find((name) => PROTOCOLS[name] === value) ?? `0x${value.toString(16)}`,
  };
}
