/** Files of the agent: read whole, written atomically. */
import type { Host } from '../host/host.ts';

/** A file or directory that could not be used. */
export class FileError extends Error {
  readonly path: string;
  readonly errno: number;

  constructor(host: Host, what: string, path: string, errno: number) {
    super(`cannot ${what} ${path}: ${host.errorText(errno)}`);
    this.name = 'FileError';
    this.path = path;
    this.errno = errno;
  }
}

const LARGEST_FILE_BYTES = 4 << 20;

/** The content, or undefined where there is no such file. @throws FileError */
export function readFileIfAny(host: Host, path: string): Uint8Array | undefined {
  const content = host.readFile(path, LARGEST_FILE_BYTES);
  if (typeof content !== 'number') return content;
  if (-content === host.errno.ENOENT) return undefined;
  throw new FileError(host, 'read', path, -content);
}

/** Replaces the file as a whole, so that a reader, or a crash, finds the old content or the new. @throws FileError */
export function writeFileAtomically(host: Host, path: string, content: Uint8Array): void {
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = host.constants;
  const temporary = `${path}.new`;
  const fd = host.open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o644);
  if (fd < 0) throw new FileError(host, 'write', temporary, -fd);
  let at = 0;
  let failed = 0;
  while (at < content.length && failed === 0) {
    const written = host.write(fd, content, at, content.length - at);
    if (written >= 0) at += written;
    else if (-written !== host.errno.EINTR) failed = -written;
  }
  const synced = failed === 0 ? host.fsync(fd) : 0;
  if (synced < 0) failed = -synced;
  host.close(fd);
  if (failed === 0) {
    const renamed = host.rename(temporary, path);
    if (renamed >= 0) return;
    failed = -renamed;
  }
  host.unlink(temporary);
  throw new FileError(host, 'write', path, failed);
}

/** Removes the file, if there is one. @throws FileError */
export function removeFile(host: Host, path: string): void {
  const removed = host.unlink(path);
  if (removed < 0 && -removed !== host.errno.ENOENT) throw new FileError(host, 'remove', path, -removed);
}

/** Makes the directory unless it is there. @throws FileError */
export function ensureDirectory(host: Host, path: string): void {
  const made = host.mkdir(path, 0o755);
  if (made < 0 && -made !== host.errno.EEXIST) throw new FileError(host, 'make directory', path, -made);
}
