import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeHost } from '../host/fake.ts';
import { Reader, Writer } from '../lib/bytes.ts';
import { NETLINK, NLM_F, NLMSG, NLMSGERR_ATTR, SOL } from '../uapi/netlink.ts';
import { RTM } from '../uapi/rtnetlink.ts';
import { putAttribute, text, u32 } from '../wire/nla.ts';
import { eachMessage, type Request } from '../wire/nlmsg.ts';
import { NetlinkError, NetlinkSocket, type Outcome } from './netlink.ts';

const PORT = 4242;

interface Heard {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly body: Uint8Array;
}

/** A host with one netlink socket whose answers the test makes from what was sent. */
class Kernel extends FakeHost {
  readonly heard: Heard[][] = [];
  /** Replaces a recv: an error name, once each. */
  readonly receiveErrors: string[] = [];
  readonly options: string[] = [];
  /** SO_RCVBUF as the kernel gives it back. */
  bufferBytes = 1 << 20;
  answer: (requests: Heard[], kernel: Kernel) => readonly Uint8Array[] | number = (requests) =>
    requests.map((request) => ack(request));

  constructor() {
    super();
    this.onSend = (_fd, bytes) => {
      const requests: Heard[] = [];
      eachMessage(new Reader(bytes, true), ({ type, flags, sequence }, payload) => {
        requests.push({ type, flags, sequence, body: payload.bytes(payload.remaining) });
      });
      this.heard.push(requests);
      return this.answer(requests, this);
    };
  }

  override getsockname(_fd: number, address: Uint8Array): number {
    new DataView(address.buffer).setUint32(4, PORT, true);
    return address.length;
  }

  override getsockopt(_fd: number, _level: number, _option: number, value: Uint8Array): number {
    new DataView(value.buffer).setUint32(0, this.bufferBytes, true);
    return 4;
  }

  override setsockopt(fd: number, level: number, option: number, value: number | Uint8Array): number {
    this.options.push(`${level} ${option} ${value}`);
    return super.setsockopt(fd, level, option, value);
  }

  override recv(fd: number, bytes: Uint8Array, offset: number, length: number, flags: number): number {
    const error = this.receiveErrors.shift();
    if (error !== undefined && error !== 'none') return -(this.errno[error] ?? 0);
    return super.recv(fd, bytes, offset, length, flags);
  }
}

function message(type: number, sequence: number, body: (w: Writer) => void, flags = 0, portId = PORT): Uint8Array {
  const w = new Writer(true);
  w.u32(0);
  w.u16(type);
  w.u16(flags);
  w.u32(sequence);
  w.u32(portId);
  body(w);
  w.patchU32(0, w.size);
  w.align(4);
  return w.bytes().slice();
}

function ack(request: Heard, errno = 0, extack = ''): Uint8Array {
  const tlvs = extack === '' ? 0 : NLM_F.ACK_TLVS;
  return message(
    NLMSG.ERROR,
    request.sequence,
    (w) => {
      w.s32(-errno);
      w.u32(16 + request.body.length);
      w.u16(request.type);
      w.u16(request.flags);
      w.u32(request.sequence);
      w.u32(0);
      if (extack !== '') putAttribute(w, NLMSGERR_ATTR.MSG, text, extack);
    },
    NLM_F.CAPPED | tlvs,
  );
}

function done(request: Heard, errno = 0, flags = 0): Uint8Array {
  return message(NLMSG.DONE, request.sequence, (w) => w.s32(-errno), NLM_F.MULTI | flags);
}

const item = (request: Heard, value: number, flags = 0): Uint8Array =>
  message(RTM.NEWQDISC, request.sequence, (w) => w.u32(value), NLM_F.MULTI | flags);

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

const request = (value: number, bytes = 4): Request => ({
  type: RTM.NEWQDISC,
  flags: NLM_F.CREATE,
  body: (w) => {
    w.u32(value);
    w.zeros(bytes - 4);
  },
});

const requests = (count: number, bytes = 4): Request[] => Array.from({ length: count }, (_, i) => request(i, bytes));

/** `ok` or the refusal's name. */
const verdict = (outcome: Outcome): string => (outcome.ok ? 'ok' : outcome.refusal.name);

const errnoOf = (host: FakeHost, name: string): number => host.errno[name] ?? 0;

/** The values of a dump, as the attempts before the last are forgotten. */
function dumped(socket: NetlinkSocket): number[] {
  let values: number[] = [];
  socket.dump(
    'list things',
    { type: RTM.GETQDISC, flags: 0, body: (w) => w.u32(0) },
    (_header, payload) => values.push(payload.u32()),
    () => {
      values = [];
    },
  );
  return values;
}

function errorOf(run: () => unknown): NetlinkError {
  try {
    run();
  } catch (error) {
    if (error instanceof NetlinkError) return error;
    throw error;
  }
  assert.fail('no NetlinkError');
}

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

test('a dump brings every part, over several datagrams, and is asked for with NLM_F_DUMP alone', () => {
  const kernel = new Kernel();
  kernel.answer = ([sent]) => {
    assert.ok(sent);
    return [join(item(sent, 1), item(sent, 2)), item(sent, 3), done(sent)];
  };
  assert.deepEqual(dumped(new NetlinkSocket(kernel)), [1, 2, 3]);
  assert.equal(kernel.heard[0]?.[0]?.flags, NLM_F.REQUEST | NLM_F.DUMP);
});

test('a dump that was interrupted is asked for again, and only the last attempt counts', () => {
  const kernel = new Kernel();
  kernel.answer = ([sent]) => {
    assert.ok(sent);
    if (kernel.heard.length === 1) return [item(sent, 1), item(sent, 9, NLM_F.DUMP_INTR), done(sent)];
    if (kernel.heard.length === 2) return [item(sent, 1), done(sent, 0, NLM_F.DUMP_INTR)];
    return [item(sent, 1), item(sent, 2), done(sent)];
  };
  assert.deepEqual(dumped(new NetlinkSocket(kernel)), [1, 2]);
  assert.equal(kernel.heard.length, 3);
});

test('a dump that is interrupted for ever ends in an error that can be tried again', () => {
  const kernel = new Kernel();
  kernel.answer = ([sent]) => (sent === undefined ? [] : [done(sent, 0, NLM_F.DUMP_INTR)]);
  const socket = new NetlinkSocket(kernel);
  const error = errorOf(() => dumped(socket));
  assert.equal(error.errnoName, 'EINTR');
  assert.equal(error.canRetry, true);
  assert.equal(kernel.heard.length, 8);
});

test('a dump that the kernel refuses tells what was asked and why', () => {
  const kernel = new Kernel();
  kernel.answer = ([sent]) => (sent === undefined ? [] : [ack(sent, 22, 'Invalid header for dump request')]);
  const socket = new NetlinkSocket(kernel);
  const error = errorOf(() => dumped(socket));
  assert.equal(error.message, 'list things: EINVAL (EINVAL): Invalid header for dump request');
  assert.deepEqual([error.errno, error.operation, error.canRetry], [22, 'list things', false]);
  kernel.answer = ([sent]) => (sent === undefined ? [] : [item(sent, 1), done(sent, 95)]);
  assert.equal(errorOf(() => dumped(socket)).errnoName, 'EOPNOTSUPP');
});

test('a kernel that thinks an earlier dump goes on is left for a new socket', () => {
  const kernel = new Kernel();
  kernel.answer = ([sent]) => {
    assert.ok(sent);
    return kernel.heard.length === 1 ? [ack(sent, 16)] : [item(sent, 5), done(sent)];
  };
  const socket = new NetlinkSocket(kernel);
  assert.deepEqual(dumped(socket), [5]);
  assert.equal(kernel.openDescriptors, 1);
});

test('a dump that overruns is asked for again', () => {
  const kernel = new Kernel();
  kernel.answer = ([sent]) => {
    assert.ok(sent);
    if (kernel.heard.length === 1) kernel.receiveErrors.push('none', 'none', 'ENOBUFS');
    return [item(sent, 1), item(sent, 2), done(sent)];
  };
  assert.deepEqual(dumped(new NetlinkSocket(kernel)), [1, 2]);
  assert.equal(kernel.heard.length, 2);
});

test('a dump without an end is given up, and so is one that is broken', () => {
  const kernel = new Kernel();
  kernel.answer = ([sent]) => (sent === undefined ? [] : [item(sent, 1)]);
  const socket = new NetlinkSocket(kernel);
  assert.equal(errorOf(() => dumped(socket)).errnoName, 'ETIMEDOUT');
  kernel.answer = ([sent]) => (sent === undefined ? [] : [item(sent, 1).subarray(0, 18)]);
  assert.equal(errorOf(() => dumped(socket)).errnoName, 'EBADMSG');
  kernel.answer = ([sent]) => (sent === undefined ? [] : [item(sent, 4), done(sent)]);
  assert.deepEqual(dumped(socket), [4]);
});

test('what a visitor throws comes out of the dump, and the rest of the dump is not read as the next', () => {
  const kernel = new Kernel();
  kernel.answer = ([sent]) => (sent === undefined ? [] : [item(sent, 1), item(sent, 2), done(sent)]);
  const socket = new NetlinkSocket(kernel);
  const visit = (): never => {
    throw new RangeError('mine');
  };
  const list: Request = { type: RTM.GETQDISC, flags: 0, body: () => {} };
  assert.throws(() => socket.dump('list', list, visit, () => {}), /mine/);
  assert.deepEqual(dumped(socket), [1, 2]);
});

test('events are handed over without waiting, whoever caused them', () => {
  const kernel = new Kernel();
  const socket = new NetlinkSocket(kernel);
  socket.subscribe([1, 4]);
  assert.ok(kernel.options.includes(`${SOL.NETLINK} ${NETLINK.ADD_MEMBERSHIP} 4`));
  kernel.deliver(
    socket.fd,
    join(
      message(RTM.NEWLINK, 0, (w) => w.u32(1), 0, 0),
      message(RTM.DELLINK, 5, (w) => w.u32(2)),
    ),
  );
  kernel.deliver(
    socket.fd,
    message(RTM.NEWQDISC, 9, (w) => w.u32(3), 0, 77),
  );
  const heard: string[] = [];
  const result = socket.receiveEvents((header, payload) => heard.push(`${header.type} ${payload.u32()}`));
  assert.equal(result, 'drained');
  assert.deepEqual(heard, [`${RTM.NEWLINK} 1`, `${RTM.DELLINK} 2`, `${RTM.NEWQDISC} 3`]);
  assert.equal(kernel.clockMs, 0);
});

test('lost or unreadable events are an overrun, and those around them still come', () => {
  const kernel = new Kernel();
  const socket = new NetlinkSocket(kernel);
  const heard: number[] = [];
  const receive = (): string => socket.receiveEvents((_header, payload) => heard.push(payload.u32()));
  kernel.receiveErrors.push('ENOBUFS');
  kernel.deliver(
    socket.fd,
    message(RTM.NEWLINK, 0, (w) => w.u32(1)),
  );
  assert.equal(receive(), 'overrun');
  kernel.deliver(
    socket.fd,
    message(RTM.NEWLINK, 0, (w) => w.u16(1)),
  );
  kernel.deliver(
    socket.fd,
    message(RTM.NEWLINK, 0, (w) => w.u32(2)),
  );
  assert.equal(receive(), 'overrun');
  assert.equal(receive(), 'drained');
  assert.deepEqual(heard, [1, 2]);
});

test('a flood of events is read in portions', () => {
  const kernel = new Kernel();
  const socket = new NetlinkSocket(kernel);
  const event = message(RTM.NEWLINK, 0, (w) => w.u32(1));
  for (let i = 0; i < 1500; i++) kernel.deliver(socket.fd, event);
  let heard = 0;
  const receive = (): void => {
    socket.receiveEvents(() => {
      heard++;
    });
  };
  receive();
  assert.equal(heard, 1000);
  receive();
  assert.equal(heard, 1500);
});

test('an error says on what, what was tried, and the reason in words', () => {
  const kernel = new Kernel();
  kernel.answer = ([sent]) => (sent === undefined ? [] : [ack(sent, 95, 'Specified qdisc kind is unknown')]);
  const [outcome] = new NetlinkSocket(kernel).transact(requests(1));
  assert.ok(outcome?.ok === false);
  const error = new NetlinkError(outcome.refusal, 'change', 'eth1 > cake 7e00:');
  assert.equal(error.message, 'eth1 > cake 7e00:: change: EOPNOTSUPP (EOPNOTSUPP): Specified qdisc kind is unknown');
  assert.equal(error.canRetry, false);
});
