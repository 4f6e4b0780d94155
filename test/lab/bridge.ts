/** What the scenarios of the bridge in BPF share. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as z from 'zod/mini';
import { type BootOptions, boot } from './boot.ts';
import type { LabRun } from './labrun.ts';
import { command, tcpSink, udpSink } from './results.ts';

const OBJECT = 'build/bpf/el/weir.bpf.o';

/** Boots a guest in which the package weir-bridge is installed. */
export function bootWithBridge({ script, files = {}, ...options }: BootOptions): Promise<LabRun> {
  return boot({
    ...options,
    script: `bridge_installed /run/lab/files/weir.bpf.o\n${script}`,
    files: { 'weir.bpf.o': readFileSync(OBJECT), ...files },
  });
}

/** A line `@bpf` of weir-bpf. */
export const step = z.union([
  z.strictObject({ step: z.string(), value: z.json() }),
  z.strictObject({ step: z.string(), error: z.string(), errno: z.nullable(z.string()), path: z.string() }),
]);

const counters = z.array(
  z.tuple([
    z.int(),
    z.strictObject({
      forwardedFrames: z.int(),
      forwardedBytes: z.int(),
      droppedFrames: z.tuple([z.int(), z.int(), z.int()]),
      passedFrames: z.tuple([z.int(), z.int(), z.int()]),
    }),
  ]),
);

export interface Counted {
  readonly forwarded: number;
  readonly tooBig: number;
  readonly noTarget: number;
  readonly control: number;
  readonly own: number;
  readonly noVlan: number;
}

/** What was counted on eth1 and eth2, at each step `counters`. The router's devices have the numbers 2 and 3. */
export function countedOn(run: LabRun): { eth1: Counted; eth2: Counted }[] {
  return stepsOf(run, 'counters', counters).map((entries) => {
    const of = (ifindex: number): Counted => {
      const found = entries.find(([key]) => key === ifindex)?.[1];
      const [tooBig = 0, noTarget = 0, noMemory = 0] = found?.droppedFrames ?? [];
      const [control = 0, own = 0, noVlan = 0] = found?.passedFrames ?? [];
      assert.equal(noMemory, 0);
      return { forwarded: found?.forwardedFrames ?? 0, tooBig, noTarget, control, own, noVlan };
    };
    return { eth1: of(2), eth2: of(3) };
  });
}

/** What the steps of that name gave, in order. */
function stepsOf<S extends z.ZodMiniType>(run: LabRun, name: string, schema: S): z.output<S>[] {
  return run.values('bpf', step).flatMap((one) => {
    if (one.step !== name) return [];
    assert.ok('value' in one, JSON.stringify(one));
    return [schema.parse(one.value)];
  });
}

/** Asserts that everything arrived in the one `exchange` of a run. */
export function assertExchanged(run: LabRun): void {
  for (const family of [4, 6]) {
    const pings = run.values(`icmp${family}`, z.string());
    assert.equal(pings.length, 2);
    for (const ping of pings) assert.match(ping, /5 packets transmitted, 5 packets received/);
    const sinks = run.values(`udp${family}`, udpSink);
    assert.equal(sinks.length, 2);
    for (const { received, missing, reordered, duplicates } of sinks) {
      assert.deepEqual(
        { received, missing, reordered, duplicates },
        { received: 200, missing: 0, reordered: 0, duplicates: 0 },
      );
    }
    // The hosts send at 50 Mbit/s, and begin slowly.
    for (const { flows, goodput_bit_per_s } of run.values(`tcp${family}`, tcpSink)) {
      assert.equal(flows, 2);
      assert.ok(goodput_bit_per_s > 20e6, `IPv${family}: ${goodput_bit_per_s} bit/s`);
    }
  }
}

/** How many packets of `numbered` arrived, up and down. */
export function arrived(run: LabRun, key: string): [number, number] {
  const [up, down] = ['up', 'down'].map((direction) => {
    const { received, reordered, duplicates } = run.value(`${key}_${direction}`, udpSink);
    assert.deepEqual([reordered, duplicates], [0, 0]);
    return received;
  });
  return [up ?? 0, down ?? 0];
}

/** The results of `weir` with that command, in order; all went well. */
export function outputsOf(run: LabRun, name: string): string[] {
  return run.values('weir', command).flatMap(({ args, exit, stdout, stderr }) => {
    if (args[0] !== name) return [];
    assert.equal(exit, 0, `weir ${args.join(' ')}: ${stdout}${stderr}`);
    return [stdout];
  });
}

const LOCAL_ADMINISTERED = '020000000';
/** Of frames that a scenario makes: nothing else in the lab has such addresses. */
export const SOURCE = `${LOCAL_ADMINISTERED}0aa`;
export const STATION = `${LOCAL_ADMINISTERED}0bb`;

/** Frames as hexadecimal digits, one of each kind that a bridge must leave as it is; `tag` is put in front of each. */
export function frames(tag = ''): string[] {
  const from = (to: string, rest: string): string => to + SOURCE + tag + rest;
  const ipv4 = '0800450000240001400040111a9a0a0000020a00000103e803e900100000';
  return [
    // With a tag the kernel takes none that is shorter (net/core/skbuff.c: skb_vlan_untag).
    from(STATION, '88b50001'),
    from(STATION, `88b5${'a5'.repeat(46)}`),
    from(STATION, `88b5${'5a'.repeat(1500)}`),
    from('ffffffffffff', `0806000108000604000102000000aaaa0a0000020000000000000a000001${'00'.repeat(18)}`),
    from('01005e0000fb', `${ipv4}${'11'.repeat(20)}`),
    from('3333000000fb', `86dd6000000000083aff${'fe80'.padEnd(32, '0')}${'ff02'.padEnd(32, '0')}8000000000010001`),
    from(STATION, ipv4.slice(0, 24)),
    from(STATION, `${ipv4}${'22'.repeat(8)}`),
    from(STATION, `88640000${'1100'}0001002200214500${'33'.repeat(40)}`),
    from(STATION, `884700001140${'44'.repeat(60)}`),
    from(STATION, `0026424203000002${'55'.repeat(40)}`),
    from(STATION, `86dd600000000008${'00'}40${'fd'.padEnd(32, '0')}${'fe'.padEnd(32, '0')}1100`),
    from(STATION, `8100a00708004500${'66'.repeat(60)}`),
    from(STATION, `88a8e00981002003${'88b5'}${'77'.repeat(60)}`),
  ];
}

const SHOWN_DIGITS = 80;

/** Asserts that of the frames that a scenario made, those arrived at a `frames-sink`, in that order. */
export function assertFrames(run: LabRun, key: string, expected: readonly string[]): void {
  const arrived = run.value(key, z.array(z.string())).filter((frame) => frame.slice(12, 24) === SOURCE);
  const at = expected.findIndex((frame, i) => frame !== arrived[i]);
  const [is, should] = [arrived[at], expected[at]].map((frame) => frame?.slice(0, SHOWN_DIGITS) ?? 'none');
  assert.ok(at === -1, `${key}: frame ${at} of ${expected.length} is ${is} and should be ${should}`);
  assert.equal(arrived.length, expected.length, key);
}
