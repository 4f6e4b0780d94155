/** All that is on a device, read from the kernel; of a large tree as much as somebody asked for. */
import type { DeviceDump, Placed } from '../model/tree/order.ts';
import type { NetlinkSocket } from '../net/netlink.ts';
import { dumpFilters, eachClass, eachQdisc } from '../net/rtnetlink.ts';
import { trees } from '../parts/trees.ts';
import type { TcMessage } from '../wire/tcmsg.ts';
import type { TcView } from '../wire/tcview.ts';

/** As the parent of classes that are asked for. */
const ALL_QDISCS = 0;

/** Whether a qdisc or class is read with everything, or only with its place. */
type IsWhole = (node: 'qdisc' | 'class', message: Pick<TcMessage, 'handle' | 'parent'>) => boolean;

/** All qdiscs, classes and filters. @throws KernelError */
export function readDevice(socket: NetlinkSocket, ifindex: number, littleEndian: boolean): DeviceDump {
  return withFilters(
    socket,
    ifindex,
    readQueues(socket, ifindex, littleEndian, () => true),
  );
}

/**
 * The first `most` qdiscs and classes in the order of the tree, with their filters. Of all others only where they are: whole, ten thousand
 * take tens of megabytes, and a question to the kernel each for their filters.
 *
 * @throws KernelError
 */
export function readPartOfDevice(
  socket: NetlinkSocket,
  ifindex: number,
  littleEndian: boolean,
  most: number,
): DeviceDump {
  const outline = readQueues(socket, ifindex, littleEndian, () => false);
  const chosen = new Set(trees().treeOrder(outline).slice(0, most).map(keyOf));
  const isWhole: IsWhole = (node, message) => chosen.has(keyOf({ node, message }));
  const dump = readQueues(socket, ifindex, littleEndian, isWhole);
  const ofChosen = {
    ...dump,
    qdiscs: dump.qdiscs.filter((message) => isWhole('qdisc', message)),
    classes: dump.classes.filter((message) => isWhole('class', message)),
  };
  return { ...dump, filters: withFilters(socket, ifindex, ofChosen).filters };
}

/** The kernel's own leaves all have the handle 0. */
function keyOf({ node, message }: Pick<Placed, 'node'> & { message: Pick<TcMessage, 'handle' | 'parent'> }): string {
  return `${node} ${message.handle} ${message.parent}`;
}

function readQueues(socket: NetlinkSocket, ifindex: number, littleEndian: boolean, isWhole: IsWhole): DeviceDump {
  const qdiscs: TcMessage[] = [];
  const classes: TcMessage[] = [];
  const copyOf = (view: TcView, whole: boolean): TcMessage => (whole ? view.copy() : placeOf(view));
  eachQdisc(
    socket,
    (view) => {
      if (view.ifindex === ifindex) qdiscs.push(copyOf(view, isWhole('qdisc', view)));
    },
    () => {
      qdiscs.length = 0;
    },
  );
  eachClass(
    socket,
    ifindex,
    ALL_QDISCS,
    (view) => {
      if (view.ifindex === ifindex) classes.push(copyOf(view, isWhole('class', view)));
    },
    () => {
      classes.length = 0;
    },
  );
  return { littleEndian, qdiscs, classes, filters: new Map() };
}

function placeOf({ ifindex, handle, parent, info, kind }: TcView): TcMessage {
  return { ifindex, handle, parent, info, kind };
}

function withFilters(socket: NetlinkSocket, ifindex: number, dump: DeviceDump): DeviceDump {
  const parents = [...trees().filterParents(dump.qdiscs, dump.classes)];
  return { ...dump, filters: new Map(parents.map((parent) => [parent, dumpFilters(socket, ifindex, parent)])) };
}
