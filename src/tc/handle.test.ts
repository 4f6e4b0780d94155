import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatHandle, isOurs, majorOf, makeHandle, minorOf, ourMajor } from './handle.ts';

test('a handle is its major and its minor, also above 2^31', () => {
  assert.equal(makeHandle(0x7e00, 0), 0x7e000000);
  assert.equal(makeHandle(0xffff, 0xfff2), 0xfffffff2);
  assert.equal(majorOf(0xfffffff2), 0xffff);
  assert.equal(minorOf(0xfffffff2), 0xfff2);
});

test('handles are written as tc writes them', () => {
  assert.equal(formatHandle(0x7e000000), '7e00:');
  assert.equal(formatHandle(0x7e100010), '7e10:10');
  assert.equal(formatHandle(0xffff0000), 'ffff:');
  assert.equal(formatHandle(0xffffffff), 'root');
  assert.equal(formatHandle(0xfffffff1), 'ffff:fff1');
  assert.equal(formatHandle(0), 'none');
});

test('ours are the majors from 7e00 to 7eff and no others', () => {
  assert.ok(isOurs(makeHandle(ourMajor(0), 0)));
  assert.ok(isOurs(makeHandle(0x7eff, 1)));
  for (const major of [0x7dff, 0x7f00, 0x8001, 0, 0xffff]) assert.ok(!isOurs(makeHandle(major, 0)), `${major}`);
});
