/** The options of netem, tc-netem(8). */
import { change, key, type OptionTable, type Shown, unseen } from './option_case.ts';

const DELAY = { delay: '100ms' };
const LOSS = { loss: '1%' };
const SLOT = { slot: '1ms' };
const NORMAL_SLOT = { slot_jitter: '1ms' };
const RATE = { rate: '10mbit' };

// Times are in seconds and shares from 0 to 1 in the JSON of tc.
const delay = (delay: number, jitter: number, correlation: number): Shown => ({
  delay: { delay, jitter, correlation },
});
const rate = (rate: number, packetoverhead: number, cellsize: number, celloverhead: number): Shown => ({
  rate: { rate, packetoverhead, cellsize, celloverhead },
});
const slot = (shortest: number, longest: number, packets: number, bytes: number): Shown => ({
  slot: { 'min-delay': shortest, 'max-delay': longest, packets, bytes },
});
const normal = (distribution: number, jitter: number): Shown => ({
  slot: { distribution, jitter, packets: 0, bytes: 0 },
});

/** 1 % and 2 %. */
const shares = (name: string, share: string): readonly [Shown, Shown] =>
  key(name, { [share]: 0.01, correlation: 0 }, { [share]: 0.02, correlation: 0 });

/** 25 % and 50 %, of 1 %. */
const correlations = (name: string, share: string): readonly [Shown, Shown] =>
  key(name, { [share]: 0.01, correlation: 0.25 }, { [share]: 0.01, correlation: 0.5 });

const INNER: OptionTable = {
  kind: 'netem',
  of: 'qdisc',
  base: {},
  cases: [
    change('limit', ['500', '700'], key('limit', 500, 700)),
    change('delay', ['10ms', '20ms'], [delay(0.01, 0, 0), delay(0.02, 0, 0)]),
    change('jitter', ['10ms', '20ms'], [delay(0.1, 0.01, 0), delay(0.1, 0.02, 0)], { with: DELAY }),
    change('delay_correlation', ['25%', '50%'], [delay(0.1, 0.01, 0.25), delay(0.1, 0.01, 0.5)], {
      with: { ...DELAY, jitter: '10ms' },
    }),
    unseen('distribution', ['normal', 'uniform'], 'the kernel tells of no table', {
      with: { ...DELAY, jitter: '10ms' },
    }),
    change('loss', ['1%', '2%'], shares('loss-random', 'loss')),
    change('loss_correlation', ['25%', '50%'], correlations('loss-random', 'loss'), { with: LOSS }),
    change(
      'loss_state',
      ['1 10 70 0.1 0', '2 20 60 0.2 1'],
      key(
        'loss-state',
        { p13: 0.01, p31: 0.1, p32: 0.7, p23: 0.001, p14: 0 },
        { p13: 0.02, p31: 0.2, p32: 0.6, p23: 0.002, p14: 0.01 },
      ),
    ),
    change(
      'loss_gemodel',
      ['1 10 70 0.1', '2 20 60 0.2'],
      key('loss-gemodel', { p: 0.01, r: 0.1, '1-h': 0.7, '1-k': 0.001 }, { p: 0.02, r: 0.2, '1-h': 0.6, '1-k': 0.002 }),
    ),
    change('ecn', ['1', '0'], key('ecn', true, false), { with: LOSS }),
    change('corrupt', ['1%', '2%'], shares('corrupt', 'corrupt')),
    change('corrupt_correlation', ['25%', '50%'], correlations('corrupt', 'corrupt'), { with: { corrupt: '1%' } }),
    change('reorder', ['1%', '2%'], shares('reorder', 'reorder'), { with: DELAY }),
    change('reorder_correlation', ['25%', '50%'], correlations('reorder', 'reorder'), {
      with: { ...DELAY, reorder: '1%' },
    }),
    change('gap', ['3', '5'], key('gap', 3, 5), { with: { ...DELAY, reorder: '1%' } }),
    change('rate', ['10mbit', '20mbit'], [rate(1_250_000, 0, 0, 0), rate(2_500_000, 0, 0, 0)]),
    change('overhead', ['22', '-4'], [rate(1_250_000, 22, 0, 0), rate(1_250_000, -4, 0, 0)], { with: RATE }),
    change('cellsize', ['53', '48'], [rate(1_250_000, 0, 53, 0), rate(1_250_000, 0, 48, 0)], { with: RATE }),
    change('celloverhead', ['5', '-5'], [rate(1_250_000, 0, 53, 5), rate(1_250_000, 0, 53, -5)], {
      with: { ...RATE, cellsize: '53' },
    }),
    change('slot', ['2ms', '3ms'], [slot(0.002, 0.002, 0, 0), slot(0.003, 0.003, 0, 0)]),
    change('slot_max', ['2ms', '3ms'], [slot(0.001, 0.002, 0, 0), slot(0.001, 0.003, 0, 0)], { with: SLOT }),
    change('slot_delay', ['2ms', '3ms'], [normal(0.002, 0.001), normal(0.003, 0.001)], { with: NORMAL_SLOT }),
    change('slot_jitter', ['2ms', '3ms'], [normal(0, 0.002), normal(0, 0.003)]),
    change('slot_packets', ['10', '20'], [slot(0.001, 0.001, 10, 0), slot(0.001, 0.001, 20, 0)], { with: SLOT }),
    change('slot_bytes', ['10000', '20000'], [slot(0.001, 0.001, 0, 10_000), slot(0.001, 0.001, 0, 20_000)], {
      with: SLOT,
    }),
    change('seed', ['1', '12345678901'], 'the independent tc does not know it', { since: 7, stays: true }),
  ],
};

// Since Linux 6.16 no tree has another netem beside one that duplicates (check_netem_in_tree).
const DUPLICATING: OptionTable = {
  ...INNER,
  atRoot: true,
  cases: [
    change('duplicate', ['1%', '2%'], shares('duplicate', 'duplicate')),
    change('duplicate_correlation', ['25%', '50%'], correlations('duplicate', 'duplicate'), {
      with: { duplicate: '1%' },
    }),
  ],
};

export const NETEM: readonly OptionTable[] = [INNER, DUPLICATING];
