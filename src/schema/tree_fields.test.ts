import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Field } from './field.ts';
import { classMinor, handle, maskedMark, place, protocol, relativeRate } from './tree_fields.ts';

/** What is read is written as it would be read again. */
function roundTrip<T>(field: Field<T>, text: string): { value: T; text: string } {
  const value = field.parse(text);
  assert.ok(value !== undefined, text);
  const written = field.format(value);
  assert.deepEqual(field.parse(written), value, written);
  return { value, text: written };
}

function refused<T>(field: Field<T>, ...texts: readonly string[]): void {
  for (const text of texts) assert.equal(field.parse(text), undefined, text);
}

test('a rate is a number, or follows from another', () => {
  const field = relativeRate(8, 1e12);
  assert.equal(roundTrip(field, '10mbit').value, 10e6);
  assert.deepEqual(roundTrip(field, '40%').value, { of: 'parent', name: '', factor: 0.4 });
  assert.equal(roundTrip(field, '33.3 %').text, '33.3%');
  assert.deepEqual(roundTrip(field, 'link').value, { of: 'link', name: '', factor: 1 });
  assert.equal(roundTrip(field, 'link*0.95').text, 'link * 0.95');
  assert.deepEqual(roundTrip(field, 'upload of wan * 0.4').value, { of: 'upload', name: 'wan', factor: 0.4 });
  assert.equal(roundTrip(field, 'ceil of voice').text, 'ceil of voice');
  refused(
    field,
    '0%',
    '-4%',
    '1e3%',
    '100001%',
    'link * 0',
    'burst of voice',
    'upload',
    'upload of',
    'upload of a b',
    '4bit',
    '',
  );
});

test('a place is a word, a handle or the name of a section', () => {
  const field = place();
  assert.deepEqual(roundTrip(field, 'root').value, { at: 'root' });
  assert.deepEqual(roundTrip(field, '1:').value, { at: 'handle', handle: 0x10000 });
  assert.equal(roundTrip(field, '7E00:0aB').text, '7e00:ab');
  assert.deepEqual(roundTrip(field, '10').value, { at: 'section', name: '10' });
  refused(field, '', ':1', '0:1', 'ffff:', '12345:', '1:12345', 'a b', '1:g');
});

test('a handle is never that of a hook or of root', () => {
  assert.equal(roundTrip(handle(), 'fffe:ffff').value, 0xfffeffff);
  refused(handle(), 'ffff:fff1', '0:', 'root', '1');
});

test('a mark has no bit that its mask leaves out, and is not 0', () => {
  assert.deepEqual(roundTrip(maskedMark(), '0x10/0xff').value, { mark: 0x10, mask: 0xff });
  assert.equal(roundTrip(maskedMark(), '4294967295').text, '0xffffffff');
  assert.equal(roundTrip(maskedMark(), '0x80000000/0x80000000').value.mark, 0x80000000);
  refused(maskedMark(), '0', '0x100/0xff', '-1', '0x1ffffffff', '4294967296', '1/', '0x10/0x', 'ten');
});

test('a protocol has the names of tc', () => {
  assert.equal(roundTrip(protocol(), 'IPv6').text, 'ipv6');
  assert.equal(roundTrip(protocol(), '0x88cc').value, 0x88cc);
  refused(protocol(), 'constructor', '0x12345', '2048');
});

test('a class may be named or numbered', () => {
  assert.equal(roundTrip(classMinor(), 'rest').value, 'rest');
  refused(classMinor(), '', 'a b', '1:10');
});
