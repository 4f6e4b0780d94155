/**
 * The tables of docs/tuning.md: what becomes of each option of `config tuning` on each sort of device. A test that has found it out holds
 * the page to it, or with WEIR_TUNING_TABLES=write writes it there.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { tuningRows } from '../src/tunable/rows.ts';

export const TUNING_PAGE = 'docs/tuning.md';

/** Timers that tick 100 times a second give the example by themselves. */
const OTHER_VALUES: Readonly<Record<string, string>> = { netdev_budget_usecs: '40000' };

/** What a section may say of a device or of the machine, each once, with the examples of the rows. */
export const EVERY_OPTION = Object.entries(tuningRows)
  .filter(([option]) => option !== 'enabled' && option !== 'device')
  .map(([option, row]) => {
    const value = OTHER_VALUES[option] ?? row.example;
    return { option, value, line: `${'repeatable' in row ? 'list' : 'option'} ${option} '${value}'` };
  });

/** As much of an item of `weir status --json` as a table tells. */
interface Told {
  readonly option: string;
  readonly tunable: string;
  readonly device: string | null;
  readonly state: string;
  readonly reason: string | null;
}

/** What stands in the first columns of a row, and the items that it is about. */
export interface Row<T extends Told> {
  readonly label: readonly string[];
  readonly items: readonly T[];
}

/** A column a device, by its name in the items, or `null` for the machine; rows in which all is the same are put together. */
export function tuningTable<T extends Told>(
  headings: readonly string[],
  columns: ReadonlyMap<string | null, string>,
  rows: readonly Row<T>[],
): string {
  const reasons: string[] = [];
  const together = new Map<string, readonly string[][]>();
  for (const { label, items } of rows) {
    const cells = [...columns.keys()].map((device) => {
      const own = items.filter((item) => item.device === device);
      return [...new Set(own.map((item) => cellOf(item, reasons)))].join(', ');
    });
    const rest = JSON.stringify([label.slice(1), cells]);
    together.set(rest, [...(together.get(rest) ?? []), [...label, ...cells]]);
  }
  const lines = [...together.values()].map((alike) => {
    const [, ...others] = alike[0] ?? [];
    return [alike.map(([name]) => name).join(' '), ...others];
  });
  const heading = [...headings, ...columns.values()];
  const table = [heading, heading.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
  const list = reasons.map((reason, index) => `${index + 1}. ${reason}\n`).join('');
  return list === '' ? table : `${table}\n${list}`;
}

/** The state, with the number of its reason. */
function cellOf({ state, reason }: Told, reasons: string[]): string {
  if (reason === null) return state;
  if (!reasons.includes(reason)) reasons.push(reason);
  return `${state} (${reasons.indexOf(reason) + 1})`;
}

/** Whether an item is about an option, where {@link EVERY_OPTION} is set: an offload belongs to the option that is named for it. */
export const isAbout =
  (option: string) =>
  (item: Told): boolean =>
    option.startsWith('disable_') && option !== 'disable_offload'
      ? item.tunable === option.slice('disable_'.length)
      : item.option === option && item.tunable !== 'rxvlan' && item.tunable !== 'txvlan';

/** What became of {@link EVERY_OPTION}: a table of the machine, and one of the devices. */
export function optionTables<T extends Told>(devices: ReadonlyMap<string, string>, items: readonly T[]): string {
  const rows = EVERY_OPTION.map(({ option, value }): Row<T> => {
    return { label: [`\`${option}\``, `\`${value}\``], items: items.filter(isAbout(option)) };
  });
  const isOfMachine = (row: Row<T>): boolean => row.items.some(({ device }) => device === null);
  const machine = rows.filter(isOfMachine);
  const rest = rows.filter((row) => !isOfMachine(row));
  const headings = ['option', 'value'];
  return `${tuningTable(headings, new Map([[null, 'this machine']]), machine)}\n${tuningTable(headings, devices, rest)}`;
}

/** Asserts that the page has `text` between the marks `name` and `end of name`, and writes it there if told to. */
export function assertPageHas(name: string, text: string): void {
  const page = readFileSync(TUNING_PAGE, 'utf8');
  const [begin, end] = [`<!-- ${name} -->\n`, `<!-- end of ${name} -->\n`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  assert.ok(from >= 0 && to > from, `${TUNING_PAGE} has no place for ${name}: ${begin}${end}`);
  const start = from + begin.length;
  if (process.env.WEIR_TUNING_TABLES === 'write') {
    writeFileSync(TUNING_PAGE, `${page.slice(0, start)}\n${text}\n${page.slice(to)}`);
    return;
  }
  assert.equal(
    page.slice(start, to),
    `\n${text}\n`,
    `${TUNING_PAGE} says something else; make tuning-tables writes it`,
  );
}
