import assert from 'node:assert/strict';
import { test } from 'node:test';
import { directionStats, directionStatus, shaperStats, shaperStatus, tinStats } from '../../test/shaper_samples.ts';
import type { ShaperHistory } from '../model/history.ts';
import type { DirectionHistory } from '../model/history_ring.ts';
import { FIRST_VIEW, pressed, type TopData, type TopShaper, topFrame, topText } from './top_frame.ts';
import { keysOf } from './top_terminal.ts';
import { formatRateIn, printable, sparkline } from './top_text.ts';

function directionHistory(rateBitPerS: (number | null)[], more: Partial<DirectionHistory> = {}): DirectionHistory {
  const zeros = rateBitPerS.map((rate) => (rate === null ? null : 0));
  return {
    rateBitPerS,
    droppedPackets: zeros,
    ecnMarkedPackets: zeros,
    backlogBytes: zeros,
    peakDelayUs: zeros,
    averageDelayUs: zeros,
    tins: [],
    ...more,
  };
}

function history(download: DirectionHistory): ShaperHistory {
  const slots = download.rateBitPerS.length;
  return { name: 'wan', resolutionS: 1, lastBeganMsAgo: 1500, lastSlot: 0, slots, download, upload: download };
}

function data(shapers: readonly Partial<TopShaper>[], more: Partial<TopData> = {}): TopData {
  const whole = shapers.map((shaper) => ({
    status: shaperStatus(),
    stats: shaperStats(),
    history: undefined,
    ...shaper,
  }));
  return { shapers: whole, issues: [], nowMs: 100_000, ...more };
}

const SIZE = { columns: 100, rows: 30 };
const texts = (of: TopData | undefined, view = FIRST_VIEW, size = SIZE): string[] =>
  topFrame(of, view, size).map(({ text }) => text);

test('a frame has as many lines as the screen, whatever there is to show', () => {
  const many = data([{ history: history(directionHistory([1, 2])) }], {
    issues: Array.from({ length: 9 }, (_, i) => ({ severity: 'error', where: `line ${i}`, what: 'wrong' })),
  });
  for (const of of [undefined, data([]), data([{}]), many]) {
    for (const rows of [2, 3, 10, 24, 100]) {
      for (const columns of [1, 10, 40, 80, 200]) {
        const frame = texts(of, FIRST_VIEW, { columns, rows });
        if (of !== undefined) assert.equal(frame.length, rows);
      }
    }
  }
  assert.deepEqual(
    topFrame(data([{}]), FIRST_VIEW, { columns: 80, rows: 1 }).map(({ style }) => style),
    ['faint'],
  );
});

test('it shows rates, delays, drops and tins of both directions', () => {
  const lines = texts(data([{}]));
  assert.equal(lines[0]?.trimEnd(), ' wan on eth1: shaping');
  assert.ok(lines.includes('download  8.00 Mbit/s of 20.0 Mbit/s (40 %), cake on ifb-eth1'), lines.join('\n'));
  assert.ok(lines.includes('upload    8.00 Mbit/s of 20.0 Mbit/s (40 %), cake on eth1'));
  assert.ok(lines.includes('  delay 1.23 ms, peak 12.3 ms   backlog 3.03 kB   drops 12   marks 3'));
  const row = lines.find((line) => line.startsWith('  Best Effort'));
  assert.deepEqual(row?.trim().split(/ {2,}/), [
    'Best Effort',
    '8.00 Mbit/s',
    '1.23 ms',
    '12.3 ms',
    '12',
    '3',
    '3.03 kB',
    '3+1',
    '20 µs',
  ]);
  const head = lines[lines.findIndex((line) => line.startsWith('  Bulk')) - 1];
  assert.deepEqual(head?.trim().split(/ {2,}/), [
    'rate',
    'average',
    'peak',
    'drops',
    'marks',
    'backlog',
    'flows',
    'sparse',
  ]);
});

test('a tin that sends nothing has no delays, for what the kernel tells then is old', () => {
  const tins = [tinStats({ name: 'Voice', active: false, peakDelayUs: 99_000 })];
  const stats = shaperStats({
    download: directionStats({ tins, peakDelayUs: null, averageDelayUs: null, rateBitPerS: null }),
  });
  const lines = texts(data([{ stats }]));
  assert.match(lines.find((line) => line.startsWith('  Voice')) ?? '', /^ {2}Voice +8\.00 Mbit\/s +- +- +12 /);
  assert.ok(lines.some((line) => line.startsWith('  delay -   backlog')));
  assert.ok(lines.some((line) => line.startsWith('download  - of 20.0 Mbit/s, cake')));
});

test('a narrow screen leaves out the columns that matter least', () => {
  for (const [columns, last] of [
    [40, 'average'],
    [60, 'drops'],
    [80, 'backlog'],
    [140, 'up to'],
  ] as const) {
    const lines = texts(data([{}]), FIRST_VIEW, { columns, rows: 30 });
    const head = lines.find((line) => line.trim().startsWith('rate')) ?? '';
    assert.ok(head.endsWith(last) && head.length <= columns, `${columns}: ${head}`);
  }
});

test('the curves stand on the same seconds, the newest right, gaps left blank', () => {
  const rates = [null, 0, 10_000_000, null, 20_000_000, 5_000_000];
  const peakDelayUs = [null, null, 4000, null, 8000, 1000];
  const droppedPackets = [0, 0, 0, 0, 0, 7];
  const lines = texts(data([{ history: history(directionHistory(rates, { peakDelayUs, droppedPackets })) }]));
  const most = lines.find((line) => line.startsWith('  most')) ?? '';
  const peak = lines.find((line) => line.startsWith('  peak delay')) ?? '';
  assert.match(most, /^ {2}most 20\.0 Mbit\/s +\.▄ █▂$/);
  assert.match(peak, /^ {2}peak delay 8\.00 ms +▄ █▁$/);
  assert.equal(most.length, peak.length);
  assert.ok(lines.some((line) => line.includes('drops 12 (7/s)   marks 3 (0/s)')));
});

test('what is not in force says why; issues stand on top and do not fill the screen', () => {
  const download = directionStatus({ inForce: false, reason: 'qdisc eth1 root is not there', rateBitPerS: null });
  const status = shaperStatus({ state: 'partial', download, upload: null });
  const issues = Array.from({ length: 5 }, (_, i) => ({
    severity: 'warning' as const,
    where: `line ${i}`,
    what: 'odd',
  }));
  const stats = shaperStats({ download: null, upload: null });
  const frame = topFrame(data([{ status, stats }], { issues }), FIRST_VIEW, SIZE);
  assert.deepEqual(
    frame.slice(1, 5).map(({ text, style }) => [text, style]),
    [
      ['warning: line 0: odd', 'alarm'],
      ['warning: line 1: odd', 'alarm'],
      ['warning: line 2: odd', 'alarm'],
      ['and 2 more', 'alarm'],
    ],
  );
  const lines = frame.map(({ text }) => text);
  assert.ok(lines.includes('download  - of 20.0 Mbit/s not in force, cake on eth1'));
  assert.ok(lines.includes('  qdisc eth1 root is not there') && lines.includes('upload: not shaped'));
  assert.equal(texts(data([]))[0]?.trimEnd(), ' weir: no shaper is configured');
});

test('keys choose the shaper and the unit, and end it', () => {
  const view = (keys: string, shapers = 3): string => {
    let now = FIRST_VIEW;
    for (const key of keysOf(keys)) {
      const next = pressed(key, now, shapers);
      if (next === 'quit') return 'quit';
      now = next;
    }
    return `${now.shaper} ${now.unit}`;
  };
  assert.equal(view('\t'), '1 bits');
  assert.equal(view('\t\t\t'), '0 bits');
  assert.equal(view('\x1b[D'), '2 bits');
  assert.equal(view('p\x1b[Cn\x1b[Bu'), '2 bytes');
  assert.equal(view('uu3'), '2 bits');
  assert.equal(view('9x\x1b[1;5Rz'), '0 bits');
  assert.equal(view('\tn', 0), '0 bits');
  assert.equal(view('2\t', 2), '0 bits');
  assert.equal(view('xqu'), 'quit');
  assert.deepEqual(keysOf('a\x1b[1;5Cq\x1b'), ['a', '\x1b[1;5C', 'q', '\x1b']);
});

test('the unit holds for every rate', () => {
  const lines = texts(data([{}]), { shaper: 0, unit: 'bytes' });
  assert.ok(lines.includes('download  1.00 MB/s of 2.50 MB/s (40 %), cake on ifb-eth1'));
  assert.ok(!lines.some((line) => line.includes('bit/s') && !line.includes(' quit ')));
  assert.equal(formatRateIn('bytes', null), '-');
});

test('a shaper that is chosen and goes away leaves the last one', () => {
  const two = data([{}, { status: shaperStatus({ name: 'lte', device: 'wwan0' }) }]);
  assert.match(texts(two, { shaper: 1, unit: 'bits' })[0] ?? '', /^ lte on wwan0: shaping +2 of 2 $/);
  assert.match(texts(data([{}]), { shaper: 1, unit: 'bits' })[0] ?? '', /^ wan on eth1/);
});

test('as text it has every shaper, no curves and nothing at the ends of lines', () => {
  const text = topText(
    data([{ history: history(directionHistory([1])) }, { status: shaperStatus({ name: 'lte' }) }]),
    120,
  );
  assert.match(text, /^wan on eth1: shaping\ndownload /);
  assert.match(text, /\nlte on eth1: shaping\ndownload /);
  assert.ok(!/ \n|most /.test(text) && text.endsWith('\n'));
  assert.equal(topText(data([]), 80), 'no shaper is configured\n');
});

test('a curve too long for its place shows the largest of each few, in the same places from second to second', () => {
  const numbers = Array.from({ length: 90 }, (_, i) => (i % 10 === 0 ? 8 : 1));
  const before = sparkline(numbers, 31, 8, 1000);
  const after = sparkline([...numbers.slice(1), 1], 31, 8, 1001);
  assert.ok(before.length === 31 && after.length === 31);
  assert.equal([...before].filter((bar) => bar === '█').length, 9);
  // A column is three seconds: most stay where they were, or all move by one.
  assert.ok(after.includes(before.slice(2, 28)), `${before}|${after}`);
  assert.equal(sparkline([], 5, 1), '     ');
  assert.equal(sparkline([0, 1e-9, 1], 5, 1), '  .▁█');
  assert.equal(sparkline([5], 1, 1), '█');
});

test('what a terminal would take for a command is not shown', () => {
  assert.equal(printable('a\x1b[2Jb\x9bc\x7fd\ne\udcff'), 'a?[2Jb?c?d?e?');
  assert.equal(printable('größe µ ▁█ 😀'), 'größe µ ▁█ 😀');
});
