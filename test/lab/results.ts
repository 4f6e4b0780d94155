/** What the lab's tools print, as build/lab/traffic and the functions of test/lab/guest/guest.sh have it. */
import * as z from 'zod/mini';

const count = z.int().check(z.nonnegative());
const amount = z.number().check(z.nonnegative());

/** µs; null where not one packet came. */
export const delay = z.nullable(
  z.strictObject({
    min_us: z.number(),
    p50_us: z.number(),
    p95_us: z.number(),
    p99_us: z.number(),
    max_us: z.number(),
    mean_us: z.number(),
  }),
);

/** `udp-send` */
export const udpSend = z.strictObject({ sent: count, errors: count, lasted_ms: amount });

/** `udp-sink`. Rates are of the UDP payload, between the first and the last packet inside the window. */
export const udpSink = z.strictObject({
  received: count,
  missing: count,
  reordered: count,
  duplicates: count,
  max_gap_us: amount,
  packets_per_s: amount,
  payload_bit_per_s: amount,
  delay,
});

/** `ping` */
export const ping = z.strictObject({ sent: count, received: count, rtt: delay });

/** `tcp-send`. What the other side has acknowledged, and what had to be sent again. */
export const tcpSend = z.strictObject({
  flows: z.array(z.strictObject({ acked_bytes: count, retransmits: count, rtt_us: count })),
  acked_bytes: count,
  retransmits: count,
  acked_bit_per_s: amount,
});

/** `tcp-sink`. The goodput is what programs got to read inside the window. */
export const tcpSink = z.strictObject({
  flows: count,
  bytes: count,
  window_bytes: count,
  window_ms: amount,
  goodput_bit_per_s: amount,
});

/** `run`, and the shell function `weir`. `exit` is -1 where a signal ended it; times are the guest's. */
export const command = z.strictObject({
  args: z.array(z.string()),
  exit: z.int(),
  signal: count,
  timed_out: z.boolean(),
  lasted_ms: amount,
  max_rss_kb: count,
  stdout: z.string(),
  stderr: z.string(),
});
