/** A bus that says only what a test tells it to, over the fake machine's sockets; time moves only when a test says so. */
import { FakeUnixHost } from '../../src/host/fake_unix.ts';
import { Loop } from '../../src/host/loop.ts';
import { unixAddress } from '../../src/net/unix_address.ts';
import {
  decodeAttributes,
  encodeFrame,
  UBUS_FIXED_BYTES,
  UBUS_MSG,
  UBUS_SOCKET,
  type UbusAttributes,
} from '../../src/wire/ubus.ts';
import { frameOf, joined } from './recordings.ts';

/** Knows whether anything was ready in the last wait. */
export class WatchedHost extends FakeUnixHost {
  readyCount = 0;

  override poll(fds: Int32Array, timeoutMs: number): number {
    this.readyCount = super.poll(fds, timeoutMs);
    return this.readyCount;
  }
}

/** A message that came, with its attributes. */
export interface SeenFrame {
  readonly type: number;
  readonly seq: number;
  readonly peer: number;
  readonly attributes: UbusAttributes;
  readonly bytes: Uint8Array;
}

/** The bus's side of one connection. */
export class ScriptPeer {
  readonly fd: number;
  private readonly host: WatchedHost;
  /** The beginning of a message. */
  private pending: Uint8Array = new Uint8Array(0);
  /** What the program has not read far enough to take. */
  private outgoing: Uint8Array = new Uint8Array(0);
  isOpen = true;

  constructor(host: WatchedHost, fd: number) {
    this.host = host;
    this.fd = fd;
  }

  /** What came and was not taken yet, message by message. */
  take(): SeenFrame[] {
    const parts = [this.pending];
    for (let got = 1; got > 0; ) {
      const part = new Uint8Array(16384);
      got = this.host.recv(this.fd, part, 0, part.length, 0);
      if (got > 0) parts.push(part.subarray(0, got));
    }
    const frames: SeenFrame[] = [];
    const bytes = joined(parts);
    const view = new DataView(bytes.buffer);
    let at = 0;
    while (bytes.length - at >= UBUS_FIXED_BYTES + 4) {
      const end = at + UBUS_FIXED_BYTES + view.getUint32(at + UBUS_FIXED_BYTES);
      if (end > bytes.length) break;
      const whole = bytes.slice(at, end);
      const { type, seq, peer, body } = frameOf(whole);
      frames.push({ type, seq, peer, attributes: decodeAttributes(body), bytes: whole });
      at = end;
    }
    this.pending = bytes.slice(at);
    this.sendBytes(new Uint8Array(0));
    return frames;
  }

  /** Sends what the program takes now, and the rest with each {@link take}. */
  sendBytes(bytes: Uint8Array): void {
    const all = joined([this.outgoing, bytes]);
    const sent = all.length === 0 ? 0 : this.host.send(this.fd, all, 0, all.length, 0);
    this.outgoing = all.subarray(Math.max(sent, 0));
  }

  get isBlocked(): boolean {
    return this.outgoing.length > 0;
  }

  send(type: number, seq: number, peer: number, attributes: UbusAttributes = {}): void {
    this.sendBytes(encodeFrame(type, seq, peer, attributes));
  }

  close(): void {
    this.isOpen = false;
    this.host.close(this.fd);
  }
}

export class ScriptBus {
  readonly host = new WatchedHost();
  /** What handlers threw. */
  readonly errors: unknown[] = [];
  readonly loop = new Loop(this.host, (error) => this.errors.push(error));
  readonly peers: ScriptPeer[] = [];
  private listener: number | undefined;

  constructor() {
    this.host.addDirectory('/var/run/ubus');
  }

  start(): void {
    const { host } = this;
    const address = unixAddress(host, UBUS_SOCKET) ?? new Uint8Array(0);
    this.listener = host.socket(host.constants.AF_UNIX, host.constants.SOCK_STREAM, 0);
    host.unlink(UBUS_SOCKET);
    host.bind(this.listener, address);
    host.listen(this.listener, 16);
  }

  /** Ends as a bus that is killed does. */
  stop(): void {
    if (this.listener !== undefined) this.host.close(this.listener);
    this.listener = undefined;
    for (const peer of this.peers.splice(0)) if (peer.isOpen) peer.close();
  }

  /** The next connection that somebody makes, or undefined when nobody does without time passing. */
  accept(): ScriptPeer | undefined {
    this.pump();
    const fd = this.listener === undefined ? -1 : this.host.accept(this.listener);
    if (fd < 0) return undefined;
    const peer = new ScriptPeer(this.host, fd);
    this.peers.push(peer);
    return peer;
  }

  /** As {@link accept}, greeted with an id. */
  greet(id: number): ScriptPeer {
    const peer = this.accept();
    if (peer === undefined) throw new Error('nobody connects');
    peer.send(UBUS_MSG.HELLO, 0, id);
    this.pump();
    return peer;
  }

  /** Lets the program do all that it can do now. */
  pump(): void {
    for (let quietTurns = 0; quietTurns < 2; ) {
      this.loop.after(0, () => undefined);
      this.loop.turn();
      quietTurns = this.host.readyCount > 0 ? 0 : quietTurns + 1;
    }
  }

  /** Lets time pass, with all that it brings. */
  advance(ms: number): void {
    let isOver = false;
    this.loop.after(ms, () => {
      isOver = true;
    });
    while (!isOver) this.loop.turn();
    this.pump();
  }
}
