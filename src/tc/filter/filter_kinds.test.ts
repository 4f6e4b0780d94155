/** Every kind of filters and actions against what tc(8) sends and what kernels show. The commands of the captures are weir's own words. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attributesOf, readCaptures } from '../../../test/captures.ts';
import { decodeFilter, type FilterMessage, filtersIn, namesOf } from '../../../test/filter_captures.ts';
import { fromHex, toHex } from '../../../test/netlink/recording.ts';
import { ShortReadError, Writer } from '../../lib/bytes.ts';
import { encodeUtf8 } from '../../lib/utf8.ts';
import { TCA_ACT, TCA_POLICE, TCA_U32 } from '../../uapi/tc.ts';
import { ACTION_NAMES, actionKind } from '../action/registry.ts';
import {
  checkFilter,
  decodeFilterOptions,
  encodeFilterOptions,
  type FilterFound,
  type FilterKind,
  filterDifferences,
  filterHandle,
  formatFilter,
} from './kind.ts';
import { FILTER_NAMES, filterKind } from './registry.ts';
import { fieldRows } from './u32_fields.ts';

const CAPTURES = ['tc-actions', 'tc-action-edits', 'tc-filter-kinds'].flatMap(readCaptures);

/** Words of tc that weir has others for, which mean the same. */
const OTHER_WORDS: Readonly<Record<string, string>> = {
  'matchall action ok': 'matchall action gact ok',
  'matchall action drop': 'matchall action gact drop',
  'matchall action pedit ex munge offset 6 u16 set 0x1234 munge offset 9 u8 clear munge ip tos clear munge ip src invert ok':
    'matchall action pedit ex munge offset 4 u32 set 0x1234 retain 0xffff munge offset 8 u32 set 0x0 retain 0xff0000 ' +
    'munge ip dsfield set 0x0 munge ip src invert ok',
};

const sent = CAPTURES.flatMap((capture) => filtersIn(capture, ['request', 'refused']));
const shown = CAPTURES.flatMap((capture) => filtersIn(capture, ['dump', 'dump-stats']));
const where = ({ capture, command }: FilterMessage): string => `${capture.name}: ${command}`;

function encode({ kind, etherType, capture }: FilterMessage, filter: FilterFound, littleEndian: boolean): Uint8Array {
  const w = new Writer(littleEndian);
  encodeFilterOptions(kind, w, filter, etherType, namesOf(capture));
  return w.bytes();
}

/** Attributes of a list as `path: hex`, those of its actions included. */
function flat(options: Uint8Array, kind: FilterKind, littleEndian: boolean): Map<string, string> {
  const list = new Map<string, string>();
  for (const [type, hex] of attributesOf(options, littleEndian)) {
    // The last 4 bytes count, and tc sends there what happens to lie in its memory.
    if (kind.kind === 'u32' && type === TCA_U32.MARK) list.set(`${type}`, hex.slice(0, 16));
    else if (type !== kind.actionsAttribute) list.set(`${type}`, hex);
    else
      for (const [order, action] of attributesOf(fromHex(hex), littleEndian)) {
        const attributes = attributesOf(fromHex(action), littleEndian);
        const isPolice = attributes.get(TCA_ACT.KIND) === toHex(encodeUtf8('police\0'));
        for (const [name, value] of attributes) {
          if (name !== TCA_ACT.OPTIONS) list.set(`action ${order} ${name}`, value);
          else
            for (const [option, payload] of attributesOf(fromHex(value), littleEndian)) {
              const isTable = isPolice && (option === TCA_POLICE.RATE || option === TCA_POLICE.PEAKRATE);
              list.set(`action ${order} option ${option}`, isTable ? `${payload.length / 2} bytes` : payload);
            }
        }
      }
  }
  return list;
}

test('the captures have every kind, and every option of each', () => {
  const seen = new Map<string, Set<string>>();
  const see = (name: string, options: object): void => {
    const names = seen.get(name) ?? new Set();
    for (const option of Object.keys(options)) names.add(option);
    seen.set(name, names);
  };
  const isTold = ([, value]: [string, unknown], initial: unknown): boolean => value !== initial;
  for (const message of sent) {
    const { options, actions } = decodeFilter(message);
    const told = (set: { initial: object }, values: object): object => {
      const initial = new Map<string, unknown>(Object.entries(set.initial));
      return Object.fromEntries(Object.entries(values).filter((entry) => isTold(entry, initial.get(entry[0]))));
    };
    see(message.kind.kind, told(message.kind, options));
    for (const action of actions) {
      const kind = actionKind(action.kind);
      assert.ok(kind !== undefined, action.kind);
      see(`action ${action.kind}`, told(kind, action.options));
    }
  }
  const sets = [
    // Of a program only its descriptor is sent, see bpf_kind.test.ts.
    ...FILTER_NAMES.filter((name) => name !== 'bpf').map((name) => [name, filterKind(name)] as const),
    ...ACTION_NAMES.map((name) => [`action ${name}`, actionKind(name)] as const),
  ];
  for (const [name, set] of sets) {
    const options = set?.rows.map(([option]) => option) ?? [];
    const missing = options.filter((option) => !Object.hasOwn(fieldRows, option) && !seen.get(name)?.has(option));
    assert.deepEqual(missing, [], name);
  }
});

test('what tc sends is what weir sends for the same options, attribute for attribute', () => {
  let compared = 0;
  for (const message of sent) {
    const { kind, options, capture, handle } = message;
    const filter = decodeFilter(message);
    const ours = flat(encode(message, filter, capture.littleEndian), kind, capture.littleEndian);
    for (const [path, payload] of flat(options, kind, capture.littleEndian)) {
      assert.equal(ours.get(path), payload, `${where(message)}: ${path}`);
      compared++;
    }
    assert.equal(filterHandle(kind, filter), handle, where(message));
  }
  assert.ok(compared > 100, `${compared} attributes`);
});

test('what a kernel shows differs in nothing from what was sent', () => {
  for (const message of shown) {
    const before = sent.find(
      ({ capture, command, kind, handle }) =>
        capture === message.capture &&
        command === message.command &&
        kind === message.kind &&
        (kind.handleOption === undefined || handle === message.handle),
    );
    if (before === undefined) continue;
    const differences = filterDifferences(message.kind, decodeFilter(before), decodeFilter(message), message.etherType);
    assert.deepEqual(differences, [], where(message));
  }
});

test('the words of weir are those of tc', () => {
  for (const message of sent) {
    const [, after = ''] =
      / pref [0-9]+(?: estimator [^ ]+ [^ ]+)?(?: protocol [^ ]+)? (.*)$/.exec(message.command) ?? [];
    // Of the fields of u32 only keys are left, see u32_kind.test.ts.
    if (/ match (ip|ip6|ether) /.test(after)) continue;
    assert.equal(
      formatFilter(message.kind, decodeFilter(message), message.etherType).join(' '),
      OTHER_WORDS[after] ?? after.replaceAll("'", ''),
      where(message),
    );
  }
});

test('what a person may write for a value reads back as that value', () => {
  for (const message of sent) {
    const { options, actions } = decodeFilter(message);
    const sets = [
      [message.kind, options] as const,
      ...actions.map((action) => [actionKind(action.kind) ?? assert.fail(), action.options] as const),
    ];
    for (const [set, values] of sets) {
      for (const [name, { initial, uci }] of set.rows) {
        const value = values[name];
        if (value === undefined || value === initial || uci === undefined) continue;
        assert.equal(uci.field.parse(uci.field.format(value)), value, `${where(message)}: ${name}`);
      }
    }
    assert.deepEqual(checkFilter(message.kind, { options, actions }, message.etherType), [], where(message));
  }
});

test('what is written for a CPU of either byte order reads back', () => {
  // What is sent to 7.2 is what is sent to 6.1.
  for (const message of sent.filter(({ capture }) => !capture.name.endsWith('-le-6.1'))) {
    const filter = decodeFilter(message);
    for (const littleEndian of [true, false]) {
      const options = encode(message, filter, littleEndian);
      const read = decodeFilterOptions(message.kind, options, littleEndian, message.handle, namesOf(message.capture));
      assert.deepEqual(read, filter, where(message));
    }
  }
});

test('a filter cut anywhere throws ShortReadError or tells less, nothing else', () => {
  // One for each kind and its actions, in each byte order.
  const different = new Map<string, FilterMessage>();
  for (const message of shown) {
    const actions = decodeFilter(message).actions.map((action) => action.kind);
    different.set([message.kind.kind, ...actions, message.capture.littleEndian].join(' '), message);
  }
  let thrown = 0;
  for (const message of different.values()) {
    const { options } = message;
    for (let length = 0; length < options.length; length++) {
      try {
        decodeFilter({ ...message, options: options.subarray(0, length) });
      } catch (error) {
        assert.ok(error instanceof ShortReadError, `${where(message)}: ${length} bytes: ${error}`);
        thrown++;
      }
    }
  }
  assert.ok(different.size > 40 && thrown > 1000, `${different.size} filters, ${thrown} errors`);
});

test('every option has a name of its own, few words, one sentence and an example that is right', () => {
  const sets = [...FILTER_NAMES.map(filterKind), ...ACTION_NAMES.map(actionKind)];
  for (const set of sets) {
    const names = new Set<string>();
    for (const [option, { uci }] of set?.rows ?? []) {
      if (uci === undefined) continue;
      const where = `${set?.kind} ${option}`;
      assert.match(uci.name, /^[a-z0-9_]+$/, where);
      assert.ok(!names.has(uci.name), where);
      names.add(uci.name);
      assert.ok(uci.label.split(' ').length <= 4, `${where}: ${uci.label}`);
      assert.ok(uci.help.endsWith('.') && !uci.help.includes('. '), `${where}: ${uci.help}`);
      assert.notEqual(uci.field.parse(uci.example), undefined, `${where}: ${uci.example}`);
    }
  }
});
