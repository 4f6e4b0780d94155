/** The tables of options as one configuration, a device for each kind and a preference for each case; and what tc printed of them. */
import * as z from 'zod/mini';
import type { OptionCase, Part, RefusedCase, Shown } from './filter_option_case.ts';

export interface TableCase extends OptionCase {
  readonly device: string;
  readonly preference: number;
}

/** `device` is that of the kind: f_u32, a_police. */
export function casesOf(tables: Readonly<Record<string, readonly OptionCase[]>>, letter: 'a' | 'f'): TableCase[] {
  return Object.entries(tables).flatMap(([kind, cases]) =>
    cases.map((one, i) => ({ ...one, device: `${letter}_${kind}`, preference: i + 1 })),
  );
}

export interface TableRefusal extends RefusedCase {
  readonly device: string;
  readonly preference: number;
}

/** Each with a device of its own: where one filter is refused, the tree of the device is put back. */
export function refusalsOf(cases: readonly RefusedCase[], letter: 'a' | 'f'): TableRefusal[] {
  return cases.map((one, i) => ({ ...one, device: `${letter}_${one.kind}_${i}`, preference: 1 }));
}

const option = (name: string, value: string): string => `\toption ${name} '${value}'\n`;
const options = (given: Readonly<Record<string, string>>): string =>
  Object.entries(given)
    .map(([name, value]) => option(name, value))
    .join('');

/** The filter of a case; an action hangs on one that takes every packet, and is of a kind that can be changed in place. */
export function filterSection(device: string, preference: number, given: Readonly<Record<string, string>>): string {
  const [letter, kind = ''] = device.split('_');
  const name = `${device}_${preference}`;
  const place = { parent: device, preference: String(preference), class: `${device}_class` };
  if (letter === 'f') return `config filter '${name}'\n${options({ ...place, kind, ...given })}`;
  const filter = `config filter '${name}'\n${options({ ...place, kind: 'basic' })}\tlist action '${name}_does'\n`;
  return `${filter}config action '${name}_does'\n${options({ kind, ...given })}`;
}

export function treeSections(device: string): string {
  const root = options({ device, handle: '1:', kind: 'htb' });
  const leaf = options({ parent: device, minor: '10', rate: '1mbit' });
  return `config qdisc '${device}'\n${root}config class '${device}_class'\n${leaf}`;
}

/** What tc printed of the filters of one preference. */
export interface Printed {
  readonly text: string;
  readonly json: readonly z.core.util.JSONType[];
}

const entries = z.array(z.looseObject({ pref: z.int(), options: z.optional(z.record(z.string(), z.json())) }));

/** `json` is not JSON where a kind prints text all the same. */
export function printedOf(text: string, json: string, preference: number): Printed {
  const blocks = text.split(/^(?=filter )/m).filter((block) => block.includes(` pref ${preference} `));
  const list = isJson(json) ? entries.parse(JSON.parse(json)) : [];
  const found = list
    .filter(({ pref }) => pref === preference)
    .flatMap((one) => (one.options === undefined ? [] : [one.options]));
  return { text: blocks.join('').replaceAll(/\s+/g, ' '), json: found };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

export function shows({ text, json }: Printed, shown: Shown): boolean {
  return typeof shown === 'string' ? text.includes(shown) : json.some((one) => contains(one, shown));
}

type Json = z.core.util.JSONType;

/** Whether an object somewhere in `value` has all of `part`. */
function contains(value: Json, part: Part): boolean {
  if (Array.isArray(value)) return value.some((inner) => contains(inner, part));
  if (!isObject(value)) return false;
  const hasAll = Object.entries(part).every(([name, wanted]) => {
    const found = value[name];
    if (found === undefined) return false;
    return isObject(wanted) ? contains(found, wanted) : JSON.stringify(found) === JSON.stringify(wanted);
  });
  return hasAll || Object.values(value).some((inner) => contains(inner, part));
}

const isObject = (value: Json): value is Record<string, Json> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The handle of the filter, of a kind with tables of its own behind theirs. */
export function handleOf({ text }: Printed): string | undefined {
  return [...text.matchAll(/ (?:fh|handle) (\S+)/g)].at(-1)?.[1];
}
