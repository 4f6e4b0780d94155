/** Options that no kernel or device of the lab takes, and what weir says of them; and kinds without options. */
import type { Refusal } from './option_case.ts';

const QUEUES = { num_tc: '2', queues: '1@0 1@1' };

const HARDWARE = { ...QUEUES, hw: '1', mode: 'channel', shaper: 'bw_rlimit' };
/** Linux 6.1 gives no reason. */
const NO_HARDWARE = /> mqprio: add: Invalid argument \(EINVAL\)(: Device does not support hardware offload)?;/;

export const REFUSALS: readonly Refusal[] = [
  { kind: 'fq', options: { offload_horizon: '10ms' }, message: /sch_fq: invalid offload_horizon/, only: 7 },
  // An older kernel passes over an attribute, which is seen when it is read back.
  { kind: 'fq', options: { offload_horizon: '10ms' }, message: /offloadHorizonUs should be 10000 and is 0/, only: 6 },
  {
    kind: 'fq',
    options: { priomap: '0 0 0 0 0 0 0 0 1 1 1 1 2 2 2 2' },
    message: /priomap should be 0 0 0 0 0 0 0 0 1 1 1 1 2 2 2 2 and is 1 2 2 2 1 2 0 0 1 1 1 1 1 1 1 1/,
    only: 6,
  },
  {
    kind: 'fq',
    options: { weights: '100000 200000 300000' },
    message: /weights should be 100000 200000 300000 and is 589824 196608 65536/,
    only: 6,
  },
  { kind: 'netem', options: { seed: '1' }, message: /seed should be 1 and is undefined/, only: 6 },
  { kind: 'cake_mq', options: {}, message: /> cake_mq: add: .*Specified qdisc kind is unknown/, only: 6 },
  // These want a card that shapes.
  { kind: 'htb', options: { offload: '1' }, message: /> htb: add: .*hw-tc-offload ethtool feature flag must be on/ },
  { kind: 'mqprio', options: { ...QUEUES, hw: '1' }, message: NO_HARDWARE },
  { kind: 'mqprio', options: { ...QUEUES, hw: '1', mode: 'channel' }, message: NO_HARDWARE },
  { kind: 'mqprio', options: { ...HARDWARE, min_rate: '1mbit 2mbit' }, message: NO_HARDWARE },
  { kind: 'mqprio', options: { ...HARDWARE, max_rate: '1mbit 2mbit' }, message: NO_HARDWARE },
  { kind: 'mqprio', options: { ...QUEUES, mode: 'channel' }, message: /qdisc 'r': mode and shaper need hw/ },
  {
    kind: 'mqprio',
    options: { ...QUEUES, min_rate: '1mbit 2mbit' },
    message: /qdisc 'r': rates need the shaper bw_rlimit/,
  },
  { kind: 'noop', options: {}, message: /qdisc 'r': the kernel lets nobody make a noop/ },
];

/** By where they stand. */
export const PLAIN_KINDS: Readonly<Record<string, 'root' | 'ingress'>> = {
  pfifo_fast: 'root',
  noqueue: 'root',
  mq: 'root',
  drr: 'root',
  qfq: 'root',
  ingress: 'ingress',
  clsact: 'ingress',
};
