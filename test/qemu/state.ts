/** What the shell function `state` prints: ethtool's JSON and files of the kernel, as one flat list in which two moments compare. */
import * as z from 'zod/mini';
import { changedValues, type Values } from '../tuning_items.ts';

type Json = z.output<ReturnType<typeof z.json>>;

const qdisc = z.looseObject({ kind: z.string(), dev: z.string(), parent: z.optional(z.string()) });
const ofEachCard = z.array(z.intersection(z.looseObject({ ifname: z.string() }), z.record(z.string(), z.json())));

export const state = z.strictObject({
  name: z.string(),
  files: z.record(z.string(), z.string()),
  /** Names of the handlers by the numbers of the interrupts. */
  interrupts: z.record(z.string(), z.string()),
  rings: ofEachCard,
  coalescing: ofEachCard,
  spreading: ofEachCard,
  qdiscs: z.array(qdisc),
  channels: z.string(),
  features: z.string(),
});

export type State = z.output<typeof state>;

/** Names are such as `igb channels combined` and `igb/queues/tx-0/xps_cpus`. */
export function valuesOf({ files, rings, coalescing, spreading, qdiscs, channels, features }: State): Values {
  const values = new Map(Object.entries(files));
  for (const [group, cards] of Object.entries({ rings, coalescing, spreading })) {
    for (const { ifname, ...card } of cards) {
      for (const [name, value] of Object.entries(card)) values.set(`${ifname} ${group} ${name}`, textOf(value));
    }
  }
  for (const { kind, dev, parent } of qdiscs) values.set(`${dev} qdisc ${parent ?? 'root'}`, kind);
  addText(channels, /^Channel parameters for (.*):$/, 'channels', values);
  addText(features, /^Features for (.*):$/, 'features', values);
  return values;
}

/** A table that gives each receive queue its share of the hashes, as `64 x 0, 64 x 1`. */
function textOf(value: Json): string {
  if (!Array.isArray(value)) return JSON.stringify(value);
  const counts = new Map<string, number>();
  for (const one of value.map((inner) => JSON.stringify(inner))) counts.set(one, (counts.get(one) ?? 0) + 1);
  return [...counts].map(([one, count]) => `${count} x ${one}`).join(', ');
}

/** Lines `name: value` below a heading for each card; of two with the same name the last, as what is in force follows what can be. */
function addText(text: string, heading: RegExp, group: string, values: Map<string, string>): void {
  let card = '';
  for (const line of text.split('\n')) {
    card = heading.exec(line)?.[1] ?? card;
    const [, name, value] = /^\s*([^:]+):\s+(\S.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) values.set(`${card} ${group} ${name.toLowerCase()}`, value);
  }
}

/** What differs, as `before -> after` by name; `-` where it is not there. */
export function changes(before: Values, after: Values): Record<string, string> {
  const pairs = Array.from(changedValues(before, after), ([name, [was = '-', is = '-']]) => [name, `${was} -> ${is}`]);
  return Object.fromEntries(pairs);
}
