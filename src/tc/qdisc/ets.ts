/**
 * Enhanced transmission selection, tc-ets(8): bands of strict priority, then bands that share. Wire types from `ets_policy` in
 * net/sched/sch_ets.c, which takes nothing without NLA_F_NESTED.
 */
import { integer } from '../../schema/field.ts';
import { phrase } from '../../schema/kind_fields.ts';
import { TCA_ETS } from '../../uapi/tc.ts';
import { beginNested, eachAttribute, endAttribute, putAttribute, u8, u32 } from '../../wire/nla.ts';
import { defineQdisc, field, type OptionCodec, type OptionValues, once, option } from '../kind.ts';
import {
  bandsOfMap,
  flushesBands,
  MOST_BANDS,
  mapToBand,
  PRIORITIES,
  priorityMapField,
  problemsOfMap,
} from './priority_map.ts';

/** What newer kernels bring a quantum to (ets_quantum_parse). */
const SMALLEST_QUANTUM_BYTES = 256;
const LARGEST_QUANTUM_BYTES = 2 ** 20;

const listOf = (quanta: string): readonly number[] => (quanta === '' ? [] : quanta.split(' ').map(Number));

function canonicalQuanta(text: string): string | undefined {
  const quantum = integer(SMALLEST_QUANTUM_BYTES, LARGEST_QUANTUM_BYTES);
  const words = text.trim().split(/[\s,]+/);
  const values = words.flatMap((word) => quantum.parse(word) ?? []);
  return values.length === words.length && values.length <= MOST_BANDS ? values.join(' ') : undefined;
}

const rows = () =>
  ({
    bands: field<number>({
      apply: 'change',
      words: (bands) => ['bands', String(bands)],
      uci: {
        name: 'bands',
        field: integer(1, MOST_BANDS),
        label: 'Bands',
        help: 'How many bands there are in all.',
        otherwise: 'as many as are strict or have a quantum',
        example: '4',
      },
    }),
    strictBands: option(TCA_ETS.NSTRICT, u8, {
      initial: 0,
      apply: 'change',
      presence: true,
      words: (bands) => (bands === 0 ? [] : ['strict', String(bands)]),
      uci: {
        name: 'strict',
        field: integer(0, MOST_BANDS),
        label: 'Strict bands',
        help: 'How many of the first bands are emptied before the next is looked at.',
        example: '2',
      },
    }),
    quantaBytes: field<string>({
      initial: '',
      apply: 'change',
      words: (quanta) => (quanta === '' ? [] : ['quanta', ...quanta.split(' ')]),
      uci: {
        name: 'quanta',
        field: phrase('up to 16 quanta in bytes, from 256 to 1048576, with spaces between them', canonicalQuanta),
        label: 'Quanta',
        help: 'Bytes per turn of the bands that share, the first of them first; a packet of the MTU for those left out.',
        example: '4500 3000',
      },
    }),
    priorityMap: field<string>({
      apply: 'change',
      words: (map) => ['priomap', ...map.split(' ')],
      uci: {
        name: 'priomap',
        field: priorityMapField(),
        label: 'Priority map',
        help: 'The band, from 0, of each of the 16 priorities of packets that no filter sorts.',
        otherwise: 'the last band for all',
        example: '3 2 2 2 2 2 1 0 2 2 2 2 2 2 2 2',
      },
    }),
  }) as const;

function bandsOf({ bands, strictBands, quantaBytes }: OptionValues): number {
  return Number(bands ?? Number(strictBands ?? 0) + listOf(String(quantaBytes ?? '')).length);
}

const mapOf = ({ priorityMap }: OptionValues): readonly number[] =>
  priorityMap === undefined ? [] : bandsOfMap(String(priorityMap));

const codec: OptionCodec = {
  encode(w, options) {
    putAttribute(w, TCA_ETS.NBANDS, u8, bandsOf(options));
    const quanta = listOf(String(options.quantaBytes));
    if (quanta.length > 0) {
      const at = beginNested(w, TCA_ETS.QUANTA);
      for (const quantum of quanta) putAttribute(w, TCA_ETS.QUANTA_BAND, u32, quantum);
      endAttribute(w, at);
    }
    if (options.priorityMap !== undefined) {
      const at = beginNested(w, TCA_ETS.PRIOMAP);
      for (const band of bandsOfMap(String(options.priorityMap))) putAttribute(w, TCA_ETS.PRIOMAP_BAND, u8, band);
      endAttribute(w, at);
    }
  },
  decodeAttribute(type, r, values) {
    const list: number[] = [];
    switch (type) {
      case TCA_ETS.NBANDS:
        values.bands = r.u8();
        break;
      case TCA_ETS.QUANTA:
        eachAttribute(r, (_type, quantum) => list.push(quantum.u32()));
        values.quantaBytes = list.join(' ');
        break;
      case TCA_ETS.PRIOMAP:
        eachAttribute(r, (_type, band) => list.push(band.u8()));
        values.priorityMap = list.join(' ');
        break;
    }
  },
};

/** The kernel fills in what was left out: a quantum of the device's MTU, and the last band. */
function readBack(sent: OptionValues, found: OptionValues): OptionValues {
  const bands = bandsOf(sent);
  const filled = listOf(String(found.quantaBytes ?? ''));
  const given = listOf(String(sent.quantaBytes));
  const quanta = [...given, ...filled.slice(given.length, bands - Number(sent.strictBands))];
  return {
    ...sent,
    bands,
    quantaBytes: quanta.join(' '),
    priorityMap: [...mapOf(sent), ...bandsOfMap(mapToBand(bands - 1))].slice(0, PRIORITIES).join(' '),
  };
}

function check(options: OptionValues): string[] {
  const bands = bandsOf(options);
  const used = Number(options.strictBands) + listOf(String(options.quantaBytes)).length;
  if (bands === 0) return ['one of bands, strict and quanta must be given'];
  if (bands > MOST_BANDS) return [`there are ${bands} bands, but at most ${MOST_BANDS} can be`];
  return [
    ...(used > bands ? [`${used} bands are strict or have a quantum, but there are ${bands}`] : []),
    ...(options.priorityMap === undefined ? [] : problemsOfMap(String(options.priorityMap), bands)),
  ];
}

export const ets = once(() =>
  defineQdisc({
    kind: 'ets',
    options: rows(),
    codec,
    expected: readBack,
    check,
    flushes: (from, to) => flushesBands(bandsOf(from), bandsOf(to)),
    bands: bandsOf,
    insistsOnNested: true,
  }),
);
