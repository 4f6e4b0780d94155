/**
 * One option of a kind with two values for it, and what tc shows of a device that has them. The tables beside this file are written by
 * hand after the man pages and after what tc prints, so that nothing of them comes from the code that they test.
 */
import type * as z from 'zod/mini';

/** Options of a section by their names in UCI; '' is one that is not given. */
export type Options = Readonly<Record<string, string>>;

/** Of one option, or of it and others that have to be changed with it. */
export type Value = string | Options;

type Pair<T> = readonly [first: T, second: T];

/** Of the options in the JSON of tc: these keys have these values; null is a key that is not there. Or how the text of tc reads. */
export type Shown = Readonly<Record<string, z.core.util.JSONType>> | RegExp;

export interface OptionCase {
  /** Its name in UCI. */
  readonly option: string;
  readonly values: Pair<Value>;
  /** Why tc shows nothing of it, in place of what it shows. */
  readonly shown: Pair<Shown> | string;
  /** How the kernel gets from the first value to the second: in place, with the same queue, or by a new qdisc; or nobody can see it. */
  readonly apply: 'change' | 'rebuild' | 'unseen';
  /** What has to be given beside it. */
  readonly with: Options;
  /** The first kernel that knows it; an older one passes over it, which is noticed. */
  readonly since?: 7;
  /** What the kernel has of itself follows from the device, and comes back only with a new qdisc. */
  readonly stays?: true;
}

export const STAYS = { stays: true } as const;

/** The options of a kind of qdiscs, or of its classes. */
export interface OptionTable {
  readonly kind: string;
  readonly of: 'qdisc' | 'class' | 'stab';
  /** It stands at the root of a device of its own; else on a class of a tree that it shares with others. */
  readonly atRoot?: true;
  /** What has to be given in any case. */
  readonly base: Options;
  readonly cases: readonly OptionCase[];
}

/** What is changed in place. */
export function change(
  option: string,
  values: Pair<Value>,
  shown: OptionCase['shown'],
  more: Partial<Pick<OptionCase, 'with' | 'since' | 'stays'>> = {},
): OptionCase {
  return { option, values, shown, apply: 'change', with: {}, ...more };
}

/** What only a new qdisc can have. */
export function rebuild(...args: Parameters<typeof change>): OptionCase {
  return { ...change(...args), apply: 'rebuild' };
}

/** What no dump tells. */
export function unseen(
  option: string,
  values: Pair<string>,
  why: string,
  more: { readonly with: Options },
): OptionCase {
  return { ...change(option, values, why, more), apply: 'unseen' };
}

/** The same key for both values. */
export function key(name: string, first: z.core.util.JSONType, second: z.core.util.JSONType): Pair<Shown> {
  return [{ [name]: first }, { [name]: second }];
}

/** The value of an option with what else a section has. */
export function optionsOf({ base }: OptionTable, one: OptionCase, value: Value | undefined): Options {
  const own = typeof value === 'string' ? { [one.option]: value } : value;
  return { ...base, ...one.with, ...own };
}

/** Whole words in the text of tc. */
export function words(first: string, second: string): Pair<Shown> {
  return [new RegExp(` ${first} `), new RegExp(` ${second} `)];
}

/** A section that the kernel, or weir, takes not. */
export interface Refusal {
  readonly kind: string;
  /** Options by their names in UCI that no other table has. */
  readonly options: Options;
  /** What weir says of it. */
  readonly message: RegExp;
  /** Only kernels of this version refuse it. */
  readonly only?: 6 | 7;
}
