/** Features (offloads) of devices, by the kernel's names, through either door of ethtool. */
import { KernelError, refusalNamed } from '../host/refusal.ts';
import {
  type Bitset,
  decodeFeatureNames,
  decodeFeatures,
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
} from '../wire/ethtool-ioctl.ts';
import { EthtoolIoctl, EthtoolNetlink, openEthtool } from './ethtool_doors.ts';
import type { NetlinkHost } from './port.ts';

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
      this.transport = new IoctlTransport(this.host, new EthtoolIoctl(this.host), this.isOfInterest);
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
    if (this.transport === undefined) {
      const { host, isOfInterest } = this;
      const door = openEthtool(host);
      this.transport =
        door instanceof EthtoolNetlink
          ? new NetlinkTransport(door, isOfInterest)
          : new IoctlTransport(host, door, isOfInterest);
    }
    return this.transport;
  }
}

class NetlinkTransport implements Transport {
  private readonly door: EthtoolNetlink;
  private readonly isOfInterest: (feature: string) => boolean;
  private names: readonly NamedBit[] | undefined;

  constructor(door: EthtoolNetlink, isOfInterest: (feature: string) => boolean) {
    this.door = door;
    this.isOfInterest = isOfInterest;
  }

  read(device: string): Features {
    const names = this.featureNames(READ, device);
    const request = featuresGet(this.door.family, device);
    const { hardware, wanted, active, fixed } = this.door.ask(READ, device, request, decodeFeatures);
    const features = new Map<string, Feature>();
    eachNamed(names, hardware, (name, changeable, bit) => {
      if (!this.isOfInterest(name)) return;
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
    const request = featuresSet(this.door.family, device, wishes);
    const { wanted, active } = this.door.ask(CHANGE, device, request, decodeFeatures);
    const [changed, refused] = [new Map<string, boolean>(), new Map<string, boolean>()];
    eachNamed(names, active, (name, on) => changed.set(name, on));
    eachNamed(names, wanted, (name, on) => refused.set(name, on));
    return { changed, refused };
  }

  /** Asked for once: they are the kernel's, not a device's. */
  private featureNames(operation: string, device: string): readonly NamedBit[] {
    this.names ??= this.door
      .ask(operation, device, featureNamesGet(this.door.family), decodeFeatureNames)
      .map((name, bit) => ({ name, bit }))
      .filter(({ name }) => name !== '');
    return this.names;
  }

  close(): void {
    this.door.close();
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
  private readonly door: EthtoolIoctl;
  private readonly isOfInterest: (feature: string) => boolean;
  private names: readonly string[] | undefined;

  constructor(host: NetlinkHost, door: EthtoolIoctl, isOfInterest: (feature: string) => boolean) {
    this.host = host;
    this.door = door;
    this.isOfInterest = isOfInterest;
  }

  read(device: string): Features {
    const names = this.featureNames(device, READ);
    const { littleEndian } = this.host;
    const answer = encodeFeaturesQuery(names.length, littleEndian);
    this.door.command(device, answer, READ);
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
    this.door.command(device, encodeFeatureChange(bits, this.host.littleEndian), CHANGE);
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
      this.door.command(device, count, operation);
      const features = decodeFeatureCount(count, littleEndian);
      if (features > FEATURES_LIMIT) throw new KernelError(refusalNamed(this.host, 'EBADMSG'), operation, device);
      const strings = encodeFeatureNamesQuery(features, littleEndian);
      this.door.command(device, strings, operation);
      this.names = decodeFeatureStrings(strings, littleEndian);
    }
    return this.names;
  }

  close(): void {
    this.door.close();
  }
}

const ABSENT: Feature = { on: false, wanted: false, changeable: false };
