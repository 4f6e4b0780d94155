import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeHost } from './fake.ts';
import { Loop, watchSignals } from './loop.ts';

function fixture(): { host: FakeHost; loop: Loop; errors: string[]; socket: () => number } {
  const host = new FakeHost();
  const errors: string[] = [];
  const loop = new Loop(host, (error) => errors.push(error instanceof Error ? error.message : String(error)));
  return { host, loop, errors, socket: () => host.socket(0, 0, 0) };
}

/** Empties the inbox of a socket and gives the number of datagrams it held. */
function drain(host: FakeHost, fd: number): number {
  const buffer = new Uint8Array(16);
  let count = 0;
  while (host.recv(fd, buffer, 0, buffer.length, 0) >= 0) count++;
  return count;
}

const DATAGRAM = new Uint8Array([1]);

test('a loop with nothing to wait for ends at once', () => {
  const { loop } = fixture();
  assert.equal(loop.turn(), false);
});

test('a timer runs when its time has come, not before', () => {
  const { host, loop } = fixture();
  const ranAtMs: number[] = [];
  loop.after(250.5, () => ranAtMs.push(host.clockMs));
  while (loop.turn());
  assert.deepEqual(ranAtMs, [251]);
});

test('timers run in the order of their times, equals in the order they were set', () => {
  const { loop } = fixture();
  const order: string[] = [];
  loop.after(20, () => order.push('late'));
  loop.after(10, () => order.push('first'));
  loop.after(10, () => order.push('second'));
  loop.after(0, () => order.push('now'));
  while (loop.turn());
  assert.deepEqual(order, ['now', 'first', 'second', 'late']);
});

test('a repeating timer that is late runs once for all it missed, and keeps its rhythm', () => {
  const { host, loop } = fixture();
  const ranAtMs: number[] = [];
  const cancel = loop.after(
    100,
    () => {
      ranAtMs.push(host.clockMs);
      if (ranAtMs.length === 2) host.clockMs += 250;
      if (ranAtMs.length === 4) cancel();
    },
    100,
  );
  while (loop.turn());
  assert.deepEqual(ranAtMs, [100, 200, 450, 500]);
});

test('a cancelled timer does not run, even when it is due in the same turn', () => {
  const { loop } = fixture();
  const ran: string[] = [];
  const cancels: (() => void)[] = [];
  loop.after(5, () => {
    ran.push('first');
    for (const cancel of cancels) cancel();
  });
  cancels.push(loop.after(5, () => ran.push('second')));
  cancels.push(loop.after(5, () => ran.push('repeating'), 5));
  cancels.push(loop.after(50, () => ran.push('later')));
  while (loop.turn());
  assert.deepEqual(ran, ['first']);
});

test('a chain of timers that are due at once does not keep a descriptor waiting', () => {
  const { host, loop, socket } = fixture();
  const fd = socket();
  let timers = 0;
  const again = (): void => {
    if (++timers < 1000) loop.after(0, again);
  };
  again();
  let timersBeforeRead = -1;
  loop.watch(fd, host.constants.POLLIN, () => {
    drain(host, fd);
    timersBeforeRead = timers;
  });
  loop.turn();
  host.deliver(fd, DATAGRAM);
  loop.turn();
  assert.equal(timersBeforeRead, 2);
});

test('a descriptor that is always ready does not keep the others or the timers waiting', () => {
  const { host, loop, socket } = fixture();
  const [busy, other] = [socket(), socket()];
  const served: string[] = [];
  host.deliver(busy, DATAGRAM);
  loop.watch(busy, host.constants.POLLIN, () => served.push('busy'));
  loop.watch(other, host.constants.POLLIN, () => {
    drain(host, other);
    served.push('other');
  });
  loop.after(0, () => served.push('timer'));
  host.deliver(other, DATAGRAM);
  loop.turn();
  loop.turn();
  assert.deepEqual(served, ['busy', 'other', 'timer', 'busy']);
});

test('without timers the loop waits without a limit', () => {
  const { host, loop, socket } = fixture();
  const fd = socket();
  const timeouts: number[] = [];
  const poll = host.poll.bind(host);
  host.poll = (fds, timeoutMs) => {
    timeouts.push(timeoutMs);
    return poll(fds, timeoutMs);
  };
  loop.watch(fd, host.constants.POLLIN, () => loop.stop());
  host.later(86_400_000, () => host.deliver(fd, DATAGRAM));
  while (loop.turn());
  assert.deepEqual(timeouts, [-1]);
  assert.equal(host.clockMs, 86_400_000);
});

test('a watch that an earlier handler of the turn ended is not called', () => {
  const { host, loop, socket } = fixture();
  const [first, second] = [socket(), socket()];
  const called: string[] = [];
  loop.watch(first, host.constants.POLLIN, () => {
    called.push('first');
    unwatchSecond();
    host.close(second);
    loop.stop();
  });
  const unwatchSecond = loop.watch(second, host.constants.POLLIN, () => called.push('second'));
  host.deliver(first, DATAGRAM);
  host.deliver(second, DATAGRAM);
  loop.turn();
  assert.deepEqual(called, ['first']);
});

test('a new watch on the same descriptor number does not get the events of the old one', () => {
  const { host, loop, socket } = fixture();
  const [first, second] = [socket(), socket()];
  const called: string[] = [];
  loop.watch(first, host.constants.POLLIN, () => {
    drain(host, first);
    unwatchSecond();
    host.close(second);
    assert.equal(socket(), second);
    loop.watch(second, host.constants.POLLIN, () => called.push('new'));
  });
  const unwatchSecond = loop.watch(second, host.constants.POLLIN, () => called.push('old'));
  host.deliver(first, DATAGRAM);
  host.deliver(second, DATAGRAM);
  loop.turn();
  assert.deepEqual(called, []);
  host.deliver(second, DATAGRAM);
  loop.turn();
  assert.deepEqual(called, ['new']);
});

test('a handler may end its own watch', () => {
  const { host, loop, socket } = fixture();
  const fd = socket();
  let calls = 0;
  const unwatch = loop.watch(fd, host.constants.POLLIN, () => {
    calls++;
    unwatch();
    unwatch();
  });
  host.deliver(fd, DATAGRAM);
  loop.turn();
  assert.equal(loop.turn(), false);
  assert.equal(calls, 1);
});

test('what a handler throws is reported, and the others are served all the same', () => {
  const { host, loop, errors, socket } = fixture();
  const [first, second] = [socket(), socket()];
  const called: string[] = [];
  loop.watch(first, host.constants.POLLIN, () => {
    throw new Error('handler failed');
  });
  loop.watch(second, host.constants.POLLIN, () => called.push('second'));
  loop.after(0, () => {
    throw new Error('timer failed');
  });
  loop.after(0, () => called.push('timer'));
  host.deliver(first, DATAGRAM);
  host.deliver(second, DATAGRAM);
  assert.equal(loop.turn(), true);
  assert.deepEqual(errors, ['handler failed', 'timer failed']);
  assert.deepEqual(called, ['second', 'timer']);
});

test('a descriptor that was closed while watched is reported once and forgotten', () => {
  const { host, loop, errors, socket } = fixture();
  const fd = socket();
  loop.watch(fd, host.constants.POLLIN, () => assert.fail('called for a closed descriptor'));
  host.close(fd);
  loop.turn();
  assert.equal(loop.turn(), false);
  assert.deepEqual(errors, [`descriptor ${fd} was closed while it was watched`]);
});

test('a poll that was interrupted is no error, one that fails ends the loop', () => {
  const { host, loop, socket } = fixture();
  loop.watch(socket(), host.constants.POLLIN, () => {});
  host.poll = () => -(host.errno.EINTR as number);
  assert.equal(loop.turn(), true);
  host.poll = () => -(host.errno.ENOMEM as number);
  assert.throws(() => loop.turn(), /ENOMEM/);
});

test('a stopped loop finishes its turn and takes no other', () => {
  const { loop } = fixture();
  const ran: string[] = [];
  loop.after(0, () => {
    ran.push('first');
    loop.stop();
  });
  loop.after(0, () => ran.push('second'));
  loop.after(1, () => ran.push('later'));
  assert.equal(loop.turn(), false);
  assert.equal(loop.turn(), false);
  assert.deepEqual(ran, ['first', 'second']);
});

test('signals arrive in order, each once, also two of them in one turn', () => {
  const { host, loop } = fixture();
  const { SIGHUP, SIGTERM, SIGUSR1 } = host.constants;
  const arrived: number[] = [];
  const unwatch = watchSignals(host, loop, [SIGHUP, SIGTERM], (signal) => arrived.push(signal));
  host.raise(SIGTERM);
  host.raise(SIGUSR1);
  host.raise(SIGHUP);
  loop.turn();
  assert.deepEqual(arrived, [SIGTERM, SIGHUP]);
  unwatch();
  assert.equal(loop.turn(), false);
  assert.equal(host.openDescriptors, 0);
});
