/** A netlink socket as datagrams go through it: opening, sending, waiting with a limit, room for what comes. */
import type { Host, HostConstants } from '../host/host.ts';
import { KernelError, refusalNamed, refusalOf } from '../host/refusal.ts';
import { Reader, Writer } from '../lib/bytes.ts';
import { NETLINK, NETLINK_OPTION, SOL } from '../uapi/netlink.ts';

/** The kernel fills dumps up to 32 KiB a datagram when it knows that the reader has room. */
const RECEIVE_BYTES = 32768;
const RECEIVE_LIMIT_BYTES = 16 << 20;
/** The kernel doubles it, and takes memory only as messages wait. */
const SOCKET_BUFFER_BYTES = 1 << 20;
/** The buffer that Linux gives where it tells nothing else (net.core.rmem_default). */
const DEFAULT_SOCKET_BUFFER_BYTES = 212992;
const SYSCALL_ATTEMPTS = 100;
const SEND_WAIT_MS = 50;

/** What of the machine netlink and ethtool need. */
export interface NetlinkHost
  extends Pick<
    Host,
    | 'littleEndian'
    | 'errno'
    | 'errorText'
    | 'socket'
    | 'bind'
    | 'connect'
    | 'getsockname'
    | 'getsockopt'
    | 'setsockopt'
    | 'send'
    | 'recv'
    | 'poll'
    | 'ioctl'
    | 'close'
  > {
  readonly constants: Pick<
    HostConstants,
    | 'AF_NETLINK'
    | 'SOCK_RAW'
    | 'SOL_SOCKET'
    | 'SO_RCVBUF'
    | 'SO_RCVBUFFORCE'
    | 'MSG_DONTWAIT'
    | 'MSG_PEEK'
    | 'MSG_TRUNC'
    | 'POLLIN'
    | 'POLLOUT'
    | 'SIOCETHTOOL'
  >;
}

export class NetlinkPort {
  readonly host: NetlinkHost;
  private readonly protocol: number;
  private readonly groups: number[] = [];
  private buffer = new Uint8Array(RECEIVE_BYTES);
  private view = new DataView(this.buffer.buffer);
  private descriptor: number;
  private id = 0;
  private roomBytes = DEFAULT_SOCKET_BUFFER_BYTES;
  private readonly eagain: number;
  private readonly eintr: number;
  private readonly enobufs: number;

  /** @throws KernelError */
  constructor(host: NetlinkHost, protocol: number) {
    this.host = host;
    this.protocol = protocol;
    this.eagain = -(host.errno.EAGAIN ?? Number.NaN);
    this.eintr = -(host.errno.EINTR ?? Number.NaN);
    this.enobufs = -(host.errno.ENOBUFS ?? Number.NaN);
    this.descriptor = this.open();
  }

  get fd(): number {
    return this.descriptor;
  }

  /** The address that the kernel gave the socket; its answers carry it. */
  get portId(): number {
    return this.id;
  }

  /** How much can wait in the socket before the kernel drops. */
  get socketBufferBytes(): number {
    return this.roomBytes;
  }

  private open(): number {
    const { host } = this;
    const { AF_NETLINK, SOCK_RAW, SOL_SOCKET, SO_RCVBUF, SO_RCVBUFFORCE } = host.constants;
    const fd = this.check(host.socket(AF_NETLINK, SOCK_RAW, this.protocol), 'open a netlink socket');
    try {
      // Connected to port 0, the kernel, the socket is refused to the messages of other processes
      // (net/netlink/af_netlink.c, netlink_getsockbyportid).
      const address = this.kernelAddress();
      this.check(host.bind(fd, address), 'bind the netlink socket');
      this.check(host.connect(fd, address), 'connect the netlink socket');
      this.check(host.getsockname(fd, address), 'read the port of the netlink socket');
      this.id = new Reader(address, host.littleEndian, 4).u32();
      for (const group of this.groups) this.join(fd, group);
    } catch (error) {
      host.close(fd);
      throw error;
    }
    // Kernels before 4.12 and 4.20 lack some of these and do without.
    for (const option of [NETLINK_OPTION.CAP_ACK, NETLINK_OPTION.EXT_ACK, NETLINK_OPTION.GET_STRICT_CHK]) {
      host.setsockopt(fd, SOL.NETLINK, option, 1);
    }
    if (host.setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, SOCKET_BUFFER_BYTES) < 0) {
      host.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, SOCKET_BUFFER_BYTES);
    }
    const size = new Uint8Array(4);
    if (host.getsockopt(fd, SOL_SOCKET, SO_RCVBUF, size) >= 0)
      this.roomBytes = new Reader(size, host.littleEndian).u32();
    return fd;
  }

  /** struct sockaddr_nl with port 0: for connect(2) the kernel, for bind(2) a port of the kernel's choice. */
  private kernelAddress(): Uint8Array {
    const w = new Writer(this.host.littleEndian, 12);
    w.u16(this.host.constants.AF_NETLINK);
    w.zeros(10);
    return w.bytes();
  }

  close(): void {
    this.host.close(this.descriptor);
  }

  /** Another socket in place of this one, with the same groups: the way out of a dump that never ends. On failure the old one stays. */
  reopen(): void {
    const fd = this.open();
    this.close();
    this.descriptor = fd;
  }

  /** Joins a multicast group. */
  subscribe(group: number): void {
    this.join(this.descriptor, group);
    this.groups.push(group);
  }

  private join(fd: number, group: number): void {
    const joined = this.host.setsockopt(fd, SOL.NETLINK, NETLINK.ADD_MEMBERSHIP, group);
    this.check(joined, `listen to netlink group ${group}`);
  }

  /** Sends `bytes[0, length)` as one datagram; 0 or -errno. */
  send(bytes: Uint8Array, length: number): number {
    const { host, descriptor } = this;
    let result = this.eagain;
    for (let attempt = 0; attempt < SYSCALL_ATTEMPTS; attempt++) {
      result = host.send(descriptor, bytes, 0, length, 0);
      if (result >= 0) return 0;
      if (result === this.eintr) continue;
      if (result !== this.eagain) return result;
      host.poll(new Int32Array([descriptor, host.constants.POLLOUT, 0]), SEND_WAIT_MS);
    }
    return result;
  }

  /**
   * The next datagram, in a buffer that the next call overwrites; 'empty' when none came within `waitMs`, 'overrun' when the
   * kernel had to drop some.
   *
   * @throws KernelError when the socket is broken
   */
  receive(waitMs: number): Reader | 'empty' | 'overrun' {
    const { host, descriptor } = this;
    const { MSG_DONTWAIT, MSG_PEEK, MSG_TRUNC, POLLIN } = host.constants;
    let wait = waitMs;
    for (let attempt = 0; attempt < SYSCALL_ATTEMPTS; attempt++) {
      // A datagram that does not fit would be cut and lost: ask for its length first.
      let result = host.recv(descriptor, this.buffer, 0, 0, MSG_DONTWAIT | MSG_PEEK | MSG_TRUNC);
      if (result >= 0) {
        this.ensureRoom(result);
        result = host.recv(descriptor, this.buffer, 0, this.buffer.length, MSG_DONTWAIT);
        if (result >= 0) return new Reader(this.buffer, host.littleEndian, 0, result, this.view);
      }
      if (result === this.enobufs) return 'overrun';
      if (result === this.eintr) continue;
      if (result !== this.eagain) this.check(result, 'read from the netlink socket');
      if (wait === 0) return 'empty';
      if (host.poll(new Int32Array([descriptor, POLLIN, 0]), wait) === 0) wait = 0;
    }
    return 'empty';
  }

  private ensureRoom(length: number): void {
    if (length <= this.buffer.length) return;
    if (length > RECEIVE_LIMIT_BYTES) {
      throw new KernelError(refusalNamed(this.host, 'EMSGSIZE'), 'read from the netlink socket');
    }
    this.buffer = new Uint8Array(length);
    this.view = new DataView(this.buffer.buffer);
  }

  private check(result: number, operation: string): number {
    if (result < 0) throw new KernelError(refusalOf(this.host, -result), operation);
    return result;
  }
}
