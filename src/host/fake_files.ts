/** The file system of the fake host: files, directories and symbolic links by path, without what is open of them. */
import { decodeUtf8, encodeUtf8 } from '../lib/utf8.ts';
import { FAKE_ERRNO } from './fake_numbers.ts';
import { FakePrivileges } from './fake_privileges.ts';

export class FakeFiles extends FakePrivileges {
  readonly files = new Map<string, Uint8Array>();
  readonly directories = new Set<string>(['/']);
  readonly links = new Map<string, string>();
  /** Makes a call fail: `failures.set('rename /var/run/weir/saved.json.new', errno.ENOSPC)`; the call, a space, its first path. */
  readonly failures = new Map<string, number>();
  /** Permissions and owners of files by path; 0644 of root where a path is not in it. */
  readonly owners = new Map<string, { readonly mode: number; readonly uid: number; readonly gid: number }>();

  /** Puts a file there, its directories included. */
  addFile(path: string, content: string | Uint8Array): void {
    this.addDirectory(parentOf(path));
    this.files.set(path, typeof content === 'string' ? encodeUtf8(content) : content);
  }

  addDirectory(path: string): void {
    for (let at = path; at !== '/'; at = parentOf(at)) this.directories.add(at);
  }

  fileText(path: string): string | undefined {
    const content = this.files.get(path);
    return content === undefined ? undefined : decodeUtf8(content);
  }

  protected fail(name: string): number {
    return -(FAKE_ERRNO[name] as number);
  }

  protected failure(call: string, path: string): number {
    return -(this.failures.get(`${call} ${path}`) ?? 0);
  }

  rename(from: string, to: string): number {
    const failure = this.failure('rename', from);
    if (failure < 0) return failure;
    const content = this.files.get(from);
    if (content === undefined || !this.directories.has(parentOf(to))) return this.fail('ENOENT');
    this.files.delete(from);
    this.files.set(to, content);
    return 0;
  }

  unlink(path: string): number {
    const failure = this.failure('unlink', path);
    if (failure < 0) return failure;
    return this.files.delete(path) || this.links.delete(path) ? 0 : this.fail('ENOENT');
  }

  mkdir(path: string, _mode: number): number {
    const failure = this.failure('mkdir', path);
    if (failure < 0) return failure;
    if (this.directories.has(path) || this.files.has(path)) return this.fail('EEXIST');
    if (!this.directories.has(parentOf(path))) return this.fail('ENOENT');
    this.directories.add(path);
    return 0;
  }

  rmdir(path: string): number {
    const names = this.readDirectory(path);
    if (typeof names === 'number') return names;
    if (names.length > 0) return this.fail('ENOTEMPTY');
    this.directories.delete(path);
    return 0;
  }

  chmod(path: string, _mode: number): number {
    return this.files.has(path) || this.directories.has(path) ? this.failure('chmod', path) : this.fail('ENOENT');
  }

  readLink(path: string): string | number {
    return this.links.get(path) ?? this.fail(this.files.has(path) ? 'EINVAL' : 'ENOENT');
  }

  readDirectory(path: string): string[] | number {
    if (!this.directories.has(path)) return this.fail(this.files.has(path) ? 'ENOTDIR' : 'ENOENT');
    const paths = [...this.files.keys(), ...this.directories, ...this.links.keys()];
    return paths.filter((other) => other !== '/' && parentOf(other) === path).map((other) => nameOf(other));
  }

  readFile(path: string, limitBytes: number): Uint8Array | number {
    const failure = this.failure('readFile', path);
    if (failure < 0) return failure;
    const content = this.files.get(path);
    if (content === undefined) return this.fail(this.directories.has(path) ? 'EISDIR' : 'ENOENT');
    return content.length > limitBytes ? this.fail('EFBIG') : content.slice();
  }

  commonBytes(a: Uint8Array, b: Uint8Array, atEnd: boolean): number {
    const most = Math.min(a.length, b.length);
    const isSame = (count: number): boolean =>
      atEnd ? a[a.length - 1 - count] === b[b.length - 1 - count] : a[count] === b[count];
    let count = 0;
    while (count < most && isSame(count)) count++;
    return count;
  }
}

export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
