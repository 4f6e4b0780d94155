/** One weir at a time: a lock on /var/run/weir/lock, which holds the number of the process that has it. */
import type { Host } from '../host/host.ts';
import { decodeUtf8, encodeUtf8 } from '../lib/utf8.ts';
import { ensureDirectory, FileError } from './files.ts';
import type { StatePaths } from './reconcile.ts';

export interface Lock {
  release(): void;
}

/** The lock, or the number of the process that has it (0 where that cannot be read). @throws FileError */
export function takeLock(host: Host, paths: StatePaths): Lock | number {
  const { O_RDWR, O_CREAT, O_NOFOLLOW, LOCK_EX, LOCK_NB } = host.constants;
  ensureDirectory(host, paths.directory);
  const fd = host.open(paths.lockFile, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600);
  if (fd < 0) throw new FileError(host, 'open', paths.lockFile, -fd);
  const locked = host.flock(fd, LOCK_EX | LOCK_NB);
  if (locked < 0) {
    host.close(fd);
    return lockHolder(host, paths);
  }
  // The file stays when the lock goes: two processes must never lock two files of one name.
  const mine = encodeUtf8(`${String(host.processId()).padEnd(PID_LENGTH)}\n`);
  host.write(fd, mine, 0, mine.length);
  return { release: () => void host.close(fd) };
}

/** Numbers are padded, so that a shorter one leaves no digit of the one before. */
const PID_LENGTH = 10;

function lockHolder(host: Host, paths: StatePaths): number {
  const content = host.readFile(paths.lockFile, 64);
  const pid = typeof content === 'number' ? Number.NaN : Number(decodeUtf8(content).trim());
  return Number.isSafeInteger(pid) && pid > 1 ? pid : 0;
}
