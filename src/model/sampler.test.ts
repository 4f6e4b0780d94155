import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CakeNumbers, cakeMessage, eachView, type TinNumbers } from '../../test/cake_dump.ts';
import { payloadOf, readCaptures } from '../../test/captures.ts';
import { ShortReadError } from '../lib/bytes.ts';
import { placesOf, Sampler } from './sampler.ts';
import type { DirectionStats } from './stats.ts';

const PLACE = { name: 'wan', device: 'eth1', directions: { upload: { device: 'eth1', ifindex: 7 } } };

/** A sampler of one upload; `take` gives the statistics after one more dump. */
function watching(littleEndian = true): {
  sampler: Sampler;
  take: (atMs: number, dump: CakeNumbers[]) => DirectionStats | null;
} {
  const sampler = new Sampler(littleEndian);
  sampler.setPlaces([PLACE]);
  const take = (atMs: number, dump: CakeNumbers[]): DirectionStats | null => {
    sampler.begin();
    const messages = dump.map((numbers) => cakeMessage(numbers, littleEndian));
    eachView(messages, (view) => sampler.visit(view), littleEndian);
    sampler.end(atMs);
    return sampler.stats()[0]?.upload ?? null;
  };
  return { sampler, take };
}

/** A CAKE with one busy tin. */
const oneTin = (bytes: number, tin: TinNumbers = {}): CakeNumbers => ({
  mode: 'besteffort',
  bytes,
  packets: bytes / 1000,
  tins: [{ bytes, packets: bytes / 1000, ...tin }],
});

test('rates are over the time that went by, of the direction and of each tin', () => {
  const { take } = watching();
  const tins = (bulk: number, best: number): TinNumbers[] => [{ bytes: bulk, packets: 1 }, { bytes: best }, {}, {}];
  const first = take(1000, [{ bytes: 5000, packets: 5, tins: tins(1000, 4000) }]);
  assert.deepEqual([first?.rateBitPerS, first?.tins[0]?.rateBitPerS, first?.rateIntervalMs], [null, null, 0]);
  const second = take(3500, [{ bytes: 30_000, packets: 30, tins: tins(6000, 24_000) }]);
  assert.deepEqual([second?.rateBitPerS, second?.rateIntervalMs], [80_000, 2500]);
  assert.deepEqual(
    second?.tins.map(({ name, rateBitPerS }) => [name, rateBitPerS]),
    [
      ['Bulk', 16_000],
      ['Best Effort', 64_000],
      ['Video', 0],
      ['Voice', 0],
    ],
  );
});

test('many who ask within a moment get one rate, and no division by nothing', () => {
  const { take } = watching();
  take(0, [oneTin(0)]);
  assert.equal(take(1000, [oneTin(125_000)])?.rateBitPerS, 1_000_000);
  assert.equal(take(1000, [oneTin(125_000)])?.rateBitPerS, 1_000_000);
  const soon = take(1001, [oneTin(126_000)]);
  assert.deepEqual([soon?.rateBitPerS, soon?.sentBytes], [1_000_000, 126_000]);
  // Nothing was sent since, but while the rate was measured.
  const again = take(1002, [oneTin(126_000, { peakUs: 5000 })]);
  assert.deepEqual([again?.tins[0]?.active, again?.peakDelayUs], [true, 5000]);
  assert.equal(take(2000, [oneTin(250_000)])?.rateBitPerS, 1_000_000);
});

test('a device that was made anew begins a new series, never a negative rate', () => {
  const { sampler, take } = watching();
  take(-1000, []);
  assert.ok(!sampler.misses);
  take(0, [oneTin(9_000_000)]);
  assert.equal(take(1000, [oneTin(9_125_000)])?.series, 1);
  assert.equal(take(2000, []), null);
  assert.ok(sampler.misses);
  sampler.setPlaces([{ ...PLACE, directions: { upload: { device: 'eth1', ifindex: 9 } } }]);
  const anew = take(3000, [{ ...oneTin(2000), ifindex: 9 }]);
  assert.deepEqual([anew?.series, anew?.sentBytes, anew?.rateBitPerS, anew?.watchedMs], [2, 2000, null, 0]);
  assert.ok(!sampler.misses);
  assert.equal(take(4000, [{ ...oneTin(127_000), ifindex: 9 }])?.rateBitPerS, 1_000_000);
  // It was known to be gone for a while, and even moved to another device.
  sampler.setPlaces([]);
  sampler.setPlaces([]);
  sampler.setPlaces([{ ...PLACE, directions: { upload: { device: 'ppp0', ifindex: 10 } } }]);
  assert.equal(take(5000, [{ ...oneTin(1000), ifindex: 10 }])?.series, 3);
});

test('a qdisc that was made anew begins a new series, whatever gives it away', () => {
  const before = { ...oneTin(5_000_000, { drops: 100 }), memoryUsed: 5000 };
  const others: Record<string, CakeNumbers> = {
    'another handle': { ...before, handle: 0x7e010000 },
    'another kind': { ...oneTin(6_000_000), kind: 'cake_mq' },
    'fewer bytes': oneTin(1000),
    'fewer packets': { ...oneTin(6_000_000), packets: 1 },
    'fewer bytes in a tin': { ...before, bytes: 6_000_000, tins: [{ bytes: 10 }] },
    'fewer drops': { ...oneTin(6_000_000, { drops: 99 }), memoryUsed: 5000 },
    'less memory ever used': { ...oneTin(6_000_000, { drops: 100 }), memoryUsed: 4999 },
  };
  for (const [what, dump] of Object.entries(others)) {
    const { take } = watching();
    take(0, [before]);
    take(1000, [before]);
    const after = take(2000, [
      dump,
      ...(dump.kind === 'cake_mq' ? [{ ...dump, kind: 'cake', handle: 0, parent: 0x7e000001 }] : []),
    ]);
    assert.deepEqual([after?.series, after?.rateBitPerS], [2, null], what);
  }
  const { take } = watching();
  take(0, [before]);
  assert.equal(take(1000, [{ ...oneTin(6_000_000, { drops: 100 }), memoryUsed: 5000 }])?.series, 1);
});

test('counters of 32 bits go on when they wrap', () => {
  const { take } = watching();
  const at = (bytes: number, count: number): CakeNumbers => ({
    ...oneTin(bytes, { packets: count % 2 ** 32, drops: count % 2 ** 32, marks: (count + 5) % 2 ** 32 }),
    packets: count % 2 ** 32,
  });
  take(0, [at(1000, 2 ** 32 - 10)]);
  const stats = take(1000, [at(2000, 2 ** 32 + 20)]);
  assert.deepEqual([stats?.series, stats?.sentPackets, stats?.droppedPackets], [1, 2 ** 32 + 20, 2 ** 32 + 20]);
  assert.equal(stats?.tins[0]?.sentPackets, 2 ** 32 + 20);
  assert.equal(stats?.tins[0]?.ecnMarkedPackets, 2 ** 32 + 25);
});

test('beyond 2^53 bytes are rounded, but do not go back, and rates stay right', () => {
  const { take } = watching();
  const rates: (number | null | undefined)[] = [];
  let last = 0;
  for (let s = 0; s < 20; s++) {
    const stats = take(s * 1000, [oneTin(2 ** 53 - 5 * 125_000 + s * 125_001)]);
    assert.ok((stats?.sentBytes ?? 0) > last && stats?.series === 1);
    last = stats?.sentBytes ?? 0;
    rates.push(stats?.rateBitPerS);
  }
  for (const rate of rates.slice(1)) assert.ok(Math.abs((rate ?? 0) - 1_000_008) <= 16, String(rate));
});

test('with another mode the tins begin anew and the direction goes on', () => {
  const { take } = watching();
  const four = (drops: number, bytes: number): CakeNumbers => ({
    bytes,
    packets: 9,
    tins: [{ drops }, { drops: 3, bytes }, {}, {}],
  });
  take(0, [four(10, 1000)]);
  assert.equal(take(1000, [four(12, 2000)])?.droppedPackets, 15);
  const changed = take(2000, [{ mode: 'besteffort', bytes: 3000, packets: 9, tins: [{ drops: 3, bytes: 2500 }] }]);
  assert.deepEqual([changed?.series, changed?.droppedPackets, changed?.sentBytes], [1, 15, 3000]);
  assert.deepEqual(
    changed?.tins.map(({ name, droppedPackets, rateBitPerS }) => [name, droppedPackets, rateBitPerS]),
    [['Tin 0', 3, null]],
  );
  const later = take(3000, [{ mode: 'besteffort', bytes: 4000, packets: 9, tins: [{ drops: 7, bytes: 3500 }] }]);
  assert.deepEqual([later?.droppedPackets, later?.rateBitPerS, later?.tins[0]?.rateBitPerS], [19, 8000, 8000]);
});

test('the CAKEs below a cake_mq are added up, and those of others are not', () => {
  const { take } = watching();
  const queue = (n: number, tin: TinNumbers): CakeNumbers => ({
    ...oneTin(tin.bytes ?? 0, tin),
    handle: 0,
    parent: 0x7e010000 + n,
    backlog: 100,
    memoryUsed: 1000,
  });
  const dump = (...tins: TinNumbers[]): CakeNumbers[] => [
    { kind: 'cake_mq', mode: 'besteffort', handle: 0x7e010000, bytes: 123 },
    ...tins.map((tin, i) => queue(i + 1, tin)),
    { ...oneTin(77_000), handle: 0x10000, parent: 0x10001 },
    { ...oneTin(88_000), ifindex: 8, parent: 0x7e010009 },
  ];
  const busy = { peakUs: 9000, averageUs: 4000, baseUs: 500, unresponsive: -1 };
  const stale = { peakUs: 99_000, averageUs: 50_000, baseUs: 1 };
  take(0, dump({ bytes: 1000, drops: 2 ** 32 - 1, ...busy }, { bytes: 5000, ...stale }, {}));
  const stats = take(
    1000,
    dump(
      { bytes: 4000, drops: 1, ...busy, bulk: 2 },
      { bytes: 5000, ...stale },
      { bytes: 9000, peakUs: 100, averageUs: 100, baseUs: 50 },
    ),
  );
  assert.deepEqual([stats?.kind, stats?.queues, stats?.sentBytes, stats?.sentPackets], ['cake_mq', 3, 18_000, 18]);
  assert.deepEqual([stats?.rateBitPerS, stats?.backlogBytes, stats?.memoryUsedBytes], [96_000, 300, 3000]);
  assert.deepEqual([stats?.memoryLimitBytes, stats?.droppedPackets], [3 * 4_194_304, 2 ** 32 + 1]);
  const tin = stats?.tins[0];
  assert.deepEqual([tin?.active, tin?.bulkFlows, tin?.unresponsiveFlows], [true, 2, 0]);
  // Of the queues that sent: 3 packets with 4 ms and 9 with 0.1 ms.
  assert.deepEqual([tin?.peakDelayUs, tin?.averageDelayUs, tin?.baseDelayUs], [9000, 1075, 50]);
  assert.deepEqual([stats?.peakDelayUs, stats?.averageDelayUs], [9000, 1075]);
  const idle = take(2000, dump({ bytes: 4000, drops: 1, ...busy }, { bytes: 5000, ...stale }, { bytes: 9000 }));
  assert.deepEqual([idle?.tins[0]?.active, idle?.tins[0]?.peakDelayUs, idle?.peakDelayUs], [false, 99_000, null]);
});

test('a dump that starts anew counts once, and a foreign root not at all', () => {
  const { sampler, take } = watching();
  take(0, [oneTin(1000)]);
  sampler.begin();
  eachView([cakeMessage(oneTin(2000))], (view) => sampler.visit(view));
  assert.equal(take(1000, [oneTin(2000)])?.sentBytes, 2000);
  assert.equal(take(2000, [{ ...oneTin(3000), handle: 0x10000 }]), null);
});

test('both byte orders read the same', () => {
  const dump = { ...oneTin(5000, { peakUs: 77, unresponsive: -3 }), memoryUsed: 42 };
  const [little, big] = [true, false].map((littleEndian) => watching(littleEndian).take(5, [dump]));
  assert.deepEqual(little, big);
  assert.deepEqual([big?.tins[0]?.peakDelayUs, big?.memoryUsedBytes], [77, 42]);
});

test('a real cake_mq is read with all its queues', () => {
  let seen = 0;
  for (const capture of readCaptures('tc-cake_mq')) {
    for (const { kind, messages } of capture.records) {
      if (kind !== 'dump-stats') continue;
      const sampler = new Sampler(capture.littleEndian);
      const dump = messages.map((message) => payloadOf(capture, message));
      eachView(
        dump.slice(0, 1),
        ({ ifindex }) => sampler.setPlaces([{ ...PLACE, directions: { upload: { device: 'eth1', ifindex } } }]),
        capture.littleEndian,
      );
      sampler.begin();
      eachView(dump, (view) => sampler.visit(view), capture.littleEndian);
      sampler.end(0);
      const upload = sampler.stats('wan')[0]?.upload;
      assert.deepEqual([upload?.kind, upload?.queues, upload?.diffserv], ['cake_mq', 4, 'besteffort']);
      seen++;
    }
  }
  assert.ok(seen >= 2);
});

test('places are the directions whose devices exist', () => {
  const direction = {
    wantedRateBitPerS: 1,
    rateBitPerS: 1,
    kind: 'cake',
    link: [],
    kindReason: null,
    inForce: true,
    reason: null,
  };
  const status = {
    name: 'wan',
    device: 'eth1',
    state: 'shaping' as const,
    reason: null,
    download: { ...direction, qdiscDevice: 'ifb-eth1' },
    upload: { ...direction, qdiscDevice: 'eth1' },
    offloads: [],
    fixedFeatures: [],
  };
  const ifindexes: Record<string, number> = { eth1: 7 };
  const lookUp = (device: string): number | undefined => ifindexes[device];
  assert.deepEqual(placesOf([status, { ...status, name: 'gone', device: null }], lookUp), [PLACE]);
  assert.deepEqual(placesOf([{ ...status, upload: null }], lookUp), []);
});

/** Park and Miller's, so that a failure can be had again. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 0x7fff_ffff;
    return state % below;
  };
}

/** Every number in statistics, by its path. */
function numbersIn(value: unknown, path = ''): [string, number][] {
  if (typeof value === 'number') return [[path, value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => numbersIn(inner, `${path}.${key}`));
}

test('whatever the kernel tells, no number is negative and no counter goes back within its series', () => {
  const random = randomFrom(7);
  const { take } = watching();
  const modes = ['besteffort', 'diffserv3', 'diffserv4', 'diffserv8'] as const;
  let series = 0;
  let before = new Map<string, number>();
  let tins = '';
  for (let s = 0; s < 400; s++) {
    const u32 = (): number => (random(4) === 0 ? random(0x7fff_ffff) * 2 + 1 : random(1000));
    const mode = modes[random(20)] ?? 'diffserv4';
    const tin = (): TinNumbers => ({
      bytes: random(2 ** 20) * 2 ** random(30),
      packets: u32(),
      drops: u32(),
      marks: u32(),
      backlog: u32(),
      peakUs: u32(),
      averageUs: u32(),
      unresponsive: random(9) - 4,
    });
    const count = { besteffort: 1, diffserv3: 3, diffserv4: 4, diffserv8: 8 }[mode];
    const bytes = random(8) === 0 ? random(1000) : 1e9 * s + random(1e9);
    const some = { mode, bytes, packets: u32(), tins: Array.from({ length: count }, tin) };
    const stats = take(s * 500 + random(400), random(30) === 0 ? [] : [some]);
    const now = new Map(numbersIn(stats));
    for (const [path, value] of now) assert.ok(value >= 0 && Number.isFinite(value), `${path} is ${value}`);
    const sameTins = stats?.diffserv === tins;
    if (stats !== null && stats.series === series) {
      for (const [path, value] of now) {
        const counts =
          /\.(sent|dropped|ecnMarked|acksDropped|way)\w+$/.test(path) && (sameTins || !path.includes('.tins.'));
        if (counts) assert.ok(value >= (before.get(path) ?? 0), `${path} went from ${before.get(path)} to ${value}`);
      }
    }
    if (stats === null) continue;
    assert.ok(stats.series >= series);
    series = stats.series;
    tins = stats.diffserv;
    before = now;
  }
  assert.ok(series > 50 && series < 400, `${series} series`);
});

test('a damaged message does no more than spoil its own reading', () => {
  const random = randomFrom(11);
  const whole = cakeMessage({ bytes: 1000, packets: 10, tins: [{ bytes: 500 }, {}, {}, {}] });
  let refused = 0;
  for (let i = 0; i < 500; i++) {
    const { sampler, take } = watching();
    take(0, [oneTin(10)]);
    const damaged = whole.slice(0, random(4) === 0 ? random(whole.length) & ~3 : whole.length);
    for (let n = random(6); n >= 0 && damaged.length > 0; n--) damaged[random(damaged.length)] = random(256);
    sampler.begin();
    try {
      eachView([damaged], (view) => sampler.visit(view));
    } catch (error) {
      assert.ok(error instanceof ShortReadError);
      refused++;
    }
    sampler.end(1000);
    take(2000, [oneTin(2000)]);
    const stats = take(3000, [oneTin(3000)]);
    assert.deepEqual([stats?.sentBytes, stats?.rateBitPerS], [3000, 8000]);
  }
  assert.ok(refused > 50);
});
