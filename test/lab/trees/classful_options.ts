/** The options of qdiscs that shape or have classes, of classes, and of the size table. */
import { change, key, type OptionTable, rebuild, STAYS, words } from './option_case.ts';

const FIRST_MAP = '1 1 1 1 1 1 0 0 0 0 0 0 0 0 0 0';
const SECOND_MAP = '0 0 0 0 1 1 1 1 1 1 1 1 1 1 1 1';
const ONE = [1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const TWO = [0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1];

const table = (
  kind: string,
  of: OptionTable['of'],
  base: OptionTable['base'],
  cases: OptionTable['cases'],
): OptionTable => ({ kind, of, base, cases, ...(of === 'stab' || kind === 'mqprio' ? { atRoot: true } : {}) });

export const CLASSFUL: readonly OptionTable[] = [
  table('tbf', 'qdisc', { rate: '10mbit', burst: '10000', limit: '20000' }, [
    change('rate', ['20mbit', '40mbit'], key('rate', 2_500_000, 5_000_000)),
    change('burst', ['5000', '16000'], key('burst', '5000b/1', '16000b/1')),
    change('limit', ['30000', '40000'], key('lat', 16_000, 24_000)),
    change('latency', ['20ms', '30ms'], key('lat', 20_000, 30_000), { with: { limit: '', latency: '10ms' } }),
    change('peakrate', ['20mbit', '40mbit'], words('peakrate 20Mbit', 'peakrate 40Mbit'), { with: { mtu: '2000' } }),
    change('mtu', ['3000', '4000'], key('mtu', '3000b/1', '4000b/1'), { with: { peakrate: '20mbit', mtu: '2000' } }),
    change('overhead', ['22', '44'], key('overhead', 22, 44)),
    change('mpu', ['64', '84'], key('mpu', 64, 84)),
    change('linklayer', ['atm', 'ethernet'], key('linklayer', 'atm', 'ethernet')),
  ]),
  table('prio', 'qdisc', {}, [
    change('bands', ['4', '5'], key('bands', 4, 5)),
    change('priomap', [FIRST_MAP, SECOND_MAP], key('priomap', ONE, TWO)),
  ]),
  table('ets', 'qdisc', { bands: '4' }, [
    change('bands', ['5', '6'], key('bands', 5, 6)),
    change('strict', ['1', '2'], key('strict', 1, 2)),
    change(
      'quanta',
      ['3000 4000', '5000 6000 7000'],
      key('quanta', [3000, 4000, 1514, 1514], [5000, 6000, 7000, 1514]),
      STAYS,
    ),
    change('priomap', [FIRST_MAP, SECOND_MAP], key('priomap', ONE, TWO)),
  ]),
  table('mqprio', 'qdisc', { num_tc: '2', queues: '1@0 1@1' }, [
    rebuild(
      'num_tc',
      [
        { num_tc: '3', queues: '1@0 1@1 1@2' },
        { num_tc: '4', queues: '1@0 1@1 1@2 1@3' },
      ],
      key('tc', 3, 4),
    ),
    rebuild('map', [FIRST_MAP, SECOND_MAP], key('map', ONE, TWO)),
    rebuild(
      'queues',
      ['1@0 3@1', '2@0 2@2'],
      [
        {
          queues: [
            [0, 0],
            [1, 3],
          ],
        },
        {
          queues: [
            [0, 1],
            [2, 3],
          ],
        },
      ],
    ),
  ]),
  table('htb', 'qdisc', {}, [
    rebuild('default', ['10', '20'], key('default', '0x10', '0x20')),
    rebuild('r2q', ['5', '20'], key('r2q', 5, 20)),
    rebuild('direct_qlen', ['500', '700'], key('direct_qlen', 500, 700), STAYS),
  ]),
  table('htb', 'class', { rate: '10mbit', burst: '10000', cburst: '10000' }, [
    change('rate', ['2mbit', '4mbit'], words('rate 2Mbit', 'rate 4Mbit'), { with: { ceil: '10mbit' } }),
    change('ceil', ['20mbit', '40mbit'], words('ceil 20Mbit', 'ceil 40Mbit')),
    change('burst', ['5000', '16000'], words('burst 5000b/1', 'burst 16000b/1')),
    change('cburst', ['5000', '16000'], words('cburst 5000b/1', 'cburst 16000b/1')),
    change('quantum', ['2000', '3000'], words('quantum 2000', 'quantum 3000')),
    change('prio', ['3', '5'], words('prio 3', 'prio 5')),
    change('overhead', ['22', '44'], words('overhead 22', 'overhead 44')),
    change('mpu', ['64', '84'], words('mpu 64b', 'mpu 84b')),
    change('linklayer', ['atm', 'ethernet'], words('linklayer atm', 'linklayer ethernet')),
  ]),
  table('hfsc', 'qdisc', {}, [change('default', ['10', '20'], key('default', '10', '20'))]),
  table('hfsc', 'class', { ls_m2: '1mbit' }, [
    change('rt_m1', ['2mbit', '3mbit'], words('rt m1 2Mbit d 10ms m2 1Mbit', 'rt m1 3Mbit d 10ms m2 1Mbit'), {
      with: { rt_d: '10ms', rt_m2: '1mbit' },
    }),
    change('rt_d', ['20ms', '30ms'], words('rt m1 2Mbit d 20ms m2 1Mbit', 'rt m1 2Mbit d 30ms m2 1Mbit'), {
      with: { rt_m1: '2mbit', rt_m2: '1mbit' },
    }),
    change('rt_m2', ['2mbit', '3mbit'], words('rt m1 0bit d 0us m2 2Mbit', 'rt m1 0bit d 0us m2 3Mbit')),
    change('ls_m1', ['2mbit', '3mbit'], words('ls m1 2Mbit d 10ms m2 1Mbit', 'ls m1 3Mbit d 10ms m2 1Mbit'), {
      with: { ls_d: '10ms' },
    }),
    change('ls_d', ['20ms', '30ms'], words('ls m1 2Mbit d 20ms m2 1Mbit', 'ls m1 2Mbit d 30ms m2 1Mbit'), {
      with: { ls_m1: '2mbit' },
    }),
    change('ls_m2', ['2mbit', '3mbit'], words('ls m1 0bit d 0us m2 2Mbit', 'ls m1 0bit d 0us m2 3Mbit')),
    change('ul_m1', ['2mbit', '3mbit'], words('ul m1 2Mbit d 10ms m2 1Mbit', 'ul m1 3Mbit d 10ms m2 1Mbit'), {
      with: { ul_d: '10ms', ul_m2: '1mbit' },
    }),
    change('ul_d', ['20ms', '30ms'], words('ul m1 2Mbit d 20ms m2 1Mbit', 'ul m1 2Mbit d 30ms m2 1Mbit'), {
      with: { ul_m1: '2mbit', ul_m2: '1mbit' },
    }),
    change('ul_m2', ['2mbit', '3mbit'], words('ul m1 0bit d 0us m2 2Mbit', 'ul m1 0bit d 0us m2 3Mbit')),
  ]),
  table('drr', 'class', {}, [change('quantum', ['2000', '3000'], words('quantum 2000b', 'quantum 3000b'), STAYS)]),
  table('qfq', 'class', {}, [
    change('weight', ['10', '20'], words('weight 10', 'weight 20')),
    change('maxpkt', ['2000', '3000'], words('maxpkt 2000', 'maxpkt 3000'), STAYS),
  ]),
  table('fq_codel', 'stab', { stab_overhead: '10' }, [
    change('stab_overhead', ['22', '-4'], key('overhead', 22, -4)),
    change('stab_linklayer', ['atm', 'ethernet'], key('linklayer', 'atm', 'ethernet')),
    change('stab_mpu', ['64', '84'], key('mpu', 64, 84)),
    change('stab_mtu', ['3000', '4000'], key('mtu', 3000, 4000), { with: { stab_mpu: '64' } }),
    change('stab_tsize', ['256', '128'], key('tsize', 256, 128), { with: { stab_mpu: '64' } }),
  ]),
];
