import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reader, ShortReadError, Writer } from '../../lib/bytes.ts';
import { TCA_EMATCH_TREE, TCF_EM } from '../../uapi/tc.ts';
import { beginAttribute, endAttribute } from '../../wire/nla.ts';
import { expression, expressionField } from './ematch.ts';

function encode(text: string, littleEndian: boolean): Uint8Array {
  const w = new Writer(littleEndian);
  expression.encode(w, text);
  return w.bytes();
}

test('an expression has one spelling', () => {
  const spellings: readonly (readonly [string, string])[] = [
    ['cmp(u8 at 9 eq 0x11)', 'cmp(u8 at 9 layer 1 eq 17)'],
    [
      ' NOT cmp( u16 at 2   layer transport mask 0xff00 trans gt 20 )',
      'not cmp(u16 at 2 layer 2 mask 0xff00 trans gt 20)',
    ],
    ['(meta(fwmark eq 1))or meta(fwmark eq 2)', '(meta(nf_mark eq 1)) or meta(nf_mark eq 2)'],
    ['u32(u16 53 0xffff at 22)', 'u32(u32 0x35 0xffff at 20)'],
    ['nbyte("a (b)" at 0)', 'nbyte("a\\x20\\x28b\\x29" at 0 layer 1)'],
    ['meta(priority shift 4 mask 15 gt nf_mark)', 'meta(priority shift 4 mask 0xf gt nf_mark)'],
  ];
  for (const [written, kept] of spellings) {
    assert.equal(expressionField.parse(written), kept);
    assert.equal(expressionField.parse(kept), kept);
  }
});

test('what is no expression is refused', () => {
  const deep = `${'('.repeat(20)}meta(random eq 1)${')'.repeat(20)}`;
  const many = Array.from({ length: 60 }, () => 'meta(dev eq 1)').join(' and ');
  for (const wrong of [
    '',
    'and',
    'meta(nf_mark eq 1) and',
    'meta(nf_mark eq 1) meta(nf_mark eq 1)',
    '(meta(nf_mark eq 1)',
    'meta(nf_mark eq 1))',
    'meta(colour eq 1)',
    'meta(1 shift 2 eq 1)',
    'cmp(u8 at 70000 eq 1)',
    'cmp(u8 at 1 layer 3 eq 1)',
    'nbyte("" at 1)',
    'nbyte("\\x1" at 1)',
    'u32(u32 1 1 at 2)',
    'text(bm "x")',
    'toString(1)',
    deep,
    many,
  ]) {
    assert.equal(expressionField.parse(wrong), undefined, wrong);
  }
});

test('brackets within brackets read back, for CPUs of either byte order', () => {
  const text =
    'not (meta(dev eq 3) or (meta(random mask 0x1 eq 1) and not (cmp(u8 at 9 layer 1 eq 17)))) and ' +
    '(nbyte("abc" at 1 layer 2) or meta(vlan lt 7)) or u32(u32 0x1 0xff at nexthdr+4)';
  assert.equal(expressionField.parse(text), text);
  for (const littleEndian of [true, false]) {
    assert.equal(expression.decode(new Reader(encode(text, littleEndian), littleEndian)), text);
  }
});

test('a list that refers to itself, or would be endless written out, ends', () => {
  const w = new Writer(true);
  const list = beginAttribute(w, TCA_EMATCH_TREE.LIST);
  const count = 100;
  for (let i = 0; i < count; i++) {
    const match = beginAttribute(w, i + 1);
    for (const value of [0, TCF_EM.CONTAINER, TCF_EM.REL_AND, 0]) w.u16(value);
    w.u32(i % 7 === 0 ? 0 : i + 1);
    endAttribute(w, match);
  }
  endAttribute(w, list);
  assert.ok(expression.decode(new Reader(w.bytes(), true)).length < 10000);
});

test('an expression cut anywhere throws ShortReadError or tells less', () => {
  const bytes = encode('cmp(u8 at 9 layer 1 eq 17) and (nbyte("abc" at 1 layer 2) or meta(vlan lt 7))', true);
  for (let length = 0; length < bytes.length; length++) {
    try {
      expression.decode(new Reader(bytes, true, 0, length));
    } catch (error) {
      assert.ok(error instanceof ShortReadError, `${length} bytes: ${error}`);
    }
  }
});
