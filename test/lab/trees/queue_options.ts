/** The options of qdiscs without classes. Times of codel are kept in 1024 ns, and rounded down to whole µs by the dump. */
import { change, key, type OptionTable, rebuild, STAYS, words } from './option_case.ts';

const qdisc = (kind: string, cases: OptionTable['cases'], base: OptionTable['base'] = {}): OptionTable => ({
  kind,
  of: 'qdisc',
  base,
  cases,
});

const CODEL = [
  change('target', ['10ms', '20ms'], key('target', 9999, 19999)),
  change('interval', ['50ms', '200ms'], key('interval', 49999, 199999)),
  change('ce_threshold', ['1ms', '2ms'], key('ce_threshold', 999, 1999)),
];

/** For what came later than iproute2 6.1. */
const UNKNOWN_TO_TC = 'the independent tc does not know it';

const PIE = [
  change('target', ['10ms', '20ms'], key('target', 10_000, 20_000)),
  change('tupdate', ['20ms', '40ms'], key('tupdate', 20_000, 40_000), STAYS),
  change('alpha', ['4', '8'], key('alpha', 4, 8)),
  change('beta', ['10', '30'], key('beta', 10, 30)),
  change('ecn', ['1', '0'], key('ecn', true, null)),
  change('bytemode', ['1', '0'], key('bytemode', true, null)),
  change('dq_rate_estimator', ['1', '0'], key('dq_rate_estimator', true, null)),
];

const CAKE = [
  change('bandwidth', ['10mbit', '20mbit'], key('bandwidth', 1_250_000, 2_500_000)),
  change('diffserv', ['besteffort', 'diffserv8'], key('diffserv', 'besteffort', 'diffserv8')),
  change('isolation', ['flows', 'dual-srchost'], key('flowmode', 'flows', 'dual-srchost')),
  change('nat', ['1', '0'], key('nat', true, false)),
  change('wash', ['1', '0'], key('wash', true, false)),
  change('ingress', ['1', '0'], key('ingress', true, false)),
  change('ack_filter', ['yes', 'aggressive'], key('ack-filter', 'enabled', 'aggressive')),
  change('split_gso', ['0', '1'], key('split_gso', false, true)),
  change('rtt', ['50ms', 'lan'], key('rtt', 50_000, 1_000)),
  change('overhead', ['22', '-4'], key('overhead', 22, -4)),
  change('raw', ['1', '0'], key('raw', true, false)),
  change('atm', ['ptm', 'atm'], key('atm', 'ptm', 'atm')),
  change('mpu', ['64', '84'], key('mpu', 64, 84)),
  change('memlimit', ['4mb', '8mb'], key('memlimit', 4_194_304, 8_388_608)),
  change('fwmark', ['0xff', '0xf0'], key('fwmark', '0xff', '0xf0')),
];

const RED = { limit: '400000', min: '30000', max: '90000', avpkt: '1000', burst: '55' };

export const QUEUES: readonly OptionTable[] = [
  qdisc('pfifo', [change('limit', ['100', '200'], key('limit', 100, 200), STAYS)]),
  qdisc('bfifo', [change('limit', ['10000', '20000'], key('limit', 10_000, 20_000), STAYS)]),
  qdisc('codel', [
    change('limit', ['500', '700'], key('limit', 500, 700)),
    ...CODEL,
    change('ecn', ['1', '0'], key('ecn', true, null)),
  ]),
  qdisc('fq_codel', [
    change('limit', ['500', '700'], key('limit', 500, 700)),
    rebuild('flows', ['16', '32'], key('flows', 16, 32)),
    change('quantum', ['300', '600'], key('quantum', 300, 600), STAYS),
    ...CODEL,
    change('ecn', ['0', '1'], key('ecn', null, true)),
    change(
      'ce_threshold_selector',
      ['0x1/0x3', '0x2/0x3'],
      words('ce_threshold_selector 0x1/0x3', 'ce_threshold_selector 0x2/0x3'),
      { with: { ce_threshold: '1ms' } },
    ),
    change('memory_limit', ['4mb', '8mb'], key('memory_limit', 4_194_304, 8_388_608), STAYS),
    change('drop_batch', ['32', '16'], key('drop_batch', 32, 16)),
  ]),
  qdisc('fq', [
    change('limit', ['500', '700'], key('limit', 500, 700)),
    change('flow_limit', ['50', '70'], key('flow_limit', 50, 70)),
    change('buckets', ['512', '2048'], key('buckets', 512, 2048)),
    change('quantum', ['3000', '4000'], key('quantum', 3000, 4000), STAYS),
    change('initial_quantum', ['10000', '20000'], key('initial_quantum', 10_000, 20_000), STAYS),
    change('pacing', ['0', '1'], key('pacing', false, null)),
    change('maxrate', ['10mbit', '20mbit'], key('maxrate', 1_250_000, 2_500_000)),
    change('low_rate_threshold', ['800kbit', '1600kbit'], key('low_rate_threshold', 100_000, 200_000)),
    change('refill_delay', ['20ms', '80ms'], key('refill_delay', 20_000, 80_000)),
    change('orphan_mask', ['0xff', '0x1ff'], key('orphan_mask', 255, 511)),
    change('ce_threshold', ['1ms', '2ms'], key('ce_threshold', 1000, 2000)),
    change('timer_slack', ['20us', '1ms'], key('timer_slack', 20_000, 1_000_000)),
    change('horizon', ['2s', '3s'], key('horizon', 2_000_000, 3_000_000)),
    change('horizon_drop', ['0', '1'], [{ horizon_cap: null }, { horizon_drop: null }]),
    change('priomap', ['0 0 0 0 0 0 0 0 1 1 1 1 2 2 2 2', '2 2 2 2 2 2 2 2 1 1 1 1 0 0 0 0'], UNKNOWN_TO_TC, {
      since: 7,
    }),
    change('weights', ['100000 200000 300000', '300000 200000 100000'], UNKNOWN_TO_TC, { since: 7 }),
  ]),
  qdisc('pie', [change('limit', ['500', '700'], key('limit', 500, 700)), ...PIE]),
  qdisc('fq_pie', [
    change('limit', ['500', '700'], key('limit', 500, 700)),
    rebuild('flows', ['16', '32'], key('flows', 16, 32)),
    ...PIE,
    change('quantum', ['300', '600'], key('quantum', 300, 600), STAYS),
    change('memory_limit', ['4mb', '8mb'], key('memory_limit', 4_194_304, 8_388_608)),
    change('ecn_prob', ['20', '30'], key('ecn_prob', 20, 30)),
  ]),
  qdisc('cake', [...CAKE, change('autorate_ingress', ['1', '0'], key('autorate', 'autorate-ingress', null))]),
  { ...qdisc('cake_mq', CAKE), atRoot: true },
  qdisc(
    'red',
    [
      change('limit', ['500000', '600000'], key('limit', 500_000, 600_000)),
      change('min', ['20000', '25000'], key('min', 20_000, 25_000)),
      change('max', ['80000', '100000'], key('max', 80_000, 100_000)),
      change('avpkt', ['800', '1500'], key('ewma', 5, 6)),
      change('burst', ['60', '100'], key('ewma', 6, 8)),
      change('probability', ['0.05', '0.1'], key('probability', 0.05, 0.1)),
      change('bandwidth', ['1mbit', '100mbit'], key('Scell_log', 18, 12)),
      change('ecn', ['1', '0'], key('ecn', true, false)),
      change('harddrop', ['1', '0'], key('harddrop', true, false)),
      change('adaptive', ['1', '0'], key('adaptive', true, false)),
      rebuild('nodrop', ['1', '0'], key('nodrop', true, false), { with: { ecn: '1' } }),
    ],
    RED,
  ),
  qdisc('sfq', [
    rebuild('limit', ['50', '100'], key('limit', 50, 100)),
    rebuild('quantum', ['3000', '4000'], key('quantum', 3000, 4000), STAYS),
    rebuild('perturb', ['5', '10'], key('perturb', 5, 10)),
    rebuild('flows', ['64', '100'], key('flows', 64, 100)),
    rebuild('divisor', ['512', '2048'], key('divisor', 512, 2048)),
    rebuild('depth', ['20', '30'], key('depth', 20, 30)),
    rebuild('headdrop', ['1', '0'], key('headdrop', true, null)),
    rebuild('redflowlimit', ['100000', '200000'], key('min', 8333, 16_666)),
    rebuild('min', ['8000', '10000'], key('min', 8000, 10_000), { with: { redflowlimit: '100000' } }),
    rebuild('max', ['40000', '50000'], key('max', 40_000, 50_000), { with: { redflowlimit: '100000' } }),
    rebuild('avpkt', ['800', '1500'], key('ewma', 4, 3), { with: { redflowlimit: '100000' } }),
    rebuild('burst', ['30', '60'], key('ewma', 6, 8), { with: { redflowlimit: '100000' } }),
    rebuild('probability', ['0.05', '0.1'], key('probability', 0.05, 0.1), { with: { redflowlimit: '100000' } }),
    rebuild('ecn', ['1', '0'], key('ecn', true, false), { with: { redflowlimit: '100000' } }),
    rebuild('harddrop', ['1', '0'], key('harddrop', true, false), { with: { redflowlimit: '100000' } }),
  ]),
];
