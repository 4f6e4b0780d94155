import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Capture, readCaptures } from '../../../test/captures.ts';
import { Reader, ShortReadError } from '../../lib/bytes.ts';
import { RTM } from '../../uapi/rtnetlink.ts';
import { eachMessage } from '../../wire/nlmsg.ts';
import { TcView } from '../../wire/tcview.ts';
import type { ObservedResource } from '../resource.ts';
import { TreeDump } from './dump.ts';
import { observeTrees } from './observed.ts';

/** What a device with the HTB of the captures has, as weir sees it. */
function treeOf(capture: Capture, cutBytes = 0): Map<string, ObservedResource> {
  const view = new TcView();
  let dump: TreeDump | undefined;
  for (const { kind, messages } of capture.records) {
    if (kind !== 'dump-stats' && kind !== 'class-dump') continue;
    for (const message of messages) {
      eachMessage(new Reader(message, capture.littleEndian), (header, payload) => {
        payload.end -= cutBytes;
        const device = payload.view.getInt32(payload.pos + 4, capture.littleEndian);
        dump ??= new TreeDump(capture.littleEndian, new Map([[device, 'v0']]), new Map([[device, 'v0']]));
        const [one] = dump.devices;
        if (header.type === RTM.NEWQDISC) dump.addQdisc(view.read(payload));
        if (header.type === RTM.NEWTCLASS && one !== undefined) dump.addClass(view.read(payload), one.classes);
        payload.end += cutBytes;
      });
    }
  }
  const resources = new Map<string, ObservedResource>();
  assert.ok(dump);
  const [one] = dump.devices;
  const saved = { device: 'v0', ifindex: one?.ifindex ?? 0, numbers: new Map(), filterParents: [], keys: [] };
  observeTrees(dump, [{ ...saved, root: { kind: 'htb', handle: 0x10000 } }], resources);
  return resources;
}

test('what kernels of both byte orders tell of a tree is in its order, with its options', () => {
  for (const capture of readCaptures('tc-htb')) {
    const tree = treeOf(capture);
    // The flows of fq_codel, which are classes to the kernel, nobody makes.
    assert.deepEqual(
      [...tree].map(([key, { owner }]) => `${key}: ${owner}`),
      [
        'qdisc v0 root: weir',
        'class v0 1:1: weir',
        'class v0 1:10: weir',
        'class v0 1:20: weir',
        'class v0 1:30: weir',
        'qdisc v0 1:10: weir',
        'qdisc v0 1:20: weir',
      ],
      capture.name,
    );
    const atm = tree.get('class v0 1:20')?.resource;
    assert.deepEqual(atm, {
      type: 'class',
      device: 'v0',
      handle: 0x10020,
      parent: 0x10001,
      kind: 'htb',
      options: {
        rateBitPerS: 10_000_000,
        ceilBitPerS: 20_000_000,
        burstBytes: 1600,
        ceilBurstBytes: 1600,
        quantumBytes: 125_000,
        priority: 0,
        overheadBytes: 44,
        mpuBytes: 84,
        linkLayer: 'atm',
        level: 0,
      },
      on: 'qdisc v0 root',
    });
    // Times that the kernel rounds down are sent so that they read back as they are.
    const leaf = tree.get('qdisc v0 1:20')?.resource;
    assert.ok(leaf?.type === 'qdisc');
    assert.deepEqual([leaf.options?.targetUs, leaf.toRestore?.targetUs], [4999, 5000]);
    assert.equal(leaf.on, 'class v0 1:20');
  }
});

test('messages that are cut are told as such, or tell less', () => {
  for (const capture of readCaptures('tc-htb')) {
    for (let cutBytes = 4; cutBytes < 300; cutBytes += 4) {
      try {
        treeOf(capture, cutBytes);
      } catch (error) {
        assert.ok(error instanceof ShortReadError, String(error));
      }
    }
  }
});
