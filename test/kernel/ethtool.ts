/** The family "ethtool" of generic netlink: features read and switched (net/ethtool/features.c). */
import type { Reader, Writer } from '../../src/lib/bytes.ts';
import { featuresOf, OFFLOAD_NAMES } from '../../src/schema/offload.ts';
import {
  ETH_SS,
  ETHTOOL_A_BITSET,
  ETHTOOL_A_BITSET_BIT,
  ETHTOOL_A_FEATURES,
  ETHTOOL_A_HEADER,
  ETHTOOL_A_STRING,
  ETHTOOL_A_STRINGS,
  ETHTOOL_A_STRINGSET,
  ETHTOOL_A_STRINGSETS,
  ETHTOOL_A_STRSET,
  ETHTOOL_MSG,
} from '../../src/uapi/ethtool.ts';
import { CTRL_ATTR, CTRL_CMD, GENL_ID } from '../../src/uapi/genetlink.ts';
import {
  beginAttribute,
  beginNested,
  binary,
  eachAttribute,
  endAttribute,
  putAttribute,
  text,
  u16,
  u32,
} from '../../src/wire/nla.ts';
import type { MessageHeader } from '../../src/wire/nlmsg.ts';
import { type Answer, type FakeDevice, type KernelState, Refused } from './state.ts';

const ETHTOOL_FAMILY_ID = 21;
const NOTHING = new Uint8Array();

export function answerGenetlink(state: KernelState, header: MessageHeader, payload: Reader): Answer[] {
  const command = payload.u8();
  payload.take(3);
  if (header.type === GENL_ID.CTRL && command === CTRL_CMD.GETFAMILY) return [family(payload)];
  if (header.type !== ETHTOOL_FAMILY_ID) throw new Refused('ENOENT');
  if (command === ETHTOOL_MSG.STRSET_GET) return [featureNames()];
  const { device, wanted } = readRequest(state, payload);
  if (command === ETHTOOL_MSG.FEATURES_GET) return [featuresOfDevice(device)];
  if (command === ETHTOOL_MSG.FEATURES_SET) return [setFeatures(device, wanted)];
  throw new Refused('EOPNOTSUPP');
}

function family(payload: Reader): Answer {
  eachAttribute(payload, (type, value) => {
    if (type === CTRL_ATTR.FAMILY_NAME && text.decode(value) !== 'ethtool') throw new Refused('ENOENT');
  });
  return {
    type: GENL_ID.CTRL,
    body: (w) => {
      putGenlHeader(w, CTRL_CMD.NEWFAMILY);
      putAttribute(w, CTRL_ATTR.FAMILY_ID, u16, ETHTOOL_FAMILY_ID);
    },
  };
}

function putGenlHeader(w: Writer, command: number): void {
  w.u8(command);
  w.u8(1);
  w.u16(0);
}

function readRequest(state: KernelState, payload: Reader): { device: FakeDevice; wanted: Map<string, boolean> } {
  let name = '';
  const wanted = new Map<string, boolean>();
  eachAttribute(payload, (type, value) => {
    if (type === ETHTOOL_A_FEATURES.HEADER) {
      eachAttribute(value, (part, text_) => {
        if (part === ETHTOOL_A_HEADER.DEV_NAME) name = text.decode(text_);
      });
    } else if (type === ETHTOOL_A_FEATURES.WANTED) {
      eachAttribute(value, (part, bits) => {
        if (part !== ETHTOOL_A_BITSET.BITS) return;
        eachAttribute(bits, (_bit, bit) => {
          let feature = '';
          let on = false;
          eachAttribute(bit, (field, fieldValue) => {
            if (field === ETHTOOL_A_BITSET_BIT.NAME) feature = text.decode(fieldValue);
            if (field === ETHTOOL_A_BITSET_BIT.VALUE) on = true;
          });
          wanted.set(feature, on);
        });
      });
    }
  });
  const device = state.find(name);
  if (device === undefined) throw new Refused('ENODEV', 'no device matches name');
  return { device, wanted };
}

/** As on real kernels the bits take more than one word, and some have no name. */
const NAMES: readonly string[] = [
  ...new Array<string>(20).fill(''),
  ...OFFLOAD_NAMES.flatMap(featuresOf),
  'highdma',
  'tx-lockless',
  'tx-nocache-copy',
];

function featureNames(): Answer {
  return {
    type: ETHTOOL_FAMILY_ID,
    body: (w) => {
      putGenlHeader(w, ETHTOOL_MSG.STRSET_GET_REPLY);
      const sets = beginNested(w, ETHTOOL_A_STRSET.STRINGSETS);
      const set = beginNested(w, ETHTOOL_A_STRINGSETS.STRINGSET);
      putAttribute(w, ETHTOOL_A_STRINGSET.ID, u32, ETH_SS.FEATURES);
      const strings = beginNested(w, ETHTOOL_A_STRINGSET.STRINGS);
      for (const [bit, name] of NAMES.entries()) {
        if (name === '') continue;
        const string = beginNested(w, ETHTOOL_A_STRINGS.STRING);
        putAttribute(w, ETHTOOL_A_STRING.INDEX, u32, bit);
        putAttribute(w, ETHTOOL_A_STRING.VALUE, text, name);
        endAttribute(w, string);
      }
      endAttribute(w, strings);
      endAttribute(w, set);
      endAttribute(w, sets);
    },
  };
}

function featuresOfDevice(device: FakeDevice): Answer {
  const having = (has: (feature: { on: boolean; changeable: boolean }) => boolean): string[] =>
    [...device.features].filter(([, feature]) => has(feature)).map(([name]) => name);
  return {
    type: ETHTOOL_FAMILY_ID,
    body: (w) => {
      const changeable = having((feature) => feature.changeable);
      const on = having((feature) => feature.on);
      putGenlHeader(w, ETHTOOL_MSG.FEATURES_GET_REPLY);
      putBitset(w, ETHTOOL_A_FEATURES.HW, changeable, [...device.features.keys()]);
      putBitset(w, ETHTOOL_A_FEATURES.WANTED, on);
      putBitset(w, ETHTOOL_A_FEATURES.ACTIVE, on);
      putBitset(w, ETHTOOL_A_FEATURES.NOCHANGE, [], [...device.features.keys()]);
    },
  };
}

function setFeatures(device: FakeDevice, wanted: ReadonlyMap<string, boolean>): Answer {
  const refused = new Map<string, boolean>();
  const changed = new Map<string, boolean>();
  for (const name of wanted.keys()) {
    if (!device.features.has(name)) throw new Refused('EOPNOTSUPP', 'bit name not found');
  }
  for (const [name, on] of wanted) {
    const feature = device.features.get(name);
    if (feature === undefined || feature.on === on) continue;
    if (!feature.changeable || feature.stubborn === true) {
      refused.set(name, on);
      continue;
    }
    feature.on = on;
    changed.set(name, on);
  }
  return {
    type: ETHTOOL_FAMILY_ID,
    body: (w) => {
      putGenlHeader(w, ETHTOOL_MSG.FEATURES_SET_REPLY);
      for (const [type, bits] of [
        [ETHTOOL_A_FEATURES.WANTED, refused],
        [ETHTOOL_A_FEATURES.ACTIVE, changed],
      ] as const) {
        putBitset(w, type, namesThatAreOn(bits), [...bits.keys()]);
      }
    },
  };
}

function namesThatAreOn(bits: ReadonlyMap<string, boolean>): string[] {
  return [...bits].filter(([, on]) => on).map(([name]) => name);
}

/** A compact bitset; without `told` it has no mask. */
function putBitset(w: Writer, type: number, on: readonly string[], told?: readonly string[]): void {
  const bitset = beginNested(w, type);
  if (told === undefined) putAttribute(w, ETHTOOL_A_BITSET.NOMASK, binary, NOTHING);
  putAttribute(w, ETHTOOL_A_BITSET.SIZE, u32, NAMES.length);
  putWords(w, ETHTOOL_A_BITSET.VALUE, on);
  if (told !== undefined) putWords(w, ETHTOOL_A_BITSET.MASK, told);
  endAttribute(w, bitset);
}

function putWords(w: Writer, type: number, set: readonly string[]): void {
  const bits = set.map((name) => NAMES.indexOf(name));
  if (bits.includes(-1)) throw new Error(`a feature without a bit among ${set.join(', ')}`);
  const at = beginAttribute(w, type);
  for (let first = 0; first < NAMES.length; first += 32) {
    const inWord = bits.filter((bit) => bit >= first && bit < first + 32);
    w.u32(inWord.reduce((word, bit) => word | (1 << (bit - first)), 0) >>> 0);
  }
  endAttribute(w, at);
}
