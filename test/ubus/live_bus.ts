/** Our own bus on a fake machine, and bare connections to it, for tests. */
import type { FakeCredentials, FakeUnixHost } from '../../src/host/fake_unix.ts';
import { Loop } from '../../src/host/loop.ts';
import { UBUS_ACL_DIRECTORY, UbusAcl, type UbusGrants } from '../../src/net/ubus_acl.ts';
import { UbusBus } from '../../src/net/ubus_bus.ts';
import { unixAddress } from '../../src/net/unix_address.ts';
import {
  decodeAttributes,
  encodeFrame,
  UBUS_FIXED_BYTES,
  UBUS_SOCKET,
  type UbusAttributes,
} from '../../src/wire/ubus.ts';
import { frameOf } from './recordings.ts';
import { type SeenFrame, WatchedHost } from './script_bus.ts';

export const ROOT: FakeCredentials = { pid: 1000, uid: 0, gid: 0, groups: [] };
export const NOBODY: FakeCredentials = { pid: 2000, uid: 65534, gid: 65534, groups: [] };

const READ_BYTES = 65536;

/** A client that says and hears bytes. */
export class BusPeer {
  readonly fd: number;
  private readonly host: FakeUnixHost;
  private pending: Uint8Array = new Uint8Array(0);
  /** Descriptors that came. */
  descriptors = 0;
  isOver = false;
  private isOpen = true;

  constructor(host: FakeUnixHost, credentials: FakeCredentials, path = UBUS_SOCKET) {
    this.host = host;
    host.credentials = credentials;
    this.fd = host.socket(host.constants.AF_UNIX, host.constants.SOCK_STREAM, 0);
    const failed = host.connect(this.fd, unixAddress(host, path) ?? new Uint8Array(0));
    if (failed < 0) throw new Error(host.errorText(-failed));
  }

  /** False where the bus does not take them all. */
  sendBytes(bytes: Uint8Array): boolean {
    return this.host.send(this.fd, bytes, 0, bytes.length, 0) === bytes.length;
  }

  sendWithDescriptor(bytes: Uint8Array): void {
    this.host.addFile('/passed', '');
    const passed = this.host.open('/passed', 0, 0);
    this.host.sendDescriptor(this.fd, bytes, 0, bytes.length, passed);
    this.host.close(passed);
  }

  send(type: number, seq: number, peer: number, attributes: UbusAttributes = {}): void {
    this.sendBytes(encodeFrame(type, seq, peer, attributes));
  }

  /** Reads up to `most` bytes; gives how many came. */
  read(most = Number.POSITIVE_INFINITY): number {
    // The number may already be somebody else's.
    if (!this.isOpen) return 0;
    const buffer = new Uint8Array(Math.min(READ_BYTES, most));
    const received = new Int32Array(1);
    const got = this.host.recvDescriptor(this.fd, buffer, 0, buffer.length, received);
    if (received[0] !== -1) {
      this.descriptors++;
      this.host.close(received[0] ?? -1);
    }
    this.isOver ||= got === 0;
    if (got <= 0) return 0;
    const all = new Uint8Array(this.pending.length + got);
    all.set(this.pending);
    all.set(buffer.subarray(0, got), this.pending.length);
    this.pending = all;
    return got;
  }

  /** All that came and was not taken yet, message by message. */
  take(): SeenFrame[] {
    while (this.read() > 0);
    const frames: SeenFrame[] = [];
    const view = new DataView(this.pending.buffer);
    let at = 0;
    while (this.pending.length - at >= UBUS_FIXED_BYTES + 4) {
      const end = at + UBUS_FIXED_BYTES + view.getUint32(at + UBUS_FIXED_BYTES);
      if (end > this.pending.length) break;
      const bytes = this.pending.slice(at, end);
      const { type, seq, peer, body } = frameOf(bytes);
      frames.push({ type, seq, peer, attributes: decodeAttributes(body), bytes });
      at = end;
    }
    this.pending = this.pending.slice(at);
    return frames;
  }

  close(): void {
    this.isOpen = false;
    this.host.close(this.fd);
  }
}

export interface LiveBusOptions {
  readonly random?: () => number;
  /** ACL files by name. */
  readonly acl?: Readonly<Record<string, string>>;
  readonly everybody?: UbusGrants;
}

export class LiveBus {
  readonly host = new WatchedHost();
  /** What was wrong with ACL files. */
  readonly complaints: string[] = [];
  readonly loop = new Loop(this.host, (error) => {
    throw error;
  });
  readonly acl: UbusAcl;
  readonly bus: UbusBus;

  constructor({ random, acl = {}, everybody = {} }: LiveBusOptions = {}) {
    const { host, loop } = this;
    host.addDirectory('/var/run/ubus');
    host.addFile('/etc/passwd', 'root:x:0:0:root:/root:/bin/ash\nnobody:*:65534:65534:nobody:/var:/bin/false\n');
    host.addFile('/etc/group', 'root:x:0:\nnetwork:x:101:\nnogroup:x:65534:\n');
    for (const [name, text] of Object.entries(acl)) host.addFile(`${UBUS_ACL_DIRECTORY}/${name}`, text);
    this.acl = new UbusAcl(host, UBUS_ACL_DIRECTORY, everybody, (message) => this.complaints.push(message));
    let last = 0x1000;
    this.bus = new UbusBus(host, loop, { path: UBUS_SOCKET, acl: this.acl, random: random ?? (() => ++last) });
    const problem = this.bus.listen();
    if (problem !== undefined) throw new Error(problem);
  }

  connect(credentials = ROOT): BusPeer {
    const peer = new BusPeer(this.host, credentials);
    this.pump();
    return peer;
  }

  /** A connection that has taken its greeting, and its id. */
  greeted(credentials = ROOT): { peer: BusPeer; id: number } {
    const peer = this.connect(credentials);
    const [hello] = peer.take();
    if (hello === undefined) throw new Error('no HELLO');
    return { peer, id: hello.peer };
  }

  /** Lets the bus do all that it can do now. */
  pump(): void {
    for (let quietTurns = 0; quietTurns < 2; ) {
      this.loop.after(0, () => undefined);
      this.loop.turn();
      quietTurns = this.host.readyCount > 0 ? 0 : quietTurns + 1;
    }
  }
}
