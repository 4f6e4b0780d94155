/** Netlink with the kernel of the machine, in the byte order of the CPU that this is compiled for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { host } from '../../src/host/native.ts';
import { NetlinkSocket } from '../../src/net/netlink.ts';
import { IFLA } from '../../src/uapi/if_link.ts';
import { linkDump } from '../../src/wire/link.ts';
import { text } from '../../src/wire/nla.ts';

/** struct ifinfomsg. */
const IFINFOMSG_BYTES = 16;
const INDEX_OFFSET = 4;

test('a dump of devices has those of /sys/class/net, each once, with its number', () => {
  const indexes = new Map<string, number>();
  let count = 0;
  const socket = new NetlinkSocket(host);
  try {
    socket.dump(
      'list devices',
      linkDump(),
      (_header, payload) => {
        const start = payload.take(IFINFOMSG_BYTES);
        // The name comes first (net/core/rtnetlink.c, rtnl_fill_ifinfo). Not all attributes are read here, since qemu-user
        // (linux-user/fd-trans.c) does not swap the header of a last one that has nothing else, as newer kernels send it.
        const length = payload.u16();
        assert.equal(payload.u16(), IFLA.IFNAME);
        payload.end = payload.pos + length - 4;
        indexes.set(text.decode(payload), payload.view.getInt32(start + INDEX_OFFSET, host.littleEndian));
        count++;
      },
      () => {
        indexes.clear();
        count = 0;
      },
    );
  } finally {
    socket.close();
  }
  assert.equal(count, indexes.size);
  const names = host.readDirectory('/sys/class/net');
  assert.deepEqual([...indexes.keys()].sort(), typeof names === 'number' ? names : names.sort());
  assert.equal(indexes.get('lo'), 1);
});
