import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReplayHost, readRecording, toHex } from '../../test/netlink/recording.ts';
import { FakeHost } from '../host/fake.ts';
import { Reader, Writer } from '../lib/bytes.ts';
import { ETHTOOL, ETHTOOL_A_BITSET, ETHTOOL_A_FEATURES, ETHTOOL_MSG } from '../uapi/ethtool.ts';
import { CTRL_CMD, GENL_ID } from '../uapi/genetlink.ts';
import { NETLINK, NLM_F, NLMSG } from '../uapi/netlink.ts';
import { decodeFeatureNames } from '../wire/ethtool.ts';
import { eachAttribute } from '../wire/nla.ts';
import { Ethtool } from './ethtool.ts';
import { KernelError } from './netlink.ts';

const NAMES = ['tx-scatter-gather', '', 'rx-gro', ...Array.from({ length: 31 }, (_, i) => `feature-${i}`), 'rx-lro'];
const COUNT = NAMES.length;
const LRO = COUNT - 1;
/** struct nlmsghdr */
const MESSAGE_BYTES = 16;

/** A kernel whose ethtool answers only by ioctl; on a device with 35 features, of which rx-gro stays as it is. */
class OldKernel extends FakeHost {
  readonly commands: number[] = [];
  readonly active = NAMES.map((_, bit) => bit === 2);
  countKnown = true;

  constructor() {
    super();
    this.onIoctl = (_request, ifreq, pointers) => {
      const data = pointers[0]?.[1] ?? new Uint8Array();
      const r = new Reader(data, true);
      const command = r.u32();
      this.commands.push(command);
      assert.equal(pointers[0]?.[0], 16);
      if (ifreq[0] !== 'e'.charCodeAt(0)) return -(this.errno.ENODEV ?? 0);
      const w = new Writer(true);
      w.u32(command);
      if (command === ETHTOOL.GSSET_INFO) {
        w.u32(0);
        w.u64(this.countKnown ? 16 : 0);
        w.u32(this.countKnown ? COUNT : 0);
      } else if (command === ETHTOOL.GSTRINGS) {
        w.u32(4);
        w.u32(COUNT);
        for (const name of NAMES) {
          for (let i = 0; i < 32; i++) w.u8(name.charCodeAt(i) || 0);
        }
      } else if (command === ETHTOOL.GFEATURES) {
        w.u32(2);
        for (let word = 0; word < 2; word++) {
          const bits = this.active
            .slice(word * 32, word * 32 + 32)
            .reduce((sum, on, bit) => sum + (on ? 2 ** bit : 0), 0);
          for (const value of [0xffff_ffff, bits, bits, word === 0 ? 4 : 0]) w.u32(value);
        }
      } else if (command === ETHTOOL.SFEATURES) {
        assert.equal(r.u32(), 2);
        for (let word = 0; word < 2; word++) {
          const [valid, wanted] = [r.u32(), r.u32()];
          for (let bit = 0; bit < 32; bit++) {
            if (valid & (1 << bit) && word * 32 + bit !== 2) this.active[word * 32 + bit] = (wanted & (1 << bit)) !== 0;
          }
        }
        return 1;
      }
      data.set(w.bytes().subarray(0, data.length));
      return 0;
    };
  }

  override socket(domain: number, type: number, protocol: number): number {
    return protocol === NETLINK.GENERIC ? -(this.errno.EPROTONOSUPPORT ?? 0) : super.socket(domain, type, protocol);
  }
}

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof KernelError) return error.message;
    throw error;
  }
  return '';
}

test('by ioctl, features are found by name in the first and in the second word', () => {
  const features = new Ethtool(new OldKernel()).readFeatures('eth0');
  assert.equal(features.size, COUNT - 1);
  assert.deepEqual(features.get('rx-gro'), { on: true, wanted: true, changeable: false });
  assert.deepEqual(features.get('rx-lro'), { on: false, wanted: false, changeable: true });
});

test('by ioctl, names are asked for once and a change touches only what was named', () => {
  const kernel = new OldKernel();
  const ethtool = new Ethtool(kernel);
  ethtool.readFeatures('eth0');
  const change = ethtool.setFeatures(
    'eth0',
    new Map([
      ['rx-lro', true],
      ['rx-gro', false],
    ]),
  );
  assert.deepEqual([...change.changed], [['rx-lro', true]]);
  assert.deepEqual([...change.refused], [['rx-gro', false]]);
  assert.deepEqual(
    kernel.active.flatMap((on, bit) => (on ? [bit] : [])),
    [2, LRO],
  );
  assert.equal(kernel.commands.filter((command) => command === ETHTOOL.GSTRINGS).length, 1);
});

test('by ioctl, an unknown feature, device or name that no device can have is refused before anything changes', () => {
  const kernel = new OldKernel();
  const ethtool = new Ethtool(kernel);
  const unknown = messageOf(() => ethtool.setFeatures('eth0', new Map([['warp', true]])));
  assert.equal(unknown, 'eth0: change features: EOPNOTSUPP (EOPNOTSUPP): no feature warp');
  assert.equal(
    messageOf(() => ethtool.readFeatures('wlan0')),
    'wlan0: read features: ENODEV (ENODEV)',
  );
  const long = 'e123456789abcdef';
  assert.equal(
    messageOf(() => ethtool.readFeatures(long)),
    `${long}: read features: ENODEV (ENODEV)`,
  );
  assert.ok(!kernel.commands.includes(ETHTOOL.SFEATURES));
  ethtool.close();
  assert.equal(kernel.openDescriptors, 0);
});

test('a kernel that does not count its features has none', () => {
  const kernel = new OldKernel();
  kernel.countKnown = false;
  assert.equal(new Ethtool(kernel).readFeatures('eth0').size, 0);
});

test('generic netlink without the ethtool family, or with a broken answer, falls back to the ioctl', () => {
  for (const broken of [false, true]) {
    const kernel = new OldKernel();
    kernel.socket = (domain, type, protocol) => FakeHost.prototype.socket.call(kernel, domain, type, protocol);
    kernel.onSend = (_fd, bytes) => {
      const sequence = new Reader(bytes, true, 8).u32();
      const w = new Writer(true);
      const header = (length: number, type: number): void => {
        w.u32(length);
        w.u16(type);
        w.u16(NLM_F.CAPPED);
        w.u32(sequence);
        w.u32(0);
      };
      if (broken) {
        header(24, 16);
        for (const byte of [CTRL_CMD.NEWFAMILY, 2, 0, 0, 0xff, 0, 1, 0]) w.u8(byte);
      }
      header(36, NLMSG.ERROR);
      w.s32(broken ? 0 : -(kernel.errno.ENOENT ?? 0));
      w.zeros(16);
      return [w.bytes().slice()];
    };
    assert.ok(new Ethtool(kernel).readFeatures('eth0').has('rx-gro'));
    assert.equal(kernel.openDescriptors, 1);
  }
});

test('a feature that the kernel says is never changed is not changeable, whatever the device says', () => {
  const recording = readRecording('test/captures/netlink-le-6.1.txt');
  const isFamilyQuestion = (entry: (typeof recording.entries)[number]): boolean =>
    entry.kind === 'sent' && toHex(entry.bytes.subarray(4, 6)) === '1000' && entry.bytes[16] === CTRL_CMD.GETFAMILY;
  const entries = recording.entries.slice(recording.entries.findIndex(isFamilyQuestion) - 1);
  const changeable = (name: string): boolean | undefined =>
    new Ethtool(new ReplayHost({ ...recording, entries })).readFeatures('wan0').get(name)?.changeable;
  assert.equal(changeable('rx-checksum'), true);

  const answers = entries.flatMap((entry) => (entry.kind === 'received' ? [entry.bytes] : []));
  const answerTo = (command: number): Reader => {
    const isAnswer = (bytes: Uint8Array): boolean => (bytes[4] ?? 0) > GENL_ID.CTRL && bytes[MESSAGE_BYTES] === command;
    return new Reader(answers.find(isAnswer) ?? new Uint8Array(), true, MESSAGE_BYTES);
  };
  const bit = decodeFeatureNames(answerTo(ETHTOOL_MSG.STRSET_GET_REPLY)).indexOf('rx-checksum');
  const message = answerTo(ETHTOOL_MSG.FEATURES_GET_REPLY);
  message.take(4);
  eachAttribute(message, (type, bitset) => {
    if (type !== ETHTOOL_A_FEATURES.NOCHANGE) return;
    eachAttribute(bitset, (part, words) => {
      const at = words.pos + (bit >>> 3);
      if (part === ETHTOOL_A_BITSET.VALUE) words.data[at] = (words.data[at] ?? 0) | (1 << (bit & 7));
    });
  });
  assert.equal(changeable('rx-checksum'), false);
});
