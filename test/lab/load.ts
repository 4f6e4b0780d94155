/**
 * Many clients of the bus in one process, for scenarios; not part of the product.
 *
 *   weir-load READY CLIENTS SECONDS EVERY_MS   each calls `stats` of object `weir` every so often, at a moment of its own
 *
 * Makes the file READY when all are connected, and begins a second after. Prints a line of JSON: calls and what became of them, latencies, and how often counters were less than before in their series.
 */

import { Loop } from '../../src/host/loop.ts';
import { host } from '../../src/host/native.ts';
import { encodeUtf8 } from '../../src/lib/utf8.ts';
import { UbusClient } from '../../src/net/ubus_client.ts';
import { type BlobRecord, type BlobValue, decodeRecord, encodeRecord, isBlobRecord } from '../../src/wire/blobmsg.ts';
import { UBUS_STATUS } from '../../src/wire/ubus.ts';

const TIMEOUT_MS = 30_000;
const COUNTERS = ['sentBytes', 'sentPackets', 'droppedPackets', 'ecnMarkedPackets'] as const;

const [, readyPath = ''] = host.args;
const [clients = 0, seconds = 0, everyMs = 0] = host.args.slice(2).map(Number);
const loop = new Loop(host, (error) => {
  throw error;
});
const latenciesMs: number[] = [];
let connected = 0;
let calls = 0;
let failed = 0;
let empty = 0;
let backwards = 0;
let directions = 0;
let endMs = Number.POSITIVE_INFINITY;

function listIn(value: BlobValue | undefined): readonly BlobValue[] {
  return Array.isArray(value) ? value : [];
}

const START_MS = 1000;
const CONNECT_EVERY_MS = 10;

function allConnected(): void {
  const { O_WRONLY, O_CREAT } = host.constants;
  host.close(host.open(readyPath, O_WRONLY | O_CREAT, 0o644));
  endMs = host.monotonicMs() + START_MS + seconds * 1000;
  callers.forEach((caller, i) => {
    loop.after(START_MS + (i * everyMs) / clients, () => caller.call());
  });
}

/** What one client knows of a direction: its series, then its counters and those of its tins. */
type Known = Map<string, readonly number[]>;

function countersOf(direction: BlobRecord): number[] {
  const rows = [direction, ...listIn(direction.tins)];
  return [
    Number(direction.series),
    ...rows.flatMap((row) => (isBlobRecord(row) ? COUNTERS.map((name) => Number(row[name])) : [])),
  ];
}

function check(known: Known, answer: BlobRecord): void {
  for (const shaper of listIn(answer.shapers)) {
    if (!isBlobRecord(shaper)) continue;
    for (const name of ['download', 'upload']) {
      const direction = shaper[name];
      if (!isBlobRecord(direction)) continue;
      directions++;
      const key = `${shaper.name} ${name}`;
      const now = countersOf(direction);
      const before = known.get(key) ?? [];
      const isSameSeries = before[0] === now[0];
      const isLess = isSameSeries
        ? now.some((count, i) => !(count >= (before[i] ?? 0)))
        : !((now[0] ?? 0) > (before[0] ?? 0));
      if (isLess) backwards++;
      known.set(key, now);
    }
  }
}

class Caller {
  private client: UbusClient | undefined;
  private readonly known: Known = new Map();
  private id = 0;

  connect(): void {
    const client = new UbusClient(host, loop, {
      onUp: () =>
        client.lookup(
          'weir',
          ({ id }) => {
            this.id = id;
          },
          () => {
            if (++connected === clients) allConnected();
          },
          TIMEOUT_MS,
        ),
      onDown: (reason) => {
        throw new Error(`the connection is lost: ${reason}`);
      },
    });
    this.client = client;
  }

  call(): void {
    const beganMs = host.monotonicMs();
    if (beganMs >= endMs) {
      this.client?.close();
      if (--connected === 0) report();
      return;
    }
    calls++;
    let answers = 0;
    this.client?.invoke(this.id, 'stats', encodeRecord({}), TIMEOUT_MS, {
      onData: ({ data }) => {
        answers++;
        if (data !== undefined) check(this.known, decodeRecord(data));
      },
      onDone: (status) => {
        const nowMs = host.monotonicMs();
        latenciesMs.push(nowMs - beganMs);
        if (status !== UBUS_STATUS.OK) failed++;
        if (answers !== 1) empty++;
        loop.after(Math.max(beganMs + everyMs - nowMs, 0), () => this.call());
      },
    });
  }
}

function report(): void {
  latenciesMs.sort((a, b) => a - b);
  const part = (share: number): number => latenciesMs[Math.floor(share * (latenciesMs.length - 1))] ?? 0;
  const [p50Ms, p99Ms, maxMs] = [part(0.5), part(0.99), part(1)];
  const result = { calls, answered: latenciesMs.length, failed, empty, backwards, directions, p50Ms, p99Ms, maxMs };
  const line = encodeUtf8(`${JSON.stringify(result)}\n`);
  host.write(1, line, 0, line.length);
  loop.stop();
}

const callers = Array.from({ length: clients }, () => new Caller());
// One after the other, so that none finds the queue of the socket full and tries again later.
callers.forEach((caller, i) => {
  loop.after(i * CONNECT_EVERY_MS, () => caller.connect());
});
host.run(() => loop.turn());
