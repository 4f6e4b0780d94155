/** Shell functions and schemas of the scenarios in which `weir daemon` is on the bus. */
import assert from 'node:assert/strict';
import * as z from 'zod/mini';
import type { LabRun } from './labrun.ts';
import { command } from './results.ts';

/** A router whose wan0 leads to a host, without IPv6 and so without packets that nobody asked for. */
export const CABLE = `
host router peer
for name in router peer; do on $name sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6'; done
plug_in() {
  ip link add wan0 netns router type veth peer name eth0 netns peer
  ip -n router -batch - <<<'link set wan0 up
address add 192.0.2.2/24 dev wan0'
  ip -n peer -batch - <<<'link set eth0 up
address add 192.0.2.1/24 dev eth0'
}
plug_in
settle router peer
`;

/**
 * `u` is the client, with its result as @ubus, and `call` calls the daemon; `as_nobody` does so as another user, once `for_others`
 * has made the programs readable for everybody.
 */
export const ON_THE_BUS = `
as=()
u() { emit ubus "$("\${as[@]}" traffic run -- weir ubus "$@" || true)"; }
call() { u -S call weir "$@"; }
as_nobody() { local as=(setpriv --reuid 65534 --regid 65534 --clear-groups); "$@"; }
for_others() {
  mkdir -p /tmp/bin
  cp /run/lab/bin/weir /run/lab/bin/weir.trees /run/lab/bin/weir.bridge /run/lab/bin/traffic /tmp/bin
  chmod -R a+rx /tmp/bin
  PATH=/tmp/bin:$PATH
}
on_bus() { command weir ubus list weir; }
daemon_start() {
  on router weir daemon >>/run/lab/out/daemon 2>&1 &
  job=$!
  wait_until 3000 on_bus
  read -r daemon _ </run/weir/lock
}
daemon_end() {
  kill -TERM $daemon
  wait $job
}
tc_says() { emit tc "$(tc -n router -s -j qdisc show)"; }
status_of() { emit $1 "$(awk "/^$2:/ {print \\$2}" /proc/$daemon/status)"; }
`;

export type Ran = z.infer<typeof command>;

/** The results of `u` and `call`. */
export function ubusRuns(run: LabRun): Ran[] {
  return run.values('ubus', command);
}

/** What a call answered, which must have gone well. */
export function answerOf<S extends z.ZodMiniType>(ran: Ran | undefined, schema: S): z.output<S> {
  assert.ok(ran !== undefined);
  assert.equal(ran.exit, 0, `${ran.args.join(' ')}: ${ran.stdout}${ran.stderr}`);
  return schema.parse(JSON.parse(ran.stdout));
}

const count = z.int().check(z.nonnegative());
const counters = {
  sentBytes: count,
  sentPackets: count,
  rateBitPerS: z.nullable(z.number()),
  droppedPackets: count,
  ecnMarkedPackets: count,
  acksDroppedPackets: count,
  wayIndirectHits: count,
  wayMisses: count,
  wayCollisions: count,
};
const tinStats = z.strictObject({
  ...counters,
  name: z.string(),
  active: z.boolean(),
  thresholdRateBitPerS: count,
  backlogBytes: count,
  peakDelayUs: count,
  averageDelayUs: count,
  baseDelayUs: count,
  sparseFlows: count,
  bulkFlows: count,
  unresponsiveFlows: count,
});
const directionStats = z.strictObject({
  ...counters,
  device: z.string(),
  kind: z.string(),
  queues: count,
  diffserv: z.string(),
  series: count,
  atMs: count,
  watchedMs: count,
  rateIntervalMs: count,
  backlogBytes: count,
  backlogPackets: count,
  memoryUsedBytes: count,
  memoryLimitBytes: count,
  capacityEstimateBitPerS: count,
  peakDelayUs: z.nullable(count),
  averageDelayUs: z.nullable(count),
  tins: z.array(tinStats),
});
/** The answer of `stats`, with every field that it has. */
export const statsAnswer = z.strictObject({
  shapers: z.array(
    z.strictObject({
      name: z.string(),
      device: z.string(),
      download: z.nullable(directionStats),
      upload: z.nullable(directionStats),
    }),
  ),
});

const directionStatus = z.looseObject({
  wantedRateBitPerS: count,
  rateBitPerS: z.nullable(count),
  kind: z.string(),
  qdiscDevice: z.string(),
  inForce: z.boolean(),
});
const shaperStatus = {
  name: z.string(),
  device: z.nullable(z.string()),
  state: z.string(),
  reason: z.nullable(z.string()),
  download: z.nullable(directionStatus),
  upload: z.nullable(directionStatus),
};
/** What subscribers are told of a shaper whose state is another. */
export const stateNews = z.looseObject(shaperStatus);
/** The answer of `status`, and what `weir status --json` prints. */
export const statusAnswer = z.strictObject({
  version: z.string(),
  shapers: z.array(
    z.looseObject({
      ...shaperStatus,
      stateForS: z.nullable(count),
      set: z.array(z.strictObject({ option: z.string(), value: z.string(), forS: z.nullable(count) })),
    }),
  ),
  bridge: z.nullable(z.unknown()),
  tuning: z.array(z.unknown()),
  trees: z.array(z.unknown()),
  qos: z.array(z.unknown()),
  conflicts: z.array(z.unknown()),
  issues: z.array(z.unknown()),
});

/** The answer of what changes something. */
export const outcome = z.strictObject({ ok: z.boolean(), issues: z.array(z.string()) });

/** A qdisc as tc shows it; rates are in bytes per second, and `rtt` in µs. */
export const tcQdisc = z.looseObject({
  dev: z.string(),
  kind: z.string(),
  bytes: z.int(),
  packets: z.int(),
  drops: z.int(),
  backlog: z.int(),
  qlen: z.int(),
  options: z.looseObject({
    bandwidth: z.optional(z.union([z.number(), z.string()])),
    diffserv: z.optional(z.string()),
    flowmode: z.optional(z.string()),
    nat: z.optional(z.boolean()),
    wash: z.optional(z.boolean()),
    ingress: z.optional(z.boolean()),
    split_gso: z.optional(z.boolean()),
    rtt: z.optional(z.int()),
    overhead: z.optional(z.int()),
  }),
  memory_used: z.optional(z.int()),
  memory_limit: z.optional(z.int()),
  capacity_estimate: z.optional(z.int()),
  tins: z.optional(
    z.array(
      z.looseObject({
        threshold_rate: z.int(),
        sent_bytes: z.int(),
        backlog_bytes: z.int(),
        peak_delay_us: z.int(),
        avg_delay_us: z.int(),
        base_delay_us: z.int(),
        sent_packets: z.int(),
        way_indirect_hits: z.int(),
        way_misses: z.int(),
        way_collisions: z.int(),
        drops: z.int(),
        ecn_mark: z.int(),
        ack_drops: z.int(),
        sparse_flows: z.int(),
        bulk_flows: z.int(),
        unresponsive_flows: z.int(),
      }),
    ),
  ),
});
export type TcQdisc = z.infer<typeof tcQdisc>;

/** The CAKE of a device in one reading of tc's. */
export function cakeOn(qdiscs: readonly TcQdisc[], device: string): TcQdisc & { tins: NonNullable<TcQdisc['tins']> } {
  const [cake, ...others] = qdiscs.filter(({ dev, kind }) => dev === device && kind === 'cake');
  assert.ok(cake?.tins !== undefined && others.length === 0, `one CAKE on ${device}`);
  return { ...cake, tins: cake.tins };
}
