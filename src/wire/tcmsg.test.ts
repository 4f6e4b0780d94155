import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeCapturedTc, readCaptures } from '../../test/captures.ts';
import { fromHex, readRecording, receivedIn, toHex } from '../../test/netlink/recording.ts';
import { Reader, ShortReadError, Writer } from '../lib/bytes.ts';
import { RTM, TCA } from '../uapi/rtnetlink.ts';
import { TC_H, TCA_STATS } from '../uapi/tc.ts';
import { beginAttribute, binary, eachAttribute, endAttribute, putAttribute, text, u8, u32, u64 } from './nla.ts';
import { eachMessage } from './nlmsg.ts';
import {
  classDump,
  decodeFilterInfo,
  decodeTc,
  filterDump,
  filterInfo,
  qdiscDump,
  TC_FLAGS,
  type TcMessage,
  tcRequest,
} from './tcmsg.ts';
import { TcView } from './tcview.ts';

function tcBody(littleEndian: boolean, rest: (w: Writer) => void): Reader {
  const w = new Writer(littleEndian);
  w.u32(0);
  w.s32(-3);
  w.u32(0x7e00_0000);
  w.u32(TC_H.ROOT);
  w.u32(0x8000_0001);
  rest(w);
  return new Reader(w.bytes().slice(), littleEndian);
}

function putStats(w: Writer, packets64: boolean): void {
  const stats = beginAttribute(w, TCA.STATS2);
  const basic = beginAttribute(w, TCA_STATS.BASIC);
  w.u64(5_000_000_000);
  w.u32(0xffff_fff0);
  endAttribute(w, basic);
  putAttribute(w, 77, text, 'unknown');
  if (packets64) putAttribute(w, TCA_STATS.PKT64, u64, 5_000_000_001);
  const queue = beginAttribute(w, TCA_STATS.QUEUE);
  for (const value of [1, 2, 3, 4, 5]) w.u32(value);
  endAttribute(w, queue);
  putAttribute(w, TCA_STATS.APP, binary, new Uint8Array([9, 8, 7]));
  endAttribute(w, stats);
}

for (const littleEndian of [true, false]) {
  const order = littleEndian ? 'little' : 'big';

  test(`a qdisc has its place, kind, options and counters, ${order} endian`, () => {
    const payload = tcBody(littleEndian, (w) => {
      putAttribute(w, TCA.KIND, text, 'cake_mq');
      putAttribute(w, TCA.OPTIONS, binary, new Uint8Array([1, 2, 3, 4, 5]));
      putAttribute(w, TCA.HW_OFFLOAD, u8, 0);
      putStats(w, false);
      putAttribute(w, 4242, text, 'from the future');
    });
    assert.deepEqual(decodeTc(payload), {
      ifindex: -3,
      handle: 0x7e00_0000,
      parent: TC_H.ROOT,
      info: 0x8000_0001,
      kind: 'cake_mq',
      options: new Uint8Array([1, 2, 3, 4, 5]),
      xstats: new Uint8Array([9, 8, 7]),
      stats: {
        bytes: 5_000_000_000,
        packets: 0xffff_fff0,
        qlen: 1,
        backlogBytes: 2,
        drops: 3,
        requeues: 4,
        overlimits: 5,
      },
    });
  });

  test(`what only some messages have is read too, ${order} endian`, () => {
    const payload = tcBody(littleEndian, (w) => {
      putAttribute(w, TCA.KIND, text, 'clsact');
      putAttribute(w, TCA.CHAIN, u32, 0);
      putAttribute(w, TCA.INGRESS_BLOCK, u32, 22);
      putAttribute(w, TCA.EGRESS_BLOCK, u32, 0x8000_0000);
      putAttribute(w, TCA.HW_OFFLOAD, u8, 1);
      putAttribute(w, TCA.STAB, binary, new Uint8Array([5]));
      putAttribute(w, TCA.XSTATS, binary, new Uint8Array([6]));
    });
    const { chain, ingressBlock, egressBlock, offloaded, stab, xstats, stats } = decodeTc(payload);
    assert.deepEqual([chain, ingressBlock, egressBlock, offloaded], [0, 22, 0x8000_0000, true]);
    assert.deepEqual([stab, xstats, stats], [new Uint8Array([5]), new Uint8Array([6]), undefined]);
  });
}

test('more packets than 32 bits hold are counted right where the kernel says so', () => {
  const packets = (packets64: boolean): number | undefined =>
    decodeTc(tcBody(true, (w) => putStats(w, packets64))).stats?.packets;
  assert.equal(packets(true), 5_000_000_001);
  assert.equal(packets(false), 0xffff_fff0);
});

test('attributes that are too short for what they are count as absent', () => {
  const { stats, chain, offloaded } = decodeTc(
    tcBody(true, (w) => {
      putAttribute(w, TCA.CHAIN, u8, 1);
      endAttribute(w, beginAttribute(w, TCA.HW_OFFLOAD));
      const nested = beginAttribute(w, TCA.STATS2);
      putAttribute(w, TCA_STATS.BASIC, u32, 1);
      putAttribute(w, TCA_STATS.QUEUE, u32, 1);
      putAttribute(w, TCA_STATS.PKT64, u32, 1);
      endAttribute(w, nested);
    }),
  );
  assert.deepEqual([stats?.bytes, stats?.packets, stats?.qlen, chain, offloaded], [0, 0, 0, undefined, undefined]);
});

test('a cut message, header or attribute is an error', () => {
  const whole = '00000000fdffffff0000007effffffff0100000009000100' + '63616b6500000000';
  for (const length of [0, 19, 25, 28]) {
    const bytes = fromHex(whole).subarray(0, length);
    assert.throws(() => decodeTc(new Reader(bytes, true)), ShortReadError, `${length}`);
  }
  const nested = '0c000700' + 'ff00010000000000';
  const bytes = fromHex(whole.slice(0, 40) + nested);
  assert.throws(() => decodeTc(new Reader(bytes, true)), ShortReadError);
  assert.equal(decodeTc(new Reader(fromHex(whole), true)).kind, 'cake');
});

test('one view over different messages never shows one as another', () => {
  const kinds = [
    'pfifo',
    'pfifo_fast',
    'fq',
    'fq_codel',
    'fq_pie',
    'fq',
    'sfb',
    'sfq',
    'ten_chars1',
    'ten_chars2',
    'a_kind_of_15_chr',
    'a_kind_of_15_chs',
    '',
  ];
  const view = new TcView();
  for (const kind of kinds) {
    const payload = tcBody(true, (w) => {
      if (kind !== '') putAttribute(w, TCA.KIND, text, kind);
      if (kind === 'fq') putAttribute(w, TCA.OPTIONS, u32, 1);
    });
    view.read(payload);
    assert.equal(view.kind, kind);
    assert.equal(view.options?.length, kind === 'fq' ? 4 : undefined);
    assert.equal(view.stats, undefined);
  }
});

test('a message as long as the last one, with other attributes in the same places, is read anew', () => {
  const view = new TcView();
  const withBlock = (attribute: number, value: number): Reader =>
    tcBody(true, (w) => {
      putAttribute(w, TCA.KIND, text, 'clsact');
      putAttribute(w, attribute, u32, value);
    });
  const blocks = (payload: Reader): (number | undefined)[] => {
    const { kind, ingressBlock, egressBlock } = view.read(payload);
    assert.equal(kind, 'clsact');
    return [ingressBlock, egressBlock];
  };
  assert.deepEqual(blocks(withBlock(TCA.INGRESS_BLOCK, 1)), [1, undefined]);
  assert.deepEqual(blocks(withBlock(TCA.INGRESS_BLOCK, 2)), [2, undefined]);
  assert.deepEqual(blocks(withBlock(TCA.EGRESS_BLOCK, 3)), [undefined, 3]);
});

test('counters of one message are not shown for the next that has none', () => {
  const view = new TcView();
  const counted = tcBody(true, (w) => {
    const nested = beginAttribute(w, TCA.STATS2);
    putAttribute(w, TCA_STATS.PKT64, u64, 7);
    endAttribute(w, nested);
  });
  assert.equal(view.read(counted).packets, 7);
  const other = tcBody(true, (w) => {
    const nested = beginAttribute(w, TCA.STATS2);
    putAttribute(w, TCA_STATS.APP, u64, 7);
    endAttribute(w, nested);
  });
  assert.equal(view.read(other).packets, 0);
});

test('what comes after a broken message is not taken for like it', () => {
  const view = new TcView();
  const broken = tcBody(true, (w) => {
    putAttribute(w, TCA.KIND, text, 'pfifo');
    w.u16(99);
    w.u16(TCA.OPTIONS);
  });
  assert.throws(() => view.read(broken), ShortReadError);
  const whole = tcBody(true, (w) => {
    putAttribute(w, TCA.KIND, text, 'pfifo');
    endAttribute(w, beginAttribute(w, TCA.OPTIONS));
  });
  assert.equal(view.read(whole).options?.length, 0);
  assert.equal(view.kind, 'pfifo');
});

/** The same facts by the ordinary reader of attributes. */
function readSlowly(payload: Reader): Partial<TcMessage> {
  payload.take(4);
  const place = { ifindex: payload.s32(), handle: payload.u32(), parent: payload.u32(), info: payload.u32() };
  let kind = '';
  let options: Uint8Array | undefined;
  let counters: number[] | undefined;
  eachAttribute(payload, (type, value) => {
    if (type === TCA.KIND) kind = text.decode(value);
    if (type === TCA.OPTIONS) options = value.bytes(value.remaining);
    if (type !== TCA.STATS2) return;
    counters = [];
    eachAttribute(value, (inner, counter) => {
      if (inner === TCA_STATS.BASIC) counters?.push(counter.u64(), counter.u32());
      if (inner === TCA_STATS.QUEUE) for (let i = 0; i < 5; i++) counters?.push(counter.u32());
    });
  });
  const [bytes = 0, packets = 0, qlen = 0, backlogBytes = 0, drops = 0, requeues = 0, overlimits = 0] = counters ?? [];
  const stats = { bytes, packets, drops, overlimits, requeues, backlogBytes, qlen };
  return {
    ...place,
    kind,
    ...(options === undefined ? {} : { options }),
    ...(counters === undefined ? {} : { stats }),
  };
}

for (const name of ['le-6.1', 'le-7.2', 'be-6.1']) {
  test(`${name}: the view shows what the ordinary reader of attributes finds`, () => {
    const recording = readRecording(`test/captures/netlink-${name}.txt`);
    const view = new TcView();
    let count = 0;
    for (const bytes of receivedIn(recording)) {
      eachMessage(new Reader(bytes, recording.littleEndian), ({ type }, payload) => {
        if (type < RTM.NEWQDISC || type > RTM.GETTFILTER) return;
        const { pos, end } = payload;
        const slow = readSlowly(payload);
        payload.pos = pos;
        payload.end = end;
        const { ifindex, handle, parent, info, kind, options, stats } = view.read(payload).copy();
        const fast = {
          ...{ ifindex, handle, parent, info, kind },
          ...(options === undefined ? {} : { options }),
          ...(stats === undefined ? {} : { stats }),
        };
        assert.deepEqual(fast, slow);
        count++;
      });
    }
    assert.ok(count > 15, `${count}`);
  });
}

function bodyOf(request: ReturnType<typeof tcRequest>, littleEndian = true): string {
  const w = new Writer(littleEndian);
  request.body(w);
  return toHex(w.bytes());
}

test('a request has the header, and of the attributes those that were given', () => {
  const target = { ifindex: 2, handle: 0x7e00_0000, parent: TC_H.ROOT };
  assert.equal(bodyOf(tcRequest(RTM.DELQDISC, 0, target)), '00000000020000000000007effffffff00000000');
  const full = tcRequest(RTM.NEWQDISC, TC_FLAGS.add, {
    ...target,
    kind: 'cake',
    ingressBlock: 1,
    chain: 2,
    stab: (w) => w.u32(3),
    options: (w) => w.u16(4),
  });
  assert.equal(
    bodyOf(full),
    '00000000020000000000007effffffff00000000' +
      '0900010063616b6500000000' +
      '08000d0001000000' +
      '08000b0002000000' +
      '0800080003000000' +
      '0600020004000000',
  );
  const empty = { ...target, options: () => {} };
  assert.ok(bodyOf(tcRequest(RTM.NEWQDISC, 0, empty)).endsWith('04000200'));
  assert.ok(bodyOf(tcRequest(RTM.NEWQDISC, 0, { ...empty, nestedOptions: true })).endsWith('04000280'));
});

test('lists are asked for by device and parent', () => {
  assert.equal(bodyOf(qdiscDump()), '00'.repeat(20));
  assert.equal(bodyOf(classDump(2, 0x1_0000)), '0000000002000000000000000000010000000000');
  assert.equal(bodyOf(filterDump(2, 0xffff_fff2), false), '000000000000000200000000fffffff200000000');
});

test('preference and EtherType of a filter stand in network order whatever the CPU', () => {
  assert.equal(filterInfo(0xc07a, 0x0800, true), 0xc07a_0008);
  assert.equal(filterInfo(0xc07a, 0x0800, false), 0xc07a_0800);
  for (const littleEndian of [true, false]) {
    const info = filterInfo(0xffff, 0x88a8, littleEndian);
    assert.deepEqual(decodeFilterInfo(info, littleEndian), { preference: 0xffff, etherType: 0x88a8 });
  }
});

test('the rate of an estimator is as tc prints it, and absent where there is none', () => {
  for (const capture of readCaptures('tc-estimator')) {
    const record = capture.records.find(({ kind }) => kind === 'dump-stats');
    const [, bits, packets] = /rate (\d+)bit (\d+)pps/.exec(record?.printed.join(' ') ?? '') ?? [];
    const qdisc = (record?.messages ?? []).map((message) => decodeCapturedTc(capture, message))[0];
    assert.deepEqual(qdisc?.stats?.rate, { bytePerS: Number(bits) / 8, packetPerS: Number(packets) });
  }
  for (const capture of readCaptures('tc-htb')) {
    const record = capture.records.find(({ kind }) => kind === 'dump-stats');
    for (const message of record?.messages ?? []) {
      assert.equal(decodeCapturedTc(capture, message).stats?.rate, undefined);
    }
  }
});
