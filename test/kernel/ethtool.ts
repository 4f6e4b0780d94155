/** The family "ethtool" of generic netlink: features read and switched (net/ethtool/features.c). */
import type { Reader, Writer } from '../../src/lib/bytes.ts';
import {
  ETHTOOL_A_BITSET,
  ETHTOOL_A_BITSET_BIT,
  ETHTOOL_A_BITSET_BITS,
  ETHTOOL_A_FEATURES,
  ETHTOOL_A_HEADER,
  ETHTOOL_MSG,
} from '../../src/uapi/ethtool.ts';
import { CTRL_ATTR, CTRL_CMD, GENL_ID } from '../../src/uapi/genetlink.ts';
import { beginNested, binary, eachAttribute, endAttribute, putAttribute, text, u16 } from '../../src/wire/nla.ts';
import type { MessageHeader } from '../../src/wire/nlmsg.ts';
import type { Answer } from './rtnetlink.ts';
import { type FakeDevice, type KernelState, Refused } from './state.ts';

const ETHTOOL_FAMILY_ID = 21;
const NOTHING = new Uint8Array();

export function answerGenetlink(state: KernelState, header: MessageHeader, payload: Reader): Answer[] {
  const command = payload.u8();
  payload.take(3);
  if (header.type === GENL_ID.CTRL && command === CTRL_CMD.GETFAMILY) return [family(payload)];
  if (header.type !== ETHTOOL_FAMILY_ID) throw new Refused('ENOENT');
  const { device, wanted } = readRequest(state, payload);
  if (command === ETHTOOL_MSG.FEATURES_GET) return [featuresOf(device)];
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

function featuresOf(device: FakeDevice): Answer {
  const bits = (of: (feature: { on: boolean; changeable: boolean }) => boolean): Map<string, boolean> =>
    new Map([...device.features].map(([name, feature]) => [name, of(feature)]));
  return {
    type: ETHTOOL_FAMILY_ID,
    body: (w) => {
      putGenlHeader(w, ETHTOOL_MSG.FEATURES_GET_REPLY);
      putBitset(
        w,
        ETHTOOL_A_FEATURES.HW,
        bits(({ changeable }) => changeable),
        false,
      );
      putBitset(
        w,
        ETHTOOL_A_FEATURES.WANTED,
        bits(({ on }) => on),
        true,
      );
      putBitset(
        w,
        ETHTOOL_A_FEATURES.ACTIVE,
        bits(({ on }) => on),
        true,
      );
      putBitset(w, ETHTOOL_A_FEATURES.NOCHANGE, new Map(), true);
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
      putBitset(w, ETHTOOL_A_FEATURES.WANTED, refused, false);
      putBitset(w, ETHTOOL_A_FEATURES.ACTIVE, changed, false);
    },
  };
}

/** Named bits; without a mask only those that are set, as the kernel sends what needs none. */
function putBitset(w: Writer, type: number, values: ReadonlyMap<string, boolean>, withoutMask: boolean): void {
  const bitset = beginNested(w, type);
  if (withoutMask) putAttribute(w, ETHTOOL_A_BITSET.NOMASK, binary, NOTHING);
  const bits = beginNested(w, ETHTOOL_A_BITSET.BITS);
  for (const [name, value] of values) {
    if (withoutMask && !value) continue;
    const bit = beginNested(w, ETHTOOL_A_BITSET_BITS.BIT);
    putAttribute(w, ETHTOOL_A_BITSET_BIT.NAME, text, name);
    if (value && !withoutMask) putAttribute(w, ETHTOOL_A_BITSET_BIT.VALUE, binary, NOTHING);
    endAttribute(w, bit);
  }
  endAttribute(w, bits);
  endAttribute(w, bitset);
}
