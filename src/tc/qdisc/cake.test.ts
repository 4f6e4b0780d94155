import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attributesOf, type Capture, decodeCapturedTc, readCaptures, wordsAfter } from '../../../test/captures.ts';
import { Reader, ShortReadError, Writer } from '../../lib/bytes.ts';
import { parseRate } from '../../lib/units.ts';
import { TCA_CAKE } from '../../uapi/tc.ts';
import { encodeMessage } from '../../wire/nlmsg.ts';
import { TC_FLAGS, tcRequest } from '../../wire/tcmsg.ts';
import {
  decodeOptions,
  differences,
  encodeOptions,
  formatOptions,
  type OptionValues,
  type QdiscKind,
} from '../kind.ts';
import { qdiscKind } from '../registry.ts';
import { cake, cakeOptions, flushesTins, targetUsOf } from './cake.ts';
import { cakeMq } from './cake_mq.ts';

/** One message about a CAKE in a capture, by the command that it belongs to. */
interface Found {
  readonly capture: Capture;
  readonly record: Capture['records'][number];
  readonly kind: QdiscKind;
  readonly options: Uint8Array;
}

const CAPTURES = ['tc-cake', 'tc-cake-change', 'tc-cake-stats', 'tc-cake_mq', 'tc-htb', 'tc-qdiscs'].flatMap(
  readCaptures,
);

function found(kinds: readonly string[], commandBegins = 'tc '): Found[] {
  return CAPTURES.flatMap((capture) =>
    capture.records.flatMap((record): Found[] => {
      const [message] = record.messages;
      if (!kinds.includes(record.kind) || message === undefined) return [];
      if (!record.command.startsWith(commandBegins) || record.command.includes(' show ')) return [];
      const { kind, options } = decodeCapturedTc(capture, message);
      const known = qdiscKind(kind);
      return known === undefined || options === undefined ? [] : [{ capture, record, kind: known, options }];
    }),
  );
}

const decode = ({ kind, options, capture }: Found): OptionValues => decodeOptions(kind, options, capture.littleEndian);

function encode(kind: QdiscKind, options: OptionValues, littleEndian: boolean): Uint8Array {
  const w = new Writer(littleEndian);
  encodeOptions(kind, w, options);
  return w.bytes();
}

const wholeBytes = (rateBitPerS: number): number => rateBitPerS - (rateBitPerS % 8);

const RTT_WORDS: Readonly<Record<string, string>> = {
  datacentre: '100us',
  lan: '1ms',
  metro: '10ms',
  regional: '30ms',
  internet: '100ms',
  oceanic: '300ms',
  satellite: '1s',
  interplanetary: '1000s',
};
/** Words that schema/link.test.ts is about. */
const LINK_WORD = /^(ether|via-|docsis|conservative|ipoa-|bridged-|pppo[ae]-)/;

/** What a command said, each in the words that a listing of all options has for it. */
function phrasesOf(words: readonly string[]): string[] {
  const phrases: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    const rtt = RTT_WORDS[word];
    if (rtt !== undefined) phrases.push(`rtt ${rtt}`);
    else if (word === 'bandwidth' && words[i + 1] !== 'unlimited') phrases.push(wordsOfRate(words[++i] ?? ''));
    else if (['rtt', 'overhead', 'mpu', 'memlimit', 'fwmark'].includes(word)) phrases.push(`${word} ${words[++i]}`);
    else if (word !== 'bandwidth' && !LINK_WORD.test(word)) phrases.push(word);
  }
  // A later raw takes back an overhead before it, and tc does not send a minimum of 0.
  const raw = phrases.indexOf('raw');
  return phrases.filter((phrase, i) => phrase !== 'mpu 0' && (i > raw || !phrase.startsWith('overhead')));
}

/** The kernel counts whole bytes per second, and 0 of them is no limit. */
function wordsOfRate(text: string): string {
  const rate = wholeBytes(parseRate(text) ?? Number.NaN);
  if (rate === 0) return 'unlimited';
  return `bandwidth ${rate === parseRate(text) ? text : `${rate}bit`}`;
}

test('the captures hold every option of CAKE in both byte orders', () => {
  for (const littleEndian of [true, false]) {
    const requests = found(['request']).filter(({ capture }) => capture.littleEndian === littleEndian);
    const sent = new Set(requests.flatMap(({ options }) => [...attributesOf(options, littleEndian).keys()]));
    for (const [name, { attribute = assert.fail(name) }] of Object.entries(cakeOptions))
      assert.ok(sent.has(attribute), name);
  }
});

test('what tc sends is what weir sends for the same options, attribute for attribute', () => {
  let compared = 0;
  for (const request of found(['request', 'refused'])) {
    const { capture, kind, options, record } = request;
    const ours = attributesOf(encode(kind, decode(request), capture.littleEndian), capture.littleEndian);
    for (const [type, payload] of attributesOf(options, capture.littleEndian)) {
      if (kind === cakeMq && type === TCA_CAKE.AUTORATE) continue;
      assert.equal(ours.get(type), payload, `${capture.name}: ${record.command}: attribute ${type}`);
      compared += 1;
    }
  }
  assert.ok(compared > 500, `${compared} attributes`);
});

test('every option is sent each time, since the kernel keeps what is left out', () => {
  const types = [...attributesOf(encode(cake, { raw: true }, true), true).keys()];
  assert.deepEqual(
    types.sort(),
    Object.values(cakeOptions)
      .map(({ attribute }) => attribute as number)
      .sort(),
  );
});

test('raw acts by being there, so it is left out unless it is meant', () => {
  assert.ok(!attributesOf(encode(cake, { raw: false }, true), true).has(TCA_CAKE.RAW));
});

test('cake_mq is never sent autorate-ingress, which it refuses even when it is off', () => {
  const options = encode(cakeMq, { autorateIngress: false }, true);
  assert.ok(!attributesOf(options, true).has(TCA_CAKE.AUTORATE));
});

test('a request of weir is the message of tc but for the options that tc leaves out', () => {
  for (const capture of readCaptures('tc-cake')) {
    const [request] = capture.records;
    const captured = request?.messages[0] ?? new Uint8Array();
    const { ifindex } = decodeCapturedTc(capture, captured);
    const w = new Writer(capture.littleEndian);
    const target = { ifindex, handle: 0x7e000000, parent: 0xffffffff, kind: 'cake', options: () => {} };
    const sequence = new Reader(captured, capture.littleEndian, 8).u32();
    encodeMessage(w, tcRequest(36, TC_FLAGS.add, target), 5, sequence);
    assert.deepEqual(w.bytes(), captured, capture.name);
  }
});

test('what the kernel dumps says in words what tc was told', () => {
  let dumps = 0;
  for (const dump of found(['dump', 'dump-stats'])) {
    const { record, kind, capture } = dump;
    if (!record.command.includes(` ${kind.kind}`)) continue;
    const options = decode(dump);
    const text = ` ${formatOptions(kind, options).join(' ')} `;
    for (const phrase of phrasesOf(wordsAfter(kind.kind, record))) {
      // The kernel moves the rate by itself then.
      if (options.autorateIngress === true && phrase.startsWith('bandwidth')) continue;
      assert.ok(text.includes(` ${phrase} `), `${capture.name}: ${record.command}: '${phrase}' in '${text}'`);
    }
    dumps += 1;
  }
  assert.ok(dumps > 60, `${dumps} dumps`);
});

test('a request says in words what tc was told', () => {
  for (const request of found(['request', 'refused'], 'tc qdisc')) {
    const { record, kind } = request;
    const text = ` ${formatOptions(kind, decode(request)).join(' ')} `;
    const autorate = record.command.includes('autorate') && kind === cakeMq;
    for (const phrase of autorate ? [] : phrasesOf(wordsAfter(kind.kind, record))) {
      assert.ok(text.includes(` ${phrase} `), `${record.command}: '${phrase}' in '${text}'`);
    }
  }
});

test('the words are those that tc prints for the same dump', () => {
  let lines = 0;
  for (const dump of found(['dump-stats'])) {
    const line = dump.record.printed.find((text) => text.startsWith('qdisc cake'));
    if (line === undefined) continue;
    const options = decode(dump);
    const ours = ` ${formatOptions(dump.kind, options).join(' ')} `;
    const [, printed = ''] = / refcnt [0-9]+ (.*)$/.exec(line) ?? [];
    for (const phrase of phrasesOf(printed.trim().toLowerCase().split(' '))) {
      // With raw tc prints an overhead that does not count, and an estimated rate is rounded.
      if (options.raw === true && phrase.startsWith('overhead')) continue;
      if (options.autorateIngress === true && phrase.startsWith('bandwidth')) continue;
      assert.ok(ours.includes(` ${phrase} `), `${dump.capture.name}: '${phrase}' in '${ours}'`);
    }
    lines += 1;
  }
  assert.ok(lines >= 8, `${lines} lines`);
});

test('a fresh CAKE has what the rows say it has when it was told nothing', () => {
  const initial = Object.fromEntries(Object.entries(cakeOptions).map(([name, row]) => [name, row.initial]));
  const fresh = found(['dump'], 'tc qdisc add').filter(({ record }) => record.command.endsWith(' cake'));
  assert.equal(fresh.length, 2);
  // Untold, CAKE counts no overhead and says so.
  for (const dump of fresh) assert.deepEqual(decode(dump), { ...initial, raw: true });
});

test('what reads back after a request is exactly what is expected to read back', () => {
  const fresh = found(['dump'], 'tc qdisc add').find(({ record }) => record.command.endsWith(' cake'));
  assert.ok(fresh !== undefined);
  const requests = found(['request'], 'tc qdisc add');
  let compared = 0;
  for (const dump of found(['dump'], 'tc qdisc add')) {
    const { capture, kind, record } = dump;
    const request = requests.find((other) => other.capture === capture && other.record.command === record.command);
    if (request === undefined) continue;
    const told = attributesOf(request.options, capture.littleEndian);
    const sent: Record<string, number | boolean | string> = {};
    for (const [name, row] of Object.entries(kind.options)) {
      const value = (told.has(row.attribute ?? assert.fail(name)) ? decode(request) : decode(fresh))[name];
      if (value !== undefined) sent[name] = value;
    }
    sent.raw = told.has(TCA_CAKE.RAW) || !told.has(TCA_CAKE.OVERHEAD);
    assert.deepEqual(kind.expected?.(sent, decode(dump)), decode(dump), `${capture.name}: ${record.command}`);
    assert.deepEqual(differences(kind, sent, decode(dump)), []);
    compared += 1;
  }
  assert.ok(compared > 50, `${compared} dumps`);
});

test('with autorate-ingress the rate that the kernel found is no difference, but the switch is', () => {
  const [dump] = found(['dump-stats']).filter((other) => decode(other).autorateIngress === true);
  assert.ok(dump !== undefined);
  const options = decode(dump);
  assert.notEqual(options.rateBitPerS, 10e6);
  assert.deepEqual(differences(cake, { ...options, rateBitPerS: 10e6 }, options), []);
  const off = differences(cake, { ...options, rateBitPerS: 10e6, autorateIngress: false }, options);
  assert.deepEqual(
    off.map(({ name }) => name),
    ['rateBitPerS', 'autorateIngress'],
  );
});

test('a rate that is no multiple of 8 bit/s is expected back as the kernel keeps it', () => {
  const [dump] = found(['dump']).filter(({ record }) => record.command.includes('12345678bit'));
  assert.ok(dump !== undefined);
  assert.equal(decode(dump).rateBitPerS, 12345672);
  assert.deepEqual(differences(cake, { ...decode(dump), rateBitPerS: 12345678 }, decode(dump)), []);
  const [slower] = differences(cake, { ...decode(dump), rateBitPerS: 12345671 }, decode(dump));
  assert.deepEqual(slower, { name: 'rateBitPerS', wanted: 12345664, found: 12345672, apply: 'change' });
});

test('attributes that weir does not know are passed over', () => {
  for (const capture of readCaptures('tc-cake')) {
    const w = new Writer(capture.littleEndian);
    w.raw(encode(cake, { nat: true }, capture.littleEndian));
    w.u16(5);
    w.u16(63);
    w.u32(0xff);
    const values = decodeOptions(cake, w.bytes(), capture.littleEndian);
    assert.equal(values.nat, true);
    assert.deepEqual(Object.keys(values).sort(), Object.keys(cakeOptions).sort());
  }
});

test('a number without a name is kept as a number that differs from every name', () => {
  const w = new Writer(true);
  w.u16(8);
  w.u16(TCA_CAKE.DIFFSERV_MODE);
  w.u32(77);
  const values = decodeOptions(cake, w.bytes(), true);
  assert.equal(values.diffserv, '?77');
  assert.equal(differences(cake, { ...values, diffserv: 'diffserv3' }, values).length, 1);
});

test('options cut anywhere throw ShortReadError and nothing else', () => {
  for (const { kind, options, capture } of found(['dump']).slice(0, 4)) {
    let thrown = 0;
    for (let length = 0; length < options.length; length++) {
      try {
        decodeOptions(kind, options.slice(0, length), capture.littleEndian);
      } catch (error) {
        assert.ok(error instanceof ShortReadError, `${length} bytes: ${error}`);
        thrown += 1;
      }
    }
    // What is left between two attributes is no error.
    assert.ok(thrown >= options.length / 4, `${thrown} of ${options.length}`);
  }
});

test('an option of four bytes that has three is too short', () => {
  const w = new Writer(true);
  w.u16(7);
  w.u16(TCA_CAKE.RTT);
  w.raw(new Uint8Array([1, 2, 3, 0]));
  assert.throws(() => decodeOptions(cake, w.bytes(), true), ShortReadError);
});

test('tins that go away are told as a loss, and tins that come are not', () => {
  const from = (diffserv: string, to: string) => flushesTins({ diffserv }, { diffserv: to });
  assert.match(from('diffserv4', 'besteffort') ?? '', /^3 of 4 tins go away/);
  assert.match(from('diffserv8', 'diffserv4') ?? '', /^4 of 8 tins go away/);
  assert.equal(from('besteffort', 'diffserv3'), undefined);
  assert.equal(from('precedence', 'diffserv8'), undefined);
  assert.equal(from('diffserv3', 'diffserv3'), undefined);
});

test('the target is that of tc for every round-trip time', () => {
  let seen = 0;
  for (const request of found(['request'])) {
    if (!attributesOf(request.options, request.capture.littleEndian).has(TCA_CAKE.TARGET)) continue;
    const { rttUs, targetUs } = decode(request);
    assert.equal(targetUsOf(Number(rttUs)), targetUs);
    seen += 1;
  }
  assert.ok(seen > 15, `${seen} requests`);
});
