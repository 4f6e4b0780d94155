import assert from 'node:assert/strict';
import { test } from 'node:test';
import { burstBytes, completeCake, quantumBytes, stabOf } from './computed.ts';

/** The kernel warns where it has to work a quantum out itself and comes to less or more (sch_htb.c, htb_change_class). */
const WITHOUT_WARNING = { smallest: 1000, largest: 200_000 };

test('no quantum starves others or is below a packet, whatever the rate', () => {
  for (const rate of [8, 8e3, 64e3, 1e6, 20e6, 1e9, 100e9, 1e12]) {
    for (const parent of [undefined, rate, rate * 3, 1e12]) {
      for (const mtu of [68, 1500, 9000]) {
        const quantum = quantumBytes(rate, parent, mtu);
        assert.ok(Number.isInteger(quantum) && quantum >= mtu + 14 && quantum <= Math.max(60_000, mtu + 14), `${rate}`);
        if (mtu === 1500) {
          assert.ok(quantum >= WITHOUT_WARNING.smallest && quantum <= WITHOUT_WARNING.largest);
        }
      }
    }
  }
});

test('siblings have quanta in the proportion of their rates', () => {
  assert.equal(quantumBytes(500e6, 1e9, 1500), 30_000);
  assert.equal(quantumBytes(250e6, 1e9, 1500), 15_000);
  assert.equal(quantumBytes(4e6, 10e6, 1500), 24_000);
  assert.equal(quantumBytes(2e6, 10e6, 1500), 12_000);
});

test('a given r2q divides the rate as it does in the kernel', () => {
  assert.equal(quantumBytes(10e6, undefined, 1500, 100), 12_500);
});

test('a burst is what goes by in its time, and at least a packet', () => {
  assert.equal(burstBytes(100e6, undefined, 1500), 12_500);
  assert.equal(burstBytes(100e6, 5000, 1500), 62_500);
  assert.equal(burstBytes(1e6, undefined, 1500), 1514);
  assert.equal(burstBytes(1e6, 2000, 9000), 9014);
});

test('CAKE counts what the link adds as soon as something of it is given', () => {
  assert.deepEqual(completeCake({}, undefined), { raw: true });
  assert.deepEqual(completeCake({ overheadBytes: 22 }, undefined), { raw: false, overheadBytes: 22 });
  assert.equal(completeCake({ rttUs: 20_000 }, undefined).targetUs, 1000);
  const link = { raw: false, overheadBytes: 30, mpuBytes: 0, atm: 'ptm' } as const;
  assert.deepEqual(completeCake({}, link), link);
});

test('a link by its names is a size table, without PTM, which the kernel has no table for', () => {
  const link = { raw: false, overheadBytes: 40, mpuBytes: 0, atm: 'atm' } as const;
  assert.deepEqual(stabOf(link), { overheadBytes: 40, mpuBytes: 0, linkLayer: 'atm' });
  assert.equal(stabOf({ ...link, atm: 'ptm' }).linkLayer, 'ethernet');
});
