/** The options of netem, tc-netem(8), one row each; netem.ts has how they are sent. */
import { formatDuration, formatRate, formatSize } from '../../lib/units.ts';
import { boolean, choice, duration, integer, rate, size } from '../../schema/field.ts';
import { percent, percents } from '../../schema/kind_fields.ts';
import { field, type KernelOption } from '../kind.ts';

const LARGEST_RATE_BIT_PER_S = 1e12;
const LARGEST_TIME_US = 3.6e9;
/** The kernel caps it at INT_MAX ns (`netem_change`). */
const LARGEST_JITTER_US = 2_147_483;
const LARGEST_S32 = 2 ** 31 - 1;
const LARGEST_LIMIT_PACKETS = 0xffffffff;
/** What a field takes as a whole number. */
const LARGEST_SEED = 999_999_999_999_999;

function share(name: string, label: string, help: string): KernelOption<number> {
  return field<number>({
    initial: 0,
    apply: 'change',
    words: (value) => (value === 0 ? [] : [name, `${value}%`]),
    uci: { name, field: percent(), label, help, example: '1%' },
  });
}

function time(name: string, label: string, help: string, largestUs = LARGEST_TIME_US): KernelOption<number> {
  return field<number>({
    initial: 0,
    apply: 'change',
    words: (us) => (us === 0 ? [] : [name, formatDuration(us)]),
    uci: { name, field: duration(0, largestUs), label, help, example: '10ms' },
  });
}

function whole(name: string, label: string, help: string, smallest: number, largest: number): KernelOption<number> {
  return field<number>({
    initial: 0,
    apply: 'change',
    words: (value) => (value === 0 ? [] : [name, String(value)]),
    uci: { name, field: integer(smallest, largest), label, help, example: '5' },
  });
}

function model(name: string, label: string, help: string, most: number, example: string): KernelOption<string> {
  return field<string>({
    initial: '',
    apply: 'change',
    words: (shares) => (shares === '' ? [] : [name, shares]),
    uci: { name, field: percents(1, most), label, help, example },
  });
}

const correlation = (of: string): string => `How much ${of} depends on the packet before.`;

export const netemOptions = () => ({
  limitPackets: field<number>({
    // What tc sends where it is not told; the kernel has none of its own.
    initial: 1000,
    apply: 'change',
    words: (packets) => ['limit', String(packets)],
    uci: {
      name: 'limit',
      field: integer(1, LARGEST_LIMIT_PACKETS),
      label: 'Packets at most',
      help: 'Packets that may wait, those that are delayed included.',
      example: '1000',
    },
  }),
  delayUs: time('delay', 'Delay', 'How much later each packet leaves.'),
  jitterUs: time('jitter', 'Jitter', 'By how much the delay varies.', LARGEST_JITTER_US),
  delayCorrelationPercent: share('delay_correlation', 'Correlation of delays', correlation('the delay')),
  /**
   * uniform has no table. tc's other tables are files of its own, and not here. The kernel does not tell what it has, and keeps it until
   * another table comes.
   */
  distribution: field<string>({
    initial: 'uniform',
    apply: 'rebuild',
    words: (name) => (name === 'uniform' ? [] : ['distribution', name]),
    uci: {
      name: 'distribution',
      field: choice(['uniform', 'normal']),
      label: 'Distribution of delays',
      help: 'How delays vary within the jitter; the kernel does not tell it, so a change of this alone is not seen.',
      example: 'normal',
    },
  }),
  lossPercent: share('loss', 'Loss', 'Share of packets that are lost.'),
  lossCorrelationPercent: share('loss_correlation', 'Correlation of losses', correlation('a loss')),
  lossState: model(
    'loss_state',
    'Loss in four states',
    'Probabilities P13, P31, P32, P23 and P14 of a Markov chain of four states.',
    5,
    '1 10 70 0.1 0',
  ),
  lossGemodel: model(
    'loss_gemodel',
    'Loss in bursts',
    'Probabilities p, r, 1-h and 1-k of the Gilbert-Elliott model.',
    4,
    '1 10 70 0.1',
  ),
  ecn: field<boolean>({
    initial: false,
    apply: 'change',
    words: (on) => (on ? ['ecn'] : []),
    uci: {
      name: 'ecn',
      field: boolean(),
      label: 'Mark with ECN',
      help: 'Mark packets that would be lost instead of dropping them.',
      example: '1',
    },
  }),
  duplicatePercent: share('duplicate', 'Duplicates', 'Share of packets that are sent twice.'),
  duplicateCorrelationPercent: share('duplicate_correlation', 'Correlation of duplicates', correlation('a duplicate')),
  corruptPercent: share('corrupt', 'Corruption', 'Share of packets in which a bit is turned.'),
  corruptCorrelationPercent: share('corrupt_correlation', 'Correlation of corruption', correlation('corruption')),
  reorderPercent: share(
    'reorder',
    'Reordering',
    'Share of packets that are sent at once, before those that are delayed.',
  ),
  reorderCorrelationPercent: share('reorder_correlation', 'Correlation of reordering', correlation('reordering')),
  gapPackets: whole(
    'gap',
    'Reorder every',
    'Only each packet of this number may be sent at once.',
    1,
    LARGEST_LIMIT_PACKETS,
  ),
  rateBitPerS: field<number>({
    initial: 0,
    apply: 'change',
    words: (bitPerS) => (bitPerS === 0 ? [] : ['rate', formatRate(bitPerS)]),
    uci: {
      name: 'rate',
      field: rate(8, LARGEST_RATE_BIT_PER_S, 'is no limit'),
      label: 'Rate',
      help: 'Packets are delayed as on a link of this rate.',
      example: '10mbit',
    },
  }),
  overheadBytes: whole(
    'overhead',
    'Overhead per packet',
    'Bytes that the link adds to each packet.',
    -LARGEST_S32,
    LARGEST_S32,
  ),
  cellSizeBytes: whole('cellsize', 'Size of cells', 'Packets take whole cells of this many bytes.', 0, LARGEST_S32),
  cellOverheadBytes: whole(
    'celloverhead',
    'Overhead per cell',
    'Bytes that the link adds to each cell.',
    -LARGEST_S32,
    LARGEST_S32,
  ),
  slotMinUs: time('slot', 'Slot', 'Packets are sent in slots that come at least this far from each other.'),
  slotMaxUs: time('slot_max', 'Slot at most', 'The longest time between two slots; without it that of slot.'),
  slotDelayUs: time('slot_delay', 'Mean time between slots', 'Mean of a normal distribution of times between slots.'),
  slotJitterUs: time(
    'slot_jitter',
    'Deviation of slots',
    'Deviation of a normal distribution of times between slots.',
    LARGEST_JITTER_US,
  ),
  slotPackets: whole('slot_packets', 'Packets in a slot', 'Most packets that are sent in a slot.', 0, LARGEST_S32),
  slotBytes: field<number>({
    initial: 0,
    apply: 'change',
    words: (bytes) => (bytes === 0 ? [] : ['slot_bytes', formatSize(bytes)]),
    uci: {
      name: 'slot_bytes',
      field: size(1, LARGEST_S32, 'is no limit'),
      label: 'Bytes in a slot',
      help: 'Most bytes that are sent in a slot.',
      example: '64kb',
    },
  }),
  // Without it chance chooses. Linux 6.6; an older kernel passes over it.
  seed: field<number>({
    apply: 'change',
    words: (seed) => ['seed', String(seed)],
    uci: {
      name: 'seed',
      field: integer(0, LARGEST_SEED),
      label: 'Seed',
      help: 'The same seed makes the same choices again (Linux 6.6).',
      otherwise: 'chance',
      example: '1',
    },
  }),
});
