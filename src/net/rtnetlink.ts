/** Lists and events of rtnetlink, decoded. */
import type { Reader } from '../lib/bytes.ts';
import { RTM, RTNLGRP } from '../uapi/rtnetlink.ts';
import { decodeLink, type LinkMessage, linkDump } from '../wire/link.ts';
import type { Request } from '../wire/nlmsg.ts';
import { classDump, decodeTc, filterDump, qdiscDump, type TcMessage } from '../wire/tcmsg.ts';
import { TcView } from '../wire/tcview.ts';
import type { NetlinkSocket, OnMessage } from './netlink.ts';

/** All devices. @throws KernelError */
export function dumpLinks(socket: NetlinkSocket): LinkMessage[] {
  return collect(socket, 'list devices', linkDump(), RTM.NEWLINK, decodeLink);
}

/** The qdiscs of one device or of all. @throws KernelError */
export function dumpQdiscs(socket: NetlinkSocket, ifindex?: number): TcMessage[] {
  const list = collect(socket, 'list qdiscs', qdiscDump(), RTM.NEWQDISC, tcDecoder());
  return ifindex === undefined ? list : list.filter((qdisc) => qdisc.ifindex === ifindex);
}

/** The classes of a device; with `parent`, those of the qdisc with that handle. @throws KernelError */
export function dumpClasses(socket: NetlinkSocket, ifindex: number, parent = 0): TcMessage[] {
  return collect(socket, 'list classes', classDump(ifindex, parent), RTM.NEWTCLASS, tcDecoder());
}

/** The filters below a qdisc or class; none where there is no such qdisc. @throws KernelError */
export function dumpFilters(socket: NetlinkSocket, ifindex: number, parent: number): TcMessage[] {
  return collect(socket, 'list filters', filterDump(ifindex, parent), RTM.NEWTFILTER, tcDecoder());
}

/**
 * Shows each qdisc in turn, without an object for each: for thousands. The view is valid during the call.
 *
 * @throws KernelError
 */
export function eachQdisc(socket: NetlinkSocket, visit: (qdisc: TcView) => void, onStart: () => void): void {
  each(socket, 'list qdiscs', qdiscDump(), RTM.NEWQDISC, visit, onStart);
}

/** As {@link eachQdisc}, the classes of the qdisc with the handle `parent`, or with 0 of all on the device; none where there is no such qdisc. @throws KernelError */
export function eachClass(
  socket: NetlinkSocket,
  ifindex: number,
  parent: number,
  visit: (one: TcView) => void,
  onStart: () => void,
): void {
  each(socket, 'list classes', classDump(ifindex, parent), RTM.NEWTCLASS, visit, onStart);
}

function each(
  socket: NetlinkSocket,
  operation: string,
  request: Request,
  type: number,
  visit: (message: TcView) => void,
  onStart: () => void,
): void {
  const view = new TcView();
  const onMessage: OnMessage = (header, payload) => {
    if (header.type === type) visit(view.read(payload));
  };
  socket.dump(operation, request, onMessage, onStart);
}

function tcDecoder(): (payload: Reader) => TcMessage {
  const view = new TcView();
  return (payload) => view.read(payload).copy();
}

function collect<T>(
  socket: NetlinkSocket,
  operation: string,
  request: Request,
  type: number,
  decode: (payload: Reader) => T | undefined,
): T[] {
  let list: T[] = [];
  socket.dump(
    operation,
    request,
    (header, payload) => {
      if (header.type !== type) return;
      const item = decode(payload);
      if (item !== undefined) list.push(item);
    },
    () => {
      list = [];
    },
  );
  return list;
}

/** Something that happened to a device or to what hangs on it. */
export type NetworkEvent =
  | { readonly what: 'link'; readonly gone: boolean; readonly link: LinkMessage }
  | { readonly what: 'qdisc' | 'class' | 'filter'; readonly gone: boolean; readonly tc: TcMessage };

/** The groups that {@link receiveNetworkEvents} reads from. */
export const EVENT_GROUPS: readonly number[] = [RTNLGRP.LINK, RTNLGRP.TC];

/**
 * Hands over the events that have come, decoded; see {@link NetlinkSocket.receiveEvents}. What goes with its parent is not
 * announced: neither the qdiscs of a deleted device nor those below a deleted qdisc.
 *
 * @param ownPort leaves out what was asked for from the socket with this port: the kernel writes it into what it announces of
 *   qdiscs, classes and filters (net/sched/sch_api.c: qdisc_notify)
 */
export function receiveNetworkEvents(
  socket: NetlinkSocket,
  onEvent: (event: NetworkEvent) => void,
  ownPort = 0,
): 'drained' | 'more' | 'overrun' {
  return socket.receiveEvents((header, payload) => {
    if (header.portId === ownPort && ownPort !== 0) return;
    switch (header.type) {
      case RTM.NEWLINK:
      case RTM.DELLINK: {
        const link = decodeLink(payload);
        if (link !== undefined) onEvent({ what: 'link', gone: header.type === RTM.DELLINK, link });
        break;
      }
      case RTM.NEWQDISC:
      case RTM.DELQDISC:
        onEvent({ what: 'qdisc', gone: header.type === RTM.DELQDISC, tc: decodeTc(payload) });
        break;
      case RTM.NEWTCLASS:
      case RTM.DELTCLASS:
        onEvent({ what: 'class', gone: header.type === RTM.DELTCLASS, tc: decodeTc(payload) });
        break;
      case RTM.NEWTFILTER:
      case RTM.DELTFILTER:
        onEvent({ what: 'filter', gone: header.type === RTM.DELTFILTER, tc: decodeTc(payload) });
        break;
    }
  });
}
