/** A fake machine on which the others act while the program waits: those that it talks to are in the same test. */
import { FakeUnixHost } from '../../src/host/fake_unix.ts';
import { unixAddress } from '../../src/net/unix_address.ts';

const PART_BYTES = 4096;

export class AnsweringHost extends FakeUnixHost {
  /** Called each time before the program waits. */
  act: () => void = () => undefined;
  private acts = false;

  override poll(fds: Int32Array, timeoutMs: number): number {
    if (!this.acts) {
      this.acts = true;
      try {
        this.act();
      } finally {
        this.acts = false;
      }
    }
    return super.poll(fds, timeoutMs);
  }
}

/** Listens at a path, and is told of each connection once, and of all that comes over it. */
export class Listener {
  connections = 0;
  private readonly host: AnsweringHost;
  private readonly fd: number;
  private peer = -1;
  private rest: Uint8Array = new Uint8Array(0);

  constructor(host: AnsweringHost, path: string) {
    this.host = host;
    host.addDirectory(path.slice(0, path.lastIndexOf('/')));
    this.fd = host.socket(host.constants.AF_UNIX, host.constants.SOCK_STREAM, 0);
    host.bind(this.fd, unixAddress(host, path) ?? new Uint8Array(0));
    host.listen(this.fd, 1);
  }

  /** Whether somebody has connected since. The connection before, if there was one, is closed. */
  accept(): boolean {
    const fd = this.host.accept(this.fd);
    if (fd < 0) return false;
    this.hangUp();
    this.rest = new Uint8Array(0);
    this.peer = fd;
    this.connections++;
    return true;
  }

  /** What has come. */
  read(): Uint8Array {
    const bytes = new Uint8Array(PART_BYTES);
    let length = 0;
    for (let got = this.peer < 0 ? 0 : 1; got > 0; length += Math.max(got, 0)) {
      got = this.host.recv(this.peer, bytes, length, bytes.length - length, 0);
    }
    return bytes.subarray(0, length);
  }

  /** Sends it as far as it is taken now; the rest is sent with the next. */
  say(bytes: Uint8Array): void {
    const all = new Uint8Array(this.rest.length + bytes.length);
    all.set(this.rest);
    all.set(bytes, this.rest.length);
    const sent = this.peer < 0 || all.length === 0 ? 0 : this.host.send(this.peer, all, 0, all.length, 0);
    this.rest = all.subarray(Math.max(sent, 0));
  }

  hangUp(): void {
    if (this.peer >= 0) this.host.close(this.peer);
    this.peer = -1;
  }
}
