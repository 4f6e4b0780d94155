/** The bridge as it is in the kernel: programs, maps, and where the programs are attached. */
import { Reader } from '../lib/bytes.ts';
import { decodeBpf } from '../tc/filter/bpf.ts';
import { IFF } from '../uapi/if_link.ts';
import type { TcMessage } from '../wire/tcmsg.ts';
import type { Faces, Steering } from './bridge_config.ts';
import { type Device, isOurForward, type KernelDump } from './observed.ts';
import { FORWARD_NAME_PREFIX } from './resource/forward.ts';
import {
  BRIDGE,
  type ForwardResource,
  type MapSizes,
  type Owner,
  type Resource,
  type XdpResource,
} from './resource.ts';
import type { Saved } from './saved.ts';

/** An entry of the map `ports`, with those of `vlans`; devices by index. */
export interface BpfPort {
  readonly ifindex: number;
  readonly redirectTo: number;
  readonly maxFrameBytes: number;
  readonly address: string;
  readonly scanVlans: boolean;
  readonly controlFrames: boolean;
  readonly faces: Faces;
  readonly vlans: readonly { readonly tag: number; readonly redirectTo: number; readonly faces: Faces }[];
}

/** An attachment of ours that is more than the kernel's announcement of a program. */
export interface BpfLink {
  readonly ifindex: number;
  readonly programId: number;
  readonly pinned: boolean;
}

export interface LoadedPrograms {
  readonly objectId: string;
  readonly sizes: MapSizes;
  /** The kernel's numbers of the programs, by name. */
  readonly programIds: ReadonlyMap<string, number>;
  readonly ports: readonly BpfPort[];
  readonly steering: ReadonlyMap<string, Steering>;
  readonly unknown: Steering;
}

/** Why no object can be loaded. */
export interface BpfUnavailable {
  readonly problem: string;
  /** What helps; the package, where it is not told. */
  readonly expected?: string;
  /** A bridge that is wanted stays as it is meanwhile. */
  readonly leavesAll?: boolean;
}

/** The id of the object that can be loaded, or why there is none. */
export type BpfAvailable = { readonly id: string } | BpfUnavailable;

/** What bpf(2) was asked. */
export interface BpfDump {
  readonly available: BpfAvailable;
  readonly loaded: LoadedPrograms | undefined;
  /** Nothing counts as loaded, and yet something is pinned: loading or unloading broke off, or another version did it. */
  readonly isInPart: boolean;
  readonly links: readonly BpfLink[];
}

export function* observedBridge(
  dump: KernelDump,
  names: ReadonlyMap<number, string>,
  devices: ReadonlyMap<string, Device>,
  saved: Saved,
): Iterable<[Resource, Owner]> {
  for (const { name, flags, ifindex } of dump.links) {
    if ((flags & IFF.PROMISC) === 0) continue;
    const isOurs = saved.promiscuous.get(name) === ifindex;
    yield [{ type: 'promiscuous', device: name }, isOurs ? 'weir' : 'someone else'];
  }
  const { loaded, links = [] } = dump.bpf ?? {};
  for (const message of dump.ingressFilters) {
    const device = names.get(message.ifindex);
    if (device === undefined || message.handle === 0 || !isOurForward(message, dump.littleEndian)) continue;
    yield [observedForward(device, message, dump.littleEndian, loaded), 'weir'];
  }
  for (const link of links) {
    const device = devices.get(names.get(link.ifindex) ?? '');
    if (device !== undefined) yield [observedXdp(device, link, loaded), 'weir'];
  }
  if (dump.bpf?.isInPart === true) {
    yield [{ type: 'programs', device: BRIDGE, objectId: undefined, sizes: { steering: 0, hosts: 0 } }, 'weir'];
  }
  if (loaded === undefined) return;
  const { objectId, sizes, ports, steering, unknown } = loaded;
  yield [{ type: 'programs', device: BRIDGE, objectId, sizes }, 'weir'];
  yield [{ type: 'steering', device: BRIDGE, entries: steering, unknown }, 'weir'];
  for (const { ifindex, redirectTo, ...port } of ports) {
    const device = names.get(ifindex);
    // The entry of a device that is gone does nothing; a new one may get its number, and is known by its name then.
    if (device === undefined) continue;
    const target = names.get(redirectTo) ?? `(device ${redirectTo}, which is gone)`;
    yield [{ type: 'port', device, redirectTo: target, ...port }, 'weir'];
  }
}

function observedForward(
  device: string,
  { options }: TcMessage,
  littleEndian: boolean,
  loaded: LoadedPrograms | undefined,
): ForwardResource {
  const { name, programId } = decodeBpf(new Reader(options ?? new Uint8Array(), littleEndian));
  const program = name === `${FORWARD_NAME_PREFIX}tc_while_alive` ? 'tc_while_alive' : 'tc_forward';
  return { type: 'forward', device, program, objectId: versionOf(program, programId, loaded) };
}

function observedXdp(device: Device, link: BpfLink, loaded: LoadedPrograms | undefined): XdpResource {
  const steers = loaded?.programIds.get('xdp_steer') === link.programId;
  const program = steers ? 'xdp_steer' : 'xdp_forward';
  return {
    type: 'xdp',
    device: device.name,
    program,
    mode: device.xdp?.mode === 'generic' ? 'generic' : 'native',
    objectId: versionOf(program, link.programId, loaded),
    pinned: link.pinned,
  };
}

/** The loaded object's id if the attached program is the one that was loaded last. */
function versionOf(program: string, id: number, loaded: LoadedPrograms | undefined): string | undefined {
  return loaded !== undefined && loaded.programIds.get(program) === id ? loaded.objectId : undefined;
}
