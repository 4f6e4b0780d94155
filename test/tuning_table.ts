/**
 * The tables of docs/tuning.md: what becomes of each option of `config tuning` on each sort of device. A test that has found it out holds
 * the page to it, or with WEIR_TUNING_TABLES=write writes it there.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';

export const TUNING_PAGE = 'docs/tuning.md';

/** As much of an item of `weir status --json` as a table tells. */
interface Told {
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
