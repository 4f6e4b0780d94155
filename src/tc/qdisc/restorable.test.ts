import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Writer } from '../../lib/bytes.ts';
import { TCA_FQ_CODEL, TCA_PIE } from '../../uapi/tc.ts';
import { putAttribute, u32 } from '../../wire/nla.ts';
import { isRestorable, optionsToRestore } from './restorable.ts';

function options(littleEndian: boolean, ...attributes: readonly (readonly [number, number])[]): Uint8Array {
  const w = new Writer(littleEndian);
  for (const [type, value] of attributes) putAttribute(w, type, u32, value);
  return w.bytes();
}

/** What sch_fq_codel.c and codel.h make of µs that they are given. */
function codelTells(us: number): number {
  return Math.floor((Math.floor((us * 1000) / 1024) * 1024) / 1000);
}

/** What sch_pie.c and pkt_sched.h make of them. */
function pieTells(us: number): number {
  return Math.floor((Math.floor((us * 1000) / 64) * 64) / 1000);
}

test('a time of fq_codel that the kernel told rounded down is sent so that it tells the same again', () => {
  for (const littleEndian of [true, false]) {
    for (let us = 1; us < 3000; us++) {
      const told = codelTells(us);
      const sent = optionsToRestore('fq_codel', options(littleEndian, [TCA_FQ_CODEL.INTERVAL, told]), littleEndian);
      assert.equal(codelTells(new DataView(sent.buffer).getUint32(4, littleEndian)), told);
    }
  }
});

test('the same for pie, which keeps finer times', () => {
  for (let us = 1; us < 3000; us++) {
    const told = pieTells(us);
    const sent = optionsToRestore('pie', options(true, [TCA_PIE.TARGET, told]), true);
    assert.equal(pieTells(new DataView(sent.buffer).getUint32(4, true)), told);
  }
});

test('what is no time stays as it was told', () => {
  const told = options(true, [TCA_FQ_CODEL.LIMIT, 4999], [TCA_FQ_CODEL.TARGET, 4999], [TCA_FQ_CODEL.QUANTUM, 4999]);
  const sent = optionsToRestore('fq_codel', told, true);
  assert.deepEqual(
    sent,
    options(true, [TCA_FQ_CODEL.LIMIT, 4999], [TCA_FQ_CODEL.TARGET, 5000], [TCA_FQ_CODEL.QUANTUM, 4999]),
  );
});

test('options that end in the middle are sent as far as they go', () => {
  const broken = options(true, [TCA_FQ_CODEL.LIMIT, 1]).slice(0, 6);
  assert.deepEqual(optionsToRestore('fq_codel', broken, true), broken);
});

test('a qdisc with classes cannot be put back', () => {
  assert.equal(isRestorable('htb'), false);
  assert.equal(isRestorable('fq_codel'), true);
  assert.equal(isRestorable('constructor'), false);
});
