/**
 * The bus itself, for machines without ubusd: the socket, and who is connected. What goes over it is in ubus_bus_traffic.ts.
 *
 * Nobody can make it grow without bound: a client that does not read loses messages, one that sends half messages or adds things
 * without end is refused or sent away, and all clients of root, and all others, have a common budget each.
 */
import type { Host } from '../host/host.ts';
import type { Loop } from '../host/loop.ts';
import { ByteBudget } from './byte_queue.ts';
import type { UbusAcl } from './ubus_acl.ts';
import { type BusClient, newBusId } from './ubus_bus_objects.ts';
import { BusTraffic } from './ubus_bus_traffic.ts';
import { peerOf } from './ubus_peer.ts';
import { UbusStream, type UbusStreamHandlers } from './ubus_stream.ts';
import { unixAddress } from './unix_address.ts';

const BACKLOG = 128;
const MOST_CLIENTS = 1024;
/** Of all who are not root, so that there is always room for it. */
const MOST_OF_OTHERS = 512;
/** After accept(2) failed for want of descriptors or memory. */
const ACCEPT_AGAIN_MS = 100;
/** What all clients of root, and all others, may have sent in part, not taken yet, and added. */
const ROOT_BUDGET_BYTES = 8 << 20;
const OTHERS_BUDGET_BYTES = 3 << 20;
const SOCKET_MODE = 0o666;
const DIRECTORY_MODE = 0o755;
const NO_DESCRIPTOR = -1;

export interface UbusBusOptions {
  /** Of the socket. */
  readonly path: string;
  readonly acl: UbusAcl;
  /** Any 32 bits; from the kernel unless given. */
  readonly random?: () => number;
}

export class UbusBus {
  private readonly host: Host;
  private readonly loop: Loop;
  private readonly path: string;
  private readonly random: () => number;
  private readonly clients = new Map<number, BusClient>();
  private readonly traffic: BusTraffic;
  private readonly rootBudget = new ByteBudget(ROOT_BUDGET_BYTES);
  private readonly othersBudget = new ByteBudget(OTHERS_BUDGET_BYTES);
  private listener = NO_DESCRIPTOR;
  private stopAccepting: () => void = () => {};

  constructor(host: Host, loop: Loop, { path, acl, random }: UbusBusOptions) {
    this.host = host;
    this.loop = loop;
    this.path = path;
    this.random = random ?? (() => kernelRandom(host));
    this.traffic = new BusTraffic(this.clients, acl, this.random);
  }

  get clientCount(): number {
    return this.clients.size;
  }

  /** What clients have made it keep, besides themselves. */
  get keptBytes(): number {
    return this.rootBudget.used + this.othersBudget.used;
  }

  /**
   * Begins to listen; gives why it cannot, else undefined. A socket that nobody listens on any more is replaced; where another bus
   * answers, or something else lies at the path, it is left alone.
   */
  listen(): string | undefined {
    const { host, path } = this;
    const address = unixAddress(host, path);
    if (address === undefined) return `${path} is too long for a socket`;
    host.mkdir(path.slice(0, path.lastIndexOf('/')) || '/', DIRECTORY_MODE);
    const obstacle = this.clearPath(address);
    if (obstacle !== undefined) return obstacle;
    const fd = host.socket(host.constants.AF_UNIX, host.constants.SOCK_STREAM, 0);
    const steps = [
      () => fd,
      () => host.bind(fd, address),
      () => host.chmod(path, SOCKET_MODE),
      () => host.listen(fd, BACKLOG),
    ];
    for (const step of steps) {
      const result = step();
      if (result >= 0) continue;
      if (fd >= 0) host.close(fd);
      return `cannot listen on ${path}: ${host.errorText(-result)}`;
    }
    this.listener = fd;
    this.accept();
    return undefined;
  }

  /** Reads the access control lists again. */
  reloadAcl(): void {
    this.traffic.reloadAcl();
  }

  /** Ends all connections and removes the socket. */
  close(): void {
    if (this.listener === NO_DESCRIPTOR) return;
    this.stopAccepting();
    this.host.close(this.listener);
    this.host.unlink(this.path);
    this.listener = NO_DESCRIPTOR;
    for (const client of this.clients.values()) client.stream.close();
    for (const client of this.clients.values()) this.remove(client);
  }

  /** Removes a socket that nobody listens on; gives what else is in the way. */
  private clearPath(address: Uint8Array): string | undefined {
    const { host, path } = this;
    const { AF_UNIX, SOCK_STREAM, O_RDONLY, O_NONBLOCK } = host.constants;
    const { ENOENT, ECONNREFUSED, EAGAIN } = host.errno;
    // SOCK_NONBLOCK is O_NONBLOCK: a bus that accepts nobody must not hold us.
    const fd = host.socket(AF_UNIX, SOCK_STREAM | O_NONBLOCK, 0);
    const connected = fd < 0 ? fd : host.connect(fd, address);
    if (fd >= 0) host.close(fd);
    if (connected >= 0 || -connected === EAGAIN) return `another bus answers at ${path}`;
    if (-connected === ENOENT) return undefined;
    if (-connected !== ECONNREFUSED) return `cannot use ${path}: ${host.errorText(-connected)}`;
    // Opening a socket is refused, anything else is opened.
    const opened = host.open(path, O_RDONLY | O_NONBLOCK, 0);
    if (opened >= 0) host.close(opened);
    if (-opened !== host.errno.ENXIO) return `${path} is no socket`;
    host.unlink(path);
    return undefined;
  }

  private accept(): void {
    this.stopAccepting = this.loop.watch(this.listener, this.host.constants.POLLIN, () => {
      const { EAGAIN, EINTR, ECONNABORTED } = this.host.errno;
      const fd = this.host.accept(this.listener);
      if (fd >= 0) this.admit(fd);
      else if (![EAGAIN, EINTR, ECONNABORTED].includes(-fd)) this.acceptLater();
    });
  }

  /** The connection that cannot be accepted stays ready: waiting for it would be a loop that never waits. */
  private acceptLater(): void {
    this.stopAccepting();
    this.stopAccepting = this.loop.after(ACCEPT_AGAIN_MS, () => this.accept());
  }

  private admit(fd: number): void {
    const { host, clients, traffic } = this;
    const peer = peerOf(host, fd);
    if (peer === undefined || !this.hasRoomFor(peer.uid)) {
      host.close(fd);
      return;
    }
    const budget = peer.uid === 0 ? this.rootBudget : this.othersBudget;
    const handlers: UbusStreamHandlers = {
      onFrame: (frame, descriptor) => traffic.serve(client, frame, descriptor, (fd) => host.close(fd)),
      onClose: () => this.remove(client),
    };
    const options = { budget, takesDescriptors: true, onDrained: () => traffic.drained(client) };
    const stream = new UbusStream(host, this.loop, fd, handlers, Number.POSITIVE_INFINITY, options);
    const id = newBusId(this.random, clients);
    const client: BusClient = { id, peer, stream, budget, keptBytes: 0, objects: [], lookups: [] };
    clients.set(id, client);
    traffic.greet(client);
  }

  private hasRoomFor(uid: number): boolean {
    if (uid === 0) return this.clients.size < MOST_CLIENTS;
    let others = 0;
    for (const { peer } of this.clients.values()) if (peer.uid !== 0) others++;
    return this.clients.size < MOST_CLIENTS && others < MOST_OF_OTHERS;
  }

  private remove(client: BusClient): void {
    if (this.clients.delete(client.id)) this.traffic.remove(client);
  }
}

/** @throws Error where there are none */
function kernelRandom(host: Host): number {
  const bytes = new Uint8Array(4);
  const fd = host.open('/dev/urandom', host.constants.O_RDONLY, 0);
  const got = fd < 0 ? fd : host.read(fd, bytes, 0, 4);
  if (fd >= 0) host.close(fd);
  if (got !== 4) throw new Error('/dev/urandom gives no random numbers');
  return new DataView(bytes.buffer).getUint32(0);
}
