import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatBlobJson, parseBlobJson } from './blob_json.ts';
import { BLOBMSG, decodeFields, encodeRecord } from './blobmsg.ts';

/** Type and value of the only field. */
function parsed(json: string): unknown[] | undefined {
  const [field] = parseBlobJson(`{"x":${json}}`) ?? [];
  return field && [field.type, field.value];
}

test('the text of a number decides its type', () => {
  assert.deepEqual(parsed('1000'), [BLOBMSG.INT32, 1000]);
  assert.deepEqual(parsed('1e3'), [BLOBMSG.DOUBLE, 1000]);
  assert.deepEqual(parsed('-0.5'), [BLOBMSG.DOUBLE, -0.5]);
  assert.deepEqual(parsed('2147483648'), [BLOBMSG.INT64, 2147483648n]);
  assert.deepEqual(parsed('99999999999999999999'), [BLOBMSG.INT64, 2n ** 63n - 1n]);
  assert.deepEqual(parsed('-99999999999999999999'), [BLOBMSG.INT64, -(2n ** 63n)]);
});

test('of a repeated name the last value counts, at the place of the first', () => {
  const fields = parseBlobJson('{"a":1,"b":2,"a":3}');
  assert.deepEqual(
    fields?.map(({ name, value }) => [name, value]),
    [
      ['a', 3],
      ['b', 2],
    ],
  );
});

test('spaces, escapes and nested values', () => {
  const fields = parseBlobJson(' {\n "a" : [ 1 , { } , "\\u00f6\\"\\\\" ] , "b":null,"c":true } ');
  assert.equal(formatBlobJson(fields ?? [], false), '{"a":[1,{},"ö\\"\\\\"],"b":null,"c":true}');
});

test('what is no JSON object is nothing', () => {
  const texts = [
    '',
    ' ',
    '1',
    '[1]',
    'null',
    '"x"',
    '{',
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    '{"a":1}x',
    '{a:1}',
    '{"a":"x}',
  ];
  for (const text of [...texts, '{"a":01x}', '{"a":\\}', '{"a":"\\x"}', '{"a":nul}', `{"a":${'['.repeat(100_000)}`]) {
    assert.equal(parseBlobJson(text), undefined, text.slice(0, 40));
  }
});

test('doubles are printed as printf does, integers in full', () => {
  const print = (value: number | bigint): string => formatBlobJson(decodeFields(encodeRecord({ '': value })), false);
  assert.equal(print(0.5), '{0.500000}');
  assert.equal(print(5e-324), '{0.000000}');
  assert.equal(print(1e300).length, '{.000000}'.length + 301);
  assert.equal(print(Number.NEGATIVE_INFINITY), '{-inf}');
  assert.equal(print(2n ** 63n - 1n), '{9223372036854775807}');
});

test('control characters are escaped, the slash is not', () => {
  assert.equal(
    formatBlobJson(decodeFields(encodeRecord({ 'a/b': '\n\t\r\b\f\u0001' })), false),
    '{"a/b":"\\n\\t\\r\\b\\u000c\\u0001"}',
  );
});
