import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ack,
  errnoOf,
  errorOf,
  join,
  Kernel,
  message,
  PORT,
  request,
  requests,
  verdict,
} from '../../test/netlink/scripted.ts';
import { NLM_F, NLMSG, NLMSGERR_ATTR, SOL } from '../uapi/netlink.ts';
import { RTM } from '../uapi/rtnetlink.ts';
import { putAttribute, text, u32 } from '../wire/nla.ts';
import { KernelError, NetlinkSocket } from './netlink.ts';

test('a new socket asks for short acknowledgements, reasons and strict checks', () => {
  const kernel = new Kernel();
  new NetlinkSocket(kernel);
  for (const option of [10, 11, 12]) assert.ok(kernel.options.includes(`${SOL.NETLINK} ${option} 1`));
});

test('a kernel without netlink is an error that says so, and leaves no descriptor open', () => {
  const kernel = new Kernel();
  kernel.onConnect = () => errnoOf(kernel, 'EPERM');
  assert.equal(errorOf(() => new NetlinkSocket(kernel)).message, 'bind the netlink socket: EPERM (EPERM)');
  assert.equal(kernel.openDescriptors, 0);
});

test('all requests go out in one send, each with its sequence number and a wish for an acknowledgement', () => {
  const kernel = new Kernel();
  const outcomes = new NetlinkSocket(kernel).transact(requests(5));
  assert.deepEqual(outcomes.map(verdict), ['ok', 'ok', 'ok', 'ok', 'ok']);
  assert.equal(kernel.heard.length, 1);
  const [batch = []] = kernel.heard;
  assert.deepEqual(
    batch.map(({ flags }) => flags),
    new Array(5).fill(NLM_F.REQUEST | NLM_F.ACK | NLM_F.CREATE),
  );
  assert.deepEqual(
    batch.map(({ sequence }) => sequence - (batch[0]?.sequence ?? 0)),
    [0, 1, 2, 3, 4],
  );
  assert.deepEqual(
    batch.map(({ body }) => body[0]),
    [0, 1, 2, 3, 4],
  );
});

test('a batch whose second request is refused reports only that one', () => {
  const kernel = new Kernel();
  kernel.answer = (batch) => batch.map((sent, i) => (i === 1 ? ack(sent, 95, 'no such thing here') : ack(sent)));
  const outcomes = new NetlinkSocket(kernel).transact(requests(3));
  assert.deepEqual(outcomes.map(verdict), ['ok', 'EOPNOTSUPP', 'ok']);
  const refused = outcomes[1];
  assert.equal(refused?.ok === false ? refused.refusal.extack : '', 'no such thing here');
});

test('answers may come in any order, several in a datagram, with replies and messages of others between them', () => {
  const kernel = new Kernel();
  kernel.answer = ([a, b, c]) => {
    assert.ok(a && b && c);
    const reply = message(RTM.NEWLINK, b.sequence, (w) => w.u32(7));
    const notOurs = message(NLMSG.ERROR, b.sequence, (w) => w.zeros(20), 0, PORT + 1);
    const stale = ack({ ...a, sequence: a.sequence - 1 }, 1);
    const event = message(RTM.NEWLINK, 0, (w) => w.u32(9), 0, 0);
    return [
      join(ack(c), notOurs, reply),
      stale,
      event,
      join(reply, ack(b, 0, 'works, but slowly')),
      ack(b, 17),
      ack(a),
    ];
  };
  const outcomes = new NetlinkSocket(kernel).transact(requests(3));
  assert.deepEqual(outcomes.map(verdict), ['ok', 'ok', 'ok']);
  const second = outcomes[1];
  assert.ok(second?.ok);
  assert.deepEqual(
    second.replies.map(({ type, payload }) => [type, payload[0]]),
    [
      [RTM.NEWLINK, 7],
      [RTM.NEWLINK, 7],
    ],
  );
  assert.equal(second.warning, 'works, but slowly');
});

test('a refusal that repeats the whole request still gives its reason', () => {
  const kernel = new Kernel();
  kernel.answer = ([sent]) => {
    assert.ok(sent);
    return [
      message(
        NLMSG.ERROR,
        sent.sequence,
        (w) => {
          w.s32(-22);
          w.u32(16 + sent.body.length);
          w.zeros(12);
          w.raw(sent.body);
          w.align(4);
          putAttribute(w, NLMSGERR_ATTR.MSG, text, 'long way round');
          putAttribute(w, NLMSGERR_ATTR.OFFS, u32, 20);
        },
        NLM_F.ACK_TLVS,
      ),
    ];
  };
  const [outcome] = new NetlinkSocket(kernel).transact([request(1, 6)]);
  assert.ok(outcome?.ok === false);
  assert.deepEqual([outcome.refusal.extack, outcome.refusal.attributeOffset], ['long way round', 20]);
});

test('more requests than the answers have room for go out in several sends, in order', () => {
  const kernel = new Kernel();
  kernel.bufferBytes = 64 << 10;
  const outcomes = new NetlinkSocket(kernel).transact(requests(100));
  assert.equal(outcomes.filter((outcome) => outcome.ok).length, 100);
  assert.ok(kernel.heard.length > 1);
  assert.deepEqual(
    kernel.heard.flat().map(({ body }) => body[0]),
    Array.from({ length: 100 }, (_, i) => i),
  );
});

test('a batch that the kernel finds too long is halved until it fits, and nothing is sent twice', () => {
  const kernel = new Kernel();
  const taken: number[] = [];
  kernel.answer = (batch) => {
    if (batch.length > 3) return errnoOf(kernel, 'EMSGSIZE');
    taken.push(...batch.map(({ body }) => body[0] ?? -1));
    return batch.map((sent) => ack(sent));
  };
  const outcomes = new NetlinkSocket(kernel).transact(requests(20));
  assert.equal(outcomes.filter((outcome) => outcome.ok).length, 20);
  assert.deepEqual(
    taken,
    Array.from({ length: 20 }, (_, i) => i),
  );
});

test('a send that fails refuses the requests in it', () => {
  const kernel = new Kernel();
  kernel.answer = () => errnoOf(kernel, 'EPERM');
  assert.deepEqual(new NetlinkSocket(kernel).transact(requests(2)).map(verdict), ['EPERM', 'EPERM']);
});

test('a request without an answer is given up after five seconds, those with one are not', () => {
  const kernel = new Kernel();
  kernel.answer = (batch) => batch.slice(0, 1).map((sent) => ack(sent));
  const socket = new NetlinkSocket(kernel);
  assert.deepEqual(socket.transact(requests(2)).map(verdict), ['ok', 'ETIMEDOUT']);
  assert.equal(kernel.clockMs, 5000);
});

test('a late answer to a request that was given up is not taken for the next one', () => {
  const kernel = new Kernel();
  const socket = new NetlinkSocket(kernel);
  let late: Uint8Array | undefined;
  kernel.answer = ([sent]) => {
    assert.ok(sent);
    late = ack(sent, 22);
    return [];
  };
  assert.deepEqual(socket.transact(requests(1)).map(verdict), ['ETIMEDOUT']);
  kernel.answer = ([sent]) => (sent === undefined || late === undefined ? [] : [late, ack(sent)]);
  assert.deepEqual(socket.transact(requests(1)).map(verdict), ['ok']);
});

test('answers that the kernel dropped make their requests ENOBUFS, the others keep their verdicts', () => {
  const kernel = new Kernel();
  kernel.answer = (batch) => {
    kernel.receiveErrors.push('none', 'none', 'ENOBUFS');
    return batch.slice(0, 2).map((sent) => ack(sent));
  };
  assert.deepEqual(new NetlinkSocket(kernel).transact(requests(3)).map(verdict), ['ok', 'ok', 'ENOBUFS']);
  assert.equal(kernel.clockMs, 0);
});

test('an interrupted system call is tried again', () => {
  const kernel = new Kernel();
  const socket = new NetlinkSocket(kernel);
  kernel.receiveErrors.push('EINTR', 'none', 'EINTR');
  assert.deepEqual(socket.transact(requests(2)).map(verdict), ['ok', 'ok']);
  let interrupted = 3;
  kernel.answer = (batch) => (interrupted-- > 0 ? errnoOf(kernel, 'EINTR') : batch.map((sent) => ack(sent)));
  assert.deepEqual(socket.transact(requests(1)).map(verdict), ['ok']);
});

test('an answer longer than the buffer is read whole', () => {
  const kernel = new Kernel();
  kernel.answer = ([sent]) => {
    assert.ok(sent);
    return [message(RTM.NEWLINK, sent.sequence, (w) => w.zeros(100_000)), ack(sent)];
  };
  const [outcome] = new NetlinkSocket(kernel).transact(requests(1));
  assert.equal(outcome?.ok === true ? outcome.replies[0]?.payload.length : 0, 100_000);
});

test('an answer cut short refuses what it left open, and the next conversation has a fresh socket', () => {
  const kernel = new Kernel();
  const socket = new NetlinkSocket(kernel);
  kernel.answer = (batch) => {
    const broken = join(...batch.map((sent) => ack(sent)));
    return [
      broken.subarray(0, broken.length - 10),
      ack({ type: 0, flags: 0, sequence: 1, body: new Uint8Array() }, 22),
    ];
  };
  assert.deepEqual(socket.transact(requests(2)).map(verdict), ['ok', 'EBADMSG']);
  kernel.answer = (batch) => batch.map((sent) => ack(sent));
  assert.deepEqual(socket.transact(requests(1)).map(verdict), ['ok']);
  assert.equal(kernel.openDescriptors, 1);
});

test('an error says on what, what was tried, and the reason in words', () => {
  const kernel = new Kernel();
  kernel.answer = ([sent]) => (sent === undefined ? [] : [ack(sent, 95, 'Specified qdisc kind is unknown')]);
  const [outcome] = new NetlinkSocket(kernel).transact(requests(1));
  assert.ok(outcome?.ok === false);
  const error = new KernelError(outcome.refusal, 'change', 'eth1 > cake 7e00:');
  assert.equal(error.message, 'eth1 > cake 7e00:: change: EOPNOTSUPP (EOPNOTSUPP): Specified qdisc kind is unknown');
  assert.equal(error.canRetry, false);
});
