/**
 * Features (offloads) of devices, by the kernel's names: over the generic netlink family "ethtool", or with the SIOCETHTOOL
 * ioctl where the kernel was built without it, as many small ones are.
 */

import { KernelError, refusalNamed, refusalOf } from '../host/refusal.ts';
import { Reader, ShortReadError } from '../lib/bytes.ts';
import { NETLINK } from '../uapi/netlink.ts';
import {
  type Bitset,
  decodeFeatureNames,
  decodeFeatures,
  ETHTOOL_FAMILY,
  FEATURES_LIMIT,
  featureNamesGet,
  featuresGet,
  featuresSet,
  hasBit,
} from '../wire/ethtool.ts';
import {
  decodeFeatureBits,
  decodeFeatureCount,
  decodeFeatureStrings,
  encodeFeatureChange,
  encodeFeatureCountQuery,
  encodeFeatureNamesQuery,
  encodeFeaturesQuery,
  encodeIfreq,
  IFREQ_DATA_OFFSET,
} from '../wire/ethtool-ioctl.ts';
import { decodeFamilyId, familyGet } from '../wire/genl.ts';
import type { Request } from '../wire/nlmsg.ts';
import { NetlinkSocket, type Reply } from './netlink.ts';
import { type NetlinkHost, NetlinkPort } from './port.ts';

export interface Feature {
  readonly on: boolean;
  /** What was asked for; it can differ from `on` where another feature or the device below stands in the way. */
  readonly wanted: boolean;
  readonly changeable: boolean;
}

/** By the kernel's names, such as `rx-gro`. */
export type Features = ReadonlyMap<string, Feature>;

/** What came of a change of features. */
export interface FeatureChange {
  /** What changed, with the value now: also what others changed along (`tx-scatter-gather` takes segmentation with it). */
  readonly changed: ReadonlyMap<string, boolean>;
  /** What was asked for and did not take, with the value asked for. */
  readonly refused: ReadonlyMap<string, boolean>;
}

interface Transport {
  /** @throws KernelError */
  read(device: string): Features;
  /** @throws KernelError */
  change(device: string, wishes: ReadonlyMap<string, boolean>): FeatureChange;
  close(): void;
}

const READ = 'read features';
const CHANGE = 'change features';

/** Opens what it needs when it is first asked. */
export class Ethtool {
  private readonly host: NetlinkHost;
  private readonly isOfInterest: (feature: string) => boolean;
  private transport: Transport | undefined;

  /** Features that are not of interest are left out of what it tells. */
  constructor(host: NetlinkHost, isOfInterest: (feature: string) => boolean = () => true) {
    this.host = host;
    this.isOfInterest = isOfInterest;
  }

  /** @throws KernelError, ENODEV when there is no such device */
  readFeatures(device: string): Features {
    try {
      return this.open().read(device);
    } catch (error) {
      // The family came with Linux 5.6, features in it with 5.8.
      const isYoung = error instanceof KernelError && error.errnoName === 'EOPNOTSUPP';
      if (!isYoung || !(this.transport instanceof NetlinkTransport)) throw error;
      this.close();
      this.transport = new IoctlTransport(this.host, this.isOfInterest);
      return this.transport.read(device);
    }
  }

  /** @throws KernelError, EOPNOTSUPP when the kernel does not know one of the names */
  setFeatures(device: string, wishes: ReadonlyMap<string, boolean>): FeatureChange {
    return this.open().change(device, wishes);
  }

  close(): void {
    this.transport?.close();
    this.transport = undefined;
  }

  private open(): Transport {
    this.transport ??= openNetlink(this.host, this.isOfInterest) ?? new IoctlTransport(this.host, this.isOfInterest);
    return this.transport;
  }
}

/** Nothing where the kernel lacks generic netlink or its ethtool family. */
function openNetlink(host: NetlinkHost, isOfInterest: (feature: string) => boolean): Transport | undefined {
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
  if (family !== undefined) return new NetlinkTransport(host, socket, family, isOfInterest);
  socket.close();
  return undefined;
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

class NetlinkTransport implements Transport {
  private readonly host: NetlinkHost;
  private readonly socket: NetlinkSocket;
  private readonly family: number;
  private readonly isOfInterest: (feature: string) => boolean;
  private names: readonly NamedBit[] | undefined;

  constructor(host: NetlinkHost, socket: NetlinkSocket, family: number, isOfInterest: (feature: string) => boolean) {
    this.host = host;
    this.socket = socket;
    this.family = family;
    this.isOfInterest = isOfInterest;
  }

  read(device: string): Features {
    const names = this.featureNames(READ, device);
    const { hardware, wanted, active, fixed } = this.ask(
      READ,
      device,
      featuresGet(this.family, device),
      decodeFeatures,
    );
    const features = new Map<string, Feature>();
    eachNamed(names, hardware, (name, changeable, bit) => {
      features.set(name, {
        on: hasBit(active.value, bit),
        wanted: hasBit(wanted.value, bit),
        changeable: changeable && !hasBit(fixed.value, bit),
      });
    });
    return features;
  }

  change(device: string, wishes: ReadonlyMap<string, boolean>): FeatureChange {
    const names = this.featureNames(CHANGE, device);
    const request = featuresSet(this.family, device, wishes);
    const { wanted, active } = this.ask(CHANGE, device, request, decodeFeatures);
    const [changed, refused] = [new Map<string, boolean>(), new Map<string, boolean>()];
    eachNamed(names, active, (name, on) => changed.set(name, on));
    eachNamed(names, wanted, (name, on) => refused.set(name, on));
    return { changed, refused };
  }

  /** Asked for once: they are the kernel's, not a device's. */
  private featureNames(operation: string, device: string): readonly NamedBit[] {
    this.names ??= this.ask(operation, device, featureNamesGet(this.family), decodeFeatureNames)
      .map((name, bit) => ({ name, bit }))
      .filter(({ name }) => name !== '' && this.isOfInterest(name));
    return this.names;
  }

  private ask<T>(operation: string, device: string, request: Request, decode: (payload: Reader) => T): T {
    const [outcome] = this.socket.transact([request]);
    if (outcome?.ok === false) throw new KernelError(outcome.refusal, operation, device);
    const reply = outcome?.replies[0];
    const message = reply === undefined ? undefined : decoded(this.host, reply, decode);
    if (message === undefined) throw new KernelError(refusalNamed(this.host, 'EBADMSG'), operation, device);
    return message;
  }

  close(): void {
    this.socket.close();
  }
}

interface NamedBit {
  readonly name: string;
  readonly bit: number;
}

/** Visits those of the bits that a bitset tells of. */
function eachNamed(
  names: readonly NamedBit[],
  { value, mask }: Bitset,
  visit: (name: string, on: boolean, bit: number) => void,
): void {
  for (const { name, bit } of names) {
    if (mask === undefined || hasBit(mask, bit)) visit(name, hasBit(value, bit), bit);
  }
}

/** The ioctl counts features by bit; names and their number are asked for once. */
class IoctlTransport implements Transport {
  private readonly host: NetlinkHost;
  /** Any socket does for the ioctl, and this kind is surely there. */
  private readonly port: NetlinkPort;
  private readonly isOfInterest: (feature: string) => boolean;
  private names: readonly string[] | undefined;

  constructor(host: NetlinkHost, isOfInterest: (feature: string) => boolean) {
    this.host = host;
    this.isOfInterest = isOfInterest;
    this.port = new NetlinkPort(host, NETLINK.ROUTE);
  }

  read(device: string): Features {
    const names = this.featureNames(device, READ);
    const { littleEndian } = this.host;
    const answer = encodeFeaturesQuery(names.length, littleEndian);
    this.command(device, answer, READ);
    const bits = decodeFeatureBits(answer, names.length, littleEndian);
    const named = names.map((name, index) => [name, bits[index] ?? ABSENT] as const);
    return new Map(named.filter(([name]) => name !== '' && this.isOfInterest(name)));
  }

  change(device: string, wishes: ReadonlyMap<string, boolean>): FeatureChange {
    const names = this.featureNames(device, CHANGE);
    for (const name of wishes.keys()) {
      if (names.includes(name)) continue;
      const refusal = { ...refusalNamed(this.host, 'EOPNOTSUPP'), extack: `no feature ${name}` };
      throw new KernelError(refusal, CHANGE, device);
    }
    const before = this.read(device);
    const bits = names.map((name) => wishes.get(name));
    this.command(device, encodeFeatureChange(bits, this.host.littleEndian), CHANGE);
    const after = [...this.read(device)].map(([name, feature]) => [name, feature.on] as const);
    return {
      changed: new Map(after.filter(([name, on]) => before.get(name)?.on !== on)),
      refused: new Map(
        [...wishes].filter(([name, wish]) => after.some(([other, on]) => other === name && on !== wish)),
      ),
    };
  }

  private featureNames(device: string, operation: string): readonly string[] {
    if (this.names === undefined) {
      const { littleEndian } = this.host;
      const count = encodeFeatureCountQuery(littleEndian);
      this.command(device, count, operation);
      const features = decodeFeatureCount(count, littleEndian);
      if (features > FEATURES_LIMIT) throw new KernelError(refusalNamed(this.host, 'EBADMSG'), operation, device);
      const strings = encodeFeatureNamesQuery(features, littleEndian);
      this.command(device, strings, operation);
      this.names = decodeFeatureStrings(strings, littleEndian);
    }
    return this.names;
  }

  /** SIOCETHTOOL; the kernel answers in the bytes of the command. */
  private command(device: string, bytes: Uint8Array, operation: string): void {
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

const ABSENT: Feature = { on: false, wanted: false, changeable: false };
