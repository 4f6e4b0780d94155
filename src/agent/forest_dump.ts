/** What hangs on the devices with trees, read from the kernel at each look: of thousands of qdiscs and classes no message is kept. */
import type { Host } from '../host/host.ts';
import { KernelError } from '../host/refusal.ts';
import { Reader } from '../lib/bytes.ts';
import { decodeUtf8 } from '../lib/utf8.ts';
import type { ClassResource, QdiscResource } from '../model/resource.ts';
import type { TreeDump } from '../model/tree/dump.ts';
import type { NetlinkSocket } from '../net/netlink.ts';
import { dumpFilters, eachClass, eachQdisc } from '../net/rtnetlink.ts';
import { trees } from '../parts/trees.ts';
import { NLM_F } from '../uapi/netlink.ts';
import { RTM } from '../uapi/rtnetlink.ts';
import { TC_H } from '../uapi/tc.ts';
import type { LinkMessage } from '../wire/link.ts';
import type { Request } from '../wire/nlmsg.ts';
import { type TcMessage, tcRequest } from '../wire/tcmsg.ts';
import { TcView } from '../wire/tcview.ts';

const MOST_SPEED_BYTES = 32;

/** What has to be looked at for trees. */
export interface TreeInterest {
  readonly devices: ReadonlySet<string>;
  /** Where filters may stand beside the qdiscs with classes. */
  filterParents(device: string, ifindex: number): readonly number[];
}

/** Of `devices` as far as they are among `links`, with nothing in it yet. */
export function newTreeDump(host: Host, links: readonly LinkMessage[], devices: ReadonlySet<string>): TreeDump {
  const names = new Map(links.map(({ ifindex, name }) => [ifindex, name]));
  const own = new Map([...names].filter(([, name]) => devices.has(name)));
  return trees().newTreeDump(host.littleEndian, own, names);
}

/**
 * All qdiscs but those that `treeDump` takes: of those on its devices only roots and hooks are in the list too.
 *
 * @throws KernelError
 */
export function qdiscsBeside(socket: NetlinkSocket, treeDump: TreeDump): TcMessage[] {
  let list: TcMessage[] = [];
  eachQdisc(
    socket,
    (qdisc) => {
      const { ifindex, parent } = qdisc;
      treeDump.addQdisc(qdisc);
      if (!treeDump.has(ifindex) || parent === TC_H.ROOT || parent === TC_H.CLSACT) list.push(qdisc.copy());
    },
    () => {
      list = [];
      treeDump.clearQdiscs();
    },
  );
  return list;
}

/**
 * Classes and filters of the qdiscs that can have classes, and the filters of further parents.
 *
 * @throws KernelError, and ShortReadError where a message breaks off
 */
export function readTrees(
  socket: NetlinkSocket,
  treeDump: TreeDump,
  filterParents: TreeInterest['filterParents'],
): void {
  for (const device of treeDump.devices) {
    const { ifindex, classes } = device;
    const handles = treeDump.classfulHandles(device);
    for (const handle of handles) {
      const before = classes.length;
      const add = (one: TcView): void => treeDump.addClass(one, classes);
      eachClass(socket, ifindex, handle, add, () => {
        classes.length = before;
      });
    }
    for (const parent of new Set([...handles, ...filterParents(device.device, ifindex)])) {
      for (const filter of dumpFilters(socket, ifindex, parent)) treeDump.addFilter(filter);
    }
  }
}

/** Qdiscs and classes that are asked for by name. */
export type TreeNodeResource = QdiscResource | ClassResource;

/**
 * Has `treeDump` take note of these nodes on devices with these indexes, each asked for by itself; of none that is not there.
 *
 * Whoever listens to traffic control hears of it too (net/sched/sch_api.c: qdisc_notify, tclass_notify before 6.8), under our port.
 *
 * @throws KernelError, and ShortReadError where a message breaks off
 */
export function readNodes(
  socket: NetlinkSocket,
  treeDump: TreeDump,
  nodes: readonly TreeNodeResource[],
  ifindexOf: (device: string) => number,
  littleEndian: boolean,
): void {
  const view = new TcView();
  const outcomes = socket.transact(nodes.map((node) => nodeRequest(node, ifindexOf(node.device))));
  for (const outcome of outcomes) {
    if (!outcome.ok) {
      if (outcome.refusal.name === 'ENOENT') continue;
      throw new KernelError(outcome.refusal, 'read back');
    }
    for (const { type, payload } of outcome.replies) {
      view.read(new Reader(payload, littleEndian));
      if (type === RTM.NEWQDISC) treeDump.addQdisc(view);
      else if (type === RTM.NEWTCLASS) treeDump.addClass(view, treeDump.classesOn(view.ifindex));
    }
  }
}

/** The kernel answers with what it would announce, to who asks for an echo. */
function nodeRequest(node: TreeNodeResource, ifindex: number): Request {
  const { parent, handle } = node;
  if (node.type === 'class') return tcRequest(RTM.GETTCLASS, NLM_F.ECHO, { ifindex, handle, parent: 0 });
  // Of a leaf the kernel may have chosen the handle.
  return tcRequest(RTM.GETQDISC, NLM_F.ECHO, {
    ifindex,
    handle: 0,
    parent: parent === 'root' ? TC_H.ROOT : Number(parent),
  });
}

/** What the drivers say of their links, in bit/s; nothing where a device has none, or is down (net/core/net-sysfs.c: speed_show). */
export function linkRates(host: Host, { devices }: TreeDump): Map<string, number> {
  const rates = new Map<string, number>();
  for (const { device } of devices) {
    const text = host.readFile(`/sys/class/net/${device}/speed`, MOST_SPEED_BYTES);
    const mbit = typeof text === 'number' ? 0 : Number(decodeUtf8(text).trim());
    if (Number.isInteger(mbit) && mbit > 0) rates.set(device, mbit * 1_000_000);
  }
  return rates;
}
