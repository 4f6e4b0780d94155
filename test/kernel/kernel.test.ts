import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FAKE_ERRNO } from '../../src/host/fake_numbers.ts';
import { Reader, Writer } from '../../src/lib/bytes.ts';
import { NETLINK, NLM_F, NLMSG } from '../../src/uapi/netlink.ts';
import { RTM } from '../../src/uapi/rtnetlink.ts';
import { decodeAck, eachMessage, encodeMessage } from '../../src/wire/nlmsg.ts';
import { decodeTc, qdiscDump, type TcMessage } from '../../src/wire/tcmsg.ts';
import { attributesOf, type Capture, type CaptureRecord, decodeCapturedTc, readCaptures } from '../captures.ts';
import { FakeKernel } from './kernel.ts';

/** A kernel with the devices that the captures name: v0, ifb4v0 and the others, by the indexes that they had. */
function kernelOf(capture: Capture): FakeKernel {
  const kernel = new FakeKernel(capture.littleEndian, FAKE_ERRNO);
  kernel.qdiscKinds.add('cake_mq');
  for (let ifindex = 2; ifindex <= 20; ifindex++) {
    kernel.addDevice({ name: `d${ifindex}`, kind: 'veth', txQueues: isSingleQueue(capture, ifindex) ? 1 : 4 });
  }
  return kernel;
}

/** The device s0 of the captures. */
function isSingleQueue(capture: Capture, ifindex: number): boolean {
  const record = capture.records.find(({ command }) => command.includes('dev s0 '));
  return record?.messages[0] !== undefined && decodeCapturedTc(capture, record.messages[0]).ifindex === ifindex;
}

/** What the answers to a message say: 0 or an error number, and the kernel's words. */
function ask(kernel: FakeKernel, message: Uint8Array): { errno: number; extack: string | undefined } {
  let result: { errno: number; extack: string | undefined } = { errno: -1, extack: undefined };
  for (const datagram of kernel.answer(NETLINK.ROUTE, message)) {
    eachMessage(new Reader(datagram, kernel.littleEndian), (header, payload) => {
      if (header.type !== NLMSG.ERROR) return;
      const { errno, extack } = decodeAck(header.flags, payload);
      result = { errno, extack };
    });
  }
  return result;
}

function qdiscsOf(kernel: FakeKernel, ifindex: number): TcMessage[] {
  const w = new Writer(kernel.littleEndian);
  encodeMessage(w, qdiscDump(), NLM_F.REQUEST | NLM_F.DUMP, 1);
  const qdiscs: TcMessage[] = [];
  for (const datagram of kernel.answer(NETLINK.ROUTE, w.bytes())) {
    eachMessage(new Reader(datagram, kernel.littleEndian), (header, payload) => {
      if (header.type === RTM.NEWQDISC) qdiscs.push(decodeTc(payload));
    });
  }
  return qdiscs.filter((qdisc) => qdisc.ifindex === ifindex);
}

/** What a dump tells of a qdisc, apart from its counters. */
function gist({ kind, handle, parent, options = new Uint8Array() }: TcMessage, littleEndian: boolean): unknown {
  return { kind, handle, parent, options: [...attributesOf(options, littleEndian)].sort(([a], [b]) => a - b) };
}

function isAboutQdiscs({ command }: CaptureRecord): boolean {
  return command.startsWith('tc qdisc ') && !/ (show|parent) /.test(command);
}

/** Replays the captured requests in order and compares answers and dumps; gives how many of each there were. */
function replay(capture: Capture): { asked: number; dumped: number } {
  const kernel = kernelOf(capture);
  const count = { asked: 0, dumped: 0 };
  for (const record of capture.records.filter(isAboutQdiscs)) {
    const [request, refusal] = record.messages;
    const where = `${capture.name}: ${record.command}`;
    if (request === undefined) continue;
    if (record.kind === 'request' || record.kind === 'refused') {
      const { ifindex } = decodeCapturedTc(capture, request);
      // Between the captured commands the device was cleared where the next one adds a root.
      if (record.kind === 'request' && / add .* root /.test(record.command)) kernel.device(ifindex).root = undefined;
      const expected = refusal === undefined ? 0 : errnoIn(refusal, capture.littleEndian);
      assert.equal(ask(kernel, request).errno, expected, where);
      count.asked += 1;
    } else if (record.kind === 'dump') {
      for (const message of record.messages) {
        const told = decodeCapturedTc(capture, message);
        // The default qdisc and what the kernel puts below cake_mq by itself are not kept here.
        if (told.handle === 0) continue;
        const same = qdiscsOf(kernel, told.ifindex).find(({ parent }) => parent === told.parent);
        assert.ok(same !== undefined, where);
        assert.deepEqual(gist(same, capture.littleEndian), gist(told, capture.littleEndian), where);
        count.dumped += 1;
      }
    }
  }
  return count;
}

function errnoIn(refusal: Uint8Array, littleEndian: boolean): number {
  let errno = 0;
  eachMessage(new Reader(refusal, littleEndian), (header, payload) => {
    errno = decodeAck(header.flags, payload).errno;
  });
  return errno;
}

test('the kernel of the tests keeps and tells the options of CAKE as real ones do', () => {
  const counts = readCaptures('tc-cake').map(replay);
  assert.ok(counts.every(({ asked, dumped }) => asked > 50 && dumped >= 5));
});

test('it changes, replaces and refuses as real ones do', () => {
  for (const prefix of ['tc-cake-change', 'tc-ingress', 'tc-cake_mq']) {
    const counts = readCaptures(prefix).map(replay);
    assert.ok(
      counts.every(({ asked, dumped }) => asked >= 8 && dumped >= 1),
      prefix,
    );
  }
});
