/**
 * Options of a qdisc from the words of a tc command, read by the fields of UCI: a second way to them than the bytes that tc sent.
 *
 * Words of tc and names in UCI are the same but where tc has a word that has no value, or values in a row.
 */
import assert from 'node:assert/strict';
import type { OptionValue, OptionValues, QdiscKind } from '../src/tc/kind.ts';

/** Of words without a value: the option in UCI and what it is then. */
const SWITCHES: Readonly<Record<string, readonly [name: string, value: string]>> = {
  noecn: ['ecn', '0'],
  nobytemode: ['bytemode', '0'],
  no_dq_rate_estimator: ['dq_rate_estimator', '0'],
  nopacing: ['pacing', '0'],
  horizon_cap: ['horizon_drop', '0'],
};

/** Of words with values in a row: the options in UCI. A word in capitals is the first value itself. */
const ROWS: Readonly<Record<string, readonly string[]>> = {
  delay: ['delay', 'jitter', 'delay_correlation'],
  'loss random': ['loss', 'loss_correlation'],
  loss: ['loss', 'loss_correlation'],
  duplicate: ['duplicate', 'duplicate_correlation'],
  corrupt: ['corrupt', 'corrupt_correlation'],
  reorder: ['reorder', 'reorder_correlation'],
  rate: ['rate', 'overhead', 'cellsize', 'celloverhead'],
  slot: ['slot', 'slot_max'],
  'slot distribution normal': ['slot_delay', 'slot_jitter'],
};
/** Of words with values in a row that are one option. */
const LISTS: Readonly<Record<string, string>> = {
  'bands 3 priomap': 'priomap',
  weights: 'weights',
  'loss state': 'loss_state',
  'loss gemodel': 'loss_gemodel',
};
const SLOT_LIMITS: Readonly<Record<string, string>> = { packets: 'slot_packets', bytes: 'slot_bytes' };

const isValue = (word: string | undefined): boolean => word !== undefined && /^([-0-9]|off$)/.test(word);

/** Throws where a word is none of the kind's, or a value none of its field's. */
export function optionsFromWords(kind: QdiscKind, words: readonly string[]): OptionValues {
  const values: Record<string, OptionValue> = {};
  const set = (uciName: string, text: string): void => {
    const [name, row] =
      kind.rows.find(([, { uci }]) => uci?.name === uciName) ?? assert.fail(`${kind.kind}: ${uciName}`);
    values[name] = row.uci?.field.parse(text) ?? assert.fail(`${kind.kind}: ${uciName} '${text}'`);
  };
  const isNetem = kind.kind === 'netem';
  for (let at = 0; at < words.length; ) {
    const word = words[at] ?? '';
    const several = (table: Readonly<Record<string, unknown>>): string | undefined =>
      [3, 2, 1].map((count) => words.slice(at, at + count).join(' ')).find((phrase) => Object.hasOwn(table, phrase));
    const list = several(LISTS);
    const row = isNetem ? several(ROWS) : undefined;
    const phrase = list ?? row ?? word;
    at += phrase.split(' ').length;
    let end = at;
    while (isValue(words[end])) end++;
    const given = words.slice(at, end);
    const off = SWITCHES[word];
    if (list !== undefined) set(LISTS[list] ?? '', given.join(' '));
    else if (row !== undefined) for (const [index, text] of given.entries()) set(ROWS[row]?.[index] ?? '', text);
    else if (off !== undefined) set(...off);
    else if (given.length > 0) set((isNetem ? SLOT_LIMITS[word] : undefined) ?? word, given[0] ?? '');
    else if (word === 'distribution') {
      set(word, words[at] ?? '');
      end = at + 1;
    } else set(word, '1');
    at = end;
  }
  return values;
}
