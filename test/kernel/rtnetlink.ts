/** Requests of rtnetlink, answered as net/core/rtnetlink.c, net/sched/sch_api.c and cls_api.c answer them. */
import type { Reader } from '../../src/lib/bytes.ts';
import { IFF, IFLA, IFLA_INFO } from '../../src/uapi/if_link.ts';
import { NLM_F } from '../../src/uapi/netlink.ts';
import { RTM, RTNLGRP } from '../../src/uapi/rtnetlink.ts';
import { TC_H } from '../../src/uapi/tc.ts';
import { eachAttribute, text } from '../../src/wire/nla.ts';
import type { MessageHeader } from '../../src/wire/nlmsg.ts';
import { changeCake, newCake } from './cake.ts';
import { deleteFilter, getFilters, newFilter } from './filters.ts';
import { linkBody, qdiscBodies, qdiscBody } from './messages.ts';
import { type Answer, type FakeDevice, type FakeQdisc, type KernelState, Refused } from './state.ts';
import { readTc } from './tc_request.ts';

export function answerRtnetlink(state: KernelState, header: MessageHeader, payload: Reader): Answer[] {
  const isDump = (header.flags & NLM_F.DUMP) === NLM_F.DUMP;
  switch (header.type) {
    case RTM.GETLINK:
      return getLink(state, payload, isDump);
    case RTM.NEWLINK:
      return newLink(state, payload);
    case RTM.SETLINK:
      return setLink(state, payload);
    case RTM.DELLINK:
      return deleteLink(state, payload);
    case RTM.GETQDISC:
      return [...state.devices.values()].flatMap(qdiscBodies).map((body) => ({ type: RTM.NEWQDISC, body }));
    case RTM.NEWQDISC:
      return newQdisc(state, header.flags, payload);
    case RTM.DELQDISC:
      return deleteQdisc(state, payload);
    case RTM.GETTCLASS:
      // No kind that it knows has any.
      return [];
    case RTM.GETTFILTER:
      return getFilters(state, payload);
    case RTM.NEWTFILTER:
      return newFilter(state, header.flags, payload);
    case RTM.DELTFILTER:
      return deleteFilter(state, payload);
  }
  throw new Refused('EOPNOTSUPP');
}

// ---- Devices ----

interface LinkRequest {
  readonly ifindex: number;
  readonly flags: number;
  readonly change: number;
  readonly name: string | undefined;
  readonly alias: string | undefined;
  readonly group: number;
  readonly queues: readonly [tx: number, rx: number];
  readonly kind: string | undefined;
}

function readLink(payload: Reader): LinkRequest {
  payload.take(4);
  const [ifindex, flags, change] = [payload.s32(), payload.u32(), payload.u32()];
  let [name, alias, kind]: (string | undefined)[] = [];
  let [group, tx, rx] = [0, 1, 1];
  eachAttribute(payload, (type, value) => {
    if (type === IFLA.IFNAME) name = text.decode(value);
    if (type === IFLA.IFALIAS) alias = text.decode(value);
    if (type === IFLA.GROUP) group = value.u32();
    if (type === IFLA.NUM_TX_QUEUES) tx = value.u32();
    if (type === IFLA.NUM_RX_QUEUES) rx = value.u32();
    if (type !== IFLA.LINKINFO) return;
    eachAttribute(value, (infoType, info) => {
      if (infoType === IFLA_INFO.KIND) kind = text.decode(info);
    });
  });
  return { ifindex, flags, change, name, alias, group, queues: [tx, rx], kind };
}

function linkOf(state: KernelState, { ifindex, name }: LinkRequest): FakeDevice {
  const device = ifindex > 0 ? state.devices.get(ifindex) : state.find(name ?? '');
  if (device === undefined) throw new Refused('ENODEV');
  return device;
}

function getLink(state: KernelState, payload: Reader, isDump: boolean): Answer[] {
  const devices = isDump ? [...state.devices.values()] : [linkOf(state, readLink(payload))];
  return devices.map((device) => ({ type: RTM.NEWLINK, body: linkBody(device, state) }));
}

function newLink(state: KernelState, payload: Reader): Answer[] {
  const { name, kind, group, flags, queues } = readLink(payload);
  if (name === undefined || name === '' || name.length > 15) throw new Refused('EINVAL');
  if (state.find(name) !== undefined) throw new Refused('EEXIST');
  if (kind !== 'ifb' || !state.hasIfb) throw new Refused('EOPNOTSUPP', 'Unknown device type');
  const [txQueues, rxQueues] = queues;
  const device = state.addDevice({ name, kind, group, txQueues, rxQueues, up: (flags & IFF.UP) !== 0 });
  state.announce(RTNLGRP.LINK, RTM.NEWLINK, linkBody(device, state));
  return [];
}

function setLink(state: KernelState, payload: Reader): Answer[] {
  const request = readLink(payload);
  const device = linkOf(state, request);
  if (request.alias !== undefined) device.alias = request.alias;
  if ((request.change & IFF.UP) !== 0) device.up = (request.flags & IFF.UP) !== 0;
  if ((request.change & IFF.PROMISC) !== 0) device.promiscuous = (request.flags & IFF.PROMISC) !== 0;
  state.announce(RTNLGRP.LINK, RTM.NEWLINK, linkBody(device, state));
  return [];
}

function deleteLink(state: KernelState, payload: Reader): Answer[] {
  const device = linkOf(state, readLink(payload));
  if (device.kind === undefined) throw new Refused('EOPNOTSUPP');
  state.removeDevice(device.ifindex);
  state.announce(RTNLGRP.LINK, RTM.DELLINK, linkBody(device, state));
  return [];
}

// ---- Qdiscs ----

/** What stands at the parent; the default qdisc, with its handle of 0, counts for nothing (tc_modify_qdisc). */
function qdiscAt(device: FakeDevice, parent: number): FakeQdisc | undefined {
  if (parent === TC_H.CLSACT) return device.hook;
  if (parent === TC_H.ROOT) return device.root;
  return device.children.find((child) => child.parent === parent);
}

function newQdisc(state: KernelState, flags: number, payload: Reader): Answer[] {
  const { device, handle, parent, kind, options } = readTc(state, payload);
  const isHook = parent === TC_H.CLSACT;
  const found = qdiscAt(device, parent);
  if (found !== undefined && (handle === 0 || found.handle === handle || isHook)) {
    if ((flags & NLM_F.EXCL) !== 0) throw new Refused('EEXIST', 'Exclusivity flag on, cannot modify');
    if (kind !== undefined && kind !== found.kind) throw new Refused('EINVAL', 'Invalid qdisc name');
    changeQdisc(state, found, options);
    state.announce(RTNLGRP.TC, RTM.NEWQDISC, qdiscBody(device, found));
    return [];
  }
  if (found !== undefined && (flags & NLM_F.REPLACE) === 0) {
    throw new Refused('EEXIST', 'NLM_F_REPLACE needed to override');
  }
  if ((flags & NLM_F.CREATE) === 0) {
    throw new Refused('ENOENT', 'Qdisc not found. To create specify NLM_F_CREATE flag');
  }
  const created = createQdisc(state, device, kind ?? '', handle, parent, options);
  if (isHook) device.hook = created;
  else if (parent === TC_H.ROOT) [device.root, device.children] = [created, []];
  else device.children = [...device.children.filter((child) => child.parent !== parent), created];
  state.announce(RTNLGRP.TC, RTM.NEWQDISC, qdiscBody(device, created));
  return [];
}

function createQdisc(
  state: KernelState,
  device: FakeDevice,
  kind: string,
  handle: number,
  parent: number,
  options: Uint8Array | undefined,
): FakeQdisc {
  if (!state.qdiscKinds.has(kind)) throw new Refused('ENOENT', 'Specified qdisc kind is unknown');
  if (parent === TC_H.CLSACT) return { kind, handle: 0xffff0000, parent };
  // The kernel gives its own handles from 8000: up.
  const own = handle === 0 ? 0x80010000 : handle;
  if (kind !== 'cake' && kind !== 'cake_mq') return { kind, handle: own, parent, raw: options ?? new Uint8Array() };
  if (kind === 'cake_mq' && device.txQueues < 2) throw new Refused('EOPNOTSUPP');
  const attributes = newCake(state.littleEndian);
  if (options !== undefined) changeCake(kind, attributes, options, state.littleEndian);
  return { kind, handle: own, parent, attributes };
}

function changeQdisc(state: KernelState, qdisc: FakeQdisc, options: Uint8Array | undefined): void {
  if (options === undefined) return;
  if (qdisc.attributes === undefined) throw new Refused('EOPNOTSUPP', 'Change operation not supported');
  changeCake(qdisc.kind, qdisc.attributes, options, state.littleEndian);
}

function deleteQdisc(state: KernelState, payload: Reader): Answer[] {
  const { device, handle, parent, kind } = readTc(state, payload);
  const found = qdiscAt(device, parent);
  if (found === undefined) throw new Refused('ENOENT', 'Cannot delete qdisc with handle of zero');
  if (handle !== 0 && found.handle !== handle) throw new Refused('EINVAL', 'Invalid handle');
  if (kind !== undefined && found.kind !== kind) throw new Refused('EINVAL', 'Invalid qdisc name');
  if (parent === TC_H.CLSACT) [device.hook, device.filters] = [undefined, []];
  else if (parent === TC_H.ROOT) [device.root, device.children] = [undefined, []];
  else device.children = device.children.filter((child) => child !== found);
  state.announce(RTNLGRP.TC, RTM.DELQDISC, qdiscBody(device, found));
  return [];
}
