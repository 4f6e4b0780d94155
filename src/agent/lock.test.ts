import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeHost } from '../host/fake.ts';
import { FileError } from './files.ts';
import { takeLock } from './lock.ts';

const PATHS = { directory: '/var/run/weir', savedFile: '/var/run/weir/saved.json', lockFile: '/var/run/weir/lock' };

function newHost(): FakeHost {
  const host = new FakeHost();
  host.addDirectory('/var/run');
  return host;
}

test('a lock is had once, and again after its release', () => {
  const host = newHost();
  const lock = takeLock(host, PATHS);
  assert.ok(typeof lock !== 'number');
  assert.equal(takeLock(host, PATHS), 0);
  lock.announce();
  assert.equal(takeLock(host, PATHS), host.processId());
  lock.withdraw();
  assert.equal(takeLock(host, PATHS), 0);
  lock.release();
  assert.ok(typeof takeLock(host, PATHS) !== 'number');
});

test('a refused lock leaves no descriptor open', () => {
  const host = newHost();
  takeLock(host, PATHS);
  const { openDescriptors } = host;
  takeLock(host, PATHS);
  assert.equal(host.openDescriptors, openDescriptors);
});

test('the file stays when the lock goes, so that two never lock two files of one name', () => {
  const host = newHost();
  const lock = takeLock(host, PATHS);
  assert.ok(typeof lock !== 'number');
  lock.release();
  assert.ok(host.files.has(PATHS.lockFile));
});

test('no digit is left of a number that stood there before', () => {
  const host = newHost();
  host.addFile(PATHS.lockFile, '4194303   \n');
  const lock = takeLock(host, PATHS);
  assert.ok(typeof lock !== 'number');
  assert.equal(host.fileText(PATHS.lockFile), '          \n');
  lock.announce();
  assert.equal(host.fileText(PATHS.lockFile), '4711      \n');
});

test('a holder whose number cannot be read is 0', () => {
  for (const text of ['', 'abc', '-5', '1', '1e400', '4 7', '0.5']) {
    const host = newHost();
    takeLock(host, PATHS);
    host.addFile(PATHS.lockFile, text);
    assert.equal(takeLock(host, PATHS), 0, `'${text}'`);
  }
});

test('without a place for the file there is an error that names it', () => {
  const host = newHost();
  host.failures.set(`open ${PATHS.lockFile}`, host.errno.EROFS ?? 0);
  assert.throws(() => takeLock(host, PATHS), /\/var\/run\/weir\/lock/);
  const bare = new FakeHost();
  assert.throws(() => takeLock(bare, PATHS), FileError);
});
