/** The bridge's part of the kernel: what bpf(2) tells of it as plain values, and its operations carried out. */
import type { BpfHost } from '../bpf/calls.ts';
import type { Port, Prefix, Vlan, VlanKey } from '../bpf/codecs.ts';
import { objectPath } from '../bpf/installed.ts';
import { WEIR, weir_faces, weir_port_flags } from '../bpf/layout_gen.ts';
import { BpfLoader, type Loaded } from '../bpf/loader.ts';
import type { BpfMaps } from '../bpf/maps.ts';
import { readObject } from '../bpf/object_file.ts';
import { isPinned } from '../bpf/pins.ts';
import { KernelError, type Refusal } from '../host/refusal.ts';
import { formatMac, formatPrefix, parseMac, parsePrefix } from '../lib/address.ts';
import type { Faces, Steering } from '../model/bridge_config.ts';
import type { BpfAvailable, BpfDump, BpfPort, LoadedPrograms } from '../model/bridge_observed.ts';
import type { BpfOperation, PortResource } from '../model/resource.ts';

const FACES: Readonly<Record<Faces, weir_faces>> = {
  auto: weir_faces.UNKNOWN,
  internet: weir_faces.INTERNET,
  local: weir_faces.LOCAL,
};

/** Frames that may wait for a CPU; enough for a millisecond at 1.5 million frames a second. */
const CPU_QUEUE_FRAMES = 2048;

/** Programs that are pinned; the one that ends with the process is asked for apart. */
const PINNED_PROGRAMS = ['xdp_forward', 'xdp_steer', 'tc_forward'] as const;

export class BridgeKernel {
  private readonly host: BpfHost;
  private readonly loader: BpfLoader;
  /** The object file as it was read last, and its id. */
  private object: { readonly content: Uint8Array; readonly id: string } | undefined;
  /** The classes as they were read last; whoever changes them counts the generation up. */
  private steering: { readonly generation: number; readonly entries: ReadonlyMap<string, Steering> } | undefined;

  /** Indexes of ports whose devices are gone. */
  private gonePorts: readonly number[] = [];

  constructor(host: BpfHost) {
    this.host = host;
    this.loader = new BpfLoader(host);
  }

  close(): void {
    this.loader.releaseAlive();
    this.loader.close();
  }

  /** The maps, where the programs are loaded. @throws KernelError */
  get maps(): BpfMaps | undefined {
    return this.loader.loaded() === undefined ? undefined : this.loader.maps;
  }

  /** The kernel's numbers of the programs, by name. @throws KernelError */
  programIds(): Map<string, number> {
    const ids = new Map<string, number>();
    if (this.loader.loaded() === undefined) return ids;
    for (const name of PINNED_PROGRAMS) ids.set(name, this.loader.programId(name));
    const alive = this.loader.heldAlive;
    if (alive !== undefined) ids.set('tc_while_alive', alive.id);
    return ids;
  }

  /** Classes of hosts, by prefix; none where nothing is loaded. @throws KernelError */
  currentSteering(): ReadonlyMap<string, Steering> {
    const { maps } = this;
    return maps === undefined ? new Map() : this.steeringEntries(maps);
  }

  /** `devices` are the indexes of all that there are. @throws KernelError */
  look(devices: ReadonlySet<number>): BpfDump {
    const loaded = this.loader.loaded();
    const programs = loaded === undefined ? undefined : this.loadedPrograms(loaded);
    this.gonePorts = (programs?.ports ?? []).map(({ ifindex }) => ifindex).filter((ifindex) => !devices.has(ifindex));
    return {
      available: this.available(),
      loaded: programs,
      isInPart: loaded === undefined && isPinned(this.host),
      links: [...this.loader.links.list().values()].filter(({ ifindex }) => ifindex !== 0),
    };
  }

  /** The id of the installed object, or why there is none to be used. */
  private available(): BpfAvailable {
    const content = this.host.readFile(objectPath(this.host), LARGEST_OBJECT_BYTES);
    if (typeof content === 'number' && -content === this.host.errno.ENOENT) {
      return { problem: 'the BPF programs of the bridge are not installed' };
    }
    try {
      if (typeof content === 'number') return { id: readObject(this.host).id };
      if (this.object === undefined || !isSame(content, this.object.content)) {
        this.object = { content, id: readObject(this.host).id };
      }
      return { id: this.object.id };
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      return { problem: `the BPF programs of the bridge cannot be used: ${error.message}` };
    }
  }

  private loadedPrograms({ objectId, sizes }: Loaded): LoadedPrograms {
    const { maps } = this.loader;
    const vlans = maps.vlans.entries();
    return {
      objectId,
      sizes: { steering: sizes.steering, hosts: sizes.hosts },
      programIds: this.programIds(),
      ports: maps.ports.entries().map(([ifindex, port]) => decodePort(ifindex, port, vlans)),
      steering: this.steeringEntries(maps),
      unknown: decodeSteering(maps.settings.unknown),
    };
  }

  private steeringEntries(maps: BpfMaps): ReadonlyMap<string, Steering> {
    const { generation } = maps.settings;
    if (this.steering === undefined || this.steering.generation !== generation || generation === 0) {
      const entries = new Map<string, Steering>();
      for (const [{ bits, address }, steering] of maps.steering.entries()) {
        entries.set(formatPrefix({ bits, bytes: address }), decodeSteering(steering));
      }
      for (const [mac, steering] of maps.stations.entries()) entries.set(formatMac(mac), decodeSteering(steering));
      this.steering = { generation, entries };
    }
    return this.steering.entries;
  }

  /** A descriptor of a program, or -1 where it is not loaded. @throws KernelError */
  programFd(program: string): number {
    if (this.loader.loaded() === undefined) return -1;
    if (program === 'tc_while_alive') return this.loader.holdAlive('tc_forward').fd;
    const name = PINNED_PROGRAMS.find((one) => one === program);
    return name === undefined ? -1 : this.loader.programFd(name);
  }

  /** Carries it out, and gives what the kernel refused. */
  carryOut(operation: BpfOperation, ifindexOf: (device: string) => number): Refusal | undefined {
    try {
      this.tryOut(operation, ifindexOf);
      return undefined;
    } catch (error) {
      if (error instanceof KernelError) return { ...error.refusal, extack: `${error.path}${extackOf(error)}` };
      throw error;
    }
  }

  private tryOut(operation: BpfOperation, ifindexOf: (device: string) => number): void {
    const { loader } = this;
    switch (operation.what) {
      case 'load':
        // Of other maps.
        this.steering = undefined;
        loader.load({ ...operation.sizes, vlans: MOST_VLANS }, { reuseMaps: operation.reuseMaps });
        // What ends with this process jumps to the new program from now on.
        if (loader.heldAlive !== undefined) loader.holdAlive('tc_forward');
        break;
      case 'unload':
        loader.unload();
        break;
      case 'set-port':
        this.setPort(operation.port, ifindexOf);
        break;
      case 'delete-port':
        this.deletePort(ifindexOf(operation.device));
        break;
      case 'steer':
        this.steer(operation.steering.entries, operation.steering.unknown);
        break;
      case 'attach': {
        const { device, program, mode, pinned } = operation.xdp;
        loader.links.attach(ifindexOf(device), device, loader.programFd(program), mode, pinned);
        break;
      }
      case 'exchange': {
        const { device, program, pinned } = operation.xdp;
        loader.links.replace(device, loader.programFd(program));
        loader.links.setPinned(device, pinned);
        break;
      }
      case 'detach':
        loader.links.detach(operation.device);
        break;
    }
  }

  private setPort(port: PortResource, ifindexOf: (device: string) => number): void {
    const { maps } = this.loader;
    const [ifindex, target] = [ifindexOf(port.device), ifindexOf(port.redirectTo)];
    const flags =
      (port.scanVlans ? weir_port_flags.SCAN_VLANS : 0) | (port.controlFrames ? weir_port_flags.CONTROL_FRAMES : 0);
    const address = parseMac(port.address) ?? new Uint8Array(6);
    const wanted = port.vlans.map(
      ({ tag, redirectTo, faces }) =>
        [
          { ifindex, vlanId: tag },
          { vlanId: redirectTo, faces: FACES[faces] },
        ] as const,
    );
    // A device that comes back has another index each time: what is left of it would fill the maps.
    for (const gone of this.gonePorts) this.deletePort(gone);
    this.gonePorts = [];
    // What frames need to be sent on comes before what sends them there.
    maps.targets.set(target, target);
    for (const [key, vlan] of wanted) maps.vlans.set(key, vlan);
    maps.ports.set(ifindex, {
      redirectTo: target,
      maxFrameBytes: port.maxFrameBytes,
      flags,
      faces: FACES[port.faces],
      address,
    });
    for (const [key] of maps.vlans.entries()) {
      const isWanted = wanted.some(([{ vlanId }]) => vlanId === key.vlanId);
      if (key.ifindex === ifindex && !isWanted) maps.vlans.delete(key);
    }
  }

  private deletePort(ifindex: number): void {
    const { maps } = this.loader;
    maps.ports.delete(ifindex);
    for (const [key] of maps.vlans.entries()) if (key.ifindex === ifindex) maps.vlans.delete(key);
    maps.counters.delete(ifindex);
  }

  private steer(entries: ReadonlyMap<string, Steering>, unknown: Steering): void {
    const { maps } = this.loader;
    for (const { cpu } of entries.values()) {
      if (cpu !== undefined && cpu < maps.cpus.maxEntries) maps.cpus.set(cpu, CPU_QUEUE_FRAMES);
    }
    maps.syncSteering(prefixEntries(entries), stationEntries(entries), encodeSteering(unknown));
  }
}

const extackOf = ({ refusal }: KernelError): string => (refusal.extack === undefined ? '' : `: ${refusal.extack}`);

const LARGEST_OBJECT_BYTES = 1 << 20;
const MOST_VLANS = 1024;

interface EncodedSteering {
  readonly classDownload: number;
  readonly classUpload: number;
  readonly cpu: number;
}

/** Entries by prefix, made one by one as they are needed: there may be thousands. */
function* prefixEntries(entries: ReadonlyMap<string, Steering>): Iterable<readonly [Prefix, EncodedSteering]> {
  for (const [key, steering] of entries) {
    const prefix = parsePrefix(key);
    if (prefix !== undefined) yield [{ bits: prefix.bits, address: prefix.bytes }, encodeSteering(steering)];
  }
}

/** Entries by hardware address. */
function* stationEntries(entries: ReadonlyMap<string, Steering>): Iterable<readonly [Uint8Array, EncodedSteering]> {
  for (const [key, steering] of entries) {
    const mac = parseMac(key);
    if (mac !== undefined) yield [mac, encodeSteering(steering)];
  }
}

export function encodeSteering({ classDownload, classUpload, cpu }: Steering): EncodedSteering {
  return { classDownload, classUpload, cpu: cpu ?? WEIR.NO_CPU };
}

export function decodeSteering({ classDownload, classUpload, cpu }: EncodedSteering): Steering {
  return { classDownload, classUpload, cpu: cpu === WEIR.NO_CPU ? undefined : cpu };
}

function decodePort(
  ifindex: number,
  { redirectTo, maxFrameBytes, flags, faces, address }: Port,
  vlans: readonly (readonly [VlanKey, Vlan])[],
): BpfPort {
  return {
    ifindex,
    redirectTo,
    maxFrameBytes,
    address: formatMac(address),
    scanVlans: (flags & weir_port_flags.SCAN_VLANS) !== 0,
    controlFrames: (flags & weir_port_flags.CONTROL_FRAMES) !== 0,
    faces: facesOf(faces),
    vlans: vlans
      .filter(([key]) => key.ifindex === ifindex)
      .map(([{ vlanId }, vlan]) => ({ tag: vlanId, redirectTo: vlan.vlanId, faces: facesOf(vlan.faces) })),
  };
}

function facesOf(number: number): Faces {
  if (number === weir_faces.INTERNET) return 'internet';
  return number === weir_faces.LOCAL ? 'local' : 'auto';
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
