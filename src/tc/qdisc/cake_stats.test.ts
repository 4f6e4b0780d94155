import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Capture, type CaptureRecord, decodeCapturedTc, readCaptures } from '../../../test/captures.ts';
import { Reader, ShortReadError } from '../../lib/bytes.ts';
import { type CakeStats, type CakeTinStats, decodeCakeStats } from './cake_stats.ts';

/** A dump of CAKE together with the lines that tc printed for it. */
interface Printed {
  readonly where: string;
  readonly lines: readonly string[];
  readonly stats: CakeStats;
}

function statsOf(capture: Capture, message: Uint8Array): CakeStats | undefined {
  const { kind, xstats } = decodeCapturedTc(capture, message);
  return kind === 'cake' && xstats !== undefined
    ? decodeCakeStats(new Reader(xstats, capture.littleEndian))
    : undefined;
}

function printedStats(): Printed[] {
  return readCaptures('tc-cake-stats').flatMap((capture) =>
    capture.records.flatMap(({ kind, command, printed, messages: [message] }: CaptureRecord): Printed[] => {
      const lines = printed.map((line) => line.trim());
      if (kind !== 'dump-stats' || message === undefined || !lines.some((line) => line.startsWith('thresh'))) return [];
      const stats = statsOf(capture, message);
      return stats === undefined ? [] : [{ where: `${capture.name}: ${command}`, lines, stats }];
    }),
  );
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1024,
  mb: 1024 ** 2,
  bit: 1,
  kbit: 1e3,
  mbit: 1e6,
  gbit: 1e9,
  us: 1,
  ms: 1e3,
  s: 1e6,
};

/** A number as tc prints it: a few digits and a unit. */
function numberOf(printed: string): number {
  const [, digits = '', unit = ''] = /^(-?[0-9.]+)([A-Za-z]*)$/.exec(printed) ?? [];
  const factor = UNITS[unit.toLowerCase()];
  assert.ok(digits !== '' && factor !== undefined, `'${printed}'`);
  return Number(digits) * factor;
}

/** Equal as far as tc prints it: three digits or more where there is a larger unit, all of them where there is none. */
function sameAsPrinted(value: number, printed: string, where: string): void {
  const expected = numberOf(printed);
  const rounded = /[kmgKMG]|[0-9]s$/.test(printed);
  assert.ok(Math.abs(value - expected) <= (rounded ? expected * 0.005 + 1 : 0), `${where}: ${value}, not ${printed}`);
}

const TIN_LINES: Readonly<Record<string, keyof CakeTinStats>> = {
  thresh: 'thresholdRateBitPerS',
  target: 'targetUs',
  interval: 'intervalUs',
  pk_delay: 'peakDelayUs',
  av_delay: 'averageDelayUs',
  sp_delay: 'baseDelayUs',
  backlog: 'backlogBytes',
  pkts: 'sentPackets',
  bytes: 'sentBytes',
  way_inds: 'wayIndirectHits',
  way_miss: 'wayMisses',
  way_cols: 'wayCollisions',
  drops: 'droppedPackets',
  marks: 'ecnMarkedPackets',
  ack_drop: 'acksDroppedPackets',
  sp_flows: 'sparseFlows',
  bk_flows: 'bulkFlows',
  un_flows: 'unresponsiveFlows',
  max_len: 'largestPacketBytes',
  quantum: 'flowQuantumBytes',
};

test('every number of every tin is what tc prints for the same bytes', () => {
  const seen = new Set<string>();
  for (const { where, lines, stats } of printedStats()) {
    // The first backlog is that of the whole qdisc.
    for (const line of lines.slice(lines.findIndex((text) => text.startsWith('thresh')))) {
      const [label = '', ...cells] = line.split(/\s+/);
      const name = TIN_LINES[label];
      assert.ok(name !== undefined, `${where}: ${line}`);
      assert.equal(cells.length, stats.tins.length, where);
      stats.tins.forEach((tin, i) => {
        sameAsPrinted(tin[name], cells[i] ?? '', `${where}: ${label} of tin ${i}`);
      });
      if (cells.some((cell) => numberOf(cell) !== 0)) seen.add(label);
    }
  }
  // Indirect hits and collisions of the hash did not happen in any of them.
  assert.deepEqual(
    Object.keys(TIN_LINES).filter((label) => !seen.has(label)),
    ['way_inds', 'way_cols'],
  );
});

test('what holds for the whole qdisc is what tc prints for the same bytes', () => {
  for (const { where, lines, stats } of printedStats()) {
    const cells = (begins: string): string[] => {
      const line = lines.find((text) => text.startsWith(begins));
      assert.ok(line !== undefined, `${where}: ${begins}`);
      return line
        .slice(begins.length)
        .trim()
        .split(/\s+(?:of\s+|\/\s+)?/);
    };
    const compare = (begins: string, ...values: number[]): void => {
      values.forEach((value, i) => {
        sameAsPrinted(value, cells(begins)[i] ?? '', `${where}: ${begins}`);
      });
    };
    compare('memory used:', stats.memoryUsedBytes, stats.memoryLimitBytes);
    compare('capacity estimate:', stats.capacityEstimateBitPerS);
    compare('min/max network layer size:', stats.smallestNetworkBytes, stats.largestNetworkBytes);
    compare('min/max overhead-adjusted size:', stats.smallestAdjustedBytes, stats.largestAdjustedBytes);
    compare('average network hdr offset:', stats.averageNetworkOffsetBytes);
  }
});

test('both byte orders and both kernels are among the printed statistics', () => {
  const names = new Set(printedStats().map(({ where }) => where.split(':')[0]));
  assert.deepEqual([...names].sort(), ['tc-cake-stats-be-6.1', 'tc-cake-stats-le-6.1', 'tc-cake-stats-le-7.2']);
});

test('each diffserv mode has the tins that its name says', () => {
  const tins = new Map<string, number>();
  for (const capture of readCaptures('tc-cake')) {
    for (const { kind, command, messages } of capture.records) {
      const stats = kind === 'dump' && messages[0] !== undefined ? statsOf(capture, messages[0]) : undefined;
      const mode = command.split(' ').find((word) => /^(besteffort|precedence|diffserv[0-9])$/.test(word));
      if (stats !== undefined && mode !== undefined) tins.set(mode, stats.tins.length);
    }
  }
  assert.deepEqual(Object.fromEntries([...tins].sort()), {
    besteffort: 1,
    diffserv3: 3,
    diffserv4: 4,
    diffserv8: 8,
    precedence: 8,
  });
});

test('statistics cut anywhere throw ShortReadError or give fewer numbers, nothing else', () => {
  for (const capture of readCaptures('tc-cake-stats')) {
    const record = capture.records.find(({ kind }) => kind === 'dump-stats');
    const { xstats } = decodeCapturedTc(capture, record?.messages[0] ?? new Uint8Array());
    assert.ok(xstats !== undefined);
    let thrown = 0;
    for (let length = 0; length < xstats.length; length++) {
      try {
        decodeCakeStats(new Reader(xstats, capture.littleEndian, 0, length));
      } catch (error) {
        assert.ok(error instanceof ShortReadError, `${length} bytes: ${error}`);
        thrown += 1;
      }
    }
    assert.ok(thrown > xstats.length / 2, `${thrown} of ${xstats.length}`);
  }
});
