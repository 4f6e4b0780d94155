/** What the shell function `state` prints: ethtool's JSON and files of the kernel, as one flat list in which two moments compare. */
import * as z from 'zod/mini';

type Json = z.output<ReturnType<typeof z.json>>;

const ofEachCard = z.array(z.intersection(z.looseObject({ ifname: z.string() }), z.record(z.string(), z.json())));

export const state = z.strictObject({
  name: z.string(),
  files: z.record(z.string(), z.string()),
  rings: ofEachCard,
  coalescing: ofEachCard,
  channels: ofEachCard,
  spreading: ofEachCard,
  features: ofEachCard,
});

export type State = z.output<typeof state>;

/** Values by name, such as `igb channels combined` and `igb/queues/tx-0/xps_cpus`. */
export type Values = ReadonlyMap<string, string>;

export function valuesOf({ name: _, files, ...groups }: State): Values {
  const values = new Map(Object.entries(files));
  for (const [group, cards] of Object.entries(groups)) {
    for (const { ifname, ...card } of cards) flatten(card, `${ifname} ${group}`, values);
  }
  return values;
}

function flatten(value: Json, name: string, values: Map<string, string>): void {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const [key, inner] of Object.entries(value)) flatten(inner, `${name} ${key}`, values);
  } else {
    values.set(name, JSON.stringify(value));
  }
}

/** What differs, as `before -> after` by name; `-` where it is not there. */
export function changes(before: Values, after: Values): Record<string, string> {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return Object.fromEntries(
    names.flatMap((name) => {
      const [was, is] = [before.get(name) ?? '-', after.get(name) ?? '-'];
      return was === is ? [] : [[name, `${was} -> ${is}`]];
    }),
  );
}
