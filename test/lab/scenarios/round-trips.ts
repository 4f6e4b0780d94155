/**
 * The round trips that the bridge's programs find in TCP's timestamps, segment by segment: BPF_PROG_TEST_RUN in virtual time, so that
 * what lies between two segments is exact.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { boot } from '../boot.ts';
import { type Bytes, ethernet, FAR4, FLAG, HOST4, ipv4, MAC, NOP, PROTOCOL, tcp, timestamp } from '../frames/build.ts';
import { encode, WORLDS } from '../frames/corpus.ts';
import type { Frame } from '../frames/model.ts';

/** Between the frames of one flow. */
interface Segment {
  readonly up: boolean;
  readonly afterMs: number;
  readonly value: number;
  readonly echo: number;
  readonly payload: number;
  readonly flags: number;
  readonly port: number;
}

const segment = (up: boolean, afterMs: number, value: number, echo: number, more: Partial<Segment> = {}): Segment => ({
  up,
  afterMs,
  value,
  echo,
  payload: 100,
  flags: FLAG.ack,
  port: 40000,
  ...more,
});
const up = (afterMs: number, value: number, echo = 0, more: Partial<Segment> = {}) =>
  segment(true, afterMs, value, echo, more);
const down = (afterMs: number, value: number, echo = 0, more: Partial<Segment> = {}) =>
  segment(false, afterMs, value, echo, more);
const PURE_ACK = { payload: 0 };
const OTHER_FLOW = { port: 40001 };

const u16 = (value: number): Bytes => [value >> 8, value & 0xff];

/** In the world where addresses tell the sides apart; HOST4 is a local one. */
function frameOf({ up, afterMs, value, echo, payload, flags, port }: Segment): Frame {
  const ports = up ? [...u16(port), ...u16(443)] : [...u16(443), ...u16(port)];
  const bytes = [...ports, ...tcp([...NOP, ...NOP, ...timestamp(value, echo)], payload, flags).slice(4)];
  const addresses = up ? { source: HOST4, destination: FAR4 } : { source: FAR4, destination: HOST4 };
  const packet = ethernet(ipv4(PROTOCOL.tcp, bytes, addresses), MAC.isp);
  return { name: '', world: 0, bytes: packet, gsoSize: 0, waitUs: afterMs * 1000 };
}

const count = z.int().check(z.nonnegative());
const side = z.strictObject({
  state: count,
  minUs: count,
  samples: count,
  total: count,
  buckets: z.record(z.string(), count),
});
const trips = z.tuple([side, side]);
type Side = z.output<typeof side>;

const RESTING = 0;
const WATCHING = 1;
const UNDER_WAY = 2;

async function run(segments: readonly Segment[]): Promise<{ readonly internet: Side; readonly local: Side }> {
  const guest = await boot({
    // A host that nothing is known of rests for the first moments after the boot.
    script: 'sleep 1\nframes trips /run/lab/files/object /run/lab/files/corpus\n',
    files: { object: readFileSync('build/bpf/el/weir.bpf.o'), corpus: encode(WORLDS, segments.map(frameOf)) },
  });
  const [internet, local] = guest.value('trips', trips);
  return { internet, local };
}

/** One sample of so many milliseconds; calls to sleep end a little late. */
function assertOne({ samples, total, minUs, buckets }: Side, ms: number): void {
  assert.equal(samples, 1);
  assert.equal(total, 1);
  assert.ok(minUs >= ms * 1000 && minUs < ms * 1000 + 500, `${minUs} µs in place of ${ms} ms`);
  assert.deepEqual(buckets, { [bucketOf(ms)]: 1 });
}

/** 1 ms wide below 16 ms, then 16 for each doubling. */
function bucketOf(ms: number): number {
  if (ms < 16) return ms;
  if (ms >= 2048) return 127;
  const doublings = Math.floor(Math.log2(ms / 16));
  return 16 + doublings * 16 + Math.floor(ms / 2 ** doublings) - 16;
}

test('a segment with a new timestamp to its echo', async () => {
  const { internet, local } = await run([up(0, 1), up(1, 2), down(30, 50, 2, PURE_ACK)]);
  assertOne(internet, 30);
  assert.equal(internet.state, RESTING);
  assert.equal(local.total, 0);
});

test('a handshake tells of both sides', async () => {
  const { internet, local } = await run([
    up(0, 1, 0, { flags: FLAG.syn, payload: 0 }),
    down(40, 900, 1, { flags: FLAG.syn | FLAG.ack, payload: 0 }),
    up(7, 48, 900, PURE_ACK),
  ]);
  assertOne(internet, 40);
  assertOne(local, 7);
});

test('of many segments with one timestamp none but the first of the next one is a probe', async () => {
  const { internet } = await run([
    up(0, 5),
    up(3, 5),
    down(1, 9, 5),
    up(2, 5),
    down(20, 9, 5),
    up(1, 6),
    up(8, 6),
    down(10, 9, 6),
  ]);
  assertOne(internet, 18);
});

test('segments without payload are echoed late, and start nothing', async () => {
  const { internet, local } = await run([up(0, 1, 0, PURE_ACK), up(1, 2, 0, PURE_ACK), down(30, 50, 2), up(5, 3, 50)]);
  assert.equal(internet.total, 0);
  assert.equal(internet.state, WATCHING);
  assert.equal(local.total, 0);
});

test('a pure ACK moves the timestamp on, so that the payload behind it is no probe', async () => {
  const { internet } = await run([up(0, 1), up(1, 2, 0, PURE_ACK), up(1, 2), down(20, 9, 2)]);
  assert.equal(internet.total, 0);
  assert.equal(internet.state, WATCHING);
});

test('the echo of something newer ends a probe without a sample, and the next one comes at once', async () => {
  const lost = [up(0, 1), up(1, 2), up(1, 3), down(30, 50, 3)];
  const { internet } = await run(lost);
  assert.equal(internet.total, 0);
  const { internet: after } = await run([...lost, up(1, 33), up(1, 34), down(25, 60, 34)]);
  assertOne(after, 25);
});

test('an older echo, one of another flow, and one without ACK are none', async () => {
  const { internet } = await run([
    up(0, 1),
    up(1, 2),
    down(5, 50, 1),
    down(1, 50, 2, OTHER_FLOW),
    down(1, 50, 2, { flags: 0 }),
    down(13, 50, 2),
  ]);
  assertOne(internet, 20);
});

test('one flow at a time, and another one when it is silent for a second', async () => {
  const silent = await run([up(0, 1), up(900, 7, 0, OTHER_FLOW), up(1, 8, 0, OTHER_FLOW), down(30, 50, 8, OTHER_FLOW)]);
  assert.equal(silent.internet.total, 0);
  const replaced = await run([
    up(0, 1),
    up(1001, 7, 0, OTHER_FLOW),
    up(1, 8, 0, OTHER_FLOW),
    down(30, 50, 8, OTHER_FLOW),
  ]);
  assertOne(replaced.internet, 30);
});

test('after a sample it rests for 50 ms', async () => {
  const first = [up(0, 1), up(1, 2), down(30, 50, 2)];
  const early = await run([...first, up(48, 100), up(1, 101), down(30, 60, 101)]);
  assert.equal(early.internet.total, 1);
  // A tick of the lab's kernel is 10 ms, and the clock that this is read from as much behind.
  const late = await run([...first, up(61, 100), up(1, 101), down(30, 60, 101)]);
  assert.equal(late.internet.total, 2);
});

test('a probe without an echo is given up after 4 seconds', async () => {
  const lost = [up(0, 1), up(1, 2)];
  const waiting = await run([...lost, up(3900, 4000), up(1, 4001)]);
  assert.equal(waiting.internet.state, UNDER_WAY);
  const late = await run([...lost, down(4001, 50, 2)]);
  assert.equal(late.internet.total, 0);
  const again = await run([...lost, up(4001, 4100), up(1, 4101), down(12, 60, 4101)]);
  assertOne(again.internet, 12);
});

test('timestamps that wrap', async () => {
  const { internet } = await run([up(0, 0xffffffff), up(1, 0), down(11, 50, 0)]);
  assertOne(internet, 11);
});

test('every bucket, at its first and its last millisecond', async () => {
  const borders = [
    0, 1, 15, 16, 17, 31, 32, 33, 34, 63, 64, 67, 68, 127, 128, 255, 256, 511, 512, 1023, 1024, 1087, 1088, 2047, 2048,
    3999,
  ];
  const due = new Map<number, number>();
  const segments = borders.flatMap((ms, i) => {
    due.set(bucketOf(ms), (due.get(bucketOf(ms)) ?? 0) + 1);
    return [up(60, 10 * i + 1), up(1, 10 * i + 2), down(ms, 50, 10 * i + 2)];
  });
  const { internet } = await run(segments);
  assert.deepEqual(internet.buckets, Object.fromEntries([...due].map(([bucket, times]) => [String(bucket), times])));
  assert.equal(internet.samples, borders.length);
});

test('old samples fade: at 1024 all are halved', async () => {
  const trip = (i: number, ms: number) => [up(60, 10 * i + 1), up(1, 10 * i + 2), down(ms, 50, 10 * i + 2)];
  const segments = Array.from({ length: 1030 }, (_, i) => trip(i, i < 3 ? 100 : 5)).flat();
  const { internet } = await run(segments);
  assert.equal(internet.total, 1030);
  assert.deepEqual(internet.buckets, { [bucketOf(100)]: 1, 5: 510 + 6 });
  assert.equal(internet.samples, 1 + 510 + 6);
});
