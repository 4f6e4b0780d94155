/** A machine with the kernel of kernel.ts and files in memory, on which the whole program runs. */
import { FakeHost } from '../../src/host/fake.ts';
import { NETLINK, SOL } from '../../src/uapi/netlink.ts';
import { FakeKernel } from './kernel.ts';

const SOCKET_BUFFER_BYTES = 2 << 20;

export class Machine extends FakeHost {
  override readonly littleEndian: boolean;
  readonly kernel: FakeKernel;
  /** Netlink sockets by descriptor: their protocol, and the groups that they listen to. */
  private readonly sockets = new Map<number, { readonly protocol: number; readonly groups: Set<number> }>();

  constructor(littleEndian = true) {
    super();
    this.littleEndian = littleEndian;
    this.kernel = new FakeKernel(littleEndian, this.errno);
    this.kernel.onEvent = (group, datagram) => {
      for (const [fd, { groups }] of this.sockets) if (groups.has(group)) this.deliver(fd, datagram);
    };
    this.onSend = (fd, bytes) => {
      const socket = this.sockets.get(fd);
      return socket === undefined ? [] : this.kernel.answer(socket.protocol, bytes, portOf(fd));
    };
    this.kernel.bpf = {
      programId: (fd) => this.bpfKernel.programOpenAs(fd)?.id,
      xdpOn: (ifindex) => this.bpfKernel.xdpOn(ifindex),
      deviceGone: (ifindex) => this.bpfKernel.deviceGone(ifindex),
      describe: (programId) => this.bpfKernel.describeProgram(programId),
    };
    this.addDirectory('/var/run');
  }

  /** What kill -9 does: every descriptor is closed, and with them the lock is gone. */
  killProgram(): void {
    this.endProcess();
  }

  override socket(domain: number, type: number, protocol: number): number {
    if (protocol === NETLINK.NETFILTER && this.kernel.flowtables === undefined) return this.fail('EPROTONOSUPPORT');
    const fd = super.socket(domain, type, protocol);
    if (domain === this.constants.AF_NETLINK) this.sockets.set(fd, { protocol, groups: new Set() });
    return fd;
  }

  override setsockopt(fd: number, level: number, option: number, value: number | Uint8Array): number {
    if (level === SOL.NETLINK && option === NETLINK.ADD_MEMBERSHIP && typeof value === 'number') {
      this.sockets.get(fd)?.groups.add(value);
    }
    return super.setsockopt(fd, level, option, value);
  }

  override getsockname(fd: number, address: Uint8Array): number {
    const length = super.getsockname(fd, address);
    const port = this.sockets.has(fd) ? portOf(fd) : 0;
    if (port !== 0) new DataView(address.buffer, address.byteOffset).setUint32(4, port, this.littleEndian);
    return length;
  }

  override getsockopt(_fd: number, _level: number, _option: number, value: Uint8Array): number {
    new DataView(value.buffer, value.byteOffset).setUint32(0, SOCKET_BUFFER_BYTES, this.littleEndian);
    return value.length;
  }

  override close(fd: number): number {
    this.sockets.delete(fd);
    return super.close(fd);
  }
}

/** The netlink port of a descriptor. */
function portOf(fd: number): number {
  return 1000 + fd;
}
