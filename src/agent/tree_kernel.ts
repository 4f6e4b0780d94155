/** Single devices with trees, and single nodes of these, as the kernel has them now: what needs no look at everything. */
import type { Host } from '../host/host.ts';
import type { Device } from '../model/observed.ts';
import type { ObservedResource, QdiscResource } from '../model/resource.ts';
import type { SavedTree } from '../model/saved_tree.ts';
import type { TreeDump } from '../model/tree/dump.ts';
import type { DeviceDump } from '../model/tree/order.ts';
import type { NetlinkSocket } from '../net/netlink.ts';
import { trees } from '../parts/trees.ts';
import { readDevice, readPartOfDevice } from './device_dump.ts';
import { readNodes, readTrees, type TreeNodeResource } from './forest_dump.ts';
import { interpret } from './interpret.ts';

export class TreeKernel {
  private readonly host: Host;
  private readonly socket: NetlinkSocket;

  constructor(host: Host, socket: NetlinkSocket) {
    this.host = host;
    this.socket = socket;
  }

  /**
   * The qdiscs and classes among `nodes` as they are now, without a look at the rest of their trees; with what they stand on among them. Their
   * `devices` are the ones that were seen last.
   *
   * @throws KernelError
   */
  nodes(
    nodes: readonly TreeNodeResource[],
    devices: ReadonlyMap<string, Device>,
    saved: readonly SavedTree[],
  ): ReadonlyMap<string, ObservedResource> {
    const ifindexOf = (device: string): number => devices.get(device)?.ifindex ?? 0;
    const names = new Map(nodes.map(({ device }) => [ifindexOf(device), device]));
    return this.observed(names, names, saved, (treeDump) => this.readNodes(treeDump, nodes, ifindexOf));
  }

  /**
   * The tree of one of `devices`, as they were seen last: these qdiscs, and the classes and filters that hang on them, as they are now. Beside
   * them filters are looked for at `filterParents`.
   *
   * @throws KernelError
   */
  tree(
    device: Device,
    qdiscs: readonly QdiscResource[],
    filterParents: readonly number[],
    devices: ReadonlyMap<string, Device>,
    saved: readonly SavedTree[],
  ): ReadonlyMap<string, ObservedResource> {
    const names = new Map([...devices.values()].map(({ ifindex, name }) => [ifindex, name]));
    return this.observed(new Map([[device.ifindex, device.name]]), names, saved, (treeDump) => {
      this.readNodes(treeDump, qdiscs, () => device.ifindex);
      readTrees(this.socket, treeDump, () => filterParents);
    });
  }

  /** All qdiscs, classes and filters of one device, or of the first `most` in the order of its tree. @throws KernelError */
  deviceDump(ifindex: number, most?: number): DeviceDump {
    const { socket, host } = this;
    return most === undefined
      ? readDevice(socket, ifindex, host.littleEndian)
      : readPartOfDevice(socket, ifindex, host.littleEndian, most);
  }

  private readNodes(
    treeDump: TreeDump,
    nodes: readonly TreeNodeResource[],
    ifindexOf: (device: string) => number,
  ): void {
    readNodes(this.socket, treeDump, nodes, ifindexOf, this.host.littleEndian);
  }

  /** What `read` puts into a dump of `devices`; `names` are those of all that a filter may name. Both by index. */
  private observed(
    devices: ReadonlyMap<number, string>,
    names: ReadonlyMap<number, string>,
    saved: readonly SavedTree[],
    read: (treeDump: TreeDump) => void,
  ): ReadonlyMap<string, ObservedResource> {
    const treeDump = trees().newTreeDump(this.host.littleEndian, devices, names);
    const found = new Map<string, ObservedResource>();
    interpret(this.host, () => {
      read(treeDump);
      trees().observeTrees(treeDump, saved, found);
    });
    return found;
  }
}
