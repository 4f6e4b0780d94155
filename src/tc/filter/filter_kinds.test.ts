/** Every kind of filters and actions against what tc(8) sends and what kernels show. The commands of the captures are weir's own words. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attributesOf, type Capture, decodeCapturedTc, readCaptures } from '../../../test/captures.ts';
import { fromHex, toHex } from '../../../test/netlink/recording.ts';
import { ShortReadError, Writer } from '../../lib/bytes.ts';
import { TCA_ACT, TCA_POLICE, TCA_U32 } from '../../uapi/tc.ts';
import { decodeFilterInfo, type TcMessage } from '../../wire/tcmsg.ts';
import type { KernelNames } from '../action/list.ts';
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
  isFilter,
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

/** Devices of the recorded machines; the little-endian kernels come up with some of their own before them. */
const DEVICES: Readonly<Record<'little' | 'big', Readonly<Record<string, number>>>> = {
  little: { v0: 7, v2: 9, ifb4v0: 10 },
  big: { v0: 3, v2: 5, ifb4v0: 6 },
};

function namesOf({ littleEndian }: Capture): KernelNames {
  const devices = littleEndian ? DEVICES.little : DEVICES.big;
  return {
    ifindexOf: (device) => devices[device] ?? 0,
    deviceOf: (ifindex) => Object.keys(devices).find((name) => devices[name] === ifindex),
    programFdOf: () => PROGRAM_FD,
  };
}

/** Of the program that tc opened. */
const PROGRAM_FD = 7;

/** A filter that a command sent, or that a kernel showed after it. */
interface Message {
  readonly capture: Capture;
  readonly command: string;
  readonly kind: FilterKind;
  readonly handle: number;
  readonly etherType: number;
  readonly options: Uint8Array;
}

function messagesOf(capture: Capture, kinds: readonly string[]): Message[] {
  const records = capture.records.filter(({ kind }) => kinds.includes(kind));
  return records.flatMap(({ kind: record, command, messages }) =>
    // What follows a refused request is the error.
    (record === 'refused' ? messages.slice(0, 1) : messages).flatMap((bytes): Message[] => {
      const { handle, info, kind: name, options }: TcMessage = decodeCapturedTc(capture, bytes);
      const kind = filterKind(name);
      const isOther = kind === undefined || options === undefined || options.length === 0;
      if (isOther || (record.startsWith('dump') && !isFilter(name, handle))) return [];
      const { etherType } = decodeFilterInfo(info, capture.littleEndian);
      return [{ capture, command, kind, handle, etherType, options }];
    }),
  );
}

const sent = CAPTURES.flatMap((capture) => messagesOf(capture, ['request', 'refused']));
const shown = CAPTURES.flatMap((capture) => messagesOf(capture, ['dump', 'dump-stats']));
const where = ({ capture, command }: Message): string => `${capture.name}: ${command}`;

const decode = ({ kind, options, capture, handle }: Message): FilterFound =>
  decodeFilterOptions(kind, options, capture.littleEndian, handle, namesOf(capture));

function encode({ kind, etherType, capture }: Message, filter: FilterFound, littleEndian: boolean): Uint8Array {
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
        const isPolice = attributes.get(TCA_ACT.KIND) === toHex(new TextEncoder().encode('police\0'));
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
    const { options, actions } = decode(message);
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
    const filter = decode(message);
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
    const differences = filterDifferences(message.kind, decode(before), decode(message), message.etherType);
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
      formatFilter(message.kind, decode(message), message.etherType).join(' '),
      OTHER_WORDS[after] ?? after.replaceAll("'", ''),
      where(message),
    );
  }
});

test('what a person may write for a value reads back as that value', () => {
  for (const message of sent) {
    const { options, actions } = decode(message);
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
  for (const message of sent) {
    const filter = decode(message);
    for (const littleEndian of [true, false]) {
      const options = encode(message, filter, littleEndian);
      const read = decodeFilterOptions(message.kind, options, littleEndian, message.handle, namesOf(message.capture));
      assert.deepEqual(read, filter, where(message));
    }
  }
});

test('a filter cut anywhere throws ShortReadError or tells less, nothing else', () => {
  let thrown = 0;
  for (const message of shown) {
    const { options } = message;
    for (let length = 0; length < options.length; length += 1 + (options.length >> 8)) {
      try {
        decode({ ...message, options: options.subarray(0, length) });
      } catch (error) {
        assert.ok(error instanceof ShortReadError, `${where(message)}: ${length} bytes: ${error}`);
        thrown++;
      }
    }
  }
  assert.ok(thrown > 1000, `${thrown}`);
});
