/**
 * The programs and maps in the kernel. They are pinned below /sys/fs/bpf/weir, so that they outlive the agent and the next one finds
 * them: maps/NAME, programs/NAME, links/DEVICE.
 *
 * Loading makes everything new under other names first and then renames it over the old: whoever opens a pin finds the old program or
 * the new one. Which object it all comes from is in the map `settings`: zeros from the first rename until everything is in its place,
 * so that what was interrupted there is not taken for loaded. What runs on devices is not touched; links are replaced afterwards.
 *
 * Needs Linux 5.18, CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN, and a file system of type bpf at /sys/fs/bpf.
 */
import { KernelError, refusalNamed } from '../host/refusal.ts';
import type { CpuList } from '../lib/cpu_list.ts';
import { BPF } from '../uapi/bpf.ts';
import { type OpenProgram, WhileAlive } from './alive.ts';
import { BpfCalls, type BpfHost } from './calls.ts';
import { possibleCpus } from './cpus.ts';
import { MAPS, type MapDefinition, WEIR } from './layout_gen.ts';
import { XdpLinks } from './links.ts';
import { BpfMaps, type OpenMap, PINNED_MAPS, type PinnedMap } from './maps.ts';
import { loadable, readObject } from './object_file.ts';
import { makeDirectories, namesIn, PINNED_BELOW, PINS, removeAllPins, removePin, renamePin } from './pins.ts';

/** The programs that are pinned. */
export const PROGRAMS = ['xdp_forward', 'xdp_steer', 'tc_forward'] as const;
export type ProgramName = (typeof PROGRAMS)[number];

/** Entries of the maps whose size follows from the configuration. */
export interface MapSizes {
  readonly steering: number;
  readonly hosts: number;
  readonly vlans: number;
}

export interface Loaded {
  /** As in BpfObject. */
  readonly objectId: string;
  readonly sizes: MapSizes;
}

/** Descriptors of what is pinned. */
interface Opened {
  readonly programs: ReadonlyMap<ProgramName, OpenProgram>;
  readonly maps: BpfMaps;
  readonly fds: readonly number[];
}

const NO_OBJECT = '0'.repeat(32);
const NOT_STEERED = { classDownload: 0, classUpload: 0, cpu: WEIR.NO_CPU };
/** Of a pin that is to be renamed; names in a file system of type bpf have no dots (kernel/bpf/inode.c: bpf_lookup). */
const NEW = '_new';

export class BpfLoader {
  /** XDP on devices. */
  readonly links: XdpLinks;
  private readonly host: BpfHost;
  private readonly calls: BpfCalls;
  private readonly alive: WhileAlive;
  private opened: Opened | undefined;

  constructor(host: BpfHost) {
    this.host = host;
    this.calls = new BpfCalls(host);
    this.links = new XdpLinks(this.calls);
    this.alive = new WhileAlive(this.calls);
  }

  /** What is loaded, or undefined where nothing is, or not all of it, or not by this version of weir. @throws KernelError */
  loaded(): Loaded | undefined {
    const isThere =
      isSubset(PINNED_MAPS, namesIn(this.host, PINS.maps)) && isSubset(PROGRAMS, namesIn(this.host, PINS.programs));
    if (!isThere) this.close();
    const maps = isThere ? this.open()?.maps : undefined;
    if (maps === undefined) return undefined;
    const { objectId } = maps.settings;
    return objectId === NO_OBJECT ? undefined : { objectId, sizes: maps.sizes };
  }

  /**
   * The maps that are pinned. Ask for them anew after `load`.
   *
   * @throws KernelError, ENOENT where nothing is loaded
   */
  get maps(): BpfMaps {
    return this.expectOpen().maps;
  }

  /** Open until the next `load`, `unload` or `close`. @throws as `maps` */
  programFd(name: ProgramName): number {
    return this.program(name).fd;
  }

  /** @throws as `maps` */
  programId(name: ProgramName): number {
    return this.program(name).id;
  }

  private program(name: ProgramName): OpenProgram {
    const found = this.expectOpen().programs.get(name);
    if (found === undefined) throw new Error(`${name} is not loaded`);
    return found;
  }

  private expectOpen(): Opened {
    const opened = this.open();
    if (opened === undefined) {
      const refusal = { ...refusalNamed(this.host, 'ENOENT'), extack: 'no BPF programs are loaded' };
      throw new KernelError(refusal, 'open', PINNED_BELOW);
    }
    return opened;
  }

  /** tc_while_alive that goes on with this program as long as this process lives: alive.ts. @throws KernelError */
  holdAlive(program: ProgramName): OpenProgram {
    return this.alive.hold(this.programFd(program));
  }

  /** What `holdAlive` gave, if it was called. */
  get heldAlive(): OpenProgram | undefined {
    return this.alive.held;
  }

  releaseAlive(): void {
    this.alive.release();
  }

  /**
   * Loads what is in the object file, and gives its id. With `reuseMaps`, maps that are as they should be stay with what is in them.
   * When it fails before anything was renamed, all is as before; after that nothing counts as loaded, and what runs, runs on.
   *
   * @throws KernelError which names the program or map and has the end of the verifier's log
   */
  load(sizes: MapSizes, { reuseMaps }: { readonly reuseMaps: boolean }): string {
    const object = readObject(this.host);
    const cpus = possibleCpus(this.host);
    const fds: number[] = [];
    const pinned: string[] = [];
    const pin = (fd: number, path: string): void => {
      removePin(this.host, path + NEW);
      this.calls.pin(fd, path + NEW);
      pinned.push(path);
    };
    try {
      makeDirectories(this.host);
      const maps = new Map<string, number>();
      for (const name of PINNED_MAPS) {
        const maxEntries = maxEntriesOf(name, sizes, cpus);
        const found = reuseMaps ? this.openMap(name, fds) : undefined;
        if (found?.definition.maxEntries === maxEntries) {
          maps.set(name, found.fd);
        } else {
          const fd = this.calls.createMap(name, { ...MAPS[name], maxEntries });
          fds.push(fd);
          maps.set(name, fd);
          pin(fd, `${PINS.maps}/${name}`);
        }
      }
      for (const name of PROGRAMS) {
        const fd = this.calls.loadProgram(loadable(this.host, object, name, maps));
        fds.push(fd);
        pin(fd, `${PINS.programs}/${name}`);
      }
      this.open()?.maps.changeSettings({ objectId: NO_OBJECT });
    } catch (error) {
      for (const path of pinned) this.host.unlink(path + NEW);
      throw error;
    } finally {
      for (const fd of fds) this.host.close(fd);
    }
    this.putInPlace(pinned);
    const isFresh = pinned.includes(`${PINS.maps}/settings`);
    // Generation 0: hosts forget what they were told, since `steering` may be another map.
    this.maps.changeSettings({ ...(isFresh ? { unknown: NOT_STEERED } : {}), generation: 0, objectId: object.id });
    return object.id;
  }

  /** Renames what was pinned under other names, and removes what another version has pinned besides. */
  private putInPlace(pinned: readonly string[]): void {
    this.close();
    for (const path of pinned) renamePin(this.host, path + NEW, path);
    const known = [
      ...PINNED_MAPS.map((name) => `${PINS.maps}/${name}`),
      ...PROGRAMS.map((name) => `${PINS.programs}/${name}`),
    ];
    for (const path of this.pins()) if (!known.includes(path)) removePin(this.host, path);
  }

  /** Takes the programs off the devices, and removes everything that is pinned. @throws KernelError */
  unload(): void {
    this.releaseAlive();
    this.close();
    for (const device of this.links.list().keys()) this.links.detach(device);
    removeAllPins(this.host);
  }

  private pins(): string[] {
    return [PINS.maps, PINS.programs].flatMap((directory) =>
      namesIn(this.host, directory).map((name) => `${directory}/${name}`),
    );
  }

  /** Gives the descriptors back; they are opened anew when they are needed. */
  close(): void {
    for (const fd of this.opened?.fds ?? []) this.host.close(fd);
    this.opened = undefined;
  }

  /** Undefined where something is missing or of another kind. */
  private open(): Opened | undefined {
    if (this.opened !== undefined) return this.opened;
    const fds: number[] = [];
    try {
      const maps = new Map<string, OpenMap>();
      for (const name of PINNED_MAPS) {
        const found = this.openMap(name, fds);
        if (found === undefined) return undefined;
        maps.set(name, found);
      }
      const programs = new Map<ProgramName, OpenProgram>();
      for (const name of PROGRAMS) {
        const fd = this.calls.open(`${PINS.programs}/${name}`);
        if (fd === undefined) return undefined;
        fds.push(fd);
        programs.set(name, { fd, id: this.calls.programId(fd, name) });
      }
      this.opened = { programs, maps: new BpfMaps(this.calls, maps, possibleCpus(this.host).count), fds };
      return this.opened;
    } finally {
      if (this.opened === undefined) for (const fd of fds) this.host.close(fd);
    }
  }

  /** A map that is pinned and of the right kind, whatever its size; `fds` gets the descriptor. */
  private openMap(name: PinnedMap, fds: number[]): OpenMap | undefined {
    const fd = this.calls.open(`${PINS.maps}/${name}`);
    if (fd === undefined) return undefined;
    fds.push(fd);
    const definition = this.calls.mapInfo(fd, name);
    return isSameKind(definition, MAPS[name]) ? { fd, definition } : undefined;
  }
}

function isSameKind(one: MapDefinition, other: MapDefinition): boolean {
  const { type, keyBytes, valueBytes } = other;
  // The kernel makes a devmap read-only for programs by itself (kernel/bpf/devmap.c: dev_map_init_map).
  const flags = (map: MapDefinition): number => map.flags | BPF.F_RDONLY_PROG;
  return one.type === type && one.keyBytes === keyBytes && one.valueBytes === valueBytes && flags(one) === flags(other);
}

function maxEntriesOf(name: PinnedMap, sizes: MapSizes, { highest }: CpuList): number {
  const wanted: Partial<Record<PinnedMap, number>> = { ...sizes, stations: sizes.steering, cpus: highest + 1 };
  return wanted[name] ?? MAPS[name].maxEntries;
}

function isSubset(part: readonly string[], all: readonly string[]): boolean {
  return part.every((name) => all.includes(name));
}
