/** What the methods that change classes of hosts have in common. */
import type { Field } from '../../schema/field.ts';
import { ArgumentError } from './method.ts';
import { outcome } from './outcome.ts';

/** @throws ArgumentError */
export function parsedArgument<T>(name: string, field: Field<T>, text: string): T {
  const value = field.parse(text);
  if (value === undefined) throw new ArgumentError(`'${name}': expected ${field.expected}, got '${text}'`);
  return value;
}

/** Of a change, which is none while no bridge is loaded. */
export function mapOutcome(isLoaded: boolean): object {
  return outcome(isLoaded ? [] : [{ severity: 'error', where: 'bridge', what: 'it is not loaded; see status' }]);
}
