import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CakeNumbers, cakeMessage, eachView } from '../../test/cake_dump.ts';
import { HISTORY_RINGS, History, type ShaperHistory } from './history.ts';
import { HistoryRing, NOTHING, pack, unpack } from './history_ring.ts';
import { Sampler } from './sampler.ts';

const UPLOAD = { upload: { device: 'eth1', ifindex: 7 } };

/** Readings of one upload, by hand. */
class Watch {
  readonly history = new History();
  readonly sampler = new Sampler(true);
  /** What the kernel's counters stand at. */
  bytes = 0;
  drops = 0;
  marks = 0;
  packets = 0;

  constructor(names: readonly string[] = ['wan']) {
    const directions = names.length === 1 ? UPLOAD : { ...UPLOAD, download: { device: 'ifb-eth1', ifindex: 8 } };
    this.sampler.setPlaces(names.map((name) => ({ name, device: 'eth1', directions })));
  }

  read(atMs: number, more: Partial<CakeNumbers> & { peakUs?: number; averageUs?: number } = {}): void {
    const { bytes, drops, marks, packets } = this;
    const tin = { bytes, drops, marks, packets, peakUs: more.peakUs ?? 0, averageUs: more.averageUs ?? 0 };
    const numbers = { mode: 'besteffort', bytes, packets, tins: [tin], ...more } as const;
    this.dump(atMs, [numbers]);
  }

  dump(atMs: number, dump: readonly CakeNumbers[]): void {
    this.sampler.begin();
    eachView(
      dump.map((numbers) => cakeMessage(numbers)),
      (view) => this.sampler.visit(view),
    );
    this.sampler.end(atMs);
    this.history.record(this.sampler.shapers);
  }

  of(resolutionS: number, nowMs: number, most?: number): ShaperHistory {
    const found = this.history.of('wan', resolutionS, nowMs, most);
    assert.ok(found !== undefined);
    return found;
  }
}

const START_MS = 600_000;
const sum = (numbers: readonly (number | null)[] = []): number => numbers.reduce((all: number, n) => all + (n ?? 0), 0);

test('each second has its rate, drops, marks, backlog and delays, the oldest first', () => {
  const watch = new Watch();
  watch.read(START_MS);
  for (let s = 1; s <= 3; s++) {
    watch.bytes += s * 125;
    watch.packets += 1;
    watch.drops += s;
    watch.marks += 2 * s;
    watch.read(START_MS + s * 1000, { backlog: s * 10, peakUs: s * 100, averageUs: s * 50 });
  }
  assert.deepEqual(watch.of(1, START_MS + 3400), {
    name: 'wan',
    resolutionS: 1,
    lastBeganMsAgo: 1400,
    lastSlot: START_MS / 1000 + 2,
    slots: 3,
    download: null,
    upload: {
      rateBitPerS: [1000, 2000, 3000],
      droppedPackets: [1, 2, 3],
      ecnMarkedPackets: [2, 4, 6],
      backlogBytes: [10, 20, 30],
      peakDelayUs: [100, 200, 300],
      averageDelayUs: [50, 100, 150],
      tins: [{ name: 'Tin 0', rateBitPerS: [1000, 2000, 3000] }],
    },
  });
});

test('10 s and 1 min are the sums and maxima of the seconds that have ended, exactly', () => {
  const watch = new Watch();
  watch.read(START_MS);
  let seed = 1;
  const random = (below: number): number => {
    seed = (seed * 48_271) % 0x7fff_ffff;
    return seed % below;
  };
  // A minute more, for the last minute's seconds and tens to be added to it.
  for (let s = 1; s <= 300; s++) {
    // Multiples of 15 bytes make whole bit/s over 60 s too.
    watch.bytes += random(1e9) * 15;
    watch.packets += 1 + random(1000);
    watch.drops += random(50);
    watch.marks += random(50);
    watch.read(START_MS + s * 1000, { backlog: random(1e6), peakUs: random(1e6), averageUs: random(1000) });
  }
  const end = START_MS + 300_000;
  const [seconds, tens, minutes] = HISTORY_RINGS.map((ring) => watch.of(ring.seconds, end).upload);
  assert.ok(seconds !== null && seconds !== undefined);
  assert.deepEqual(
    [seconds, tens, minutes].map((of) => of?.rateBitPerS.length),
    [300, 30, 5],
  );
  for (const [coarse, length] of [
    [tens, 10],
    [minutes, 60],
  ] as const) {
    const whole = (coarse?.rateBitPerS ?? []).slice(0, 240 / length);
    assert.equal(sum(whole) * length, sum(seconds.rateBitPerS.slice(0, 240)));
    whole.forEach((rate, i) => {
      const part = (numbers: readonly (number | null)[]): (number | null)[] =>
        numbers.slice(i * length, (i + 1) * length);
      const max = (numbers: readonly (number | null)[]): number => Math.max(...part(numbers).map((n) => n ?? 0));
      assert.equal((rate ?? 0) * length, sum(part(seconds.rateBitPerS)));
      assert.equal(coarse?.droppedPackets[i], sum(part(seconds.droppedPackets)));
      assert.equal(coarse?.ecnMarkedPackets[i], sum(part(seconds.ecnMarkedPackets)));
      assert.equal(coarse?.backlogBytes[i], max(seconds.backlogBytes));
      assert.equal(coarse?.peakDelayUs[i], max(seconds.peakDelayUs));
    });
  }
});

test('a mean delay is over packets, however the readings fell', () => {
  const watch = new Watch();
  watch.read(START_MS);
  watch.packets += 90;
  watch.read(START_MS + 1000, { averageUs: 100 });
  watch.packets += 10;
  watch.read(START_MS + 2000, { averageUs: 1100 });
  watch.read(START_MS + 3000);
  assert.deepEqual(watch.of(10, START_MS + 3000).upload?.averageDelayUs, [200]);
});

test('what was not read is a gap, and a delay while nothing was sent none', () => {
  const watch = new Watch();
  watch.read(START_MS);
  watch.read(START_MS + 1000);
  // Nothing for 30 s, then the qdisc is gone, then another one is there.
  watch.bytes = 3_000_000;
  watch.read(START_MS + 31_000);
  watch.dump(START_MS + 32_000, []);
  watch.bytes = 1000;
  watch.read(START_MS + 33_000);
  watch.bytes = 126_000;
  watch.read(START_MS + 34_000);
  const { upload, slots } = watch.of(1, START_MS + 34_000);
  assert.equal(slots, 34);
  const known = upload?.rateBitPerS.flatMap((rate, i) => (rate === null ? [] : [[i, rate]]));
  assert.deepEqual(known, [
    [0, 0],
    [33, 1_000_000],
  ]);
  assert.ok(upload?.peakDelayUs.every((delay) => delay === null));
  watch.read(START_MS + 35_000);
  assert.deepEqual(watch.of(10, START_MS + 35_000).upload?.rateBitPerS, [0, null, null, 1_000_000]);
  // And nothing for ten minutes more.
  assert.ok(watch.of(1, START_MS + 634_000).upload?.rateBitPerS.every((rate) => rate === null));
});

test('readings that come early or late leave no gaps and change no rate', () => {
  const watch = new Watch();
  let atMs = START_MS;
  watch.read(atMs);
  for (let s = 1; s <= 20; s++) {
    const next = START_MS + s * 1000 + ([-300, 0, 400, 120][s % 4] ?? 0);
    watch.bytes += (next - atMs) * 125;
    atMs = next;
    watch.read(atMs);
    // Somebody asks in between.
    if (s % 5 === 0) watch.read(atMs);
  }
  const rates = watch.of(1, atMs).upload?.rateBitPerS ?? [];
  assert.ok(rates.length >= 19);
  for (const rate of rates) assert.equal(rate, 1_000_000);
});

test('the rings go round: as much is kept as they hold, and no more', () => {
  const watch = new Watch();
  const end = START_MS + 400_000;
  watch.read(START_MS);
  for (let s = 1; s <= 400; s++) {
    watch.bytes += 125 * s;
    watch.read(START_MS + s * 1000);
  }
  const seconds = watch.of(1, end).upload?.rateBitPerS ?? [];
  assert.deepEqual([seconds.length, seconds[0], seconds.at(-1)], [300, 101_000, 400_000]);
  assert.equal(watch.of(10, end).slots, 40);
  assert.deepEqual(watch.of(1, end, 2).upload?.rateBitPerS, [399_000, 400_000]);
});

test('with other tins the rates of the old ones are unknown, and all else stays', () => {
  const watch = new Watch();
  watch.read(START_MS);
  watch.bytes += 125;
  watch.read(START_MS + 1000);
  const four = (bytes: number): CakeNumbers => ({ bytes, packets: 0, tins: [{}, { bytes }, {}, {}] });
  watch.dump(START_MS + 2000, [four(250)]);
  watch.dump(START_MS + 3000, [four(500)]);
  const { upload } = watch.of(1, START_MS + 3000);
  assert.deepEqual(upload?.rateBitPerS, [1000, 1000, 2000]);
  assert.deepEqual(
    upload?.tins.map(({ name, rateBitPerS }) => [name, ...rateBitPerS]),
    [
      ['Bulk', null, 0, 0],
      ['Best Effort', null, 0, 2000],
      ['Video', null, 0, 0],
      ['Voice', null, 0, 0],
    ],
  );
});

test('two shapers with four tins take at most 256 kB, and a shaper that is gone none', () => {
  const watch = new Watch(['wan', 'lte']);
  const places = ['wan', 'lte'].map((name, i) => ({
    name,
    device: name,
    directions: {
      upload: { device: name, ifindex: 7 + 2 * i },
      download: { device: `ifb-${name}`, ifindex: 8 + 2 * i },
    },
  }));
  watch.sampler.setPlaces(places);
  watch.dump(
    START_MS,
    [7, 8, 9, 10].map((ifindex) => ({ ifindex, tins: [{}, {}, {}, {}] })),
  );
  assert.ok(watch.history.bytes > 200_000 && watch.history.bytes <= 256_000, `${watch.history.bytes} bytes`);
  watch.sampler.setPlaces(places.slice(1));
  watch.history.record(watch.sampler.shapers);
  assert.ok(watch.history.of('wan', 1, START_MS) !== undefined);
  watch.history.keep(['lte']);
  assert.equal(watch.history.of('wan', 1, START_MS), undefined);
  assert.equal(watch.history.bytes, 2 * 27 * 2100);
  assert.equal(watch.history.of('lte', 2, START_MS), undefined);
});

test('a day goes by, and the minutes of the day before are gone', () => {
  const ring = new HistoryRing(60, 1440, 1, undefined);
  for (let minute = 0; minute < 1500; minute++) {
    const bytes = 7_500 * minute;
    ring.add(minute * 60_000, { ...NOTHING, watchedMs: 60_000, sentBytes: bytes }, new Float64Array([bytes]));
  }
  assert.deepEqual([ring.oldest(), ring.newest], [60, 1499]);
  const expected = Array.from({ length: 1440 }, (_, i) => 1000 * (60 + i));
  assert.deepEqual(ring.history(60, 1499, []).rateBitPerS, expected);
  assert.deepEqual(ring.history(58, 61, []).rateBitPerS, [null, null, 60_000, 61_000]);
  ring.history(60, 1499, ['Tin 0']).tins[0]?.rateBitPerS.forEach((rate, i) => {
    assert.ok(Math.abs((rate ?? 0) / (expected[i] ?? 0) - 1) <= 1 / 4096);
  });
});

test('packed numbers keep their order, are exact below 4096 and near above', () => {
  let last = -1;
  for (let value = 0; value < 4e12; value = Math.ceil(value * 1.001 + 0.5)) {
    const code = pack(value);
    assert.ok(code >= last && code < 0xffff);
    last = code;
    const back = unpack(code) ?? Number.NaN;
    assert.ok(value < 4096 ? back === value : Math.abs(back - value) <= value / 4096, `${value} ${back}`);
    assert.equal(pack(back), code);
  }
  assert.equal(unpack(0xffff), null);
  assert.ok(pack(1e30) < 0xffff);
});
