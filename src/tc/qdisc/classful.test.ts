/** Kinds with classes against what tc(8) sends and what kernels of both byte orders tell. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attributesOf } from '../../../test/captures.ts';
import {
  assertCutOptionsAreSafe,
  assertRoundTrip,
  assertWordsAreTheSame,
  decodeKind,
  encodeKind,
  type KindMessage,
  kindMessages,
  sentAndShown,
  whereOf,
} from '../../../test/kind_captures.ts';
import { toHex } from '../../../test/netlink/recording.ts';
import { TCA_HTB, TCA_TBF } from '../../uapi/tc.ts';
import { everyQdisc, QDISC_NAMES } from '../every_qdisc.ts';
import { differences } from '../kind.ts';

const PREFIXES = ['tc-classful', 'tc-hfsc', 'tc-tbf', 'tc-htb-options'] as const;
const sent = PREFIXES.flatMap((prefix) => kindMessages(prefix, ['request', 'refused']));
const shown = PREFIXES.flatMap((prefix) => kindMessages(prefix, ['dump', 'dump-stats']));

/** Sent by an older tc, which reckons bursts in whole µs. */
const countsInUs = ({ capture }: KindMessage): boolean => capture.name.endsWith('6.1');

test('every kind is known by the name that the kernel has for it', () => {
  for (const name of QDISC_NAMES) assert.equal(everyQdisc(name)?.kind, name);
  assert.equal(everyQdisc('no such kind'), undefined);
});

test('the captures hold every option of each kind in both byte orders', () => {
  for (const name of ['prio', 'ets', 'mqprio', 'hfsc', 'tbf', 'htb', 'drr', 'qfq']) {
    const qdisc = everyQdisc(name) ?? assert.fail(name);
    for (const set of [qdisc, qdisc.classes]) {
      for (const littleEndian of [true, false]) {
        const requests = sent.filter((one) => one.set === set && one.capture.littleEndian === littleEndian);
        const given = requests.map(decodeKind);
        for (const [row, { initial }] of set?.rows ?? []) {
          // It is sent as the limit that it makes.
          if (row === 'latencyUs') continue;
          const other = given.some((options) => options[row] !== undefined && options[row] !== initial);
          assert.ok(other, `${name} ${row}, little-endian ${littleEndian}`);
        }
      }
    }
  }
});

test('what a kernel shows after a request is what is expected of it', () => {
  let compared = 0;
  for (const [request, dump] of PREFIXES.flatMap(sentAndShown)) {
    // A curve that is not sent stays, see the test of HFSC.
    if (request.record.command.includes(' change ') && request.set.kind === 'hfsc' && request.isClass) continue;
    const found = differences(request.set, decodeKind(request), decodeKind(dump));
    assert.deepEqual(found, [], whereOf(request));
    compared += 1;
  }
  assert.ok(compared > 120, `${compared} pairs`);
});

test("weir's words for a request, given to tc, are sent as the same bytes", () => {
  // An older tc loses a byte of HTB's bursts at some rates, and another one of its own words.
  const messages = sent.filter((one) => !(one.set.kind === 'htb' && one.isClass && countsInUs(one)));
  assert.ok(assertWordsAreTheSame(messages) > 120);
});

/** Without the bytes that no kernel reads where the link layer is named: cells of a rate table (struct tc_ratespec). */
function withoutCells(hex: string, isClass: boolean): string {
  const ratespec = (at: number): string => `00${hex.slice(at + 2, at + 8)}0000${hex.slice(at + 12, at + 24)}`;
  // TBF goes by the sizes, which it is sent as well, and reads no ticks behind the limit.
  return ratespec(0) + ratespec(24) + hex.slice(48, isClass ? undefined : 56);
}

const TABLES: Readonly<Record<string, readonly number[]>> = {
  htb: [TCA_HTB.RTAB, TCA_HTB.CTAB],
  tbf: [TCA_TBF.RTAB, TCA_TBF.PTAB],
};

test('weir sends HTB and TBF as tc does, but for the tables that no kernel reads any more', () => {
  let compared = 0;
  for (const request of sent.filter(({ set }) => TABLES[set.kind] !== undefined)) {
    const { capture, set, options, isClass } = request;
    const hasRates = isClass || set.kind === 'tbf';
    if (hasRates && countsInUs(request)) continue;
    const ours = attributesOf(encodeKind(set, decodeKind(request), capture.littleEndian), capture.littleEndian);
    for (const [type, payload] of attributesOf(options, capture.littleEndian)) {
      if (hasRates && TABLES[set.kind]?.includes(type)) continue;
      const isParms = hasRates && type === (isClass ? TCA_HTB.PARMS : TCA_TBF.PARMS);
      const [is, should] = [ours.get(type) ?? '', payload].map((hex) => (isParms ? withoutCells(hex, isClass) : hex));
      assert.equal(is, should, `${whereOf(request)}: attribute ${type}`);
      compared += 1;
    }
  }
  assert.ok(compared > 40, `${compared} attributes`);
});

/** Options that are one struct, not a list of attributes. */
const isStruct = ({ set, isClass }: KindMessage): boolean => ['prio', 'mqprio', 'hfsc'].includes(set.kind) && !isClass;

test('weir sends the structs of prio, mqprio and hfsc byte for byte as tc does', () => {
  let compared = 0;
  for (const request of sent.filter(isStruct)) {
    const decoded = decodeKind(request);
    // tc sends 16 rates, of which the kernel takes one for each class.
    if (decoded.minRates !== undefined && decoded.minRates !== '') continue;
    const ours = toHex(encodeKind(request.set, decoded, request.capture.littleEndian));
    const theirs = toHex(request.options);
    // Behind prio's an empty list, of a time when there were attributes.
    assert.equal(theirs.slice(0, ours.length), ours, whereOf(request));
    assert.equal(theirs.length - ours.length, request.set.kind === 'prio' ? 8 : 0, whereOf(request));
    compared += 1;
  }
  assert.ok(compared > 25, `${compared} requests`);
});

test('weir sends the attributes of all other kinds with classes as tc does', () => {
  let compared = 0;
  for (const request of sent.filter((one) => TABLES[one.set.kind] === undefined && !isStruct(one))) {
    const { capture, set, options } = request;
    const ours = attributesOf(encodeKind(set, decodeKind(request), capture.littleEndian), capture.littleEndian);
    const theirs = attributesOf(options, capture.littleEndian);
    // tc leaves out the weight 1.
    if (set.kind === 'qfq' && theirs.size === 0) ours.clear();
    assert.deepEqual(ours, theirs, whereOf(request));
    compared += 1;
  }
  assert.ok(compared > 60, `${compared} requests`);
});

test('what is written is read as the same in both byte orders', () => {
  assertRoundTrip(sent);
  assertRoundTrip(shown);
});

test('options cut anywhere tell less or throw ShortReadError', () => {
  assertCutOptionsAreSafe(shown);
});
