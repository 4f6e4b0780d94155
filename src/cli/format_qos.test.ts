import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { QosStatus, QueueStatus } from '../model/tree/open_vswitch_status.ts';
import { formatQos } from './format_qos.ts';

const QUEUE: QueueStatus = {
  id: 1,
  section: 'calls',
  packets: 1,
  bytes: 1200,
  dropped: 0,
  colours: null,
  externalIds: {},
};
const QOS: QosStatus = {
  name: 'wan',
  type: 'linux-htb',
  device: 'eth1',
  maxRateBitPerS: 50e6,
  packets: 12,
  bytes: 34_000,
  dropped: 5,
  colours: null,
  queues: [QUEUE],
  queuesLeftOut: 0,
  externalIds: {},
};

test('a port and its queues, with what has been sent and dropped', () => {
  assert.equal(
    formatQos({ ...QOS, externalIds: { owner: 'the controller' } }),
    'qos wan on eth1: linux-htb, 50mbit: 12 packets (34.0 kB) sent, 5 dropped ["owner=the controller"]\n' +
      '  queue 1 (calls): 1 packet (1.20 kB) sent, 0 dropped\n',
  );
});

test('colours of a policer, without those that it never finds', () => {
  const counters = { packets: 2, bytes: 3000 };
  const colours = { green: counters, yellow: null, red: { packets: 0, bytes: 0 } };
  assert.equal(
    formatQos({ ...QOS, type: 'trtcm-policer', maxRateBitPerS: null, colours, queues: [{ ...QUEUE, colours }] }),
    'qos wan on eth1: trtcm-policer: 12 packets (34.0 kB) sent, 5 dropped\n' +
      '  green 2 packets (3.00 kB); red 0 packets (0 B)\n' +
      '  queue 1 (calls): 1 packet (1.20 kB) sent, 0 dropped\n' +
      '    green 2 packets (3.00 kB); red 0 packets (0 B)\n',
  );
});

test('what is not there, what is left to others, and what there was no room for', () => {
  const absent = { packets: null, bytes: null, dropped: null };
  assert.equal(
    formatQos({ ...QOS, ...absent, maxRateBitPerS: null, queues: [{ ...QUEUE, ...absent }], queuesLeftOut: 7 }),
    'qos wan on eth1: linux-htb: not in force\n  queue 1 (calls): not in force\n  and 7 more queues\n',
  );
  assert.equal(
    formatQos({ ...QOS, ...absent, type: 'linux-noop', maxRateBitPerS: null, queues: [] }),
    'qos wan on eth1: linux-noop: left to others\n',
  );
});

test('external IDs cannot break the lines', () => {
  assert.equal(formatQos({ ...QOS, queues: [], externalIds: { a: 'b\nqos x' } }).split('\n').length, 2);
});
