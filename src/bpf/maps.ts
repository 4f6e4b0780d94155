/** The pinned maps, open. Addresses are 16 bytes, an IPv4 address as ::ffff:a.b.c.d. */
import { KernelError, refusalNamed } from '../host/refusal.ts';
import type { BpfCalls } from './calls.ts';
import {
  ADDRESS,
  type Counters,
  countersOf,
  PORT,
  type Port,
  PREFIX,
  type Prefix,
  SETTINGS,
  type Settings,
  STATION,
  STEERING,
  type Steering,
  U32,
  VLAN,
  VLAN_KEY,
  type Vlan,
  type VlanKey,
} from './codecs.ts';
import { eachHost, HOST, type HostReading } from './hosts.ts';
import type { MAPS, MapDefinition } from './layout_gen.ts';
import { BpfTable, type Codec, type SyncCounts } from './table.ts';

/** All but `while_alive`, which ends with the process that holds it. */
export const PINNED_MAPS = [
  'ports',
  'targets',
  'vlans',
  'steering',
  'stations',
  'hosts',
  'new_host',
  'counters',
  'cpus',
  'settings',
] as const satisfies readonly (keyof typeof MAPS)[];
export type PinnedMap = (typeof PINNED_MAPS)[number];

export interface OpenMap {
  readonly fd: number;
  readonly definition: MapDefinition;
}

/** The key of the only entry of `settings`. */
const ONLY = 0;

export class BpfMaps {
  /** By the index of the device where frames arrive. */
  readonly ports: BpfTable<number, Port>;
  /** Indices of devices to themselves: where XDP may send frames. */
  readonly targets: BpfTable<number, number>;
  readonly vlans: BpfTable<VlanKey, Vlan>;
  readonly counters: BpfTable<number, Counters>;
  /** How many frames may wait for a CPU, by its number. */
  readonly cpus: BpfTable<number, number>;
  /** Read it here, change it with `syncSteering` and the like. `get` finds the longest prefix that contains the one asked for. */
  readonly steering: BpfTable<Prefix, Steering>;
  /** By hardware address of 6 bytes; as `steering`. */
  readonly stations: BpfTable<Uint8Array, Steering>;
  private readonly settingsTable: BpfTable<number, Settings>;
  private readonly hosts: BpfTable<Uint8Array, never>;
  private readonly calls: BpfCalls;

  constructor(calls: BpfCalls, open: ReadonlyMap<string, OpenMap>, cpus: number) {
    const table = <K, V>(name: PinnedMap, key: Codec<K>, value: Codec<V>): BpfTable<K, V> => {
      const map = open.get(name);
      if (map === undefined) throw new Error(`map ${name} is not open`);
      return new BpfTable(calls, name, map, { key, value });
    };
    this.calls = calls;
    this.ports = table('ports', U32, PORT);
    this.targets = table('targets', U32, U32);
    this.vlans = table('vlans', VLAN_KEY, VLAN);
    this.counters = table('counters', U32, countersOf(cpus));
    this.cpus = table('cpus', U32, U32);
    this.steering = table('steering', PREFIX, STEERING);
    this.stations = table('stations', STATION, STEERING);
    this.hosts = table('hosts', ADDRESS, HOST);
    this.settingsTable = table('settings', U32, SETTINGS);
  }

  get sizes(): { readonly steering: number; readonly hosts: number; readonly vlans: number } {
    return { steering: this.steering.maxEntries, hosts: this.hosts.maxEntries, vlans: this.vlans.maxEntries };
  }

  /** @throws KernelError */
  get settings(): Settings {
    const found = this.settingsTable.get(ONLY);
    // An array has each entry, unless it is none.
    if (found === undefined) throw new KernelError(refusalNamed(this.calls.host, 'ENOENT'), 'look up', 'map settings');
    return found;
  }

  /** @throws KernelError */
  changeSettings(changes: Partial<Settings>): void {
    this.settingsTable.set(ONLY, { ...this.settings, ...changes });
  }

  /**
   * Makes the kernel steer as wanted, and `unknown` whatever is in no prefix. What is right already is not touched.
   *
   * @throws KernelError
   */
  syncSteering(
    prefixes: Iterable<readonly [Prefix, Steering]>,
    stations: Iterable<readonly [Uint8Array, Steering]>,
    unknown: Steering,
  ): SyncCounts {
    const before = this.settings;
    const forget = (): void => this.forget();
    let hasPrefixes = false;
    const seen = function* (): Iterable<readonly [Prefix, Steering]> {
      for (const entry of prefixes) {
        hasPrefixes = true;
        yield entry;
      }
    };
    const [byPrefix, byStation] = [this.steering.sync(seen(), forget), this.stations.sync(stations, forget)];
    const counts = { set: byPrefix.set + byStation.set, deleted: byPrefix.deleted + byStation.deleted };
    const isSame = STEERING_FIELDS.every((field) => before.unknown[field] === unknown[field]);
    const isChanged = !isSame || counts.set + counts.deleted > 0;
    // With nothing to remember frames cost the least where hosts are not asked for it.
    if (hasPrefixes && (isChanged || before.generation === 0)) this.changed(before, { unknown });
    else if (!hasPrefixes && (isChanged || before.generation !== 0)) this.changeSettings({ unknown, generation: 0 });
    return counts;
  }

  /** @throws KernelError */
  setSteering(prefix: Prefix, steering: Steering): void {
    const before = this.settings;
    this.forget();
    this.steering.set(prefix, steering);
    this.changed(before);
  }

  /** Whether there was one. @throws KernelError */
  deleteSteering(prefix: Prefix): boolean {
    const before = this.settings;
    this.forget();
    const deleted = this.steering.delete(prefix);
    if (deleted) this.changed(before);
    else this.changeSettings({ generation: before.generation });
    return deleted;
  }

  /** Makes the programs look up anew where each host is steered to. @throws KernelError */
  forgetSteering(): void {
    this.changed(this.settings);
  }

  /**
   * Makes hosts look everything up, until `changed`: where a change breaks off in between, none of them goes by what was before, and
   * whoever reads the generation sees that it did.
   */
  private forget(): void {
    if (this.settings.generation !== 0) this.changeSettings({ generation: 0 });
  }

  /** Lets hosts remember again, but nothing from before. */
  private changed({ generation }: Settings, changes: Partial<Settings> = {}): void {
    // From 0 to a number that none before was: maps may be older than the settings.
    const next = (generation === 0 ? Math.floor(this.calls.host.monotonicMs()) : generation + 1) >>> 0;
    this.changeSettings({ ...changes, generation: Math.max(next, 1) });
  }

  /** Visits every host, in no order; it is the same object each time, so a visitor copies what it keeps. @throws KernelError */
  eachHost(visit: (host: HostReading) => void): void {
    eachHost(this.hosts, this.calls.host.littleEndian, visit);
  }

  /** Whether it was known. @throws KernelError */
  forgetHost(address: Uint8Array): boolean {
    return this.hosts.delete(address);
  }
}

const STEERING_FIELDS = ['classDownload', 'classUpload', 'cpu'] as const;
