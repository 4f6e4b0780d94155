/** A network that is worse than it is, tc-netem(8): what the kernel makes of its options (net/sched/sch_netem.c), and tc's words. */
import { bitPerSFromBytePerS, bytePerSFromBitPerS, formatDuration, formatRate, formatSize } from '../../lib/units.ts';
import { defineQdisc, type OptionValue, type OptionValues, once } from '../kind.ts';
import { keptPercent } from '../probability.ts';
import { structDecoder } from '../struct_numbers.ts';
import { netemOptions } from './netem_rows.ts';
import { fourStates, gapOf, gilbertElliott, isGiven, netemCodec, number, sharesOf, slotMaxOf } from './netem_wire.ts';

const LOSS_MODELS = { lossState: fourStates, lossGemodel: gilbertElliott } as const;

/** Shares as their u32 has them, rates in whole bytes, and nothing of tables, which no dump has. */
function expected(sent: OptionValues): OptionValues {
  const { distribution: _table, ...kept } = sent;
  const shares = Object.entries(kept).flatMap(([name, value]): [string, OptionValue][] =>
    name.endsWith('Percent') ? [[name, keptPercent(Number(value))]] : [],
  );
  const models = Object.entries(LOSS_MODELS).flatMap(([name, sharesIn]): [string, OptionValue][] =>
    isGiven(sent[name]) ? [[name, sharesIn(sent[name]).map(keptPercent).join(' ')]] : [],
  );
  return {
    ...kept,
    ...Object.fromEntries([...shares, ...models]),
    rateBitPerS: bitPerSFromBytePerS(bytePerSFromBitPerS(number(sent, 'rateBitPerS'))),
    gapPackets: gapOf(sent),
    ...keptSlot(sent),
  };
}

/** A dump has the slot only where it has a time. */
function keptSlot(sent: OptionValues): OptionValues {
  const slotMaxUs = slotMaxOf(sent);
  return slotMaxUs > 0 || number(sent, 'slotJitterUs') > 0
    ? { slotMaxUs }
    : { slotMaxUs, slotPackets: 0, slotBytes: 0, slotDelayUs: 0 };
}

function check(given: OptionValues): readonly string[] {
  const has = (name: string): boolean => number(given, name) > 0;
  const losses = [has('lossPercent'), isGiven(given.lossState), isGiven(given.lossGemodel)].filter((one) => one);
  const slot = has('slotMinUs') || has('slotMaxUs');
  const wrong: [boolean, string][] = [
    [losses.length > 1, 'only one of loss, loss_state and loss_gemodel can be given'],
    [given.ecn === true && losses.length === 0, 'ecn needs a loss'],
    [has('lossCorrelationPercent') && !has('lossPercent'), 'loss_correlation needs loss'],
    [has('delayCorrelationPercent') && !has('jitterUs'), 'delay_correlation needs jitter'],
    [given.distribution === 'normal' && !(has('delayUs') && has('jitterUs')), 'distribution needs delay and jitter'],
    [has('reorderPercent') && !has('delayUs'), 'reorder needs delay'],
    [has('gapPackets') && !has('reorderPercent'), 'gap needs reorder'],
    [
      slot && has('slotMaxUs') && number(given, 'slotMaxUs') < number(given, 'slotMinUs'),
      'slot_max must be at least slot',
    ],
    [slot && has('slotJitterUs'), 'slot and slot_jitter exclude each other'],
    [has('slotDelayUs') && !has('slotJitterUs'), 'slot_delay needs slot_jitter'],
    [
      (has('slotPackets') || has('slotBytes')) && !slot && !has('slotJitterUs'),
      'slot_packets and slot_bytes need slot',
    ],
  ];
  return wrong.flatMap(([is, message]) => (is ? [message] : []));
}

/** tc's words stand in a row where they belong together: `delay 100ms 10ms 25%`. */
function words(values: OptionValues): string[] {
  const percentOf = (name: string): string => `${number(values, name)}%`;
  const timeOf = (name: string): string => formatDuration(number(values, name));
  const has = (name: string): boolean => number(values, name) !== 0;
  /** All up to the last that is not zero, the first in any case. */
  const row = (name: string, formats: readonly (readonly [string, (name: string) => string])[]): string[] => {
    const last = formats.map(([option]) => has(option)).lastIndexOf(true);
    return last < 0 ? [] : [name, ...formats.slice(0, last + 1).map(([option, format]) => format(option))];
  };
  const model = (name: string, text: OptionValue | undefined): string[] =>
    isGiven(text) ? ['loss', name, ...sharesOf(text).map((share) => `${share}%`)] : [];
  const plain = (name: string): string => String(number(values, name));
  return [
    'limit',
    plain('limitPackets'),
    ...row('delay', [
      ['delayUs', timeOf],
      ['jitterUs', timeOf],
      ['delayCorrelationPercent', percentOf],
    ]),
    ...(values.distribution === 'normal' ? ['distribution', 'normal'] : []),
    ...(has('lossPercent')
      ? [
          'loss',
          ...row('random', [
            ['lossPercent', percentOf],
            ['lossCorrelationPercent', percentOf],
          ]),
        ]
      : []),
    ...model('state', values.lossState),
    ...model('gemodel', values.lossGemodel),
    ...(values.ecn === true ? ['ecn'] : []),
    ...row('duplicate', [
      ['duplicatePercent', percentOf],
      ['duplicateCorrelationPercent', percentOf],
    ]),
    ...row('corrupt', [
      ['corruptPercent', percentOf],
      ['corruptCorrelationPercent', percentOf],
    ]),
    ...row('reorder', [
      ['reorderPercent', percentOf],
      ['reorderCorrelationPercent', percentOf],
    ]),
    ...(gapOf(values) > 1 ? ['gap', String(gapOf(values))] : []),
    ...row('rate', [
      ['rateBitPerS', (name) => formatRate(number(values, name))],
      ['overheadBytes', plain],
      ['cellSizeBytes', plain],
      ['cellOverheadBytes', plain],
    ]),
    ...slotWords(values, timeOf),
    ...(typeof values.seed === 'number' ? ['seed', String(values.seed)] : []),
  ];
}

function slotWords(values: OptionValues, timeOf: (name: string) => string): string[] {
  const has = (name: string): boolean => number(values, name) !== 0;
  const limits = [
    ...(has('slotPackets') ? ['packets', String(values.slotPackets)] : []),
    ...(has('slotBytes') ? ['bytes', formatSize(number(values, 'slotBytes'))] : []),
  ];
  if (has('slotJitterUs')) {
    return ['slot', 'distribution', 'normal', timeOf('slotDelayUs'), timeOf('slotJitterUs'), ...limits];
  }
  return slotMaxOf(values) === 0 ? [] : ['slot', timeOf('slotMinUs'), formatDuration(slotMaxOf(values)), ...limits];
}

/** struct tc_netem_xstats, of Linux 7.2. */
const decodeStats = structDecoder({
  delayedPackets: 'u64',
  lostPackets: 'u64',
  corruptedPackets: 'u64',
  duplicatedPackets: 'u64',
  reorderedPackets: 'u64',
  ecnMarkedPackets: 'u64',
  allocationErrors: 'u64',
});

export const netem = once(() =>
  defineQdisc({
    kind: 'netem',
    options: netemOptions(),
    codec: netemCodec,
    expected,
    check,
    words,
    bands: () => 1,
    decodeStats,
  }),
);
