/**
 * One weir at a time: a lock on /var/run/weir/lock. A daemon that can be told by signals writes its number into the file; of a
 * command that will soon be done there is none, and a signal would only end it half-way.
 */
import type { Host } from '../host/host.ts';
import { decodeUtf8, encodeUtf8 } from '../lib/utf8.ts';
import { ensureDirectory, FileError } from './files.ts';
import type { StatePaths } from './reconcile.ts';

export interface Lock {
  /** Lets others know whom to send signals to, and that signals are not answered any more. */
  announce(): void;
  withdraw(): void;
  release(): void;
}

/** The lock, or the number of the daemon that has it, or 0 when something else has it. @throws FileError */
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
  // What a process left that was killed must not be taken for ours, and a full file system takes at least what replaces it.
  writeHolder(host, fd, '');
  const tell = (holder: string): void => {
    const file = host.open(paths.lockFile, O_RDWR | O_NOFOLLOW, 0);
    if (file < 0) return;
    writeHolder(host, file, holder);
    host.close(file);
  };
  return {
    announce: () => tell(String(host.processId())),
    withdraw: () => tell(''),
    release: () => void host.close(fd),
  };
}

function writeHolder(host: Host, fd: number, holder: string): void {
  const line = encodeUtf8(`${holder.padEnd(PID_LENGTH)}\n`);
  host.write(fd, line, 0, line.length);
}

/** Numbers are padded, so that a shorter one leaves no digit of the one before. */
const PID_LENGTH = 10;

function lockHolder(host: Host, paths: StatePaths): number {
  const content = host.readFile(paths.lockFile, 64);
  const pid = typeof content === 'number' ? Number.NaN : Number(decodeUtf8(content));
  return Number.isSafeInteger(pid) && pid > 1 ? pid : 0;
}
