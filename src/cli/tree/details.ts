/** Statistics of any kind as text: the names of what was counted say the units. */
import type { ReadingUnits } from '../../lib/units.ts';

const US_PER_NS = 1e-3;

type Show = (value: number, units: ReadingUnits) => string;

/** The end of a name, and how a number with it is shown. */
const SUFFIXES: readonly (readonly [suffix: string, show: Show])[] = [
  ['BitPerS', (value, units) => units.rate(value)],
  ['Bytes', (value, units) => units.bytes(value)],
  ['Packets', (value) => `${value} packets`],
  ['Us', (value, units) => signed(value, units.delay)],
  ['Ns', (value, units) => signed(value * US_PER_NS, units.delay)],
];

/** `lent 3 packets, borrowed 0 packets, …` on one line, and a line for each thing that has parts. */
export function detailsOf(details: object, units: ReadingUnits): string[] {
  const line: string[] = [];
  const further: string[] = [];
  for (const [name, value] of Object.entries(details)) {
    if (Array.isArray(value)) {
      value.forEach((part, i) => {
        const parts = typeof part === 'object' && part !== null ? detailsOf(part, units) : [String(part)];
        further.push(`${wordsOf(name)} ${i}: ${parts.join(', ')}`);
      });
    } else if (typeof value === 'object' && value !== null) {
      further.push(`${wordsOf(name)}: ${detailsOf(value, units).join(', ')}`);
    } else {
      line.push(detail(name, value, units));
    }
  }
  return [...(line.length === 0 ? [] : [line.join(', ')]), ...further];
}

function detail(name: string, value: unknown, units: ReadingUnits): string {
  const found = SUFFIXES.find(([suffix]) => name.endsWith(suffix) && name.length > suffix.length);
  if (typeof value !== 'number' || found === undefined) return `${wordsOf(name)} ${value}`;
  const [suffix, show] = found;
  return `${wordsOf(name.slice(0, -suffix.length))} ${show(value, units)}`;
}

/** `ceil tokens` of `ceilTokens`. */
function wordsOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function signed(value: number, show: (value: number) => string): string {
  return value < 0 ? `-${show(-value)}` : show(value);
}
