/** The kernel as the agent uses it: look at everything that matters at once, and send requests of any sort. */
import type { BpfMaps } from '../bpf/maps.ts';
import { openPinned } from '../bpf/pinned_object.ts';
import type { Host } from '../host/host.ts';
import { KernelError, type Refusal, refusalNamed } from '../host/refusal.ts';
import { Reader } from '../lib/bytes.ts';
import { decodeUtf8 } from '../lib/utf8.ts';
import type { Steering } from '../model/bridge_config.ts';
import type { Capabilities, FeatureState, KernelDump } from '../model/observed.ts';
import { EGRESS_PARENT, INGRESS_PARENT } from '../model/resource/redirect.ts';
import type { KernelRequest, RequestContext } from '../model/resource.ts';
import type { TuningInterest } from '../model/tuning_devices.ts';
import { Ethtool } from '../net/ethtool.ts';
import { NetlinkSocket } from '../net/netlink.ts';
import { dumpFilters, dumpLinks, dumpQdiscs, eachQdisc } from '../net/rtnetlink.ts';
import { featuresOf, isCommonFeature } from '../schema/offload.ts';
import { isOurs } from '../tc/handle.ts';
import { TC_H } from '../uapi/tc.ts';
import { decodeLink, type LinkMessage, linkGet } from '../wire/link.ts';
import type { Request } from '../wire/nlmsg.ts';
import type { TcMessage } from '../wire/tcmsg.ts';
import type { TcView } from '../wire/tcview.ts';
import { BridgeAccess } from './bridge_access.ts';
import { probeCakeMq } from './cake_mq_probe.ts';
import { linkRates, newTreeDump, qdiscsBeside, readTrees, type TreeInterest } from './forest_dump.ts';
import { interpret } from './interpret.ts';
import { TreeKernel } from './tree_kernel.ts';
import { TunableKernel } from './tunable_kernel.ts';

const MOST_RELEASE_BYTES = 256;

const NO_TREES: TreeInterest = { devices: new Set(), filterParents: () => [] };

export class Kernel {
  private readonly host: Host;
  private readonly socket: NetlinkSocket;
  private readonly ethtool: Ethtool;
  private ifindexes = new Map<string, number>();
  /** What refusals have taught us; the daemon keeps it, a one-shot command learns it anew. */
  private cakeMq: boolean | undefined;
  private matchall = true;
  private readonly withoutNativeXdp = new Set<string>();
  private readonly withoutXdp = new Set<string>();
  private readonly bridge: BridgeAccess;
  private readonly tunables: TunableKernel;
  readonly trees: TreeKernel;
  /** Descriptors of programs of others, by the path of their pin. */
  private readonly pinned = new Map<string, number>();
  /** Features that are told beside the common ones. */
  private furtherFeatures: ReadonlySet<string> = new Set();

  /** @throws KernelError */
  constructor(host: Host) {
    this.host = host;
    this.socket = new NetlinkSocket(host);
    this.bridge = new BridgeAccess(host);
    this.tunables = new TunableKernel(host);
    this.trees = new TreeKernel(host, this.socket);
    this.ethtool = new Ethtool(host, (feature) => isCommonFeature(feature) || this.furtherFeatures.has(feature));
  }

  close(): void {
    this.socket.close();
    this.ethtool.close();
    this.bridge.close();
    this.tunables.close();
  }

  /** See {@link NetlinkSocket.portId}. */
  get portId(): number {
    return this.socket.portId;
  }

  /** The kernel's version, `6.6.86`. */
  release(): string {
    const text = this.host.readFile('/proc/sys/kernel/osrelease', MOST_RELEASE_BYTES);
    return typeof text === 'number' ? '' : decodeUtf8(text).trim();
  }

  /** What has been learned of the kernel; cake_mq is only looked for where a device has several queues. */
  known(): { readonly matchall: boolean; readonly cakeMq: boolean | null } {
    return { matchall: this.matchall, cakeMq: this.cakeMq ?? null };
  }

  /** Not all kernels have it, and only trying tells: called when the kernel did not know the filter. */
  doWithoutMatchall(): void {
    this.matchall = false;
  }

  doWithoutCakeMq(): void {
    this.cakeMq = false;
  }

  /** A device took no XDP program: in its driver (`native`), or none at all. */
  doWithoutXdp(device: string, mode: 'native' | 'generic'): void {
    (mode === 'native' ? this.withoutNativeXdp : this.withoutXdp).add(device);
  }

  /**
   * Everything about the devices that `isOfInterest`: with their features and filters; of all others links and qdiscs. The bridge's
   * programs and maps where they are wanted, or there; what `tuning` is about; and what hangs on the devices with trees.
   *
   * @throws KernelError
   */
  look(
    isOfInterest: (device: string) => boolean,
    wantsBridge: boolean,
    tuning: TuningInterest,
    forest: TreeInterest = NO_TREES,
  ): KernelDump {
    const links = dumpLinks(this.socket);
    this.ifindexes = new Map(links.map((link) => [link.name, link.ifindex]));
    const treeDump = forest.devices.size === 0 ? undefined : newTreeDump(this.host, links, forest.devices);
    const qdiscs = treeDump === undefined ? dumpQdiscs(this.socket) : qdiscsBeside(this.socket, treeDump);
    const shaped = links.filter((link) => isOfInterest(link.name));
    const shapedIndexes = new Set(shaped.map((link) => link.ifindex));
    const hooks = qdiscs.filter((qdisc) => qdisc.parent === TC_H.CLSACT);
    const features = new Map<string, ReadonlyMap<string, FeatureState>>();
    this.furtherFeatures = new Set([...tuning.offloads].flatMap(featuresOf));
    const bpf = this.bridge.look(wantsBridge, new Set(this.ifindexes.values()));
    const tuned = [...tuning.devices].filter((device) => this.ifindexes.has(device));
    for (const link of shaped) features.set(link.name, this.features(link.name));
    const ingressFilters = hooks.flatMap(({ ifindex }) => dumpFilters(this.socket, ifindex, INGRESS_PARENT));
    const egressFilters = hooks
      .filter(({ kind }) => kind === 'clsact')
      .flatMap(({ ifindex }) => dumpFilters(this.socket, ifindex, EGRESS_PARENT));
    if (treeDump !== undefined) {
      this.interpret(() => {
        readTrees(this.socket, treeDump, forest.filterParents);
        for (const filter of [...ingressFilters, ...egressFilters]) treeDump.addFilter(filter);
      });
    }
    return {
      littleEndian: this.host.littleEndian,
      links,
      qdiscs,
      ingressFilters,
      egressFilters,
      // Of devices with trees all filters are read anyway.
      rootFilters: qdiscs
        .filter((qdisc) => shapedIndexes.has(qdisc.ifindex) && isForeignRoot(qdisc))
        .filter(({ ifindex }) => treeDump?.has(ifindex) !== true)
        .flatMap(({ ifindex, handle }) => dumpFilters(this.socket, ifindex, handle)),
      features,
      capabilities: this.capabilities(shaped, qdiscs),
      ...(bpf === undefined ? {} : { bpf }),
      ...(tuning.tunables.size > 0 ? { tunables: this.tunables.read(tuning.tunables, tuned) } : {}),
      ...(treeDump === undefined ? {} : { trees: treeDump, linkRatesBitPerS: linkRates(this.host, treeDump) }),
    };
  }

  /** See {@link interpret}. @throws KernelError */
  interpret<T>(read: () => T): T {
    return interpret(this.host, read);
  }

  /** All devices. @throws KernelError */
  links(): LinkMessage[] {
    return dumpLinks(this.socket);
  }

  /** The qdiscs of all devices. @throws KernelError */
  qdiscs(): TcMessage[] {
    return dumpQdiscs(this.socket);
  }

  /** The qdiscs of all devices, one at a time; see {@link eachQdisc} of net/rtnetlink.ts. @throws KernelError */
  eachQdisc(visit: (qdisc: TcView) => void, onStart: () => void): void {
    eachQdisc(this.socket, visit, onStart);
  }

  // ---- The bridge while it runs ----

  /** Undefined where no programs are loaded. @throws KernelError */
  bridgeMaps(): BpfMaps | undefined {
    return this.bridge.inUse()?.maps;
  }

  /** The kernel's numbers of the loaded programs, by name. @throws KernelError */
  bridgePrograms(): Map<string, number> {
    return this.bridge.inUse()?.programIds() ?? new Map();
  }

  /** Classes of hosts as they are in the maps. @throws KernelError */
  bridgeSteering(): ReadonlyMap<string, Steering> {
    return this.bridge.inUse()?.currentSteering() ?? new Map();
  }

  /** The index that the device has now; 0 when there is none. @throws KernelError */
  ifindexNow(device: string): number {
    this.ifindexes.delete(device);
    return this.ifindexOf(device);
  }

  /** The service is no more what was read of it last. */
  forgetService(name: string): void {
    this.tunables.forgetService(name);
  }

  context(): RequestContext {
    return {
      littleEndian: this.host.littleEndian,
      ifindexOf: (device) => this.ifindexOf(device),
      programFd: (program) => this.bridge.inUse()?.programFd(program) ?? -1,
      pinnedProgramFd: (path) => this.pinnedProgramFd(path),
    };
  }

  /** Sends the requests, those of rtnetlink in one datagram as far as they follow each other; a refusal or undefined for each. */
  send(requests: readonly KernelRequest[]): (Refusal | undefined)[] {
    const refusals: (Refusal | undefined)[] = [];
    let pending: Request[] = [];
    const flush = (): void => {
      if (pending.length === 0) return;
      for (const outcome of this.socket.transact(pending)) refusals.push(outcome.ok ? undefined : outcome.refusal);
      pending = [];
    };
    for (const request of requests) {
      if (request.via === 'rtnetlink') {
        pending.push(request.request);
      } else {
        flush();
        refusals.push(this.carryOut(request));
      }
    }
    flush();
    // Names may belong to other devices now.
    this.ifindexes.clear();
    for (const fd of this.pinned.values()) this.host.close(fd);
    this.pinned.clear();
    return refusals;
  }

  /** Open until the requests have been sent. */
  private pinnedProgramFd(path: string): number {
    const known = this.pinned.get(path) ?? openPinned(this.host, path);
    if (known === undefined) return -1;
    this.pinned.set(path, known);
    return known;
  }

  private carryOut(request: Exclude<KernelRequest, { via: 'rtnetlink' }>): Refusal | undefined {
    switch (request.via) {
      case 'ethtool':
        return this.setFeature(request.device, request.feature, request.on);
      case 'bpf':
        return this.bridge.carryOut(request.operation, (device) => this.ifindexOf(device));
      case 'tunable':
        return this.tunables.write(request.resource);
    }
  }

  /** 0 when there is no such device. @throws KernelError when that cannot be told */
  private ifindexOf(device: string): number {
    const known = this.ifindexes.get(device);
    if (known !== undefined) return known;
    const [outcome] = this.socket.transact([linkGet(device)]);
    if (outcome?.ok === false && outcome.refusal.name !== 'ENODEV') {
      throw new KernelError(outcome.refusal, 'find the device', device);
    }
    const reply = outcome?.ok === true ? outcome.replies[0] : undefined;
    const ifindex =
      reply === undefined ? 0 : (decodeLink(new Reader(reply.payload, this.host.littleEndian))?.ifindex ?? 0);
    if (ifindex !== 0) this.ifindexes.set(device, ifindex);
    return ifindex;
  }

  private features(device: string): ReadonlyMap<string, FeatureState> {
    try {
      return this.ethtool.readFeatures(device);
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      // A device that vanished since the list was made has no features.
      this.ifindexes.delete(device);
      if (error.errnoName === 'ENODEV' && this.ifindexOf(device) === 0) return new Map();
      throw error;
    }
  }

  private setFeature(device: string, feature: string, on: boolean): Refusal | undefined {
    try {
      const { refused } = this.ethtool.setFeatures(device, new Map([[feature, on]]));
      if (!refused.has(feature)) return undefined;
      return { ...refusalNamed(this.host, 'EOPNOTSUPP'), extack: 'the driver does not do it', byDriver: true };
    } catch (error) {
      if (error instanceof KernelError) return error.refusal;
      throw error;
    }
  }

  private capabilities(shaped: readonly LinkMessage[], qdiscs: readonly TcMessage[]): Capabilities {
    if (this.cakeMq === undefined && qdiscs.some(({ kind }) => kind === 'cake_mq')) this.cakeMq = true;
    if (this.cakeMq === undefined && shaped.some((link) => link.txQueues > 1)) this.cakeMq = probeCakeMq(this.socket);
    const { withoutNativeXdp, withoutXdp } = this;
    return { cakeMq: this.cakeMq ?? false, matchall: this.matchall, withoutNativeXdp, withoutXdp };
  }
}

/** A root that someone has set up; the kernel's own default has no handle. */
function isForeignRoot({ parent, handle }: TcMessage): boolean {
  return parent === TC_H.ROOT && handle !== 0 && !isOurs(handle);
}
