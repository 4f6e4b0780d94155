/** What the bridge's programs must make of a frame. */
import { type Dissected, dissect, isMapped, TCP, timestampsOf } from './dissect.ts';

export type Program = 'xdp_forward' | 'xdp_steer' | 'tc_forward' | 'tc_while_alive';
/** As the tool numbers them (frames.h). */
export const PROGRAMS: readonly Program[] = ['xdp_forward', 'xdp_steer', 'tc_forward', 'tc_while_alive'];

/** The device where frames arrive, as the tool has it. */
export const PORT = 1;
export const NO_CPU = 0xffffffff;
/** The only one of the lab's machines that has a queue. */
const CPU = 0;

export const FACES = { unknown: 0, internet: 1, local: 2 } as const;
export type Faces = (typeof FACES)[keyof typeof FACES];

export interface Steering {
  readonly classDownload: number;
  readonly classUpload: number;
  readonly cpu: number;
}

export interface Prefix extends Steering {
  readonly bits: number;
  readonly address: Uint8Array;
}

/** A host by its hardware address. */
export interface Station extends Steering {
  readonly mac: Uint8Array;
}

export interface Vlan {
  readonly from: number;
  readonly to: number;
  readonly faces: Faces;
}

export interface Port {
  readonly redirectTo: number;
  /** 0 for no limit. */
  readonly maxFrameBytes: number;
  readonly scanVlans: boolean;
  readonly controlFrames: boolean;
  readonly faces: Faces;
  readonly address: Uint8Array;
}

export interface World {
  readonly name: string;
  readonly port: Port | undefined;
  /** Whether the device where frames leave is there. */
  readonly hasTarget: boolean;
  readonly vlans: readonly Vlan[];
  readonly prefixes: readonly Prefix[];
  readonly stations: readonly Station[];
  readonly unknown: Steering;
}

export interface Frame {
  readonly name: string;
  /** Which of the worlds it arrives in. */
  readonly world: number;
  readonly bytes: Uint8Array;
  /** Before it comes, where frames tell of time. */
  readonly waitUs?: number;
  /** Above 0: the kernel has merged it from segments with so much payload. */
  readonly gsoSize: number;
}

export interface Traffic {
  bytes: number;
  packets: number;
  drops: number;
}

/** What the frame has left in the entry of its host. */
export interface HostNews {
  readonly address: Uint8Array;
  readonly upload: boolean;
  readonly traffic: Traffic;
  /** What is known of its round trips to where the frame goes. */
  readonly watched: { readonly state: number; readonly tsval: number };
}

export type Fate = 'passed' | 'dropped' | 'forwarded';

export interface Outcome {
  readonly fate: Fate;
  readonly verdict: number;
  readonly priority: number;
  readonly bytes: Uint8Array;
  /** As struct weir_counters has them: forwarded frames and bytes, three reasons to drop, three to pass. */
  readonly counters: readonly number[];
  readonly host: HostNews | undefined;
}

const VERDICTS: Readonly<Record<'xdp' | 'tc', Readonly<Record<Fate, number>>>> = {
  xdp: { passed: 2, dropped: 1, forwarded: 4 },
  tc: { passed: -1, dropped: 2, forwarded: 7 },
};

/** The places in `counters`. */
const COUNTER = { frames: 0, bytes: 1, tooBig: 2, noTarget: 3, control: 5, own: 6, noVlan: 7 } as const;
const RESTING = { state: 0, tsval: 0 };

/** Whether the kernel makes no skb of it for a test: net/bpf/test_run.c, bpf_prog_test_run_skb and convert___skb_to_skb. */
export function noSkb(bytes: Uint8Array): boolean {
  const type = (bytes[12] ?? 0) * 256 + (bytes[13] ?? 0);
  const least = type === 0x0800 ? 34 : type === 0x86dd ? 54 : 14;
  return bytes.length < least;
}

export function expected(
  program: Program,
  world: World,
  { bytes, gsoSize }: Pick<Frame, 'bytes' | 'gsoSize'>,
): Outcome {
  const path = program.startsWith('xdp') ? 'xdp' : 'tc';
  const counters = [0, 0, 0, 0, 0, 0, 0, 0];
  const { port } = world;
  const outcome = (fate: Fate, more: Partial<Outcome> = {}): Outcome => ({
    fate,
    verdict: VERDICTS[path][fate],
    priority: 0,
    bytes,
    counters,
    host: undefined,
    ...more,
  });
  if (port === undefined) return outcome('passed');
  const dissected = dissect(bytes);
  const [outer] = dissected.tags;
  const id = outer === undefined ? undefined : outer % 4096;
  const vlan = port.scanVlans ? world.vlans.find(({ from }) => from === id) : undefined;
  const owner = ownerOf(bytes, dissected, (vlan?.faces || undefined) ?? port.faces, world);
  if (program === 'xdp_steer') return outcome(owner?.steering.cpu === CPU ? 'forwarded' : 'passed');

  const pass = (counter: number) => {
    counters[counter] = 1;
    return outcome('passed');
  };
  if (equal(bytes.subarray(0, 6), port.address)) return pass(COUNTER.own);
  if (isControl(bytes) && !port.controlFrames) return pass(COUNTER.control);
  if (port.redirectTo === PORT && vlan === undefined) return pass(COUNTER.noVlan);

  const host = (traffic: Traffic, watched = RESTING) =>
    owner !== undefined && isUnicast(owner.address)
      ? { address: owner.address, upload: owner.upload, traffic, watched }
      : undefined;
  const drop = (counter: number) => {
    counters[counter] = 1;
    return outcome('dropped', { host: host({ bytes: 0, packets: 0, drops: 1 }) });
  };
  const merged = path === 'tc' && gsoSize > 0;
  const tagsAbove = path === 'xdp' ? Math.min(dissected.tags.length, 1) : dissected.tags.length;
  if (port.maxFrameBytes > 0 && !merged && bytes.length > port.maxFrameBytes + 4 * tagsAbove)
    return drop(COUNTER.tooBig);
  if (path === 'xdp' && !world.hasTarget) return drop(COUNTER.noTarget);

  const wire = merged ? onTheWire(bytes, gsoSize, dissected) : { frames: 1, bytes: bytes.length };
  counters[COUNTER.frames] = wire.frames;
  counters[COUNTER.bytes] = wire.bytes;
  const cls = owner === undefined ? 0 : owner.upload ? owner.steering.classUpload : owner.steering.classDownload;
  return outcome('forwarded', {
    priority: path === 'tc' ? cls : 0,
    bytes: vlan === undefined || outer === undefined ? bytes : withOuterTag(bytes, outer - (outer % 4096) + vlan.to),
    host: host({ bytes: wire.bytes, packets: wire.frames, drops: 0 }, watchedOf(dissected)),
  });
}

interface Owner {
  readonly address: Uint8Array;
  readonly upload: boolean;
  readonly steering: Steering;
}

function ownerOf(bytes: Uint8Array, { packet }: Dissected, faces: Faces, world: World): Owner | undefined {
  if (packet === undefined) return undefined;
  const { source, destination } = packet;
  const known = faces !== FACES.unknown;
  const ofSource = longestPrefix(world.prefixes, source);
  const ofDestination = longestPrefix(world.prefixes, destination);
  const stationAt = (at: number): Steering | undefined =>
    world.stations.find(({ mac }) => equal(mac, bytes.subarray(at, at + 6)));
  if (faces === FACES.local || (!known && ofSource !== undefined))
    return { address: source, upload: true, steering: ofSource ?? stationAt(6) ?? world.unknown };
  if (faces === FACES.internet || (!known && ofDestination !== undefined))
    return { address: destination, upload: false, steering: ofDestination ?? stationAt(0) ?? world.unknown };
  return undefined;
}

function longestPrefix(prefixes: readonly Prefix[], address: Uint8Array): Prefix | undefined {
  let longest: Prefix | undefined;
  for (const prefix of prefixes)
    if (commonBits(prefix.address, address) >= prefix.bits && prefix.bits >= (longest?.bits ?? 0)) longest = prefix;
  return longest;
}

function commonBits(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < 16; i++) {
    const differs = (a[i] ?? 0) ^ (b[i] ?? 0);
    if (differs !== 0) return i * 8 + Math.clz32(differs) - 24;
  }
  return 128;
}

/** Whether it may be one host's: RFC 1122, 3.2.1.3 and RFC 4291, 2.4. */
function isUnicast(address: Uint8Array): boolean {
  if (isMapped(address)) return address[12] !== 0 && (address[12] ?? 0) < 224;
  return address[0] !== 0xff && address.some((byte) => byte !== 0);
}

/** 01:80:c2:00:00:00 to 0f. */
function isControl(bytes: Uint8Array): boolean {
  return equal(bytes.subarray(0, 5), Uint8Array.of(1, 0x80, 0xc2, 0, 0)) && (bytes[5] ?? 0) < 16;
}

/** The frames that it was merged from, each with the headers. */
function onTheWire(bytes: Uint8Array, gsoSize: number, { packet }: Dissected): { frames: number; bytes: number } {
  const one = { frames: 1, bytes: bytes.length };
  const transport = packet?.transport;
  if (transport === undefined) return one;
  const isTcp = transport.protocol === TCP;
  if (isTcp && transport.bytes.length < 20) return one;
  const headers = transport.at + (isTcp ? ((transport.bytes[12] ?? 0) >> 4) * 4 : 8);
  if (bytes.length <= headers) return one;
  const frames = Math.ceil((bytes.length - headers) / gsoSize);
  return { frames, bytes: bytes.length + (frames - 1) * headers };
}

function withOuterTag(bytes: Uint8Array, tci: number): Uint8Array {
  const changed = bytes.slice();
  changed[14] = tci >> 8;
  changed[15] = tci & 0xff;
  return changed;
}

/** A first segment is a probe at once where it is a SYN; else its flow is watched, if it has payload. */
function watchedOf({ packet }: Dissected): HostNews['watched'] {
  const timestamps = packet?.transport === undefined ? undefined : timestampsOf(packet.transport);
  if (timestamps === undefined || !(timestamps.syn || timestamps.payload)) return RESTING;
  return { state: timestamps.syn ? 2 : 1, tsval: timestamps.value };
}

export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
