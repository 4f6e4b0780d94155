/** Filters, made, changed, told and deleted as net/sched/cls_api.c and the classifiers do it. */
import { Reader } from '../../src/lib/bytes.ts';
import { NLM_F } from '../../src/uapi/netlink.ts';
import { RTM, RTNLGRP } from '../../src/uapi/rtnetlink.ts';
import { TCA_ACT, TCA_BPF, TCA_MATCHALL, TCA_MIRRED, TCA_U32 } from '../../src/uapi/tc.ts';
import { eachAttribute } from '../../src/wire/nla.ts';
import { bpfOptions, filterBodies } from './messages.ts';
import { type Answer, type FakeDevice, type FakeFilter, type KernelState, Refused } from './state.ts';
import { readTc } from './tc_request.ts';

export function getFilters(state: KernelState, payload: Reader): Answer[] {
  const { device, parent } = readTc(state, payload);
  return device.filters
    .filter((filter) => filter.parent === parent)
    .flatMap((filter) => filterBodies(device, filter, state))
    .map((body) => ({ type: RTM.NEWTFILTER, body }));
}

const MATCHALL_HANDLE = 1;
const FIRST_U32_HANDLE = 0x80000800;

export function newFilter(state: KernelState, flags: number, payload: Reader): Answer[] {
  const { device, parent, info, kind = '', handle, options = new Uint8Array() } = readTc(state, payload);
  if (device.hook === undefined) throw new Refused('EINVAL', "Parent Qdisc doesn't exists");
  if (!state.filterKinds.has(kind)) throw new Refused('ENOENT', 'TC classifier not found');
  const same = device.filters.filter((filter) => filter.parent === parent && filter.info === info);
  if (same.some((filter) => filter.kind !== kind)) throw new Refused('EINVAL', 'Specified filter kind does not match');
  const existing = kind === 'bpf' ? same.find((filter) => filter.handle === handle) : undefined;
  if ((kind === 'matchall' && same.length > 0) || (existing !== undefined && (flags & NLM_F.EXCL) !== 0)) {
    throw new Refused('EEXIST');
  }
  if (existing === undefined && (flags & NLM_F.CREATE) === 0) {
    throw new Refused('ENOENT', 'Need both RTM_NEWTFILTER and NLM_F_CREATE');
  }
  const filter = createFilter(state, kind, { parent, info, handle: handleOf(kind, handle, same.length) }, options);
  if (existing === undefined) device.filters.push(filter);
  else device.filters = device.filters.map((other) => (other === existing ? filter : other));
  announceFilter(state, device, filter, RTM.NEWTFILTER);
  return [];
}

function handleOf(kind: string, asked: number, others: number): number {
  if (kind === 'matchall') return MATCHALL_HANDLE;
  return kind === 'bpf' && asked !== 0 ? asked : FIRST_U32_HANDLE + others;
}

function createFilter(
  state: KernelState,
  kind: string,
  place: Pick<FakeFilter, 'parent' | 'info' | 'handle'>,
  options: Uint8Array,
): FakeFilter {
  const { littleEndian } = state;
  if (kind === 'bpf') {
    const programId = state.bpf.programId(programDescriptor(options, littleEndian));
    // cls_bpf_prog_from_efd
    if (programId === undefined) throw new Refused('EINVAL');
    return { ...place, kind, programId, options: bpfOptions(options, programId, littleEndian), targetAt: undefined };
  }
  const targetAt = redirectTarget(kind, options, littleEndian);
  if (targetAt !== undefined) state.device(new DataView(options.buffer).getUint32(targetAt, littleEndian));
  return { ...place, kind, options, targetAt, programId: undefined };
}

function announceFilter(state: KernelState, device: FakeDevice, filter: FakeFilter, type: number): void {
  for (const body of filterBodies(device, filter, state).slice(-1)) state.announce(RTNLGRP.TC, type, body);
}

function programDescriptor(options: Uint8Array, littleEndian: boolean): number {
  let fd = -1;
  eachAttribute(new Reader(options, littleEndian), (type, value) => {
    if (type === TCA_BPF.FD) fd = value.u32();
  });
  return fd;
}

/** Where in the options the index of a mirred's device stands. */
function redirectTarget(kind: string, options: Uint8Array, littleEndian: boolean): number | undefined {
  let at: number | undefined;
  eachAttribute(new Reader(options, littleEndian), (type, list) => {
    if (type !== (kind === 'u32' ? TCA_U32.ACT : TCA_MATCHALL.ACT)) return;
    eachAttribute(list, (_order, action) => {
      eachAttribute(action, (part, value) => {
        if (part !== TCA_ACT.OPTIONS) return;
        eachAttribute(value, (option, parameters) => {
          // struct tc_mirred ends with eaction and ifindex.
          if (option === TCA_MIRRED.PARMS && parameters.remaining === 28) at = parameters.pos + 24;
        });
      });
    });
  });
  return at;
}

export function deleteFilter(state: KernelState, payload: Reader): Answer[] {
  const { device, parent, info, handle, kind } = readTc(state, payload);
  const isMeant = (filter: (typeof device.filters)[number]): boolean =>
    filter.parent === parent &&
    (info === 0 || filter.info === info) &&
    (kind === undefined || filter.kind === kind) &&
    (handle === 0 || filter.handle === handle);
  const gone = device.filters.filter(isMeant);
  if (gone.length === 0) throw new Refused('ENOENT', 'Cannot find specified filter chain');
  device.filters = device.filters.filter((filter) => !isMeant(filter));
  for (const filter of gone) announceFilter(state, device, filter, RTM.DELTFILTER);
  return [];
}
