/**
 * Priorities on the TX queues of a device, tc-mqprio(8). struct tc_mqprio_qopt, followed by attributes that only hardware takes
 * (net/sched/sch_mqprio.c). Nothing of it can be changed in place.
 *
 * Frame preemption (fp) is left out: it needs a device of time-sensitive networking.
 */
import type { Reader, Writer } from '../../lib/bytes.ts';
import { bitPerSFromBytePerS, bytePerSFromBitPerS, formatRate, parseRate } from '../../lib/units.ts';
import { boolean, choice, integer } from '../../schema/field.ts';
import { phrase } from '../../schema/kind_fields.ts';
import { TC_MQPRIO_MODE, TC_MQPRIO_SHAPER, TCA_MQPRIO } from '../../uapi/tc.ts';
import { beginNested, eachAttribute, endAttribute, putAttribute, u16, u64, type WireType } from '../../wire/nla.ts';
import { defineQdisc, field, type OptionCodec, type OptionValues, once, option } from '../kind.ts';
import { keptRateBitPerS } from '../ratespec.ts';
import {
  MOST_BANDS,
  mapToBand,
  priorityMapField,
  problemsOfMap,
  putPriorityMap,
  takePriorityMap,
} from './priority_map.ts';

/** The struct is 82 bytes; attributes begin at a multiple of 4. */
const STRUCT_PADDING_BYTES = 2;

const MODES = { dcb: TC_MQPRIO_MODE.DCB, channel: TC_MQPRIO_MODE.CHANNEL } as const;
const SHAPERS = { dcb: TC_MQPRIO_SHAPER.DCB, bw_rlimit: TC_MQPRIO_SHAPER.BW_RATE } as const;

/** A word in a u16; a number without a name reads as `?7`. */
function word16(numbers: Readonly<Record<string, number>>): WireType<string> {
  return {
    encode: (w, name) => u16.encode(w, numbers[name] ?? 0),
    decode: (r) => {
      const number = u16.decode(r);
      return Object.keys(numbers).find((name) => numbers[name] === number) ?? `?${number}`;
    },
  };
}

interface Queues {
  readonly count: number;
  readonly offset: number;
}

const wordsOf = (text: string): string[] => (text === '' ? [] : text.trim().split(/[\s,]+/));

function queuesOf(text: string): Queues[] {
  return wordsOf(text).map((word) => {
    const [count, offset] = word.split('@').map(Number);
    return { count: count ?? 0, offset: offset ?? 0 };
  });
}

function canonicalQueues(text: string): string | undefined {
  const words = wordsOf(text);
  const right = words.every((word) => /^[0-9]{1,5}@[0-9]{1,5}$/.test(word));
  const queues = queuesOf(text);
  if (!right || words.length === 0 || words.length > MOST_BANDS) return undefined;
  if (queues.some(({ count, offset }) => count === 0 || count > 0xffff || offset > 0xffff)) return undefined;
  return queues.map(({ count, offset }) => `${count}@${offset}`).join(' ');
}

const ratesOf = (text: string): readonly number[] => wordsOf(text).map((word) => parseRate(word) ?? 0);

function canonicalRates(text: string): string | undefined {
  const rates = wordsOf(text).map(parseRate);
  const right = rates.length > 0 && rates.length <= MOST_BANDS && !rates.includes(undefined);
  return right ? ratesOf(text).map(formatRate).join(' ') : undefined;
}

function ratesRow(word: string, label: string, help: string) {
  return field<string>({
    initial: '',
    apply: 'rebuild',
    words: (rates) => (rates === '' ? [] : [word, ...rates.split(' ')]),
    uci: {
      name: word,
      field: phrase('a rate such as 85mbit for each class, with spaces between them', canonicalRates),
      label,
      help,
      example: '10mbit 20mbit',
    },
  });
}

const rows = () =>
  ({
    trafficClasses: field<number>({
      apply: 'rebuild',
      words: (classes) => ['num_tc', String(classes)],
      uci: {
        name: 'num_tc',
        field: integer(1, MOST_BANDS),
        label: 'Traffic classes',
        help: 'How many classes the queues are divided among.',
        example: '2',
      },
    }),
    priorityMap: field<string>({
      initial: mapToBand(0),
      apply: 'rebuild',
      words: (map) => ['map', ...map.split(' ')],
      uci: {
        name: 'map',
        field: priorityMapField(),
        label: 'Priority map',
        help: 'The class, from 0, of each of the 16 priorities.',
        example: '0 0 0 0 0 0 1 1 0 0 0 0 0 0 0 0',
      },
    }),
    queues: field<string>({
      apply: 'rebuild',
      words: (queues) => ['queues', ...queues.split(' ')],
      uci: {
        name: 'queues',
        field: phrase('COUNT@OFFSET for each class, such as 1@0 3@1', canonicalQueues),
        label: 'Queues',
        help: 'How many queues each class has, and from which one on.',
        otherwise: 'as the device says, with hw',
        example: '1@0 3@1',
      },
    }),
    hardware: field<boolean>({
      initial: false,
      apply: 'rebuild',
      words: (on) => ['hw', on ? '1' : '0'],
      uci: {
        name: 'hw',
        field: boolean(),
        label: 'By the hardware',
        help: 'Leave the choice of queues to the device, where it can.',
        example: '0',
      },
    }),
    mode: option<string>(TCA_MQPRIO.MODE, word16(MODES), {
      initial: 'dcb',
      apply: 'rebuild',
      presence: true,
      words: (mode) => (mode === 'dcb' ? [] : ['mode', mode]),
      uci: {
        name: 'mode',
        field: choice(['dcb', 'channel']),
        label: 'Mode',
        help: 'channel takes queues and rates to the hardware too.',
        example: 'channel',
      },
    }),
    shaper: option<string>(TCA_MQPRIO.SHAPER, word16(SHAPERS), {
      initial: 'dcb',
      apply: 'rebuild',
      presence: true,
      words: (shaper) => (shaper === 'dcb' ? [] : ['shaper', shaper]),
      uci: {
        name: 'shaper',
        field: choice(['dcb', 'bw_rlimit']),
        label: 'Shaper',
        help: 'bw_rlimit takes a rate for each class.',
        example: 'bw_rlimit',
      },
    }),
    minRates: ratesRow('min_rate', 'Smallest rates', 'What each class has in any case, with bw_rlimit.'),
    maxRates: ratesRow('max_rate', 'Largest rates', 'The most that each class has, with bw_rlimit.'),
  }) as const;

function putRates(w: Writer, attribute: number, rates: string): void {
  if (rates === '') return;
  const at = beginNested(w, attribute);
  for (const rate of ratesOf(rates)) putAttribute(w, attribute, u64, bytePerSFromBitPerS(rate));
  endAttribute(w, at);
}

/** tc sends 16 rates, of which the kernel takes as many as there are classes. */
function takeRates(r: Reader, classes: number): string {
  const rates: string[] = [];
  eachAttribute(r, (_type, payload) => rates.push(formatRate(bitPerSFromBytePerS(u64.decode(payload)))));
  return rates.slice(0, classes).join(' ');
}

const eachQueueSet = (visit: (index: number) => void): void => {
  for (let index = 0; index < MOST_BANDS; index++) visit(index);
};

/** struct tc_mqprio_qopt: num_tc, prio_tc_map, hw, count and offset of each class. */
const codec: OptionCodec = {
  encode(w, options) {
    const queues = queuesOf(String(options.queues ?? ''));
    w.u8(Number(options.trafficClasses ?? 0));
    putPriorityMap(w, String(options.priorityMap));
    w.u8(options.hardware === true ? 1 : 0);
    eachQueueSet((index) => w.u16(queues[index]?.count ?? 0));
    eachQueueSet((index) => w.u16(queues[index]?.offset ?? 0));
    w.zeros(STRUCT_PADDING_BYTES);
    putRates(w, TCA_MQPRIO.MIN_RATE64, String(options.minRates));
    putRates(w, TCA_MQPRIO.MAX_RATE64, String(options.maxRates));
  },
  decodeStruct(r, values) {
    const classes = r.u8();
    values.trafficClasses = classes;
    values.priorityMap = takePriorityMap(r);
    values.hardware = r.u8() !== 0;
    const counts: number[] = [];
    const offsets: number[] = [];
    eachQueueSet(() => counts.push(r.u16()));
    eachQueueSet(() => offsets.push(r.u16()));
    const queues = counts.slice(0, classes).map((count, index) => `${count}@${offsets[index] ?? 0}`);
    values.queues = queues.join(' ');
    r.take(Math.min(r.remaining, STRUCT_PADDING_BYTES));
  },
  decodeAttribute(type, r, values) {
    const classes = Number(values.trafficClasses);
    if (type === TCA_MQPRIO.MIN_RATE64) values.minRates = takeRates(r, classes);
    else if (type === TCA_MQPRIO.MAX_RATE64) values.maxRates = takeRates(r, classes);
  },
};

const keptRates = (rates: string): string => ratesOf(rates).map(keptRateBitPerS).map(formatRate).join(' ');

/** With hw the device may choose queues of its own. */
function readBack(sent: OptionValues, found: OptionValues): OptionValues {
  const kept = { ...sent, minRates: keptRates(String(sent.minRates)), maxRates: keptRates(String(sent.maxRates)) };
  return sent.hardware === true && found.queues !== undefined ? { ...kept, queues: found.queues } : kept;
}

function check(options: OptionValues): string[] {
  const classes = Number(options.trafficClasses ?? 0);
  if (classes === 0) return ['num_tc is missing'];
  const wrong = problemsOfMap(String(options.priorityMap), classes, 'classes');
  const queues = queuesOf(String(options.queues ?? ''));
  const hardware = options.hardware === true;
  if (queues.length !== classes && !(hardware && queues.length === 0)) {
    wrong.push(`there are queues for ${queues.length} classes, but ${classes} classes`);
  }
  if (queues.some(({ offset }, index) => index > 0 && offset < endOf(queues[index - 1]))) {
    wrong.push('the queues of one class begin before those of the class before it end');
  }
  const rates = [options.minRates, options.maxRates].map((list) => ratesOf(String(list)).length);
  if (rates.some((count) => count > 0 && count !== classes)) wrong.push(`rates are needed for all ${classes} classes`);
  if (rates.some((count) => count > 0) && options.shaper !== 'bw_rlimit') {
    wrong.push('rates need the shaper bw_rlimit');
  }
  if (!hardware && (options.mode !== 'dcb' || options.shaper !== 'dcb')) wrong.push('mode and shaper need hw');
  return wrong;
}

const endOf = (queues: Queues | undefined): number => (queues === undefined ? 0 : queues.count + queues.offset);

export const mqprio = once(() =>
  defineQdisc({
    kind: 'mqprio',
    options: rows(),
    codec,
    expected: readBack,
    check,
    place: 'root',
    bands: () => undefined,
  }),
);
