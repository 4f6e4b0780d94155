/**
 * What becomes of a packet after an action, `control` in tc-actions(8): one of the words, or a place to go on at. Numbers are TC_ACT_* of
 * <linux/pkt_cls.h>.
 */
import type { Reader, Writer } from '../../lib/bytes.ts';
import { phrase } from '../../schema/kind_fields.ts';
import { TC_ACT } from '../../uapi/tc.ts';
import { field, type KernelOption, type OptionValue } from '../kind.ts';

/** In the spelling that is kept; `stolen` is what a redirect does, and no word for people. */
const WORDS: Readonly<Record<string, number>> = {
  ok: TC_ACT.OK,
  reclassify: TC_ACT.RECLASSIFY,
  drop: TC_ACT.SHOT,
  pipe: TC_ACT.PIPE,
  continue: TC_ACT.UNSPEC,
  trap: TC_ACT.TRAP,
  stolen: TC_ACT.STOLEN,
};
const ALIASES: Readonly<Record<string, string>> = { pass: 'ok', shot: 'drop' };
const PLACES = { jump: TC_ACT.JUMP, 'goto chain': TC_ACT.GOTO_CHAIN } as const;

/** The one spelling of a control, or undefined: `pass` is `ok`, `goto  chain 07` is `goto chain 7`. */
export function parseControl(text: string): string | undefined {
  const word = ALIASES[text] ?? text;
  if (Object.hasOwn(WORDS, word)) return word === 'stolen' ? undefined : word;
  const match = /^(jump|goto +chain) +([0-9]{1,9})$/.exec(text);
  if (match === null) return undefined;
  const value = Number(match[2]);
  return value > TC_ACT.EXT_VAL_MASK ? undefined : `${match[1] === 'jump' ? 'jump' : 'goto chain'} ${value}`;
}

/** The number of a control in its one spelling; what is none is `ok`, which lets the packet pass. */
export function controlNumber(control: OptionValue | undefined): number {
  const text = String(control);
  const place = Object.entries(PLACES).find(([name]) => text.startsWith(`${name} `));
  if (place !== undefined) return place[1] + Number(text.slice(place[0].length + 1));
  return WORDS[text] ?? TC_ACT.OK;
}

/** The inverse; `?6` for a number without a word. */
export function controlText(number: number): string {
  const value = number & TC_ACT.EXT_VAL_MASK;
  const place = Object.entries(PLACES).find(([, opcode]) => number - value === opcode);
  if (place !== undefined) return `${place[0]} ${value}`;
  return Object.keys(WORDS).find((word) => WORDS[word] === number) ?? `?${number}`;
}

export const controlField = phrase(
  'one of ok, drop, pipe, continue, reclassify, trap, or jump or goto chain with a number',
  parseControl,
);

/** The row of an action that has one control. `initial` is what tc(8) sends where no word is given. */
export function controlRow(initial: string): KernelOption<string> {
  return field({
    initial,
    apply: 'change',
    words: (control) => (control === 'stolen' ? [] : control.split(' ')),
    uci: {
      name: 'control',
      field: controlField,
      label: 'What comes next',
      help: 'pipe goes on to the next action of the filter, ok and drop decide about the packet.',
      example: 'pipe',
    },
  });
}

/** struct tc_gen, with which the parameters of all actions but police begin. The kernel chooses the index for 0. */
export function putGeneric(w: Writer, control: OptionValue | undefined): void {
  w.u32(0);
  w.u32(0);
  w.s32(controlNumber(control));
  w.s32(0);
  w.s32(0);
}

/** Reads struct tc_gen and gives its control. */
export function takeGeneric(r: Reader): string {
  r.take(8);
  const control = controlText(r.s32());
  r.take(8);
  return control;
}
