/**
 * The two doors to the ethtool half of the kernel: the generic netlink family "ethtool", and the SIOCETHTOOL ioctl where the kernel was
 * built without it, as many small ones are.
 */
import { KernelError, refusalNamed, refusalOf } from '../host/refusal.ts';
import { Reader, ShortReadError } from '../lib/bytes.ts';
import { NETLINK } from '../uapi/netlink.ts';
import { ETHTOOL_FAMILY } from '../wire/ethtool.ts';
import { encodeIfreq, IFREQ_DATA_OFFSET } from '../wire/ethtool-ioctl.ts';
import { decodeFamilyId, familyGet } from '../wire/genl.ts';
import type { Request } from '../wire/nlmsg.ts';
import { NetlinkSocket, type Reply } from './netlink.ts';
import { type NetlinkHost, NetlinkPort } from './port.ts';

/** Whichever door this kernel has. @throws KernelError */
export function openEthtool(host: NetlinkHost): EthtoolNetlink | EthtoolIoctl {
  return EthtoolNetlink.open(host) ?? new EthtoolIoctl(host);
}

export class EthtoolNetlink {
  /** The family's number, which requests are made for. */
  readonly family: number;
  private readonly host: NetlinkHost;
  private readonly socket: NetlinkSocket;

  private constructor(host: NetlinkHost, socket: NetlinkSocket, family: number) {
    this.host = host;
    this.socket = socket;
    this.family = family;
  }

  /** Nothing where the kernel lacks generic netlink or its ethtool family. */
  static open(host: NetlinkHost): EthtoolNetlink | undefined {
    let socket: NetlinkSocket;
    try {
      socket = new NetlinkSocket(host, NETLINK.GENERIC);
    } catch (error) {
      if (error instanceof KernelError) return undefined;
      throw error;
    }
    const [answer] = socket.transact([familyGet(ETHTOOL_FAMILY)]);
    const reply = answer?.ok === true ? answer.replies[0] : undefined;
    const family = reply === undefined ? undefined : decoded(host, reply, decodeFamilyId);
    if (family !== undefined) return new EthtoolNetlink(host, socket, family);
    socket.close();
    return undefined;
  }

  /** What `decode` makes of the answer. @throws KernelError, EBADMSG for an answer that is broken or missing */
  ask<T>(operation: string, device: string, request: Request, decode: (payload: Reader) => T): T {
    const [outcome] = this.socket.transact([request]);
    if (outcome?.ok === false) throw new KernelError(outcome.refusal, operation, device);
    const reply = outcome?.replies[0];
    const message = reply === undefined ? undefined : decoded(this.host, reply, decode);
    if (message === undefined) throw new KernelError(refusalNamed(this.host, 'EBADMSG'), operation, device);
    return message;
  }

  /** A request that is answered with no more than yes or no. @throws KernelError */
  tell(operation: string, device: string, request: Request): void {
    const [outcome] = this.socket.transact([request]);
    if (outcome?.ok === false) throw new KernelError(outcome.refusal, operation, device);
  }

  close(): void {
    this.socket.close();
  }
}

/** Nothing where the answer is broken. */
function decoded<T>(host: NetlinkHost, reply: Reply, decode: (payload: Reader) => T): T | undefined {
  try {
    return decode(new Reader(reply.payload, host.littleEndian));
  } catch (error) {
    if (error instanceof ShortReadError) return undefined;
    throw error;
  }
}

export class EthtoolIoctl {
  private readonly host: NetlinkHost;
  /** Any socket does for the ioctl, and this kind is surely there. */
  private readonly port: NetlinkPort;

  constructor(host: NetlinkHost) {
    this.host = host;
    this.port = new NetlinkPort(host, NETLINK.ROUTE);
  }

  /** The kernel answers in the bytes of the command. @throws KernelError */
  command(device: string, bytes: Uint8Array, operation: string): void {
    const { host, port } = this;
    const ifreq = encodeIfreq(device);
    if (ifreq === undefined) throw new KernelError(refusalNamed(host, 'ENODEV'), operation, device);
    const result = host.ioctl(port.fd, host.constants.SIOCETHTOOL, ifreq, [[IFREQ_DATA_OFFSET, bytes]]);
    if (result < 0) throw new KernelError(refusalOf(host, -result), operation, device);
  }

  close(): void {
    this.port.close();
  }
}
