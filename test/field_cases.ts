/** What a field takes and refuses, for tests of fields. */
import assert from 'node:assert/strict';
import type { Field } from '../src/schema/field.ts';

/** Each text is read as its value, also after that has been written as a person would. */
export function takes<T>(field: Field<T>, expected: Readonly<Record<string, T>>): void {
  for (const [text, value] of Object.entries(expected)) {
    assert.equal(field.parse(text), value, `'${text}'`);
    assert.equal(field.parse(field.format(value)), value, `'${text}', formatted`);
  }
}

export function refuses<T>(field: Field<T>, texts: readonly string[]): void {
  for (const text of texts) assert.equal(field.parse(text), undefined, `'${text}'`);
}
