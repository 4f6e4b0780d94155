import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ack, done, dumped, errorOf, item, join, Kernel, message } from '../../test/netlink/scripted.ts';
import { NETLINK, NLM_F, SOL } from '../uapi/netlink.ts';
import { RTM } from '../uapi/rtnetlink.ts';
import type { Request } from '../wire/nlmsg.ts';
import { NetlinkSocket } from './netlink.ts';

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
