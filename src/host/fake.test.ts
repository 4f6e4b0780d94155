import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeUtf8, encodeUtf8 } from '../lib/utf8.ts';
import { FakeExit, FakeHost } from './fake.ts';

const BYTES = encodeUtf8('weir');

test('a file is created, written, renamed over another and read back', () => {
  const host = new FakeHost();
  const { O_WRONLY, O_CREAT, O_EXCL } = host.constants;
  host.addFile('/run/saved', 'old');
  const fd = host.open('/run/saved.new', O_WRONLY | O_CREAT | O_EXCL, 0o600);
  host.write(fd, BYTES, 1, 2);
  host.write(fd, BYTES, 0, 1);
  host.close(fd);
  assert.equal(host.rename('/run/saved.new', '/run/saved'), 0);
  assert.equal(host.fileText('/run/saved'), 'eiw');
  assert.deepEqual(host.readDirectory('/run'), ['saved']);
  assert.equal(host.openDescriptors, 0);
});

test('what is not there is -ENOENT, also its directory', () => {
  const host = new FakeHost();
  const { ENOENT } = host.errno;
  assert.equal(host.readFile('/none', 10), -(ENOENT ?? 0));
  assert.equal(host.open('/none/file', host.constants.O_CREAT, 0o600), -(ENOENT ?? 0));
  assert.equal(host.unlink('/none'), -(ENOENT ?? 0));
});

test('a failure that a test asks for is given', () => {
  const host = new FakeHost();
  const enospc = host.errno.ENOSPC ?? 0;
  host.addFile('/a', '');
  host.failures.set('write /a', enospc);
  const fd = host.open('/a', host.constants.O_WRONLY, 0);
  assert.equal(host.write(fd, BYTES, 0, 4), -enospc);
});

test('a lock is held by one descriptor until it is closed', () => {
  const host = new FakeHost();
  const { LOCK_EX, LOCK_NB, O_RDWR } = host.constants;
  host.addFile('/lock', '');
  const [first, second] = [host.open('/lock', O_RDWR, 0), host.open('/lock', O_RDWR, 0)];
  assert.equal(host.flock(first, LOCK_EX | LOCK_NB), 0);
  assert.equal(host.flock(second, LOCK_EX | LOCK_NB), -(host.errno.EAGAIN ?? 0));
  host.close(first);
  assert.equal(host.flock(second, LOCK_EX | LOCK_NB), 0);
});

test('a socket answers what the test scripts, peeking leaves the datagram, truncation tells its length', () => {
  const host = new FakeHost();
  const { MSG_PEEK, MSG_TRUNC } = host.constants;
  host.onSend = (_fd, bytes) => [bytes, encodeUtf8(`${bytes.length} bytes`)];
  const fd = host.socket(0, 0, 0);
  assert.equal(host.send(fd, BYTES, 1, 3, 0), 3);
  const buffer = new Uint8Array(16);
  assert.equal(host.recv(fd, buffer, 0, 0, MSG_PEEK | MSG_TRUNC), 3);
  assert.equal(host.recv(fd, buffer, 2, 14, 0), 3);
  assert.equal(decodeUtf8(buffer, 2, 5), 'eir');
  assert.equal(host.recv(fd, buffer, 0, 16, 0), 7);
  assert.equal(host.recv(fd, buffer, 0, 16, 0), -(host.errno.EAGAIN ?? 0));
});

test('waiting moves the clock to what happens next, and not beyond the limit', () => {
  const host = new FakeHost();
  const fd = host.socket(0, 0, 0);
  const fds = new Int32Array([fd, host.constants.POLLIN, 0]);
  host.later(30, () => host.deliver(fd, BYTES));
  assert.equal(host.poll(fds, 20), 0);
  assert.equal(host.clockMs, 20);
  assert.equal(host.poll(fds, -1), 1);
  assert.equal(host.clockMs, 30);
  assert.equal(fds[2], host.constants.POLLIN);
});

test('waiting for ever where nothing can happen is an error', () => {
  const host = new FakeHost();
  const fds = new Int32Array([host.socket(0, 0, 0), host.constants.POLLIN, 0]);
  assert.throws(() => host.poll(fds, -1), /waits for ever/);
});

test('exit gives its code to the test', () => {
  assert.throws(
    () => new FakeHost().exit(3),
    (error) => error instanceof FakeExit && error.code === 3,
  );
});
