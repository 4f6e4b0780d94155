/** The kernel's format of a first file system (Documentation/driver-api/early-userspace/buffer-format.rst): cpio `newc`. */

export interface CpioFile {
  /** Without a leading slash; its directory must be there. */
  readonly path: string;
  readonly content: string | Uint8Array;
  /** Permission bits. */
  readonly mode: number;
}

const S_IFREG = 0o100000;
const S_IFDIR = 0o040000;
const TRAILER = 'TRAILER!!!';

/** An archive of these directories and files, which may follow another in the same buffer. */
export function cpio(directories: readonly string[], files: readonly CpioFile[]): Buffer {
  return Buffer.concat([
    ...directories.map((path) => record(path, S_IFDIR | 0o755, Buffer.alloc(0))),
    ...files.map(({ path, content, mode }) => record(path, S_IFREG | mode, Buffer.from(content))),
    record(TRAILER, 0, Buffer.alloc(0)),
  ]);
}

/** Header of 13 numbers of eight hexadecimal digits, name, content; the latter two end at multiples of four. */
function record(path: string, mode: number, content: Buffer): Buffer {
  const inode = 0;
  const numbers = [inode, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, path.length + 1, 0];
  const header = `070701${numbers.map((n) => n.toString(16).padStart(8, '0')).join('')}${path}\0`;
  return Buffer.concat([padded(Buffer.from(header)), padded(content)]);
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}
