/**
 * Round trips as the bridge measures them in passing: smallest, median and 90th percentile of a host, to the internet side and to the
 * local one, in IPv4 and IPv6, are the delays of the lab within 2 ms or 5 %.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { bootWithBridge, outputsOf } from '../bridge.ts';

const trips = z.strictObject({ minMs: z.number(), p50Ms: z.number(), p90Ms: z.number(), samples: z.int() });
const measured = z.array(z.looseObject({ address: z.string(), internet: z.nullable(trips), local: z.nullable(trips) }));

const CASES = [
  { path: 'xdp', internetMs: 10, localMs: 50 },
  { path: 'tc', internetMs: 50, localMs: 200 },
  { path: 'xdp', internetMs: 200, localMs: 10 },
  { path: 'tc', internetMs: 10, localMs: 10 },
] as const;
/** Segments wait in the sender's own queue, before they are seen. In one direction at a time: else they would meet the echoes there. */
const MS = 3000;
const FEWEST_SAMPLES = 8;

for (const { path, internetMs, localMs } of CASES) {
  test(`${internetMs} ms to the internet and ${localMs} ms to the hosts, path ${path}`, async (t) => {
    const run = await bootWithBridge({
      script: `
topology_bridge rate=20mbit internet_ms=${internetMs} local_ms=${localMs}
seed_ports "path '${path}'"
weir start
send() {
  local port
  start "" $2 tcp-sink 5001 --for-ms ${MS + 6000}
  start "" $2 tcp-sink 5002 --for-ms ${MS + 6000}
  launch "" $1 tcp-send $3 5001 --for-ms ${MS}
  launch "" $1 tcp-send $4 5002 --for-ms ${MS}
  collect >/dev/null
}
send lan inet 10.0.0.1 fd00::1
send inet lan 10.0.0.2 fd00::2
weir pping
`,
    });
    const [text = ''] = outputsOf(run, 'pping');
    const hosts = measured.parse(JSON.parse(text));
    for (const address of ['10.0.0.2', 'fd00::2']) {
      const host = hosts.find((one) => one.address === address);
      for (const [side, delayMs] of [
        ['internet', internetMs],
        ['local', localMs],
      ] as const) {
        const found = host?.[side];
        assert.ok(found, `${address}, ${side}: ${text}`);
        const { minMs, p50Ms, p90Ms, samples } = found;
        const told = `${address} ${side} ${delayMs} ms: min ${minMs} p50 ${p50Ms} p90 ${p90Ms}, ${samples} samples`;
        t.diagnostic(told);
        for (const ms of [minMs, p50Ms, p90Ms]) assert.ok(Math.abs(ms - delayMs) <= Math.max(2, 0.05 * delayMs), told);
        assert.ok(samples >= FEWEST_SAMPLES, told);
      }
    }
  });
}
