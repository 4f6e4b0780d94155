import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toHex } from '../../test/netlink/recording.ts';
import { Reader, Writer } from '../lib/bytes.ts';
import { IFF, IFLA } from '../uapi/if_link.ts';
import { decodeLink, linkCreate, linkDelete, linkDump, linkGet, linkSet } from './link.ts';
import { beginNested, endAttribute, putAttribute, text, u32 } from './nla.ts';
import type { Request } from './nlmsg.ts';

function bodyOf(request: Request, littleEndian = true): string {
  const w = new Writer(littleEndian);
  request.body(w);
  return toHex(w.bytes());
}

/** RTM_NEWLINK with what a test needs. */
function linkBody(littleEndian: boolean, family: number, rest: (w: Writer) => void): Reader {
  const w = new Writer(littleEndian);
  w.u8(family);
  w.u8(0);
  w.u16(512);
  w.s32(42);
  w.u32(IFF.UP | IFF.LOWER_UP);
  w.u32(0);
  rest(w);
  return new Reader(w.bytes().slice(), littleEndian);
}

for (const littleEndian of [true, false]) {
  const order = littleEndian ? 'little' : 'big';

  test(`a device has its name, numbers and kind, and unknown attributes do no harm, ${order} endian`, () => {
    const payload = linkBody(littleEndian, 0, (w) => {
      putAttribute(w, IFLA.IFNAME, text, 'pppoe-wan');
      putAttribute(w, IFLA.MTU, u32, 1492);
      putAttribute(w, 999, text, 'from the future');
      putAttribute(w, IFLA.TXQLEN, u32, 3);
      putAttribute(w, IFLA.GROUP, u32, 9);
      putAttribute(w, IFLA.NUM_TX_QUEUES, u32, 4);
      putAttribute(w, IFLA.NUM_RX_QUEUES, u32, 2);
      putAttribute(w, IFLA.MASTER, u32, 7);
      putAttribute(w, IFLA.IFALIAS, text, 'weir:wan');
      putAttribute(w, IFLA.QDISC, text, 'cake');
      const info = beginNested(w, IFLA.LINKINFO);
      putAttribute(w, 1, text, 'ppp');
      endAttribute(w, info);
    });
    assert.deepEqual(decodeLink(payload), {
      ifindex: 42,
      hardwareType: 512,
      flags: IFF.UP | IFF.LOWER_UP,
      name: 'pppoe-wan',
      mtu: 1492,
      txQueueLength: 3,
      group: 9,
      txQueues: 4,
      rxQueues: 2,
      master: 7,
      alias: 'weir:wan',
      qdisc: 'cake',
      kind: 'ppp',
    });
  });
}

test('a message about a bridge port is no message about a device, so a port that leaves its bridge is not gone', () => {
  const name = (w: Writer): void => putAttribute(w, IFLA.IFNAME, text, 'eth0');
  assert.equal(decodeLink(linkBody(true, 7, name)), undefined);
  assert.equal(decodeLink(linkBody(true, 0, name))?.name, 'eth0');
});

test('a wireless event, which has a name and nothing else of the device, is no message about it', () => {
  const payload = linkBody(true, 0, (w) => {
    putAttribute(w, IFLA.IFNAME, text, 'wlan0');
    putAttribute(w, IFLA.WIRELESS, u32, 0);
  });
  assert.equal(decodeLink(payload), undefined);
});

test('a name that is not UTF-8 goes out as the bytes it came in', () => {
  const raw = '0800030061ff6200';
  const w = new Writer(true);
  w.zeros(16);
  w.raw(fromHex(raw));
  const name = decodeLink(new Reader(w.bytes().slice(), true))?.name ?? '';
  assert.ok(bodyOf(linkGet(name)).includes(raw));
});

test('the list of devices is asked for without counters, with a header that strict checking accepts', () => {
  assert.equal(bodyOf(linkDump()), `${'00'.repeat(16)}08001d0008000000`);
});

test('an alias is sent without a NUL, and an empty one as an attribute of length 0', () => {
  assert.ok(bodyOf(linkSet(5, { alias: 'ab' })).endsWith('060014006162' + '0000'));
  assert.ok(bodyOf(linkSet(5, { alias: '' })).endsWith('04001400'));
});

test('up and down set one flag, and a change without them touches no flag', () => {
  const header = (change: Parameters<typeof linkSet>[1]): string => bodyOf(linkSet(5, change)).slice(0, 32);
  assert.equal(header({ up: true }), '00000000050000000100000001000000');
  assert.equal(header({ up: false }), '00000000050000000000000001000000');
  assert.equal(header({ mtu: 1500 }), '00000000050000000000000000000000');
});

test('a name renames a device only where the index says which', () => {
  assert.ok(bodyOf(linkSet(5, { name: 'wan' })).endsWith('0800030077616e00'));
  assert.equal(bodyOf(linkSet('lan', { name: 'wan' })), bodyOf(linkDelete('lan')));
});

test('what is not said of a new device is not sent', () => {
  const body = bodyOf(linkCreate({ kind: 'ifb', name: 'i' }), false);
  assert.equal(body, `${'00'.repeat(16)}000600036900${'0000'}000c8012${'00080001'}69666200`);
});
