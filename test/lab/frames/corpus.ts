/** The frames that the bridge's programs are tried with, the worlds that they arrive in, and the file of both for the tool. */
import {
  type Bytes,
  ethernet,
  groups,
  ipv4,
  ipv6,
  type Layer,
  MAC,
  PROTOCOL,
  pppoe,
  TAG,
  tag,
  tcp,
  timestamp,
  udp,
} from './build.ts';
import { FACES, type Frame, NO_CPU, type Port, type Prefix, type Station, type Steering, type World } from './model.ts';
import { BORDERS, OTHERS, PACKETS } from './payloads.ts';

const PRIORITY = 5 << 13;
const DROP_ELIGIBLE = 1 << 12;
const OTHER_DEVICE = 7;

const TWO_PORT: Port = {
  redirectTo: OTHER_DEVICE,
  maxFrameBytes: 1514,
  scanVlans: false,
  controlFrames: false,
  faces: FACES.unknown,
  address: Uint8Array.from(MAC.own),
};
const NO_CLASS: Steering = { classDownload: 0, classUpload: 0, cpu: NO_CPU };

const prefix = (address: Bytes, bits: number, number: number, cpu = NO_CPU): Prefix => ({
  address: Uint8Array.from(address),
  bits,
  classDownload: 0x7e000000 + number,
  classUpload: 0x7e010000 + number,
  cpu,
});
const mapped = (...ipv4: readonly number[]): Bytes => [...groups('::ffff:0:0').slice(0, 12), ...ipv4];
const PREFIXES: readonly Prefix[] = [
  prefix(mapped(192, 0, 2, 10), 128, 0x10, 0),
  prefix(mapped(192, 0, 2, 0), 120, 0x11),
  prefix(mapped(192, 0, 2, 0), 119, 0x12, 5),
  prefix(groups('2001:db8:1::10'), 128, 0x20, 0),
  prefix(groups('2001:db8:1::'), 48, 0x21),
  prefix(groups('fe80::'), 10, 0x22),
];
const VLANS = [
  { from: 3, to: 4, faces: FACES.internet },
  { from: 4, to: 3, faces: FACES.local },
  { from: 0, to: 100, faces: FACES.unknown },
  { from: 4095, to: 1, faces: FACES.unknown },
];

/** Of both ends of the usual frames: which one counts depends on the side. */
const STATIONS: readonly Station[] = [
  { mac: Uint8Array.from(MAC.isp), classDownload: 0x7e000030, classUpload: 0x7e010030, cpu: 0 },
  { mac: Uint8Array.from(MAC.lan), classDownload: 0x7e000031, classUpload: 0x7e010031, cpu: NO_CPU },
];

const EMPTY: World = {
  name: '',
  port: TWO_PORT,
  hasTarget: true,
  vlans: [],
  prefixes: PREFIXES,
  stations: [],
  unknown: NO_CLASS,
};
export const WORLDS: readonly World[] = [
  { ...EMPTY, name: 'two ports, sides unknown' },
  {
    ...EMPTY,
    name: 'facing the internet',
    port: { ...TWO_PORT, faces: FACES.internet },
    unknown: { classDownload: 0x7e000099, classUpload: 0x7e010099, cpu: 0 },
  },
  {
    ...EMPTY,
    name: 'facing the hosts, with control frames',
    port: { ...TWO_PORT, faces: FACES.local, controlFrames: true },
    unknown: { classDownload: 0x7e000099, classUpload: 0x7e010099, cpu: NO_CPU },
  },
  { ...EMPTY, name: 'on a stick', port: { ...TWO_PORT, redirectTo: 1, scanVlans: true }, vlans: VLANS },
  { ...EMPTY, name: 'two ports with VLANs', port: { ...TWO_PORT, scanVlans: true, faces: FACES.local }, vlans: VLANS },
  { ...EMPTY, name: 'VLANs that nobody asked for', port: { ...TWO_PORT, faces: FACES.local }, vlans: VLANS },
  { ...EMPTY, name: 'to itself', port: { ...TWO_PORT, redirectTo: 1 } },
  { ...EMPTY, name: 'no port', port: undefined },
  { ...EMPTY, name: 'target gone', hasTarget: false, port: { ...TWO_PORT, faces: FACES.local } },
  { ...EMPTY, name: 'small frames', port: { ...TWO_PORT, maxFrameBytes: 80, faces: FACES.local } },
  {
    ...EMPTY,
    name: 'hosts by hardware address, from the internet',
    port: { ...TWO_PORT, faces: FACES.internet },
    stations: STATIONS,
  },
  { ...EMPTY, name: 'hosts by hardware address, to it', port: { ...TWO_PORT, faces: FACES.local }, stations: STATIONS },
  {
    ...EMPTY,
    name: 'any size, no hosts',
    port: { ...TWO_PORT, maxFrameBytes: 0, faces: FACES.internet },
    prefixes: [],
  },
];

/** What may be around a packet. */
const AROUND: Readonly<Record<string, (inner: Layer) => Layer>> = {
  'no tag': (inner) => inner,
  'a tag': (inner) => tag(TAG.customer, 3, inner),
  'a tag with priority': (inner) => tag(TAG.customer, 4 | PRIORITY, inner),
  'a tag with drop eligibility': (inner) => tag(TAG.customer, 3 | DROP_ELIGIBLE, inner),
  'a tag with all': (inner) => tag(TAG.customer, 4095 | PRIORITY | DROP_ELIGIBLE, inner),
  'a priority tag': (inner) => tag(TAG.customer, PRIORITY, inner),
  'an unknown tag': (inner) => tag(TAG.customer, 99, inner),
  'a service tag': (inner) => tag(TAG.service, 4, inner),
  'a service and a customer tag': (inner) => tag(TAG.service, 3 | PRIORITY, tag(TAG.customer, 4, inner)),
  'a customer and a service tag': (inner) => tag(TAG.customer, 4, tag(TAG.service, 3 | DROP_ELIGIBLE, inner)),
  'two customer tags': (inner) => tag(TAG.customer, 99, tag(TAG.customer, 3, inner)),
  'three tags': (inner) => tag(TAG.service, 3, tag(TAG.service, 99, tag(TAG.customer, 4, inner))),
  'four tags': (inner) => AROUND['three tags']?.(tag(TAG.customer, 5, inner)) ?? inner,
  'five tags': (inner) => AROUND['three tags']?.(tag(TAG.customer, 5, tag(TAG.customer, 6, inner))) ?? inner,
  PPPoE: (inner) => pppoe(inner),
  'a tag and PPPoE': (inner) => tag(TAG.customer, 3 | PRIORITY, pppoe(inner)),
  'two tags and PPPoE': (inner) => tag(TAG.service, 4, tag(TAG.customer, 3, pppoe(inner))),
};

/** Packets that go around with everything; the others have one each. */
const USUAL = ['IPv4 TCP with timestamps', 'IPv4 UDP', 'IPv4 UDP back', 'IPv6 TCP syn', 'IPv6 with all of them'];

/** Every packet in one kind of frame, the usual ones in all; each in a world or two, so that all worlds see about everything. */
export function corpus(): readonly Frame[] {
  const frames: Frame[] = [];
  const add = (name: string, bytes: Uint8Array, world = frames.length % WORLDS.length, gsoSize = 0) => {
    frames.push({ name, world, bytes, gsoSize });
  };
  const around = Object.entries(AROUND);
  Object.entries({ ...PACKETS, ...OTHERS }).forEach(([name, layer], i) => {
    add(name, ethernet(layer));
    // One that is prime to the numbers of both, so that neighbours in one list do not share all else.
    const [where, inside] = around[(i * 5) % around.length] ?? ['no tag', (inner: Layer) => inner];
    add(`${name} in ${where}`, ethernet(inside(layer)));
  });
  for (const name of USUAL) {
    const layer = PACKETS[name];
    if (layer === undefined) throw new Error(`there is no ${name}`);
    for (const [where, inside] of around)
      for (const [world, { name: there }] of WORLDS.entries())
        if (/VLAN|stick|small/.test(there)) add(`${name} in ${where}, ${there}`, ethernet(inside(layer)), world);
    for (const [mac, destination] of Object.entries(MAC))
      for (const world of [0, 2, 3]) add(`${name} to ${mac}`, ethernet(layer, destination), world);
  }
  for (const [name, layer] of Object.entries(BORDERS))
    for (const world of [0, 1, 2]) add(`${name} in ${WORLDS[world]?.name}`, ethernet(layer), world);
  for (const [name, bytes, gsoSize] of large()) {
    add(name, bytes, worldOf('facing the internet'), gsoSize);
    if (/jumbo|too much/.test(name)) add(`${name}, of any size`, bytes, worldOf('any size, no hosts'));
  }
  return frames;
}

function worldOf(name: string): number {
  return WORLDS.findIndex((world) => world.name === name);
}

/** Jumbo frames, frames of the very size that fits, and what the kernel has merged. */
function large(): readonly (readonly [name: string, bytes: Uint8Array, gsoSize: number])[] {
  const of = (payload: number) => ipv4(PROTOCOL.udp, udp(payload));
  const segment = tcp([1, 1, ...timestamp(5, 6)], 2800);
  return [
    ['just fits', ethernet(of(1472)), 0],
    ['one byte too much', ethernet(of(1473)), 0],
    ['just fits with a tag', ethernet(tag(TAG.customer, 3, of(1472))), 0],
    ['one byte too much with a tag', ethernet(tag(TAG.customer, 3, of(1473))), 0],
    ['just fits with two tags', ethernet(tag(TAG.service, 3, tag(TAG.customer, 4, of(1472)))), 0],
    ['a jumbo frame', ethernet(of(8972)), 0],
    ['merged TCP', ethernet(ipv4(PROTOCOL.tcp, segment)), 1400],
    ['merged TCP, the last one short', ethernet(ipv6(PROTOCOL.tcp, segment)), 1300],
    ['merged UDP', ethernet(tag(TAG.customer, 3, ipv6(PROTOCOL.udp, udp(2400)))), 600],
    ['merged somehow', ethernet(ipv4(PROTOCOL.icmp, [8, 0, ...new Array<number>(900).fill(0)])), 300],
  ];
}

/** As test/lab/frames/corpus.c reads it. */
export function encode(worlds: readonly World[], frames: readonly Frame[], order: 'le' | 'be' = 'le'): Uint8Array {
  const parts: Uint8Array[] = [];
  const numbers = (values: readonly number[], octets: 2 | 4) => {
    const part = new DataView(new ArrayBuffer(values.length * octets));
    for (const [i, value] of values.entries())
      if (octets === 2) part.setUint16(i * 2, value, order === 'le');
      else part.setUint32(i * 4, value, order === 'le');
    parts.push(new Uint8Array(part.buffer));
  };
  const words = (...values: readonly number[]) => numbers(values, 4);
  const halves = (...values: readonly number[]) => numbers(values, 2);
  const bytes = (...values: readonly (Uint8Array | number)[]) =>
    parts.push(...values.map((value) => (typeof value === 'number' ? Uint8Array.of(value) : value)));
  const steering = (one: Steering) => words(one.classDownload, one.classUpload, one.cpu);
  words(worlds.length);
  for (const { port, hasTarget, vlans, prefixes, stations, unknown } of worlds) {
    words(port === undefined ? 0 : 1, port?.redirectTo ?? 0, port?.maxFrameBytes ?? 0);
    halves((port?.scanVlans === true ? 1 : 0) | (port?.controlFrames === true ? 2 : 0));
    bytes(port?.faces ?? 0, 0, port?.address ?? new Uint8Array(6), 0, 0);
    words(hasTarget && port !== undefined ? 1 : 0);
    steering(unknown);
    words(0, 0, 0, 0, 0); // the generation, which is the tool's, and the object's id
    words(vlans.length, prefixes.length, stations.length);
    for (const { from, to, faces } of vlans) {
      words(1);
      halves(from, 0, to);
      bytes(faces, 0);
    }
    for (const one of prefixes) {
      words(one.bits);
      bytes(one.address);
      steering(one);
    }
    for (const one of stations) {
      bytes(one.mac, 0, 0);
      steering(one);
    }
  }
  words(frames.length);
  for (const frame of frames) {
    words(frame.world, frame.waitUs ?? 0, frame.gsoSize, frame.bytes.length);
    bytes(frame.bytes);
  }
  return Uint8Array.from(Buffer.concat(parts));
}
