/** Counters out of what kernels of both byte orders showed after traffic, against what tc printed of the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Capture, type CaptureRecord, decodeCapturedTc, readCaptures } from '../../../test/captures.ts';
import { ShortReadError } from '../../lib/bytes.ts';
import type { TcMessage } from '../../wire/tcmsg.ts';
import type { QosConfig } from './open_vswitch.ts';
import { type PortDump, qosCounters } from './open_vswitch_counters.ts';
import { type PacketCounters, qosStatus } from './open_vswitch_status.ts';

const METER = { cir: 1000, cbs: 2000, eir: 1000, ebs: 1600 };

function qosOf(type: QosConfig['type'], ids: readonly number[]): QosConfig {
  const queue = { section: 'wan', where: '', values: {}, meter: METER, htbPriority: 0, externalIds: {} };
  return {
    name: 'wan',
    where: '',
    type,
    devices: ['v0'],
    values: METER,
    queues: ids.map((id) => ({ ...queue, id })),
    externalIds: {},
  };
}

const recordsOf = ({ records }: Capture, what: string): CaptureRecord[] =>
  records.filter(({ command }) => command.includes(` ${what} show `));
const messagesOf = (capture: Capture, record: CaptureRecord | undefined, ifindex?: number): TcMessage[] =>
  (record?.messages ?? [])
    .map((message) => decodeCapturedTc(capture, message))
    .filter((message) => ifindex === undefined || message.ifindex === ifindex);

/** The counters that tc printed, in its order. */
function printed({ printed: lines }: CaptureRecord): PacketCounters[] {
  return lines.flatMap((line) => {
    const [, bytes, packets] = /^Sent (\d+) bytes (\d+) pkt/.exec(line) ?? [];
    return bytes === undefined ? [] : [{ packets: Number(packets), bytes: Number(bytes) }];
  });
}

/** What hung on the device after traffic: the first time a policer, the second time HTB. */
function dumpsOf(capture: Capture): { readonly policer: PortDump; readonly htb: PortDump } {
  const { littleEndian } = capture;
  const filters = messagesOf(capture, recordsOf(capture, 'filter')[0]);
  const ifindex = filters[0]?.ifindex;
  const [first, second] = recordsOf(capture, 'qdisc');
  const classes = messagesOf(capture, recordsOf(capture, 'class')[0], ifindex);
  return {
    policer: { littleEndian, qdiscs: messagesOf(capture, first, ifindex), classes: [], filters },
    htb: { littleEndian, qdiscs: messagesOf(capture, second, ifindex), classes, filters: [] },
  };
}

const sum = (a: PacketCounters | undefined, b: PacketCounters | undefined): PacketCounters => ({
  packets: (a?.packets ?? 0) + (b?.packets ?? 0),
  bytes: (a?.bytes ?? 0) + (b?.bytes ?? 0),
});

for (const capture of readCaptures('tc-open-vswitch')) {
  test(`colours of a policer are those that tc shows at its actions, ${capture.name}`, () => {
    const [record = assert.fail()] = recordsOf(capture, 'filter');
    // Chains 1 and 2 have three actions, that of the queue five, and chain 0 leads there.
    const shown = printed(record);
    assert.equal(shown.length, 12);
    const status = qosStatus(qosOf('trtcm-policer', [0]), 'v0', qosCounters(dumpsOf(capture).policer));
    assert.deepEqual(status.queues[0]?.colours, { green: shown[9], yellow: shown[10], red: shown[8] });
    assert.deepEqual(status.colours, { green: shown[2], yellow: shown[5], red: sum(shown[4], shown[8]) });
    assert.equal(status.dropped, status.colours?.red?.packets);
  });

  test(`packets and bytes of queues are those of their classes, ${capture.name}`, () => {
    const status = qosStatus(qosOf('linux-htb', [0, 1, 2]), 'v0', qosCounters(dumpsOf(capture).htb));
    const [first = assert.fail()] = printed(recordsOf(capture, 'qdisc')[1] ?? assert.fail());
    assert.deepEqual([status.packets, status.bytes, status.maxRateBitPerS], [first.packets, first.bytes, 10e6]);
    assert.deepEqual(
      status.queues.map(({ packets, bytes }) => [packets, bytes]),
      [
        [first.packets, first.bytes],
        [0, 0],
        [null, null],
      ],
    );
  });

  test(`a filter that is cut short is an error, or tells less, ${capture.name}`, () => {
    const dump = dumpsOf(capture).policer;
    let errors = 0;
    for (let cut = 4; cut < 600; cut += 4) {
      const filters = dump.filters.map(({ options, ...rest }) => ({ ...rest, options: options?.slice(0, -cut) }));
      try {
        qosStatus(qosOf('trtcm-policer', [0]), 'v0', qosCounters({ ...dump, filters }));
      } catch (error) {
        if (!(error instanceof ShortReadError)) throw error;
        errors++;
      }
    }
    assert.ok(errors > 0);
  });
}

test('another root than that of the QoS has no counters of it', () => {
  const status = qosStatus(
    qosOf('linux-htb', [0]),
    'v0',
    qosCounters({ littleEndian: true, qdiscs: [], classes: [], filters: [] }),
  );
  assert.deepEqual([status.packets, status.maxRateBitPerS, status.queues[0]?.packets], [null, null, null]);
});
