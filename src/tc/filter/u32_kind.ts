/**
 * u32: packets by bits at offsets, tc-u32(8) and net/sched/cls_u32.c; without hash tables of one's own. The kernel tells keys, whatever
 * fields they were made from, so the fields are turned into keys before anything is compared.
 */
import type { Reader, Writer } from '../../lib/bytes.ts';
import { phrase } from '../../schema/kind_fields.ts';
import { ETH_P } from '../../uapi/if_link.ts';
import { TC_U32, TCA_U32 } from '../../uapi/tc.ts';
import { beginAttribute, eachAttribute, endAttribute } from '../../wire/nla.ts';
import { type OptionCodec, type OptionValue, type OptionValues, once } from '../kind.ts';
import { be32, hex, masked, spelledField, spelling } from '../spelled.ts';
import { checkHardwareFlags, hardwareRows, putHardwareFlags, takeHardwareFlags } from './hardware.ts';
import { indevOption } from './indev.ts';
import { defineFilter } from './kind.ts';
import { fieldRows, keysOfFields } from './u32_fields.ts';
import { formatKeys, packKeys, parseKeys, type U32Key } from './u32_keys.ts';

const mark = masked(32);
/** The key that every packet has. */
const ANY: U32Key = { value: 0, mask: 0, offset: 0, isNext: false };
/** The kernel counts keys in a byte, tc up to this. */
const MOST_KEYS = 128;

const matchField = phrase('keys with commas between them, such as u32 0x350000 0xffff0000 at 20', (written) => {
  const keys = parseKeys(written);
  return keys === undefined || keys.length > MOST_KEYS ? undefined : formatKeys(keys);
});

const FIELD_NAMES = Object.keys(fieldRows);

const codec: OptionCodec = {
  encode(w, options) {
    putSelector(w, parseKeys(String(options.match)) ?? [ANY]);
    const marked = mark.parse(String(options.mark));
    if (marked !== undefined) {
      // struct tc_u32_mark: val, mask, success
      const at = beginAttribute(w, TCA_U32.MARK);
      for (const value of [marked.value, marked.mask, 0]) w.u32(value);
      endAttribute(w, at);
    }
    putHardwareFlags(w, TCA_U32.FLAGS, options);
  },
  decodeAttribute(type, r, values) {
    if (type === TCA_U32.SEL) values.match = formatKeys(takeSelector(r));
    else if (type === TCA_U32.FLAGS) takeHardwareFlags(r, values);
    else if (type === TCA_U32.MARK) {
      const [value, bits] = [r.u32(), r.u32()];
      values.mark = mark.format({ value, mask: bits });
    }
  },
};

/** struct tc_u32_sel: flags, offshift, nkeys, padding, offmask, off, offoff, hoff, hmask, then keys of mask, val, off, offmask. */
function putSelector(w: Writer, keys: readonly U32Key[]): void {
  const selector = beginAttribute(w, TCA_U32.SEL);
  w.u8(TC_U32.TERMINAL);
  w.u8(0);
  w.u8(keys.length);
  w.zeros(13);
  for (const { value, mask, offset, isNext } of keys) {
    be32.encode(w, mask);
    be32.encode(w, value);
    w.s32(offset);
    w.s32(isNext ? -1 : 0);
  }
  endAttribute(w, selector);
}

function takeSelector(r: Reader): U32Key[] {
  r.take(2);
  const count = r.u8();
  r.take(13);
  return Array.from({ length: count }, () => {
    const mask = be32.decode(r);
    const value = be32.decode(r);
    return { mask, value, offset: r.s32(), isNext: r.s32() !== 0 };
  });
}

/** struct tc_u32_pcnt: packets that were looked at, and those that had all keys. Only where the kernel counts (CLS_U32_PERF). */
function decodeStats(r: Reader): { tried: number; hits: number } {
  let stats = { tried: 0, hits: 0 };
  eachAttribute(r, (type, value) => {
    if (type === TCA_U32.PCNT) stats = { tried: value.u64(), hits: value.u64() };
  });
  return stats;
}

/** All keys, those of the fields included, in `match`. */
function canonical(options: OptionValues, etherType: number): OptionValues {
  const others: Record<string, OptionValue> = {};
  for (const [name, value] of Object.entries(options)) if (!FIELD_NAMES.includes(name)) others[name] = value;
  const keys = allKeys(options, etherType === ETH_P.IPV6);
  return { ...others, match: formatKeys(keys === undefined || keys.length === 0 ? [ANY] : keys) };
}

function allKeys(options: OptionValues, isIpv6: boolean): readonly U32Key[] | undefined {
  const fields = keysOfFields(options, isIpv6);
  const raw = options.match ? parseKeys(String(options.match)) : [];
  return fields === undefined || raw === undefined ? undefined : packKeys([...fields, ...raw]);
}

function checkFor(options: OptionValues, etherType: number): string[] {
  if (allKeys(options, etherType === ETH_P.IPV6) !== undefined) return [];
  return ['no packet has all of these: some are of IPv4 and some of IPv6, or two contradict each other'];
}

export const u32 = once(() =>
  defineFilter({
    kind: 'u32',
    classidAttribute: TCA_U32.CLASSID,
    actionsAttribute: TCA_U32.ACT,
    keepsLeftOut: true,
    options: {
      ...fieldRows,
      match: {
        ...spelledField(matchField, {
          name: 'match',
          label: 'Bits at offsets',
          help: 'What no other option is there for: value and mask at a byte of the IP header.',
          example: 'u32 0x350000 0xffff0000 at 20',
          apply: 'rebuild',
        }),
        words: (keys: string) => (keys === '' ? [] : keys.split(', ').flatMap((key) => ['match', ...key.split(' ')])),
      },
      mark: {
        ...spelledField(spelling(mark), {
          name: 'mark',
          label: 'Mark',
          help: "The packet's mark, with a mask for some of its bits.",
          example: '0x10/0xff',
          apply: 'rebuild',
        }),
        words: formatMark,
      },
      indev: indevOption(TCA_U32.INDEV),
      ...hardwareRows,
    },
    codec,
    canonical,
    check: checkHardwareFlags,
    checkFor,
    decodeStats,
  }),
);

function formatMark(written: string): string[] {
  const marked = mark.parse(written);
  return marked === undefined ? [] : ['match', 'mark', hex(marked.value), hex(marked.mask)];
}
