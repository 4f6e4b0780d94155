/** Holds the arguments of a call against a method's table. */
import type { OverlayValue } from '../../model/overlay.ts';
import type { BlobRecord, BlobValue } from '../../wire/blobmsg.ts';
import { type Argument, ArgumentError, type Method } from './method.ts';

/** Added by uhttpd and rpcd to what a page calls. */
const OTHERS_ARGUMENTS: readonly string[] = ['ubus_rpc_session'];
const MOST_SHOWN = 60;
/** Names are short. */
const LONGEST_STRING = 256;

/** The values by name, those not given undefined. @throws ArgumentError */
export function checkArguments(method: Method, given: BlobRecord): Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    if (OTHERS_ARGUMENTS.includes(name)) continue;
    const argument = Object.hasOwn(method.args, name) ? method.args[name] : undefined;
    if (argument === undefined) throw new ArgumentError(`'${name}': expected ${namesOf(method)}`);
    // What is null is not given, as pages send it.
    if (value === null) continue;
    const checked = checkValue(argument, value);
    if (checked === undefined)
      throw new ArgumentError(`'${name}': expected ${expectedOf(argument)}, got ${shown(value)}`);
    values[name] = checked;
  }
  for (const [name, argument] of Object.entries(method.args)) {
    if (argument.required && values[name] === undefined) {
      throw new ArgumentError(`'${name}': expected ${expectedOf(argument)}, got nothing`);
    }
  }
  return values;
}

function namesOf({ args }: Method): string {
  const names = Object.keys(args);
  if (names.length === 0) return 'no arguments';
  return names.length > 10 ? 'an argument that there is' : `only ${names.join(', ')}`;
}

/** What is wrong for the argument is undefined. */
function checkValue(argument: Argument, value: BlobValue): string | number | boolean | OverlayValue | undefined {
  switch (argument.type) {
    case 'string':
      return typeof value === 'string' && value.length <= (argument.longest ?? LONGEST_STRING) ? value : undefined;
    case 'boolean':
      return value === true || value === 1 ? true : value === false || value === 0 ? false : undefined;
    case 'integer':
      return typeof value === 'number' && isWithin(argument, value) ? value : undefined;
    case 'option':
      return optionText(value);
  }
}

function isWithin({ smallest, largest, choices }: Argument, value: number): boolean {
  if (!Number.isInteger(value)) return false;
  if (choices !== undefined) return choices.includes(value);
  return value >= (smallest ?? Number.NEGATIVE_INFINITY) && value <= (largest ?? Number.POSITIVE_INFINITY);
}

/** As it would stand in a UCI file. */
function optionText(value: BlobValue): OverlayValue | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (typeof value === 'number') return String(value);
  if (!Array.isArray(value)) return undefined;
  const words: readonly BlobValue[] = value;
  return words.every((word) => typeof word === 'string') ? words : undefined;
}

function expectedOf({ type, smallest, largest, choices, longest }: Argument): string {
  if (type === 'string') return longest === undefined ? 'text' : `text of at most ${longest} characters`;
  if (type === 'boolean') return 'true or false';
  if (type === 'option') return 'text, a number, true or false, or a list of texts';
  if (choices !== undefined) return choices.join(' or ');
  return `a whole number from ${smallest} to ${largest}`;
}

function shown(value: BlobValue): string {
  if (typeof value === 'bigint') return String(value);
  const text =
    typeof value === 'string'
      ? `'${value}'`
      : (JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? String(part) : part)) ?? '');
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
}
