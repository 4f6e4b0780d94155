/** Metrics as Prometheus' own parser of OpenMetrics reads them (Debian: python3-prometheus-client). */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { formatMetrics } from '../../src/model/metrics.ts';
import { directionStats, shaperStats, shaperStatus, tinStats } from '../shaper_samples.ts';

const sample = z.tuple([z.string(), z.record(z.string(), z.string()), z.number()]);
const families = z.array(z.tuple([z.string(), z.string(), z.string(), z.array(sample)]));

function parsed(text: string): z.infer<typeof families> {
  // Debian's own interpreter, whatever else comes first in PATH.
  const run = spawnSync('/usr/bin/python3', ['test/tools/parse_openmetrics.py'], { input: text, encoding: 'utf8' });
  assert.equal(run.status, 0, run.stderr);
  return z.parse(families, JSON.parse(run.stdout));
}

test("Prometheus' parser reads what was written: types, units, labels and values", () => {
  const nasty = shaperStats({ name: 'a"b\\c\nd €😀', device: 'eth0.1' });
  const tins = [tinStats({ sentBytes: 2 ** 63, peakDelayUs: 1 })];
  const big = shaperStats({ name: 'big', upload: directionStats({ tins, sentBytes: 1e21 }) });
  const found = parsed(
    formatMetrics('1.2.3', [shaperStatus(), shaperStatus({ name: 'b', state: 'waiting' })], [nasty, big]),
  );
  const family = (name: string): (typeof found)[number] => {
    const [one, ...more] = found.filter(([each]) => each === name);
    assert.ok(one !== undefined && more.length === 0, name);
    return one;
  };
  const [, type, unit, samples] = family('weir_tin_sent_bytes');
  assert.deepEqual([type, unit, samples.length], ['counter', 'bytes', 4 + 4 + 4 + 1]);
  assert.deepEqual(samples[1], [
    'weir_tin_sent_bytes_total',
    { shaper: 'a"b\\c\nd €😀', device: 'eth0.1', direction: 'download', tin: 'Best Effort' },
    1_234_567,
  ]);
  assert.equal(samples.at(-1)?.[2], 2 ** 63);
  assert.deepEqual(family('weir_tin_delay_peak_seconds')[3].at(-1)?.[2], 1e-6);
  assert.deepEqual(family('weir_state').slice(1, 3), ['gauge', '']);
  for (const [name, kind, , list] of found) {
    assert.ok(name.startsWith('weir_') && ['gauge', 'counter'].includes(kind) && list.length > 0, name);
  }
});

test('the parser refuses what is no OpenMetrics, so that the test above means something', () => {
  const text = formatMetrics('1', [shaperStatus()], []);
  for (const broken of [
    text.replace('# EOF\n', ''),
    text.replace('# UNIT weir_rate_wanted_bytes_per_second bytes', '# UNIT weir_rate_wanted_bytes_per_second packets'),
  ]) {
    assert.ok(broken !== text);
    const run = spawnSync('/usr/bin/python3', ['test/tools/parse_openmetrics.py'], { input: broken, encoding: 'utf8' });
    assert.ok(run.status !== 0);
  }
});
