/** Options in the words of tc(8), with their sizes and rates in the units that a person asked for. */
import { DECIMAL_UNITS } from '../../lib/units.ts';
import type { GivenOption } from '../../model/tree/readable.ts';
import { trees } from '../../parts/trees.ts';
import type { OptionSet, OptionValue, OptionValues } from '../../tc/kind.ts';
import type { TreeFormat } from './format_tree.ts';

/** Those that are not as the kernel begins, or with details all. '' where there are none. */
export function optionsText(set: OptionSet | undefined, options: OptionValues, format: TreeFormat): string {
  if (set === undefined) return '';
  const shown = format.details ? all(set, options) : trees().unlikeInitial(set, options);
  return shown.flatMap(({ name, row, value }) => inUnits(name, value, row.words(value), format)).join(' ');
}

function all(set: OptionSet, options: OptionValues): GivenOption[] {
  return set.rows.flatMap(([name, row]) => {
    const value = options[name] ?? row.initial;
    return value === undefined ? [] : [{ name, row, value }];
  });
}

/** tc's words are exact and have the shortest prefix; other units replace the number, which is the last of them. */
function inUnits(name: string, value: OptionValue, words: readonly string[], { units }: TreeFormat): readonly string[] {
  if (units === DECIMAL_UNITS || words.length !== 2 || typeof value !== 'number') return words;
  const show = name.endsWith('BitPerS') ? units.rate : name.endsWith('Bytes') ? units.bytes : undefined;
  // A word such as `unlimited` stands for a number of its own.
  if (show === undefined || !/^[0-9]/.test(words[1] ?? '')) return words;
  return [words[0] ?? '', show(value).replace(' ', '')];
}
