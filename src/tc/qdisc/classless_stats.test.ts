import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Capture, decodeCapturedTc, readCaptures } from '../../../test/captures.ts';
import { Reader, ShortReadError, Writer } from '../../lib/bytes.ts';
import { TCA_FQ_CODEL_XSTATS } from '../../uapi/tc.ts';
import { everyQdisc } from '../every_qdisc.ts';

/** tc's words for counters, and weir's names. A word that comes twice with other meanings is not compared. */
const NAMES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  codel: {
    count: 'count',
    lastcount: 'lastCount',
    maxpacket: 'largestPacketBytes',
    ecn_mark: 'ecnMarkedPackets',
    drop_overlimit: 'overlimitDroppedPackets',
  },
  fq_codel: {
    maxpacket: 'largestPacketBytes',
    drop_overlimit: 'overlimitDroppedPackets',
    new_flow_count: 'newFlowCount',
    ecn_mark: 'ecnMarkedPackets',
    memory_used: 'memoryUsedBytes',
    new_flows_len: 'newFlows',
    old_flows_len: 'oldFlows',
  },
  pie: {
    avg_dq_rate: 'averageDequeueRateBytePerS',
    pkts_in: 'inPackets',
    overlimit: 'overlimitDroppedPackets',
    dropped: 'droppedPackets',
    maxq: 'mostQueuedPackets',
    ecn_mark: 'ecnMarkedPackets',
  },
  fq_pie: {
    pkts_in: 'inPackets',
    overlimit: 'overlimitDroppedPackets',
    overmemory: 'overmemoryDroppedPackets',
    dropped: 'droppedPackets',
    new_flow_count: 'newFlowCount',
    new_flows_len: 'newFlows',
    old_flows_len: 'oldFlows',
    memory_used: 'memoryUsedBytes',
  },
  red: {
    marked: 'markedPackets',
    early: 'earlyDroppedPackets',
    pdrop: 'limitDroppedPackets',
    other: 'otherDroppedPackets',
  },
  fq: {
    flows: 'flows',
    inactive: 'inactiveFlows',
    band0_pkts: 'band0Packets',
    band1_pkts: 'band1Packets',
    band2_pkts: 'band2Packets',
    gc: 'collectedFlows',
    fastpath: 'fastPathPackets',
    flows_plimit: 'flowLimitDroppedPackets',
  },
};

/** 10: of the qdisc that a capture is about; dumps of older tc have those of every device. */
const HANDLE = 0x100000;

interface Shown {
  readonly capture: Capture;
  readonly kind: string;
  readonly xstats: Uint8Array;
  /** What tc printed of it. */
  readonly printed: string;
}

function shown(): Shown[] {
  return readCaptures('tc-queue-stats').flatMap((capture) =>
    capture.records.flatMap(({ printed, messages }) =>
      messages.flatMap((message): Shown[] => {
        const { kind, xstats, handle } = decodeCapturedTc(capture, message);
        const from = printed.findIndex((line) => line.startsWith(`qdisc ${kind} 10: `));
        if (handle !== HANDLE || xstats === undefined || NAMES[kind] === undefined || from < 0) return [];
        return [{ capture, kind, xstats, printed: printed.slice(from + 3).join(' ') }];
      }),
    ),
  );
}

function decode({ kind, xstats, capture }: Shown): Readonly<Record<string, number>> {
  const stats = everyQdisc(kind)?.decodeStats?.(new Reader(xstats, capture.littleEndian)) ?? assert.fail(kind);
  return Object.fromEntries(Object.entries(stats).map(([name, value]) => [name, Number(value)]));
}

test('the counters are those that tc prints for the same bytes', () => {
  let compared = 0;
  for (const one of shown()) {
    const stats = decode(one);
    for (const [word, name] of Object.entries(NAMES[one.kind] ?? {})) {
      const [, number] = new RegExp(`[( ]${word} ([0-9]+)\\b`).exec(` ${one.printed}`) ?? [];
      if (number === undefined) continue;
      assert.equal(stats[name], Number(number), `${one.capture.name} ${one.kind}: ${word}`);
      compared += 1;
    }
  }
  assert.ok(compared > 90, `${compared} counters`);
  assert.equal(new Set(shown().map(({ kind }) => kind)).size, Object.keys(NAMES).length);
});

test('what older kernels do not send is 0, and what newer ones append is passed over', () => {
  for (const one of shown()) {
    const longer = new Uint8Array(one.xstats.length + 8);
    longer.set(one.xstats);
    const [now, later] = [decode(one), decode({ ...one, xstats: longer })];
    for (const [name, value] of Object.entries(now)) assert.equal(later[name], value, `${one.kind} ${name}`);
    assert.throws(() => decode({ ...one, xstats: one.xstats.slice(0, 3) }), ShortReadError);
  }
});

test('a flow of fq_codel, which tc shows as a class, has counters of its own', () => {
  const w = new Writer(false);
  w.u32(TCA_FQ_CODEL_XSTATS.CLASS);
  for (const value of [-1514, 300, 7, 6, 1, -40]) w.s32(value);
  assert.deepEqual(everyQdisc('fq_codel')?.decodeStats?.(new Reader(w.bytes(), false)), {
    deficitBytes: -1514,
    lastDelayUs: 300,
    count: 7,
    lastCount: 6,
    dropping: 1,
    dropNextUs: -40,
  });
});

test('netem tells since Linux 7.2 what it did to packets', () => {
  let seen = 0;
  for (const capture of readCaptures('tc-queue-stats')) {
    for (const message of capture.records.flatMap(({ messages }) => messages)) {
      const { kind, xstats, handle } = decodeCapturedTc(capture, message);
      if (kind !== 'netem' || handle !== HANDLE) continue;
      assert.equal(xstats !== undefined, capture.name.endsWith('-7.2'));
      if (xstats === undefined) continue;
      const stats = decode({ capture, kind, xstats, printed: '' });
      for (const name of ['delayedPackets', 'lostPackets', 'duplicatedPackets', 'reorderedPackets']) {
        assert.ok((stats[name] ?? 0) > 0 && (stats[name] ?? 0) < 130, `${name} ${stats[name]}`);
      }
      assert.equal(stats.corruptedPackets, 0);
      seen += 1;
    }
  }
  assert.equal(seen, 1);
});
