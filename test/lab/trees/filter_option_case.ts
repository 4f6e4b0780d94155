/** What a table says of one option of a kind of filters or actions: two values for it, and what tc(8) shows of each. */
import type * as z from 'zod/mini';

/** What an object has among others. */
export type Part = Readonly<Record<string, z.core.util.JSONType>>;

/** What must be somewhere in the JSON of tc; as text what must be in its plain output, where its JSON does not tell it. */
export type Shown = string | Part;

type Given = Readonly<Record<string, string>>;
type Pair<T> = readonly [first: T, then: T];

export interface OptionCase {
  /** The name in UCI. */
  readonly option: string;
  /** What the section has first, and then. */
  readonly given: Pair<Given>;
  /** Undefined where tc prints nothing of it at all. */
  readonly shown?: Pair<Shown>;
  /** Whether the kernel changes it in place. */
  readonly inPlace: boolean;
}

/** An option that is changed in place, beside `others` that stay. */
export function changed(option: string, values: Pair<string>, shown: Pair<Shown>, others: Given = {}): OptionCase {
  return { option, given: givenWith(option, values, others), shown, inPlace: true };
}

/** An option for which the filter is made anew. */
export function anew(option: string, values: Pair<string>, shown: Pair<Shown>, others: Given = {}): OptionCase {
  return { option, given: givenWith(option, values, others), shown, inPlace: false };
}

/** An option that tc does not print: what packets tell of it stands in the scenario filters-work. */
export function unseen(option: string, values: Pair<string>, others: Given = {}): OptionCase {
  return { option, given: givenWith(option, values, others), inPlace: true };
}

const givenWith = (option: string, [first, then]: Pair<string>, others: Given): Pair<Given> => [
  { ...others, [option]: first },
  { ...others, [option]: then },
];

/** Options that the lab's kernels do not have. */
export interface RefusedCase {
  readonly kind: string;
  readonly options: readonly string[];
  readonly given: Given;
  /** What the user sees. */
  readonly refusal: RegExp;
  readonly why: string;
}
