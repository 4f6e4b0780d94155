import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FAKE_CONSTANTS, FAKE_ERRNO } from '../../src/host/fake_numbers.ts';
import { Reader, ShortReadError, Writer } from '../../src/lib/bytes.ts';
import { Ethtool } from '../../src/net/ethtool.ts';
import { KernelError, type NetlinkHost, NetlinkSocket } from '../../src/net/netlink.ts';
import {
  dumpClasses,
  dumpFilters,
  dumpLinks,
  dumpQdiscs,
  eachQdisc,
  receiveNetworkEvents,
} from '../../src/net/rtnetlink.ts';
import { NETLINK, NLM_F, NLMSG } from '../../src/uapi/netlink.ts';
import { decodeFeatures } from '../../src/wire/ethtool.ts';
import { decodeFamilyId } from '../../src/wire/genl.ts';
import { decodeLink, linkDelete, linkGet } from '../../src/wire/link.ts';
import { decodeAck, decodeDone, eachMessage } from '../../src/wire/nlmsg.ts';
import { decodeTc } from '../../src/wire/tcmsg.ts';
import { type Recording, readRecording, receivedIn } from '../netlink/recording.ts';
import { mutate, Random } from './mutate.ts';

/** QuickJS on an emulated router takes a minute for what Node does in a second. */
const IS_FAST = 'process' in globalThis;
const ANSWERS = IS_FAST ? 100_000 : 1000;
const MESSAGES = ANSWERS / 5;
const SEED = 71_993;
const PORT = 0x1234;

const recordings = ['le-6.1', 'le-7.2', 'be-6.1'].map((name) => readRecording(`test/captures/netlink-${name}.txt`));

/** Messages of a recording one by one, so that each can be an answer to anything. */
function messagesIn(recording: Recording): Uint8Array[] {
  const messages: Uint8Array[] = [];
  for (const datagram of receivedIn(recording)) {
    eachMessage(new Reader(datagram, recording.littleEndian), (_header, payload) => {
      messages.push(datagram.slice(payload.pos - 16, payload.end));
    });
  }
  return messages;
}

const seeds = recordings.map((recording) => ({
  littleEndian: recording.littleEndian,
  messages: messagesIn(recording),
  ioctls: recording.entries.flatMap((entry) => (entry.kind === 'ioctl' ? [entry.answered] : [])),
}));

type Seeds = (typeof seeds)[number];

/** A kernel that answers every request with recorded messages, most of them damaged. */
class HostileKernel implements NetlinkHost {
  readonly littleEndian: boolean;
  readonly constants = FAKE_CONSTANTS;
  readonly errno = FAKE_ERRNO;
  answers = 0;
  private readonly seeds: Seeds;
  private readonly random: Random;
  private readonly inbox: Uint8Array[] = [];

  constructor(from: Seeds, random: Random) {
    this.littleEndian = from.littleEndian;
    this.seeds = from;
    this.random = random;
  }

  errorText = (errno: number): string => `error ${errno}`;
  socket = (): number => (this.random.below(50) === 0 ? this.someError() : 3);
  bind = (): number => 0;
  connect = (): number => 0;
  close = (): number => 0;
  setsockopt = (): number => 0;
  poll = (): number => this.random.below(2);

  getsockopt = (_fd: number, _level: number, _option: number, value: Uint8Array): number => {
    for (let i = 0; i < value.length; i++) value[i] = this.random.below(256);
    return 4;
  };

  getsockname = (_fd: number, address: Uint8Array): number => {
    new DataView(address.buffer, address.byteOffset).setUint32(4, PORT, this.littleEndian);
    return address.length;
  };

  send = (_fd: number, bytes: Uint8Array, offset: number, length: number): number => {
    if (this.random.below(40) === 0) return this.someError();
    const sent = bytes.slice(offset, offset + length);
    eachMessage(new Reader(sent, this.littleEndian), ({ flags, sequence }) => {
      for (let i = this.random.below(4); i > 0; i--) this.deliver(this.random.pick(this.seeds.messages), sequence);
      const isDump = (flags & NLM_F.DUMP) === NLM_F.DUMP;
      if (this.random.below(4) > 0) this.deliver(this.ending(isDump), sequence);
    });
    return length;
  };

  recv = (_fd: number, bytes: Uint8Array, offset: number, length: number, flags: number): number => {
    if (this.random.below(60) === 0) return this.someError();
    const datagram = flags & FAKE_CONSTANTS.MSG_PEEK ? this.inbox[0] : this.inbox.shift();
    if (datagram === undefined) return -(FAKE_ERRNO.EAGAIN ?? 0);
    bytes.set(datagram.subarray(0, length), offset);
    return flags & FAKE_CONSTANTS.MSG_TRUNC ? datagram.length : Math.min(length, datagram.length);
  };

  ioctl: NetlinkHost['ioctl'] = (_fd, _request, _ifreq, pointers) => {
    if (this.random.below(20) === 0) return this.someError();
    const data = pointers?.[0]?.[1] ?? new Uint8Array();
    this.answers++;
    data.set(mutate(this.random.pick(this.seeds.ioctls), this.random).subarray(0, data.length));
    return this.random.below(3);
  };

  /** An event that nobody asked for. */
  happen(): void {
    this.deliver(this.random.pick(this.seeds.messages), this.random.below(100));
  }

  private someError(): number {
    return -this.random.pick(Object.values(FAKE_ERRNO));
  }

  private ending(isDump: boolean): Uint8Array {
    const w = new Writer(this.littleEndian);
    w.u32(36);
    w.u16(isDump ? NLMSG.DONE : NLMSG.ERROR);
    w.u16(isDump ? NLM_F.MULTI : NLM_F.CAPPED);
    w.zeros(28);
    return w.bytes();
  }

  /** Damages a message, mostly, and puts it into the inbox, alone or behind another. */
  private deliver(message: Uint8Array, sequence: number): void {
    const addressed = message.slice();
    const view = new DataView(addressed.buffer);
    view.setUint32(8, sequence, this.littleEndian);
    view.setUint32(12, PORT, this.littleEndian);
    const isDamaged = this.random.below(8) > 0;
    if (isDamaged) this.answers++;
    const bytes = isDamaged ? mutate(addressed, this.random, { donors: this.seeds.messages }) : addressed;
    const last = this.inbox.at(-1);
    if (last === undefined || this.random.below(3) > 0) {
      this.inbox.push(bytes);
      return;
    }
    const padding = (4 - (last.length % 4)) % 4;
    const both = new Uint8Array(last.length + padding + bytes.length);
    both.set(last);
    both.set(bytes, last.length + padding);
    this.inbox[this.inbox.length - 1] = both;
  }
}

const WISHES = new Map([
  ['rx-gro', false],
  ['tx-scatter-gather', true],
]);

/** What the agent does with a kernel, one at a time. */
const conversations: readonly ((kernel: HostileKernel, random: Random) => unknown)[] = [
  (kernel, random) => {
    const count = 1 + random.below(4);
    const requests = Array.from({ length: count }, (_, i) => (i % 2 === 0 ? linkGet(i) : linkDelete('ifb')));
    const outcomes = new NetlinkSocket(kernel).transact(requests);
    assert.equal(outcomes.length, count);
    for (const outcome of outcomes) assert.ok(outcome.ok || outcome.refusal.name !== '');
  },
  (kernel) => dumpLinks(new NetlinkSocket(kernel)),
  (kernel) => dumpQdiscs(new NetlinkSocket(kernel)),
  (kernel) => dumpClasses(new NetlinkSocket(kernel), 2),
  (kernel) => dumpFilters(new NetlinkSocket(kernel), 2, 0xffff_fff2),
  (kernel) => {
    let sum = 0;
    const show = eachQdisc;
    show(
      new NetlinkSocket(kernel),
      (qdisc) => {
        sum += qdisc.bytes + qdisc.packets + qdisc.kind.length + (qdisc.options?.length ?? 0) + (qdisc.chain ?? 0);
      },
      () => {
        sum = 0;
      },
    );
    return sum;
  },
  (kernel, random) => {
    const socket = new NetlinkSocket(kernel);
    for (let i = random.below(6); i > 0; i--) kernel.happen();
    let heard = 0;
    receiveNetworkEvents(socket, (event) => {
      heard += event.what === 'link' ? event.link.name.length : event.tc.kind.length;
    });
    return heard;
  },
  (kernel) => new Ethtool(kernel).readFeatures('eth0'),
  (kernel) => new Ethtool(kernel).setFeatures('eth0', WISHES),
  (kernel) => {
    const withoutGeneric = {
      ...kernel,
      socket: (_domain: number, _type: number, protocol: number) =>
        protocol === NETLINK.GENERIC ? -(FAKE_ERRNO.EPROTONOSUPPORT ?? 0) : 3,
    };
    const ethtool = new Ethtool(withoutGeneric);
    ethtool.readFeatures('eth0');
    return ethtool.setFeatures('eth0', WISHES);
  },
];

test(`${ANSWERS} damaged answers: every conversation ends, with a result or a KernelError`, () => {
  const random = new Random(SEED);
  const endings = { result: 0, error: 0 };
  for (let answers = 0; answers < ANSWERS; ) {
    const kernel = new HostileKernel(random.pick(seeds), random);
    const converse = random.pick(conversations);
    try {
      converse(kernel, random);
      endings.result++;
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      endings.error++;
    }
    answers += kernel.answers;
  }
  // Both must happen often, or the damage is of the wrong kind.
  const total = endings.result + endings.error;
  assert.ok(endings.result > total / 10 && endings.error > total / 10, JSON.stringify(endings));
});

test(`${MESSAGES} damaged messages: every decoder gives a result or a ShortReadError`, () => {
  const random = new Random(SEED + 1);
  let short = 0;
  for (let i = 0; i < MESSAGES; i++) {
    const { messages, littleEndian } = random.pick(seeds);
    const bytes = mutate(random.pick(messages), random, { donors: messages });
    for (const decode of [decodeLink, decodeTc, decodeFeatures, decodeFamilyId]) {
      try {
        decode(new Reader(bytes.slice(16), littleEndian));
      } catch (error) {
        if (!(error instanceof ShortReadError)) throw error;
        short++;
      }
    }
    try {
      eachMessage(new Reader(bytes, littleEndian), ({ flags }, payload) => {
        const { pos } = payload;
        decodeAck(flags, payload);
        payload.pos = pos;
        decodeDone(flags, payload);
      });
    } catch (error) {
      if (!(error instanceof ShortReadError)) throw error;
      short++;
    }
  }
  assert.ok(short > MESSAGES / 2, `${short}`);
});

/** A kernel that does the same thing for ever. */
function endless(recv: (bytes: Uint8Array, length: number, isPeek: boolean) => number): NetlinkHost {
  const kernel = new HostileKernel(seeds[0] as Seeds, new Random(5));
  return {
    ...kernel,
    littleEndian: true,
    socket: () => 3,
    send: (_fd, _bytes, _offset, length) => length,
    poll: () => 1,
    recv: (_fd, bytes, _offset, length, flags) => recv(bytes, length, (flags & FAKE_CONSTANTS.MSG_PEEK) !== 0),
  };
}

const endlessly: Record<string, (bytes: Uint8Array, length: number, isPeek: boolean) => number> = {
  'says that it was interrupted': () => -(FAKE_ERRNO.EINTR ?? 0),
  'says that there is something, and there is not': () => -(FAKE_ERRNO.EAGAIN ?? 0),
  'says that it dropped messages': () => -(FAKE_ERRNO.ENOBUFS ?? 0),
};
// Ten thousand datagrams, or a million messages, until it is enough.
if (IS_FAST) {
  endlessly['sends empty datagrams'] = () => 0;
  endlessly['sends acknowledgements of something else'] = (bytes, length) => {
    bytes.set([36, 0, 0, 0, NLMSG.ERROR].slice(0, length));
    return 36;
  };
  endlessly['sends parts of a dump'] = (bytes, length) => {
    const header = [16, 0, 0, 0, 36, 0, NLM_F.MULTI, 0, 1, 0, 0, 0, 0x34, 0x12, 0, 0];
    for (let at = 0; at + 16 <= length; at += 16) bytes.set(header, at);
    return 32_768;
  };
}

for (const [what, recv] of Object.entries(endlessly)) {
  test(`a kernel that for ever ${what} is given up`, () => {
    const socket = new NetlinkSocket(endless(recv));
    const list = { type: 38, flags: 0, body: () => {} };
    assert.throws(
      () =>
        socket.dump(
          'list',
          list,
          () => {},
          () => {},
        ),
      KernelError,
    );
    const [outcome] = new NetlinkSocket(endless(recv)).transact([linkGet(1)]);
    assert.equal(outcome?.ok, false);
    new NetlinkSocket(endless(recv)).receiveEvents(() => {});
  });
}
