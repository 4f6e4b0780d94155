/**
 * Turns regular expression literals into `new RegExp(...)` and keeps the source map right.
 *
 * QuickJS puts a literal's compiled form into the bytecode in the byte order of the machine that compiled it, so a bundle made
 * on x86 crashes a big-endian CPU at its first literal. `new RegExp` compiles where it runs.
 */
import { parse } from 'acorn';
import { simple } from 'acorn-walk';

/** @returns {{ code: string, map: string, count: number }} */
export function rewriteRegexpLiterals(code, map) {
  const literals = [];
  const program = parse(code, { ecmaVersion: 'latest', sourceType: 'module', locations: true });
  simple(program, {
    Literal(node) {
      if (node.regex) literals.push(node);
    },
  });
  literals.sort((a, b) => a.start - b.start);

  let rewritten = '';
  let copied = 0;
  /** Per line: where a literal ended, and how far what follows it has moved. */
  const moves = new Map();
  for (const { start, end, loc, regex } of literals) {
    if (loc.start.line !== loc.end.line) throw new Error('a regular expression literal over two lines');
    const flags = regex.flags === '' ? '' : `,${JSON.stringify(regex.flags)}`;
    // The space keeps `return/x/` and `typeof/x/` two words.
    const replacement = ` new RegExp(${JSON.stringify(regex.pattern)}${flags})`;
    rewritten += code.slice(copied, start) + replacement;
    copied = end;
    const line = moves.get(loc.start.line - 1) ?? [];
    line.push({ column: loc.end.column, by: replacement.length - (end - start) });
    moves.set(loc.start.line - 1, line);
  }
  rewritten += code.slice(copied);
  return { code: rewritten, map: moveColumns(map, moves), count: literals.length };
}

/** Moves the generated columns of a source map (version 3) on the lines that changed. */
function moveColumns(map, moves) {
  const parsed = JSON.parse(map);
  const lines = parsed.mappings.split(';');
  for (const [lineNumber, lineMoves] of moves) {
    const segments = lines[lineNumber]?.split(',').filter((segment) => segment !== '') ?? [];
    let oldColumn = 0;
    let newColumn = 0;
    lines[lineNumber] = segments
      .map((segment) => {
        const [delta, ...rest] = decodeVlq(segment);
        oldColumn += delta;
        const moved = lineMoves.reduce((by, move) => (oldColumn >= move.column ? by + move.by : by), oldColumn);
        const encoded = encodeVlq([moved - newColumn, ...rest]);
        newColumn = moved;
        return encoded;
      })
      .join(',');
  }
  parsed.mappings = lines.join(';');
  return JSON.stringify(parsed);
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Base64 digits of 5 bits, the sixth saying that there is more; the lowest bit of a number is its sign. */
function decodeVlq(text) {
  const numbers = [];
  let value = 0;
  let shift = 0;
  for (const character of text) {
    const digit = DIGITS.indexOf(character);
    value += (digit & 31) << shift;
    shift += 5;
    if (digit & 32) continue;
    numbers.push(value & 1 ? -(value >> 1) : value >> 1);
    value = 0;
    shift = 0;
  }
  return numbers;
}

function encodeVlq(numbers) {
  let text = '';
  for (const number of numbers) {
    let rest = number < 0 ? (-number << 1) | 1 : number << 1;
    do {
      const digit = rest & 31;
      rest >>= 5;
      text += DIGITS[rest > 0 ? digit | 32 : digit];
    } while (rest > 0);
  }
  return text;
}
