/** flow: sorts packets into many classes by a number made from keys, tc-flow(8) and net/sched/cls_flow.c. */
import { choice, integer, mask32 } from '../../schema/field.ts';
import { phrase } from '../../schema/kind_fields.ts';
import { FLOW_KEY, FLOW_MODE, TCA_FLOW } from '../../uapi/tc.ts';
import { enum32, putAttribute, u32, type WireType } from '../../wire/nla.ts';
import { field, type KernelOption, type OptionValues, once, option } from '../kind.ts';
import { hex, spelledField } from '../spelled.ts';
import { expression, expressionField } from './ematch.ts';
import { defineFilter } from './kind.ts';

/** The bits of the keys, by tc's names and in the order of the bits. */
const KEYS: Readonly<Record<string, number>> = {
  src: FLOW_KEY.SRC,
  dst: FLOW_KEY.DST,
  proto: FLOW_KEY.PROTO,
  'proto-src': FLOW_KEY.PROTO_SRC,
  'proto-dst': FLOW_KEY.PROTO_DST,
  iif: FLOW_KEY.IIF,
  priority: FLOW_KEY.PRIORITY,
  mark: FLOW_KEY.MARK,
  nfct: FLOW_KEY.NFCT,
  'nfct-src': FLOW_KEY.NFCT_SRC,
  'nfct-dst': FLOW_KEY.NFCT_DST,
  'nfct-proto-src': FLOW_KEY.NFCT_PROTO_SRC,
  'nfct-proto-dst': FLOW_KEY.NFCT_PROTO_DST,
  'rt-classid': FLOW_KEY.RTCLASSID,
  'sk-uid': FLOW_KEY.SKUID,
  'sk-gid': FLOW_KEY.SKGID,
  'vlan-tag': FLOW_KEY.VLAN_TAG,
  rxhash: FLOW_KEY.RXHASH,
};
const NAMES = Object.keys(KEYS);

function keyBits(text: string): number | undefined {
  const bits = text.split(/[, ]+/).map((name) => (Object.hasOwn(KEYS, name) ? 2 ** (KEYS[name] ?? 0) : undefined));
  return bits.reduce((all, bit) => (all === undefined || bit === undefined ? undefined : all | bit), 0);
}

const formatBits = (bits: number): string => NAMES.filter((name) => bits & (2 ** (KEYS[name] ?? 0))).join(',');

const keysWire: WireType<string> = {
  encode: (w, text) => w.u32(keyBits(text) ?? 0),
  decode: (r) => formatBits(r.u32()),
};

const keysField = phrase(`keys with commas between them, of ${NAMES.join(', ')}`, (text) => {
  const bits = keyBits(text);
  return bits === undefined ? undefined : formatBits(bits);
});

const MODES = { map: FLOW_MODE.MAP, hash: FLOW_MODE.HASH } as const;
const ALL = 0xffffffff;

/** A number that the kernel keeps from before where it is not sent. */
function numberRow(
  attribute: number,
  name: string,
  label: string,
  help: string,
  example: string,
): KernelOption<number> {
  return option(attribute, u32, {
    initial: 0,
    apply: 'change',
    words: (value) => (value === 0 ? [] : [name, String(value)]),
    uci: { name, field: integer(0, ALL), label, help, example },
  });
}

export const flow = once(() =>
  defineFilter({
    kind: 'flow',
    classidAttribute: TCA_FLOW.BASECLASS,
    classidWord: 'baseclass',
    actionsAttribute: TCA_FLOW.ACT,
    needsHandle: true,
    hasDefaultClass: true,
    options: {
      mode: option<string>(TCA_FLOW.MODE, enum32(MODES), {
        initial: 'map',
        apply: 'change',
        words: (mode) => [mode],
        uci: {
          name: 'mode',
          field: choice(['map', 'hash']),
          label: 'How',
          help: 'map takes one key as the number of the class, hash makes one from several.',
          example: 'hash',
        },
      }),
      keys: {
        ...spelledField(keysField, {
          name: 'keys',
          label: 'Keys',
          help: 'What of a packet the class is made from.',
          example: 'nfct-src,dst',
        }),
        attribute: TCA_FLOW.KEYS,
        wire: keysWire,
        presence: true,
      },
      mask: option(TCA_FLOW.MASK, u32, {
        initial: ALL,
        apply: 'change',
        words: (mask) => (mask === ALL ? [] : ['and', hex(mask)]),
        uci: { name: 'and', field: mask32(), label: 'Mask', help: 'Bits of the key that count.', example: '0xff' },
      }),
      xor: option(TCA_FLOW.XOR, u32, {
        initial: 0,
        apply: 'change',
        words: (bits) => (bits === 0 ? [] : ['xor', hex(bits)]),
        uci: {
          name: 'xor',
          field: mask32(),
          label: 'Exclusive or',
          help: 'Bits of the key that are turned.',
          example: '0xff',
        },
      }),
      rightShift: numberRow(TCA_FLOW.RSHIFT, 'rshift', 'Shift', 'Bits that the key is moved down by.', '8'),
      addend: numberRow(TCA_FLOW.ADDEND, 'addend', 'Addend', 'Added to the key.', '1'),
      divisor: numberRow(TCA_FLOW.DIVISOR, 'divisor', 'Divisor', 'The class is what is left of the key by it.', '256'),
      perturbS: field<number>({
        initial: 0,
        apply: 'change',
        words: (seconds) => (seconds === 0 ? [] : ['perturb', String(seconds)]),
        uci: {
          name: 'perturb',
          field: integer(0, 86400),
          label: 'Perturb',
          help: 'Seconds after which the hash becomes another.',
          example: '10',
        },
      }),
      match: {
        ...spelledField(expressionField, {
          name: 'match',
          label: 'Expression',
          help: 'What must be true of a packet.',
          example: 'meta(pkt_len lt 200)',
        }),
        attribute: TCA_FLOW.EMATCHES,
        wire: expression,
        presence: true,
      },
    },
    codec: {
      // Refused in mode map, even 0.
      encode: (w, { mode, perturbS }) => {
        if (mode === 'hash') putAttribute(w, TCA_FLOW.PERTURB, u32, Number(perturbS));
      },
      decodeAttribute: (type, r, values) => {
        if (type === TCA_FLOW.PERTURB) values.perturbS = r.u32();
      },
    },
    check,
  }),
);

function check({ mode, keys, perturbS }: OptionValues): string[] {
  if (!keys) return ["'keys' must be given"];
  if (mode === 'hash') return [];
  const count = String(keys).split(',').length;
  return [
    ...(count > 1 ? ["'mode' map takes one of 'keys'"] : []),
    ...(perturbS ? ["'perturb' is for 'mode' hash"] : []),
  ];
}
