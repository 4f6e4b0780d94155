import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reader, Writer } from '../lib/bytes.ts';
import {
  ETHTOOL_A_CHANNELS,
  ETHTOOL_A_COALESCE,
  ETHTOOL_A_HEADER,
  ETHTOOL_A_RINGS,
  ETHTOOL_MSG,
} from '../uapi/ethtool.ts';
import {
  decodeParameters,
  encodeParameterChange,
  encodeParametersQuery,
  type Parameter,
  parameterSet,
  parametersGet,
  wordOf,
} from './ethtool_parameters.ts';
import { beginNested, eachAttribute, endAttribute, putAttribute, text, u8, u32 } from './nla.ts';
import type { Request } from './nlmsg.ts';

const FAMILY = 21;
const ringRx: Parameter = { attribute: ETHTOOL_A_RINGS.RX, word: 5 };

/** Command, device and numbers of a request. */
function told({ type, body }: Request, littleEndian: boolean): unknown {
  const w = new Writer(littleEndian);
  body(w);
  const r = new Reader(w.bytes(), littleEndian);
  const command = r.u8();
  r.take(3);
  let device = '';
  const numbers: [number, number][] = [];
  eachAttribute(r, (attribute, value) => {
    if (attribute !== ETHTOOL_A_RINGS.HEADER) numbers.push([attribute, value.u32()]);
    else
      eachAttribute(value, (part, name) => (device = part === ETHTOOL_A_HEADER.DEV_NAME ? text.decode(name) : device));
  });
  return { type, command, device, numbers };
}

test('a group is asked for and set by the name of the device, and only what is set is sent', () => {
  for (const littleEndian of [true, false]) {
    assert.deepEqual(told(parametersGet(FAMILY, 'coalesce', 'eth1'), littleEndian), {
      type: FAMILY,
      command: ETHTOOL_MSG.COALESCE_GET,
      device: 'eth1',
      numbers: [],
    });
    assert.deepEqual(told(parameterSet(FAMILY, 'rings', 'eth1', ringRx, 512), littleEndian), {
      type: FAMILY,
      command: ETHTOOL_MSG.RINGS_SET,
      device: 'eth1',
      numbers: [[ETHTOOL_A_RINGS.RX, 512]],
    });
  }
});

test('of an answer the numbers are read, and switches and what is nested are left out', () => {
  for (const littleEndian of [true, false]) {
    const w = new Writer(littleEndian);
    w.u32(0);
    const header = beginNested(w, ETHTOOL_A_COALESCE.HEADER);
    putAttribute(w, ETHTOOL_A_HEADER.DEV_NAME, text, 'eth1');
    endAttribute(w, header);
    putAttribute(w, ETHTOOL_A_COALESCE.RX_USECS, u32, 20);
    putAttribute(w, ETHTOOL_A_COALESCE.USE_ADAPTIVE_RX, u8, 1);
    const values = decodeParameters(new Reader(w.bytes(), littleEndian));
    assert.deepEqual([...values], [[ETHTOOL_A_COALESCE.RX_USECS, 20]]);
  }
});

test('the struct of the older way is asked for, read and set where the header has its numbers', () => {
  for (const littleEndian of [true, false]) {
    const query = encodeParametersQuery('channels', littleEndian);
    // struct ethtool_channels: cmd, four maxima, then rx, tx, other and combined.
    assert.equal(query.length, 36);
    const struct = new Uint8Array(query);
    const view = new DataView(struct.buffer);
    [0x3c, 1, 2, 3, 4, 5, 6, 7, 8].forEach((number, word) => {
      view.setUint32(word * 4, number, littleEndian);
    });
    assert.equal(new DataView(query.buffer).getUint32(0, littleEndian), 0x3c);
    const combined: Parameter = { attribute: ETHTOOL_A_CHANNELS.COMBINED_COUNT, word: 8 };
    assert.equal(wordOf(struct, combined, littleEndian), 8);
    const change = encodeParameterChange('channels', struct, combined, 2, littleEndian);
    const changed = Array.from({ length: 9 }, (_, word) =>
      new DataView(change.buffer).getUint32(word * 4, littleEndian),
    );
    assert.deepEqual(changed, [0x3d, 1, 2, 3, 4, 5, 6, 7, 2]);
    assert.equal(view.getUint32(0, littleEndian), 0x3c, 'what was read stays as it is');
  }
  assert.deepEqual(
    (['rings', 'coalesce', 'channels'] as const).map((group) => encodeParametersQuery(group, true).length),
    [36, 92, 36],
  );
});
