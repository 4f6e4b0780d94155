import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeHost } from '../host/fake.ts';
import { encodeUtf8 } from '../lib/utf8.ts';
import { ensureDirectory, FileError, readFileIfAny, removeFile, writeFileAtomically } from './files.ts';

const PATH = '/var/run/weir/saved.json';
const OLD = 'old and whole';

function hostWithFile(): FakeHost {
  const host = new FakeHost();
  host.addFile(PATH, OLD);
  return host;
}

function errnoOf(host: FakeHost, name: string): number {
  return host.errno[name] ?? 0;
}

test('a file is replaced as a whole, and nothing is left beside it', () => {
  const host = hostWithFile();
  writeFileAtomically(host, PATH, encodeUtf8('new'));
  assert.equal(host.fileText(PATH), 'new');
  assert.deepEqual([...host.files.keys()], [PATH]);
  assert.equal(host.openDescriptors, 0);
});

test('whichever call fails, the old content stays, nothing is left beside it, and the error names the file', () => {
  for (const [call, path] of [
    ['open', `${PATH}.new`],
    ['write', `${PATH}.new`],
    ['fsync', `${PATH}.new`],
    ['rename', `${PATH}.new`],
  ]) {
    const host = hostWithFile();
    host.failures.set(`${call} ${path}`, errnoOf(host, 'ENOSPC'));
    assert.throws(
      () => writeFileAtomically(host, PATH, encodeUtf8('new')),
      (error) => error instanceof FileError && error.errno === errnoOf(host, 'ENOSPC') && error.message.includes(PATH),
    );
    assert.equal(host.fileText(PATH), OLD, call);
    assert.deepEqual([...host.files.keys()], [PATH], call);
    assert.equal(host.openDescriptors, 0, call);
  }
});

/** A host that takes a few bytes at a time, and is interrupted in between. */
class SlowHost extends FakeHost {
  private calls = 0;
  override write(fd: number, bytes: Uint8Array, offset: number, length: number): number {
    this.calls += 1;
    if (this.calls % 2 === 1) return -errnoOf(this, 'EINTR');
    return super.write(fd, bytes, offset, Math.min(length, 3));
  }
}

test('a write that is interrupted or takes a part goes on', () => {
  const host = new SlowHost();
  host.addDirectory('/var/run/weir');
  writeFileAtomically(host, PATH, encodeUtf8('more than three bytes'));
  assert.equal(host.fileText(PATH), 'more than three bytes');
});

test('a file that is not there is none, and one that cannot be read is an error', () => {
  const host = hostWithFile();
  assert.equal(readFileIfAny(host, '/nowhere'), undefined);
  host.failures.set(`readFile ${PATH}`, errnoOf(host, 'EACCES'));
  assert.throws(() => readFileIfAny(host, PATH), /cannot read \/var\/run\/weir\/saved\.json/);
  assert.throws(() => readFileIfAny(host, '/var'), FileError);
});

test('to remove what is not there is no error, to fail to remove it is', () => {
  const host = hostWithFile();
  removeFile(host, PATH);
  removeFile(host, PATH);
  host.failures.set(`unlink ${PATH}`, errnoOf(host, 'EROFS'));
  assert.throws(() => removeFile(host, PATH), FileError);
});

test('a directory is made unless it is there', () => {
  const host = new FakeHost();
  ensureDirectory(host, '/run');
  ensureDirectory(host, '/run');
  assert.ok(host.directories.has('/run'));
  assert.throws(() => ensureDirectory(host, '/no/such/place'), FileError);
});
