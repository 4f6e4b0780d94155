/**
 * The chains of actions against RFC 4115 as its section 4 has it, on random packets. What the kernel does with an action is written down
 * here a second time (net/sched/act_police.c, act_api.c); the lab compares with the kernel itself.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ActionNode, FilterNode } from './nodes.ts';
import type { MeterValues, QosConfig, QueueConfig } from './open_vswitch.ts';
import { type Colour, chainsOf, meterNodes } from './open_vswitch_meter.ts';
import { type PacketCounters, type QosCounters, type QosStatus, qosStatus } from './open_vswitch_status.ts';

const ZERO: PacketCounters = { packets: 0, bytes: 0 };
const PORT: Required<MeterValues> = { cir: 10_000, cbs: 4000, eir: 5000, ebs: 3000 };
const QUEUES: readonly MeterValues[] = [
  { cir: 6000, cbs: 3000, eir: 4000, ebs: 2000 },
  { cir: 8000, cbs: 2000 },
  { eir: 9000, ebs: 2500 },
  {},
];

function qosOf(port: MeterValues, queues: readonly MeterValues[], type: 'trtcm-policer' | 'egress-policer'): QosConfig {
  const common = { section: 'wan', where: '', values: {}, htbPriority: 0, externalIds: {} };
  return {
    name: 'wan',
    where: '',
    type,
    devices: ['eth1'],
    values: port,
    queues: queues.map((meter, id): QueueConfig => ({ ...common, id, meter })),
    externalIds: {},
  };
}

/** A bucket of RFC 4115, which begins full. */
class Bucket {
  private tokens: number;
  private at = 0;

  constructor(
    private readonly rateBytePerS: number,
    private readonly sizeBytes: number,
  ) {
    this.tokens = sizeBytes;
  }

  take(bytes: number, nowS: number): boolean {
    this.tokens = Math.min(this.sizeBytes, this.tokens + (nowS - this.at) * this.rateBytePerS);
    this.at = nowS;
    if (this.tokens < bytes) return false;
    this.tokens -= bytes;
    return true;
  }
}

/** RFC 4115, 4: colour-blind where no colour is given. */
class TwoRateMeter {
  private readonly committed: Bucket;
  private readonly excess: Bucket;

  constructor({ cir = 0, cbs = 0, eir = 0, ebs = 0 }: MeterValues) {
    this.committed = new Bucket(cir, cir === 0 ? 0 : cbs);
    this.excess = new Bucket(eir, eir === 0 ? 0 : ebs);
  }

  colour(bytes: number, nowS: number, given: Colour = 'green'): Colour {
    if (given === 'green' && this.committed.take(bytes, nowS)) return 'green';
    return given !== 'red' && this.excess.take(bytes, nowS) ? 'yellow' : 'red';
  }
}

/** Carries out chains of filters that take every packet, as the kernel does. */
class Kernel {
  private readonly buckets = new Map<string, Bucket>();
  private readonly counters = new Map<string, PacketCounters>();

  constructor(private readonly chains: ReadonlyMap<number, FilterNode>) {}

  /** Whether the packet passes. */
  send(start: number, bytes: number, nowS: number): boolean {
    let chain = start;
    for (let i = 0; ; ) {
      const action = this.chains.get(chain)?.actions[i] ?? assert.fail(`no action ${i} in chain ${chain}`);
      const control = this.carryOut(action, `${chain} ${i}`, bytes, nowS);
      if (control === 'ok' || control === 'drop') return control === 'ok';
      const [, place, number] = /^(jump|goto chain|pipe) ?(\d*)$/.exec(control) ?? assert.fail(control);
      i = place === 'jump' ? Number(number) : place === 'pipe' ? i + 1 : 0;
      if (place === 'goto chain') chain = Number(number);
    }
  }

  countersOf(chain: number): PacketCounters[] | undefined {
    return this.chains.get(chain)?.actions.map((_, i) => this.counters.get(`${chain} ${i}`) ?? ZERO);
  }

  private carryOut(action: ActionNode, key: string, bytes: number, nowS: number): string {
    const { packets, bytes: sum } = this.counters.get(key) ?? ZERO;
    this.counters.set(key, { packets: packets + 1, bytes: sum + bytes });
    const { options } = action;
    if (action.kind === 'gact') return String(options.control);
    const bucket = this.buckets.get(key) ?? new Bucket(Number(options.rateBitPerS) / 8, Number(options.burstBytes));
    this.buckets.set(key, bucket);
    const fits = bytes <= Number(options.mtuBytes) && bucket.take(bytes, nowS);
    return String(fits ? options.conform : options.exceed);
  }
}

function kernelOf(qos: QosConfig): Kernel {
  const filters = meterNodes(qos, 'eth1', 'wan@eth1').filter((node) => node.node === 'filter');
  const everything = filters.filter(({ kind, options }) => kind === 'basic' && options.match === undefined);
  return new Kernel(new Map(everything.map((filter) => [filter.chain, filter])));
}

const NOTHING: QosCounters = {
  root: undefined,
  portRateBitPerS: undefined,
  queue: () => undefined,
  meter: () => undefined,
};

function statusOf(qos: QosConfig, kernel: Kernel): QosStatus {
  return qosStatus(qos, 'eth1', { ...NOTHING, meter: (chain) => kernel.countersOf(chain) });
}

/** Lehmer's generator, so that every run sees the same packets. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

class Colours {
  private readonly counts: Record<Colour, PacketCounters> = { green: ZERO, yellow: ZERO, red: ZERO };

  count(colour: Colour, bytes: number): void {
    const { packets, bytes: sum } = this.counts[colour];
    this.counts[colour] = { packets: packets + 1, bytes: sum + bytes };
  }

  /** Null for a colour that a meter never finds. */
  expected(...never: readonly Colour[]): object {
    return { ...this.counts, ...Object.fromEntries(never.map((colour) => [colour, null])) };
  }
}

test('two levels of two-rate meters find the colours of RFC 4115, and count them', () => {
  const qos = qosOf(PORT, QUEUES, 'trtcm-policer');
  const kernel = kernelOf(qos);
  const chains = chainsOf(qos.queues);
  const port = new TwoRateMeter(PORT);
  const queues = QUEUES.map((values) => ({ meter: new TwoRateMeter(values), colours: new Colours() }));
  const portColours = new Colours();
  const random = randomNumbers(4115);
  let nowS = 0;
  for (let i = 0; i < 20_000; i++) {
    nowS += random() * 0.1;
    const bytes = 28 + Math.floor(random() * 1473);
    const id = Math.floor(random() * queues.length);
    const { meter, colours } = queues[id] ?? assert.fail();
    const first = meter.colour(bytes, nowS);
    const last = port.colour(bytes, nowS, first);
    colours.count(first, bytes);
    portColours.count(last, bytes);
    assert.equal(kernel.send(chains.get(id) ?? assert.fail(), bytes, nowS), last !== 'red', `packet ${i}`);
  }
  const status = statusOf(qos, kernel);
  assert.deepEqual(status.colours, portColours.expected());
  const never: readonly (readonly Colour[])[] = [[], ['yellow'], ['green'], ['green', 'yellow']];
  assert.deepEqual(
    status.queues.map(({ colours }) => colours),
    queues.map(({ colours }, id) => colours.expected(...(never[id] ?? []))),
  );
  const { green, yellow, red } = status.colours ?? assert.fail();
  for (const one of [green, yellow, red]) assert.ok((one?.packets ?? 0) > 1000, 'each colour is there often');
});

test('an egress-policer is one bucket: green passes, red does not', () => {
  const rates = { cir: 7000, cbs: 3000, eir: 9, ebs: 9 };
  const qos = qosOf(rates, [], 'egress-policer');
  const kernel = kernelOf(qos);
  const bucket = new Bucket(rates.cir, rates.cbs);
  const colours = new Colours();
  const random = randomNumbers(1);
  let nowS = 0;
  for (let i = 0; i < 5000; i++) {
    nowS += random() * 0.2;
    const bytes = 28 + Math.floor(random() * 1473);
    const fits = bucket.take(bytes, nowS);
    colours.count(fits ? 'green' : 'red', bytes);
    assert.equal(kernel.send(0, bytes, nowS), fits);
  }
  assert.deepEqual(statusOf(qos, kernel).colours, colours.expected('yellow'));
});

test('what no queue takes is metered in queue 0', () => {
  const qos = qosOf(PORT, QUEUES, 'trtcm-policer');
  const kernel = kernelOf(qos);
  assert.ok(kernel.send(0, 100, 1));
  assert.deepEqual(statusOf(qos, kernel).queues[0]?.colours?.green, { packets: 1, bytes: 100 });
});

test('a chain is of a queue however many others there are, and within what a jump can name', () => {
  const chainOf = (ids: readonly number[], id: number): number => {
    const [queue = assert.fail()] = qosOf(PORT, [{}], 'trtcm-policer').queues;
    return chainsOf(ids.map((one) => ({ ...queue, id: one }))).get(id) ?? assert.fail();
  };
  assert.equal(chainOf([0, 1, 2, 3], 3), chainOf([0, 3], 3));
  const large = [0, 2 ** 28, 2 ** 31, 2 ** 32 - 1];
  const chains = large.map((id) => chainOf(large, id));
  assert.equal(new Set(chains).size, large.length);
  assert.ok(chains.every((chain) => chain > 2 && chain < 2 ** 28));
});

test('what is not there yet has no counters, and breaks nothing', () => {
  const qos = qosOf(PORT, QUEUES, 'trtcm-policer');
  const status = qosStatus(qos, 'eth1', NOTHING);
  assert.deepEqual([status.packets, status.colours, status.queues[0]?.colours], [null, null, null]);
  const cut = qosStatus(qos, 'eth1', { ...NOTHING, meter: () => [] });
  assert.deepEqual(cut.colours, { green: null, yellow: null, red: ZERO });
});
