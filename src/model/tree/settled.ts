/** The options of a qdisc or class with every rate worked out, and with what follows from the rates. */
import type { OptionValue, OptionValues } from '../../tc/kind.ts';
import { burstBytes, quantumBytes } from './computed.ts';
import type { DeviceRates } from './device_rates.ts';
import { BURST_RATES, type KindRow, sizeLimits } from './kind_rows.ts';
import type { OptionStore } from './options.ts';
import { isKnown } from './rates.ts';
import type { Bearer } from './sections.ts';

export interface Settled {
  /** Undefined where a rate is not known. */
  readonly values: OptionValues | undefined;
  /** By the name of the option in UCI, in sentences for people. */
  readonly problems: readonly (readonly [option: string, problem: string])[];
  /** The speed of the link has a part in it. */
  readonly ofLink: boolean;
}

/** `mtuBytes` is that of the device. */
export function settle(bearer: Bearer, rates: DeviceRates, store: OptionStore, mtuBytes: number): Settled {
  const { set, options } = bearer;
  if (set === undefined) return { values: options.values, problems: [], ofLink: false };
  const rows = store.rowsOf(set);
  const worked: Record<string, OptionValue> = {};
  const problems: [string, string][] = [];
  let [ofLink, isComplete] = [false, true];
  if (options.rates !== undefined) {
    for (const [uciName, { name }] of rows) {
      if (options.rates[name] === undefined) continue;
      const result = rates.rateOf(bearer, uciName);
      if (result === undefined) continue;
      ofLink ||= result.ofLink;
      if (isKnown(result)) {
        worked[name] = result.rateBitPerS;
      } else {
        isComplete = false;
        if (result.problem !== undefined) problems.push([uciName, result.problem]);
      }
    }
  }
  if (!isComplete) return { values: undefined, problems, ofLink };
  const quantumOfLink = addComputed(bearer, rows, rates, worked, mtuBytes);
  const values = isEmpty(worked) ? options.values : store.shared({ ...options.values, ...worked });
  return { values, problems, ofLink: ofLink || quantumOfLink };
}

/** Adds what nobody gave to `worked`. Tells whether the speed of the link has a part in it. */
function addComputed(
  bearer: Bearer,
  rows: ReadonlyMap<string, KindRow>,
  rates: DeviceRates,
  worked: Record<string, OptionValue>,
  mtuBytes: number,
): boolean {
  const rate = rates.rateOf(bearer, 'rate');
  if (rate === undefined || !isKnown(rate)) return false;
  const { values, durationsUs } = bearer.options;
  for (const [size, rateName] of Object.entries(BURST_RATES)) {
    const row = rows.get(size);
    if (row === undefined || values[row.name] !== undefined) continue;
    const at = rateName === 'ceil' ? rates.ceilOf(bearer) : rate;
    if (at === undefined || !isKnown(at)) continue;
    const { smallest, largest } = sizeLimits(row);
    const bytes = burstBytes(at.rateBitPerS, durationsUs?.[row.name], mtuBytes);
    worked[row.name] = Math.min(largest, Math.max(smallest, bytes));
  }
  const { above } = bearer;
  const priority = rows.get('prio');
  if (priority !== undefined && values[priority.name] === undefined && above?.set === bearer.set) {
    const inherited = inheritedValue(bearer, priority.name);
    if (inherited !== undefined) worked[priority.name] = inherited;
  }
  const quantum = rows.get('quantum');
  if (quantum === undefined || values[quantum.name] !== undefined) return false;
  const parentRate = above === undefined ? undefined : rates.rateOf(above, 'rate');
  const known = parentRate !== undefined && isKnown(parentRate) ? parentRate : undefined;
  worked[quantum.name] = quantumBytes(rate.rateBitPerS, known?.rateBitPerS, mtuBytes, rateToQuantumOf(bearer));
  return known?.ofLink === true;
}

/** More than the levels of classes that any kind with a priority or a quantum has (TC_HTB_MAXDEPTH). */
const MOST_LEVELS = 16;

/** The classes above, of the same qdisc and the nearest first, and then the qdisc. */
function lineAbove({ above, set }: Bearer): Bearer[] {
  const line: Bearer[] = [];
  for (let at = above; at !== undefined && line.length < MOST_LEVELS; at = at.above) {
    line.push(at);
    if (at.set !== set) break;
  }
  return line;
}

/** What the nearest class above says, of those of the same qdisc. */
function inheritedValue(bearer: Bearer, name: string): OptionValue | undefined {
  return lineAbove(bearer).find(({ set, options }) => set === bearer.set && options.values[name] !== undefined)?.options
    .values[name];
}

/** The `r2q` that its qdisc was given. */
function rateToQuantumOf(bearer: Bearer): number | undefined {
  const qdisc = lineAbove(bearer).find(({ set }) => set !== bearer.set);
  const value = qdisc?.options.values.rateToQuantum;
  return typeof value === 'number' ? value : undefined;
}

function isEmpty(values: object): boolean {
  for (const _ in values) return false;
  return true;
}
