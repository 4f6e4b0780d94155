/**
 * LuCI.uci: config files as the session sees them, with what the page has changed. `save` hands the changes to rpcd, where they wait
 * for `apply`.
 */
import { declare } from './rpc.ts';

type Value = string | readonly string[];
type Section = Record<string, unknown>;
type Sections = Record<string, Section>;

/** What rpcd has, and what the page does to it: new sections, new values, removed options (or `true` for all of a section). */
interface Config {
  values: Sections;
  creates: Sections;
  changes: Record<string, Record<string, Value>>;
  deletes: Record<string, Set<string> | true>;
}

const configs = new Map<string, Config>();
const loading = new Map<string, Promise<Config>>();
/** Sections that were made here come after all others. */
const FIRST_NEW_INDEX = 1000;
let nextIndex = FIRST_NEW_INDEX;

const callGet = declare({ object: 'uci', method: 'get', params: ['config'], expect: { values: {} }, reject: true });
const callAdd = declare({
  object: 'uci',
  method: 'add',
  params: ['config', 'type', 'name', 'values'],
  expect: { section: '' },
  reject: true,
});
const callSet = declare({ object: 'uci', method: 'set', params: ['config', 'section', 'values'], reject: true });
const callDelete = declare({ object: 'uci', method: 'delete', params: ['config', 'section', 'options'], reject: true });

/** Of this session, by config. */
export const changes = declare({ object: 'uci', method: 'changes', expect: { changes: {} } });

export async function load(names: string | readonly string[]): Promise<readonly string[]> {
  const missing = [names].flat().filter((name) => !configs.has(name));
  await Promise.all(
    missing.map(async (name) => {
      const promise = loading.get(name) ?? read(name);
      loading.set(name, promise);
      configs.set(name, await promise);
    }),
  );
  document.dispatchEvent(new CustomEvent('uci-loaded'));
  return missing;
}

async function read(name: string): Promise<Config> {
  const values = tableOf(await callGet(name));
  const sections = Object.entries(values).map(([section, options]) => [section, tableOf(options)] as const);
  return { values: Object.fromEntries(sections), creates: {}, changes: {}, deletes: {} };
}

export function unload(names: string | readonly string[]): void {
  for (const name of [names].flat()) {
    configs.delete(name);
    loading.delete(name);
  }
}

export function sections(
  config: string,
  type?: string | null,
  callback?: (section: Section, name: string) => void,
): Section[] {
  const state = configs.get(config);
  if (state === undefined) return [];
  const kept = Object.entries(state.values).filter(([name]) => state.deletes[name] !== true);
  const known = kept.map(([name, values]) => ({ ...values, ...state.changes[name] }));
  const all: Section[] = [...known, ...Object.values(state.creates).map((section) => ({ ...section }))];
  const found: Section[] = all
    .filter((section) => type == null || section['.type'] === type)
    .sort((a, b) => Number(a['.index']) - Number(b['.index']))
    .map((section, index): Section => ({ ...section, '.index': index }));
  for (const section of found) callback?.(section, String(section['.name']));
  return found;
}

export function get(config: string, name: string, option?: string): unknown {
  const state = configs.get(config);
  const section = nameOf(config, name);
  if (state === undefined || section === null) return null;
  const created = state.creates[section];
  if (created !== undefined) return option === undefined ? created : created[option];
  const removed = state.deletes[section];
  if (removed === true || state.values[section] === undefined) return null;
  const merged: Section = { ...state.values[section], ...state.changes[section] };
  for (const one of removed ?? []) delete merged[one];
  return option === undefined ? merged : (merged[option] ?? null);
}

export function set(config: string, name: string, option: string, value: Value | null): void {
  const state = configs.get(config);
  const section = nameOf(config, name);
  if (state === undefined || section === null || option.startsWith('.')) return;
  const created = state.creates[section];
  if (created !== undefined) {
    if (value === null || value === '') delete created[option];
    else created[option] = value;
    return;
  }
  const removed = state.deletes[section];
  if (removed === true || state.values[section] === undefined) return;
  const changed = state.changes[section] ?? {};
  const gone = removed ?? new Set<string>();
  state.changes[section] = changed;
  state.deletes[section] = gone;
  if (value !== null && value !== '') {
    changed[option] = value;
    gone.delete(option);
  } else {
    delete changed[option];
    if (option in state.values[section]) gone.add(option);
  }
}

export function unset(config: string, section: string, option: string): void {
  set(config, section, option, null);
}

export function add(config: string, type: string, name?: string | null): string {
  const state = configs.get(config);
  const section =
    name ||
    `new${Math.floor(Math.random() * 0xffffff)
      .toString(16)
      .padStart(6, '0')}`;
  if (state === undefined) throw new Error(`${config} is not loaded`);
  const about = { '.type': type, '.name': section, '.create': name, '.anonymous': !name, '.index': nextIndex++ };
  state.creates[section] = about;
  return section;
}

export function remove(config: string, name: string): void {
  const state = configs.get(config);
  const section = nameOf(config, name);
  if (state === undefined || section === null) return;
  if (section in state.creates) {
    delete state.creates[section];
  } else if (section in state.values) {
    delete state.changes[section];
    state.deletes[section] = true;
  }
}

export async function save(): Promise<void> {
  const touched: string[] = [];
  const calls: Promise<unknown>[] = [];
  for (const [config, state] of configs) {
    const made = callsOf(config, state);
    if (made.length > 0) touched.push(config);
    calls.push(...made);
  }
  await Promise.all(calls);
  unload(touched);
  await load(touched);
}

function callsOf(config: string, { creates, changes: changed, deletes }: Config): Promise<unknown>[] {
  const removals = Object.entries(deletes).flatMap(([section, options]) => {
    if (options === true) return [callDelete(config, section, null)];
    return options.size === 0 ? [] : [callDelete(config, section, [...options])];
  });
  const additions = Object.values(creates).map(({ '.type': type, '.create': name, ...rest }) => {
    const values = Object.entries(rest).filter(([option]) => !option.startsWith('.'));
    return callAdd(config, type, name ?? undefined, Object.fromEntries(values));
  });
  const settings = Object.entries(changed).flatMap(([section, values]) =>
    Object.keys(values).length === 0 ? [] : [callSet(config, section, values)],
  );
  return [...removals, ...additions, ...settings];
}

/** `@type[index]` is the name of the section there. */
function nameOf(config: string, section: string): string | null {
  const [, type, index] = /^@([a-zA-Z0-9_-]+)\[(-?\d+)\]$/.exec(section) ?? [];
  if (type === undefined) return section;
  const name = sections(config, type).at(Number(index))?.['.name'];
  return typeof name === 'string' ? name : null;
}

export function resolveSID(config: string, section: string): string | null {
  return nameOf(config, section);
}

function tableOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}
