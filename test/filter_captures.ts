/** Filters in captures: what tc(8) sent, and what kernels showed after it. */
import type { KernelNames } from '../src/tc/action/list.ts';
import { decodeFilterOptions, type FilterFound, type FilterKind, isFilter } from '../src/tc/filter/kind.ts';
import { filterKind } from '../src/tc/filter/registry.ts';
import { decodeFilterInfo, type TcMessage } from '../src/wire/tcmsg.ts';
import { type Capture, decodeCapturedTc } from './captures.ts';

/** Devices of the recorded machines; the little-endian kernels come up with some of their own before them. */
const DEVICES: Readonly<Record<'little' | 'big', Readonly<Record<string, number>>>> = {
  little: { v0: 7, v2: 9, ifb4v0: 10 },
  big: { v0: 3, v2: 5, ifb4v0: 6 },
};

/** For a machine that is recorded. */
export function namesOf({ littleEndian }: Capture): KernelNames {
  const devices = littleEndian ? DEVICES.little : DEVICES.big;
  return {
    ifindexOf: (device) => devices[device] ?? 0,
    deviceOf: (ifindex) => Object.keys(devices).find((name) => devices[name] === ifindex),
    programFdOf: () => PROGRAM_FD,
  };
}

/** Of the program that tc opened. */
const PROGRAM_FD = 7;

/** A filter that a command sent, or that a kernel showed after it. */
export interface FilterMessage {
  readonly capture: Capture;
  readonly command: string;
  readonly kind: FilterKind;
  readonly handle: number;
  readonly etherType: number;
  readonly options: Uint8Array;
}

/** The filters in the records of some kinds, by what the head of a capture calls these. */
export function filtersIn(capture: Capture, kinds: readonly string[]): FilterMessage[] {
  const records = capture.records.filter(({ kind }) => kinds.includes(kind));
  return records.flatMap(({ kind: record, command, messages }) =>
    // What follows a refused request is the error.
    (record === 'refused' ? messages.slice(0, 1) : messages).flatMap((bytes): FilterMessage[] => {
      const { handle, info, kind: name, options }: TcMessage = decodeCapturedTc(capture, bytes);
      const kind = filterKind(name);
      const isOther = kind === undefined || options === undefined || options.length === 0;
      if (isOther || (record.startsWith('dump') && !isFilter(name, handle))) return [];
      const { etherType } = decodeFilterInfo(info, capture.littleEndian);
      return [{ capture, command, kind, handle, etherType, options }];
    }),
  );
}

export const decodeFilter = ({ kind, options, capture, handle }: FilterMessage): FilterFound =>
  decodeFilterOptions(kind, options, capture.littleEndian, handle, namesOf(capture));
