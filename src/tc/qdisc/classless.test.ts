import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attributesOf, type Capture, decodeCapturedTc, readCaptures, wordsAfter } from '../../../test/captures.ts';
import { mutate, Random } from '../../../test/fuzz/mutate.ts';
import { toHex } from '../../../test/netlink/recording.ts';
import { optionsFromWords } from '../../../test/tc_words.ts';
import { ShortReadError, Writer } from '../../lib/bytes.ts';
import { TC_RED, TCA_FQ_CODEL, TCA_FQ_PIE, TCA_NETEM, TCA_RED } from '../../uapi/tc.ts';
import { everyQdisc, QDISC_NAMES } from '../every_qdisc.ts';
import {
  decodeOptions,
  differences,
  encodeOptions,
  formatOptions,
  hasOptions,
  type OptionValues,
  problemsOf,
  type QdiscKind,
} from '../kind.ts';
import { ticksFromUs, usFromTicks } from '../ticks.ts';
import { optionsToRestore } from './restorable.ts';

/** One message about one of the kinds in a capture, by the command that it belongs to. */
interface Found {
  readonly capture: Capture;
  readonly record: Capture['records'][number];
  readonly kind: QdiscKind;
  readonly options: Uint8Array;
  readonly xstats: Uint8Array | undefined;
  /** What the words of the command say. */
  readonly told: OptionValues;
}

const CAPTURES = ['tc-codel', 'tc-pie', 'tc-fq', 'tc-sfq', 'tc-fifo', 'tc-red', 'tc-netem'].flatMap(readCaptures);
/** In µs what turns ce_threshold off, as tc must be told it. */
const CE_THRESHOLD_OFF = '2199023255us';

function found(recordKind: string, commandBegins: string): Found[] {
  return CAPTURES.flatMap((capture) =>
    capture.records.flatMap((record): Found[] => {
      const [message] = record.messages;
      if (record.kind !== recordKind || message === undefined || !record.command.startsWith(commandBegins)) return [];
      const { kind: name, options = new Uint8Array(), xstats } = decodeCapturedTc(capture, message);
      const kind = everyQdisc(name) ?? assert.fail(name);
      const words = wordsAfter(name, record).map((word) => (word === CE_THRESHOLD_OFF ? 'off' : word));
      const told = record.command.includes(' show ') ? {} : optionsFromWords(kind, words);
      return [{ capture, record, kind, options, xstats, told }];
    }),
  );
}

/** Kinds whose options begin with a struct, or are one. */
const STRUCT_BYTES: Readonly<Record<string, number>> = { pfifo: 4, bfifo: 4, sfq: 72, netem: 24 };
const isTable = (kind: QdiscKind, type: number): boolean => kind.kind === 'netem' && type === TCA_NETEM.DELAY_DIST;

/** tc of iproute2 6.1 sends delay and jitter in ticks, in the struct. */
const sentInTicks = ({ kind, capture }: Found): boolean => kind.kind === 'netem' && capture.name.endsWith('-6.1');

function inTicks(one: Found): OptionValues {
  const { delayUs = 0, jitterUs = 0 } = one.told;
  const rounded = {
    delayUs: usFromTicks(ticksFromUs(Number(delayUs))),
    jitterUs: usFromTicks(ticksFromUs(Number(jitterUs))),
  };
  return sentInTicks(one) ? rounded : {};
}

const added = (): Found[] => found('dump', 'tc qdisc add');
const decode = ({ kind, options, capture }: Found): OptionValues => decodeOptions(kind, options, capture.littleEndian);

function encode(kind: QdiscKind, options: OptionValues, littleEndian: boolean, change = false): Uint8Array {
  const w = new Writer(littleEndian);
  encodeOptions(kind, w, options, change);
  return w.bytes();
}

test('each name in the registry leads to the kind of that name, which is made once', () => {
  for (const name of QDISC_NAMES) {
    assert.equal(everyQdisc(name)?.kind, name);
    assert.equal(everyQdisc(name), everyQdisc(name));
  }
  assert.equal(everyQdisc('blackhole'), undefined);
});

test('every option of every kind is in some command of the captures', () => {
  const told = new Set(
    found('request', 'tc ').flatMap(({ kind, told }) => Object.keys(told).map((name) => `${kind.kind} ${name}`)),
  );
  const kinds = new Set(found('request', 'tc ').map(({ kind }) => kind));
  assert.ok(kinds.size >= 13, `${kinds.size} kinds`);
  // tc takes another distribution of slots from a file only.
  const missing = ['netem slotDelayUs', 'netem slotJitterUs'];
  for (const kind of kinds) {
    for (const [name, { uci }] of kind.rows) {
      const key = `${kind.kind} ${name}`;
      if (uci !== undefined && !missing.includes(key)) assert.ok(told.has(key), key);
    }
  }
});

test('what tc sends is what weir sends for the same words, byte for byte', () => {
  let compared = 0;
  for (const one of [...found('request', 'tc qdisc'), ...found('refused', 'tc qdisc')]) {
    const { capture, kind, options, record, told } = one;
    // Its flag is where the kernel heeds it, which is not where tc puts it.
    if (told.adaptive === true) continue;
    const ours = encode(kind, told, capture.littleEndian);
    const where = `${capture.name}: ${record.command}`;
    const start = STRUCT_BYTES[kind.kind] ?? 0;
    const end = Math.min(start, options.length);
    const compare = sentInTicks(one) ? ([4, 20] as const) : ([0, end] as const);
    assert.equal(toHex(ours.slice(...compare)), toHex(options.slice(...compare)), where);
    const attributes = attributesOf(ours, capture.littleEndian, Math.min(start, ours.length));
    for (const [type, payload] of attributesOf(options, capture.littleEndian, end)) {
      if (isTable(kind, type)) continue;
      assert.equal(attributes.get(type), payload, `${where}: attribute ${type}`);
      compared += 1;
    }
  }
  assert.ok(compared > 250, `${compared} attributes`);
});

test('adaptive is sent in the struct, since the kernel starts its timer for no other flag', () => {
  const kind = everyQdisc('red') ?? assert.fail();
  const told = { limitBytes: 400_000, adaptive: true, ecn: true };
  const sent = attributesOf(encode(kind, told, true), true);
  assert.equal(sent.get(TCA_RED.FLAGS), undefined);
  const flags = Number.parseInt(sent.get(TCA_RED.PARMS)?.slice(-2) ?? '', 16);
  assert.equal(flags, TC_RED.ADAPTATIVE | TC_RED.ECN);
});

test('what reads back after a command is what is expected of it', () => {
  let compared = 0;
  for (const dump of added()) {
    const { kind, record, told, capture } = dump;
    assert.deepEqual(
      differences(kind, { ...told, ...inTicks(dump) }, decode(dump)),
      [],
      `${capture.name}: ${record.command}`,
    );
    compared += 1;
  }
  assert.ok(compared > 200, `${compared} dumps`);
});

test('an option that is not as told is a difference', () => {
  let compared = 0;
  const dumps = added();
  for (const { kind, record, told, capture } of dumps) {
    const plain = dumps.find((other) => other.capture === capture && other.kind === kind);
    if (plain === undefined || plain.record === record) continue;
    // A selector without its threshold is told by no dump, and some commands say what is so anyway.
    const untold = told.ceThresholdSelector !== undefined && told.ceThresholdUs === undefined;
    const same = toHex(encode(kind, told, true)) === toHex(encode(kind, plain.told, true));
    assert.equal(
      differences(kind, told, decode(plain)).length > 0,
      !untold && !same,
      `${capture.name}: ${record.command}`,
    );
    compared += 1;
  }
  assert.ok(compared > 150, `${compared} dumps`);
});

test('the words of what was told say the same again', () => {
  for (const { kind, record, told } of added()) {
    const words = formatOptions(kind, told);
    const again = optionsFromWords(kind, words);
    assert.deepEqual(encode(kind, again, true), encode(kind, told, true), `${record.command}: ${words.join(' ')}`);
  }
});

test('what was sent reads as it was meant in both byte orders', () => {
  let compared = 0;
  for (const { kind, record, told } of added().filter((one) => hasOptions(one.kind, one.told))) {
    const [little, big] = [true, false].map((order) => decodeOptions(kind, encode(kind, told, order), order));
    assert.deepEqual(big, little, record.command);
    for (const [name, value] of Object.entries(told)) {
      const read = big?.[name];
      // What logarithms are worked out from, and a table, are not in it by themselves, and models of loss are in full.
      if (read === undefined || name === 'distribution' || name.startsWith('loss')) continue;
      const kept = name.endsWith('BitPerS') ? Number(value) - (Number(value) % 8) : value;
      assert.equal(read, kept, `${record.command}: ${name}`);
      compared += 1;
    }
  }
  assert.ok(compared > 200, `${compared} options`);
});

test('options cut anywhere throw ShortReadError, or tell less', () => {
  let thrown = 0;
  for (const { kind, options, capture, record } of added()) {
    for (let length = 0; length < options.length; length += 3) {
      try {
        decodeOptions(kind, options.slice(0, length), capture.littleEndian);
      } catch (error) {
        assert.ok(error instanceof ShortReadError, `${record.command}: ${length} bytes: ${error}`);
        thrown += 1;
      }
    }
  }
  assert.ok(thrown > 1000, `${thrown} errors`);
});

test('options with any bytes turned are read, compared and put into words, or too short', () => {
  const random = new Random(8);
  let read = 0;
  for (const { kind, options, capture, told } of added().filter((one) => one.options.length > 0)) {
    for (let round = 0; round < 20; round++) {
      const broken = mutate(options, random);
      try {
        const found = decodeOptions(kind, broken, capture.littleEndian);
        differences(kind, told, found);
        formatOptions(kind, found);
        problemsOf(kind, found);
        read += 1;
      } catch (error) {
        assert.ok(error instanceof ShortReadError, `${kind.kind} ${toHex(broken)}: ${error}`);
      }
    }
  }
  assert.ok(read > 1000, `${read} read`);
});

test('what a dump tells, sent back so that it is the same again, is no difference to it', () => {
  for (const one of added()) {
    const { kind, capture, options, record } = one;
    const restored = decodeOptions(
      kind,
      optionsToRestore(kind.kind, options, capture.littleEndian),
      capture.littleEndian,
    );
    assert.deepEqual(differences(kind, restored, decode(one)), [], `${capture.name}: ${record.command}`);
  }
});

test('what only a new qdisc can have is left out of a change, since the kernel refuses it', () => {
  const refused = found('refused', 'tc qdisc change').map(({ record }) => record.command.split(' ').slice(8).join(' '));
  assert.deepEqual([...new Set(refused)].sort(), ['fq_codel flows 1024', 'fq_pie flows 1024', 'sfq limit 50']);
  for (const [name, attribute] of [
    ['fq_codel', TCA_FQ_CODEL.FLOWS],
    ['fq_pie', TCA_FQ_PIE.FLOWS],
  ] as const) {
    const kind = everyQdisc(name) ?? assert.fail(name);
    assert.ok(attributesOf(encode(kind, {}, true), true).has(attribute));
    assert.ok(!attributesOf(encode(kind, {}, true, true), true).has(attribute));
  }
});

test('ce_threshold can be turned off in place', () => {
  const changed = found('dump', 'tc qdisc change').filter(({ record }) => record.command.includes(CE_THRESHOLD_OFF));
  assert.equal(changed.length, 6);
  for (const dump of changed) {
    const attributes = attributesOf(dump.options, dump.capture.littleEndian);
    const { attribute = assert.fail() } = dump.kind.options.ceThresholdUs ?? {};
    assert.ok(!attributes.has(attribute), dump.record.command);
    assert.equal(decode(dump).ceThresholdUs, dump.kind.initial.ceThresholdUs);
  }
});

test('a kind without options sends no TCA_OPTIONS, and a limit that is not given is none', () => {
  for (const name of ['pfifo', 'bfifo', 'pfifo_fast', 'ingress', 'clsact', 'noqueue', 'noop']) {
    const kind = everyQdisc(name) ?? assert.fail(name);
    assert.ok(!hasOptions(kind, {}), name);
    assert.equal(encode(kind, {}, true).length, 0);
  }
  assert.ok(hasOptions(everyQdisc('pfifo') ?? assert.fail(), { limitPackets: 50 }));
});

test('every kind has a label and a help for each option that a person may write, and an example that its field takes', () => {
  for (const kind of new Set(found('request', 'tc ').map((one) => one.kind))) {
    const name = kind.kind;
    for (const [option, { uci }] of kind.rows) {
      if (uci === undefined) continue;
      assert.ok(uci.label.split(' ').length <= 4 && uci.help.endsWith('.'), `${name} ${option}`);
      const value = uci.field.parse(uci.example) ?? assert.fail(`${name} ${option}: ${uci.example}`);
      assert.equal(uci.field.parse(uci.field.format(value)), value, `${name} ${option}`);
    }
  }
});

test('options that contradict each other are told in sentences', () => {
  for (const [name, options, problem] of [
    ['codel', { targetUs: 200_000 }, 'target must be less than interval'],
    ['fq', { buckets: 1000 }, 'buckets must be a power of two, such as 1024'],
    ['sfq', { divisor: 1000 }, 'divisor must be a power of two, such as 1024'],
    ['sfq', { limitPackets: 1 }, 'limit must be at least 2, also after depth and flows have shortened it'],
    ['sfq', { minBytes: 1000 }, 'options of RED need redflowlimit'],
    ['sfq', { redFlowLimitBytes: 10_000, maxBytes: 20_000 }, 'max must be at most redflowlimit'],
    ['red', {}, 'limit must be given, such as 360kb'],
    ['red', { limitBytes: 1e6, minBytes: 90_000, maxBytes: 90_000 }, 'min must be less than max'],
    ['red', { limitBytes: 1e5, minBytes: 30_000, burstPackets: 5 }, 'burst must be at least 31 for this min and avpkt'],
    ['red', { limitBytes: 3000 }, 'min must be at least avpkt'],
    ['red', { limitBytes: 400_000, noDrop: true }, 'nodrop needs ecn'],
    ['red', { limitBytes: 400_000, ecn: true, noDrop: true, adaptive: true }, 'nodrop and adaptive exclude each other'],
    ['netem', { lossPercent: 1, lossState: '1' }, 'only one of loss, loss_state and loss_gemodel can be given'],
    ['netem', { ecn: true }, 'ecn needs a loss'],
    ['netem', { reorderPercent: 1 }, 'reorder needs delay'],
    ['netem', { distribution: 'normal', delayUs: 1 }, 'distribution needs delay and jitter'],
    ['netem', { slotMinUs: 10, slotMaxUs: 5 }, 'slot_max must be at least slot'],
    ['noop', {}, 'the kernel lets nobody make a noop'],
  ] as const) {
    assert.deepEqual(problemsOf(everyQdisc(name) ?? assert.fail(name), options), [problem]);
  }
  for (const { kind, told, record } of added()) assert.deepEqual(problemsOf(kind, told), [], record.command);
});
