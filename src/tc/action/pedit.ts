/** pedit: changes fields of packets, tc-pedit(8) and net/sched/act_pedit.c, always in its extended form (`pedit ex`). */
import type { Reader } from '../../lib/bytes.ts';
import { phrase } from '../../schema/kind_fields.ts';
import { TCA_PEDIT, TCA_PEDIT_KEY_EX } from '../../uapi/tc.ts';
import { beginAttribute, beginNested, eachAttribute, endAttribute, putAttribute, u16 } from '../../wire/nla.ts';
import { field, type OptionValue, once } from '../kind.ts';
import { be32 } from '../spelled.ts';
import { controlRow, putGeneric, takeGeneric } from './control.ts';
import { defineAction } from './kind.ts';
import { formatEdits, type PeditKey, parseEdits } from './pedit_keys.ts';

const SET = 0;
const ADD = 1;
/** No header that there is, so that no edit of ours is like it. */
const UNKNOWN_HEADER = 0xffff;
/** The kernel counts the keys in a byte, tc up to this (MAX_OFFS). */
const MOST_KEYS = 128;

const edits = phrase(
  'edits with commas between them, such as ip dsfield set 0xb8 retain 0xfc, ip ttl set 64',
  (text) => {
    const keys = parseEdits(text);
    return keys === undefined || keys.length > MOST_KEYS ? undefined : formatEdits(keys);
  },
);

export const pedit = once(() =>
  defineAction({
    kind: 'pedit',
    parameters: TCA_PEDIT.PARMS_EX,
    options: {
      munge: field<string>({
        initial: '',
        apply: 'change',
        words: (text) =>
          text === '' ? [] : ['ex', ...text.split(', ').flatMap((edit) => ['munge', ...edit.split(' ')])],
        uci: {
          name: 'munge',
          field: edits,
          label: 'Edits',
          help: 'Fields of ip, ip6, tcp, udp and eth headers with set, add, clear, invert or decrement; checksums are for csum.',
          example: 'ip dsfield set 0xb8 retain 0xfc',
        },
      }),
      control: controlRow('ok'),
    },
    codec: {
      encode: (w, { munge, control }) => {
        const keys = parseEdits(String(munge)) ?? [];
        // struct tc_pedit_sel: tc_gen, nkeys, flags, padding, keys of mask, val, off, at, offmask, shift
        const parameters = beginAttribute(w, TCA_PEDIT.PARMS_EX);
        putGeneric(w, control);
        w.u8(keys.length);
        w.zeros(3);
        for (const { mask, value, offset } of keys) {
          be32.encode(w, mask);
          be32.encode(w, value);
          w.u32(offset);
          w.zeros(12);
        }
        endAttribute(w, parameters);
        const list = beginNested(w, TCA_PEDIT.KEYS_EX);
        for (const { header, isAdd } of keys) {
          const key = beginNested(w, TCA_PEDIT.KEY_EX);
          putAttribute(w, TCA_PEDIT_KEY_EX.HTYPE, u16, header);
          putAttribute(w, TCA_PEDIT_KEY_EX.CMD, u16, isAdd ? ADD : SET);
          endAttribute(w, key);
        }
        endAttribute(w, list);
      },
      decodeTogether,
    },
    check: ({ munge }) => (munge ? [] : ["'munge' must be given"]),
  }),
);

/** The kernel tells the headers before the keys, tc after them, and who uses the simple form none. */
function decodeTogether(payload: Reader, values: Record<string, OptionValue>): void {
  let keys: PeditKey[] = [];
  let headers: { header: number; isAdd: boolean }[] = [];
  eachAttribute(payload, (type, r) => {
    if (type === TCA_PEDIT.PARMS || type === TCA_PEDIT.PARMS_EX) {
      values.control = takeGeneric(r);
      const count = r.u8();
      r.take(3);
      keys = Array.from({ length: count }, () => takeKey(r));
    } else if (type === TCA_PEDIT.KEYS_EX) {
      headers = [];
      eachAttribute(r, (_type, key) => headers.push(takeHeader(key)));
    }
  });
  values.munge = formatEdits(keys.map((key, i) => ({ ...key, ...headers[i] })));
}

function takeKey(r: Reader): PeditKey {
  const mask = be32.decode(r);
  const value = be32.decode(r);
  const offset = r.u32();
  // at, offmask, shift: an offset that the packet tells, for which weir has no words.
  const isPlain = r.u32() === 0 && r.u32() === 0 && r.u32() === 0;
  return { header: isPlain ? 0 : UNKNOWN_HEADER, isAdd: false, mask, value, offset };
}

function takeHeader(r: Reader): { header: number; isAdd: boolean } {
  let [header, command] = [0, SET];
  eachAttribute(r, (name, number) => {
    if (name === TCA_PEDIT_KEY_EX.HTYPE) header = number.u16();
    else if (name === TCA_PEDIT_KEY_EX.CMD) command = number.u16();
  });
  return { header, isAdd: command === ADD };
}
