import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cakeMessage, eachView } from '../../test/cake_dump.ts';
import { Sampler } from './sampler.ts';
import type { ShaperStats } from './stats.ts';
import { briefStats } from './stats_brief.ts';

/** A shaper that has uploaded through tins of diffserv4 for a second. */
function statistics(): ShaperStats {
  const sampler = new Sampler(true);
  sampler.setPlaces([{ name: 'wan', device: 'eth1', directions: { upload: { device: 'eth1', ifindex: 7 } } }]);
  for (const second of [1, 2]) {
    const tins = [1, 2, 3, 4].map((tin) => ({ bytes: second * tin * 1000, packets: second * tin, drops: tin }));
    sampler.begin();
    eachView(
      [cakeMessage({ bytes: second * 10_000, packets: second * 10, tins }, true)],
      (view) => sampler.visit(view),
      true,
    );
    sampler.end(second * 1000);
  }
  const [stats] = sampler.stats();
  assert.ok(stats !== undefined);
  return stats;
}

test('the brief form has what the whole one has, with a list for each number of the tins', () => {
  const whole = statistics();
  const { upload, ...rest } = briefStats(whole);
  assert.deepEqual(rest, { name: 'wan', download: null });
  assert.ok(upload !== null && whole.upload !== null);
  const { tins, ...counters } = upload;
  const { tins: wholeTins, ...wholeCounters } = whole.upload;
  assert.deepEqual({ ...wholeCounters, ...counters }, wholeCounters);
  assert.equal(counters.atMs, 2000);
  assert.deepEqual(tins.name, ['Bulk', 'Best Effort', 'Video', 'Voice']);
  wholeTins.forEach((tin, i) => {
    const row = Object.fromEntries(Object.entries(tins).map(([name, column]) => [name, column[i]]));
    assert.deepEqual({ ...tin, ...row }, tin);
  });
});

test('the brief form of four tins and two directions has less than 1500 bytes as JSON', () => {
  const { name, upload } = briefStats(statistics());
  assert.ok(JSON.stringify({ name, download: upload, upload }).length < 1500);
});
