/**
 * The loader of BPF programs by itself, for scenarios; not part of the product.
 *
 *   weir-bpf STEP ...   with the rights that the daemon has; each step is one word with what it takes, and gives a line `@bpf JSON`
 *
 * A step that the kernel refuses gives the error, and the next one follows.
 */
import { restrict } from '../../src/agent/privileges.ts';
import { BpfCalls } from '../../src/bpf/calls.ts';
import { ADDRESS } from '../../src/bpf/codecs.ts';
import { MAPS, weir_direction, weir_traffic } from '../../src/bpf/layout_gen.ts';
import { BpfLoader, PROGRAMS, type ProgramName } from '../../src/bpf/loader.ts';
import { PINS } from '../../src/bpf/pins.ts';
import { BpfTable, type Codec } from '../../src/bpf/table.ts';
import { host } from '../../src/host/native.ts';
import { KernelError } from '../../src/host/refusal.ts';
import { Reader } from '../../src/lib/bytes.ts';
import { INGRESS_PARENT } from '../../src/model/resource/redirect.ts';
import { NetlinkSocket } from '../../src/net/netlink.ts';
import { dumpFilters } from '../../src/net/rtnetlink.ts';
import { decodeBpf, encodeBpf } from '../../src/tc/filter/bpf.ts';
import { RTM } from '../../src/uapi/rtnetlink.ts';
import { CAP } from '../../src/uapi/security.ts';
import { filterInfo, TC_FLAGS, tcRequest } from '../../src/wire/tcmsg.ts';
import { STDERR, STDOUT, write } from '../host_output.ts';

const PREFERENCE = 0xfe00;
const ETH_P_ALL = 3;
const NOT_STEERED = { classDownload: 0, classUpload: 0, cpu: 0xffffffff };

const loader = new BpfLoader(host);

function fail(message: string): never {
  throw new Error(message);
}

function programNamed(word: string | undefined): ProgramName {
  return PROGRAMS.find((program) => program === word) ?? fail(`no program ${word}`);
}

const addressOf = (number: number): Uint8Array => {
  const address = new Uint8Array(16);
  address.set([0xff, 0xff], 10);
  new DataView(address.buffer).setUint32(12, number);
  return address;
};

const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

function timed<T>(act: () => T): { result: T; ms: number; heapBytes: number } {
  const startMs = host.monotonicMs();
  const result = act();
  return { result, ms: host.monotonicMs() - startMs, heapBytes: host.memoryUse().heapBytes };
}

/** Puts the filter on the ingress of a device, in the place of the one that is there. */
function filter(ifindex: number, fd: number): void {
  const socket = new NetlinkSocket(host);
  const info = filterInfo(PREFERENCE, ETH_P_ALL, host.littleEndian);
  const options = (w: Parameters<typeof encodeBpf>[0]): void => encodeBpf(w, fd, 'weir');
  const target = { ifindex, handle: 1, parent: INGRESS_PARENT, info, kind: 'bpf', options };
  const [outcome] = socket.transact([tcRequest(RTM.NEWTFILTER, TC_FLAGS.replace, target)]);
  socket.close();
  if (outcome?.ok !== true) throw new KernelError(outcome?.refusal ?? { errno: 0, name: '', reason: '' }, 'filter');
}

function filters(ifindex: number): unknown {
  const socket = new NetlinkSocket(host);
  const found = dumpFilters(socket, ifindex, INGRESS_PARENT).filter(({ handle }) => handle !== 0);
  socket.close();
  return found.map(({ options }) => decodeBpf(new Reader(options ?? new Uint8Array(), host.littleEndian)));
}

type Step = (words: readonly string[]) => unknown;

const STEPS: Readonly<Record<string, Step>> = {
  load: ([steering, hosts, vlans, reuse]) =>
    loader.load(
      { steering: Number(steering), hosts: Number(hosts), vlans: Number(vlans) },
      { reuseMaps: reuse === 'reuse' },
    ),
  loaded: () => loader.loaded() ?? null,
  unload: () => loader.unload(),
  programs: () => Object.fromEntries(PROGRAMS.map((name) => [name, loader.programId(name)])),
  attach: ([device = '', ifindex, program, mode, pinned]) =>
    loader.links.attach(
      Number(ifindex),
      device,
      loader.programFd(programNamed(program)),
      mode === 'native' ? 'native' : 'generic',
      pinned === 'pinned',
    ),
  replace: ([device = '', program]) => loader.links.replace(device, loader.programFd(programNamed(program))),
  detach: ([device = '']) => loader.links.detach(device),
  pin: ([device = '', pinned]) => loader.links.setPinned(device, pinned === 'pinned'),
  links: () => Object.fromEntries(loader.links.list()),
  port: ([ifindex, redirectTo, faces]) => {
    const port = { redirectTo: Number(redirectTo), maxFrameBytes: 0, flags: 0, faces: Number(faces) };
    loader.maps.ports.set(Number(ifindex), { ...port, address: new Uint8Array(6) });
    loader.maps.targets.set(Number(redirectTo), Number(redirectTo));
  },
  ports: () =>
    loader.maps.ports.entries().map(([key, { address, ...port }]) => ({ key, ...port, address: hexOf(address) })),
  targets: () => loader.maps.targets.entries(),
  cpus: () => loader.maps.cpus.entries(),
  counters: () => loader.maps.counters.entries(),
  settings: () => loader.maps.settings,
  steer: ([count, minor]) => {
    const steering = { classDownload: Number(minor), classUpload: 0, cpu: 0xffffffff };
    const wanted = Array.from(
      { length: Number(count) },
      (_, i) => [{ bits: 128, address: addressOf(i) }, steering] as const,
    );
    return timed(() => loader.maps.syncSteering(wanted, [], NOT_STEERED));
  },
  steered: () => loader.maps.steering.entries().length,
  /** As programs write them: so many hosts, of which number i has received i frames. */
  fill: ([count]) => {
    const raw: Codec<Uint8Array> = {
      bytes: MAPS.hosts.valueBytes,
      write: (view, at, value) => new Uint8Array(view.buffer, at, value.length).set(value),
      read: () => fail('not read here'),
    };
    const calls = new BpfCalls(host);
    const fd = calls.open(`${PINS.maps}/hosts`) ?? fail('no map hosts');
    const definition = calls.mapInfo(fd, 'hosts');
    const table = new BpfTable(calls, 'hosts', { fd, definition }, { key: ADDRESS, value: raw });
    const value = new Uint8Array(MAPS.hosts.valueBytes);
    const view = new DataView(value.buffer);
    for (let i = 0; i < Number(count); i++) {
      view.setUint32(weir_traffic.packets + (host.littleEndian ? 0 : 4), i, host.littleEndian);
      table.set(addressOf(i), value);
    }
    host.close(fd);
  },
  hosts: () =>
    timed(() => {
      let [count, packets] = [0, 0];
      loader.maps.eachHost((one) => {
        count++;
        packets += one.traffic(weir_direction.DOWNLOAD).packets;
      });
      return { count, packets };
    }),
  alive: ([ifindex]) => {
    const held = loader.holdAlive('tc_forward');
    filter(Number(ifindex), held.fd);
    return held.id;
  },
  filters: ([ifindex]) => filters(Number(ifindex)),
  /** Says so by the file, and stays until it is killed. */
  stay: ([path = '']) => {
    const fd = host.open(path, host.constants.O_WRONLY | host.constants.O_CREAT, 0o644);
    if (fd < 0) throw new Error(`${path}: ${host.errorText(-fd)}`);
    host.close(fd);
    host.poll(new Int32Array(0), -1);
  },
};

for (const problem of restrict(host, [CAP.NET_ADMIN, CAP.BPF, CAP.PERFMON])) write(STDERR, `${problem}\n`);
for (const argument of host.args.slice(1)) {
  const [name = '', ...words] = argument.split(' ');
  const step = STEPS[name] ?? fail(`no step ${name}`);
  let gave: unknown;
  try {
    gave = { step: name, value: step(words) ?? null };
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    gave = { step: name, error: error.message, errno: error.errnoName, path: error.path };
  }
  write(STDOUT, `@bpf ${JSON.stringify(gave)}\n`);
}
