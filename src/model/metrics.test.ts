import assert from 'node:assert/strict';
import { test } from 'node:test';
import { directionStats, directionStatus, shaperStats, shaperStatus, tinStats } from '../../test/shaper_samples.ts';
import { formatMetrics } from './metrics.ts';

/** Of the ABNF of OpenMetrics 1.0, what is used here. A real parser reads the same in test/tools. */
const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\\\\\|\\\\"|\\\\n)*"';
const LINE = new RegExp(
  `^(?:# TYPE (${NAME}) (gauge|counter)|# UNIT (${NAME}) (\\w+)|# HELP (${NAME}) \\S.*|` +
    `(${NAME})\\{(?:${LABEL}(?:,${LABEL})*)?\\} (\\d+(?:\\.\\d+)?(?:e[-+]?\\d+)?)|# EOF)$`,
);

/** Holds a text against the grammar and the rules on names, and gives its samples by name and labels. */
function parse(text: string): Map<string, number> {
  assert.ok(text.endsWith('\n# EOF\n') || text === '# EOF\n');
  const samples = new Map<string, number>();
  const seen = new Set<string>();
  let family = '';
  let type = '';
  for (const line of text.trimEnd().split('\n')) {
    const match = LINE.exec(line);
    assert.ok(match !== null, line);
    const [, typed, typeName = '', unitOf, unit = '', helpOf, sampled, value] = match;
    if (typed !== undefined) {
      assert.ok(!seen.has(typed), `${typed} comes twice`);
      seen.add(typed);
      family = typed;
      type = typeName;
    }
    if (unitOf !== undefined) assert.ok(unitOf === family && family.endsWith(`_${unit}`), line);
    if (helpOf !== undefined) assert.equal(helpOf, family);
    if (sampled === undefined) continue;
    assert.equal(sampled, type === 'counter' ? `${family}_total` : family);
    const key = line.slice(0, line.lastIndexOf(' '));
    assert.ok(!samples.has(key), `${key} comes twice`);
    samples.set(key, Number(value));
  }
  return samples;
}

test('every number of a shaper is there once, with its labels, in base units', () => {
  const samples = parse(formatMetrics('1.2.3', [shaperStatus()], [shaperStats()]));
  const download = 'shaper="wan",device="eth1",direction="download"';
  const expected = {
    'weir_build{version="1.2.3"}': 1,
    'weir_state{shaper="wan",device="eth1",state="shaping"}': 1,
    'weir_state{shaper="wan",device="eth1",state="off"}': 0,
    [`weir_rate_in_force_bytes_per_second{${download}}`]: 2_500_000,
    [`weir_in_force{${download}}`]: 1,
    [`weir_sent_bytes_total{${download}}`]: 1_234_567,
    [`weir_backlog_packets{${download}}`]: 2,
    [`weir_tin_dropped_packets_total{${download},tin="Best Effort"}`]: 12,
    [`weir_tin_dropped_packets_total{${download},tin="Voice"}`]: 0,
    [`weir_tin_delay_peak_seconds{${download},tin="Best Effort"}`]: 0.012345,
    [`weir_tin_delay_average_seconds{${download},tin="Best Effort"}`]: 0.00123,
  };
  for (const [key, value] of Object.entries(expected)) assert.equal(samples.get(key), value, key);
  // build, 5 states, 3 + 6 for each direction, 16 for each tin of each.
  assert.equal(samples.size, 1 + 5 + 2 * (3 + 6) + 2 * 4 * 16);
});

test('what is not there has no sample: no zero for a direction that is not shaped', () => {
  const status = shaperStatus({
    state: 'waiting',
    device: null,
    download: null,
    upload: directionStatus({ rateBitPerS: null, inForce: false }),
  });
  const samples = parse(formatMetrics('1', [status], [shaperStats({ download: null, upload: null })]));
  const keys = [...samples.keys()].filter((key) => !key.startsWith('weir_state') && !key.startsWith('weir_build'));
  assert.deepEqual(keys, [
    'weir_rate_wanted_bytes_per_second{shaper="wan",device="",direction="upload"}',
    'weir_in_force{shaper="wan",device="",direction="upload"}',
  ]);
  assert.equal(parse(formatMetrics('1', [], [])).size, 1);
});

test('labels are escaped, and bytes that are no UTF-8 replaced', () => {
  const name = 'a"b\\c\nd\udcff€😀';
  const text = formatMetrics('1', [], [shaperStats({ name, upload: null })]);
  assert.ok(text.includes('shaper="a\\"b\\\\c\\nd\ufffd€😀"'));
  assert.ok(parse(text).size > 10);
});

test('numbers of any size are numbers to a parser', () => {
  const tins = [tinStats({ sentBytes: 2 ** 63, peakDelayUs: 1, averageDelayUs: 0 })];
  const text = formatMetrics('1', [], [shaperStats({ download: directionStats({ tins, sentBytes: 1e21 }) })]);
  const samples = parse(text);
  const labels = 'shaper="wan",device="eth1",direction="download"';
  assert.equal(samples.get(`weir_sent_bytes_total{${labels}}`), 1e21);
  assert.equal(samples.get(`weir_tin_sent_bytes_total{${labels},tin="Best Effort"}`), 2 ** 63);
  assert.equal(samples.get(`weir_tin_delay_peak_seconds{${labels},tin="Best Effort"}`), 1e-6);
});
