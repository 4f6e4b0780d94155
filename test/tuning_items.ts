/** What `weir status --json` tells of tuned values, and values that others have read, for the labs. */
import * as z from 'zod/mini';

const item = z.strictObject({
  option: z.string(),
  tunable: z.string(),
  device: z.nullable(z.string()),
  part: z.nullable(z.string()),
  wanted: z.nullable(z.string()),
  inForce: z.nullable(z.string()),
  unit: z.string(),
  state: z.enum(['applied', 'already', 'clamped', 'unsupported', 'refused', 'pending', 'waiting', 'shown']),
  reason: z.nullable(z.string()),
});
/** One of `tuning` in the answer. */
export type Item = z.output<typeof item>;

export const statusWithTuning = z.looseObject({ tuning: z.array(item) });

/** Values by name. */
export type Values = ReadonlyMap<string, string>;

/** Each name whose value differs, with both; undefined where it is not there. */
export function changedValues(before: Values, after: Values): Map<string, readonly (string | undefined)[]> {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  const pairs = names.map((name) => [name, [before.get(name), after.get(name)]] as const);
  return new Map(pairs.filter(([, [was, is]]) => was !== is));
}
