/** Reads a recording of record.ts, and plays the kernel's part of it to whoever says exactly what was said then. */
import { readFileSync } from 'node:fs';
import { FAKE_CONSTANTS, FAKE_ERRNO } from '../../src/host/fake_numbers.ts';
import type { NetlinkHost } from '../../src/net/netlink.ts';

type Entry =
  | { readonly kind: 'port' | 'sent' | 'received'; readonly bytes: Uint8Array }
  | {
      readonly kind: 'ioctl';
      readonly ifreq: Uint8Array;
      readonly asked: Uint8Array;
      readonly answered: Uint8Array;
      readonly result: number;
    };

export interface Recording {
  readonly littleEndian: boolean;
  readonly entries: readonly Entry[];
}

/** Bytes of hexadecimal digits. */
export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

export function toHex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function readRecording(path: string): Recording {
  const lines = readFileSync(path, 'utf8').split('\n');
  const entries = lines.flatMap((line): Entry[] => {
    const [mark, first = '', second = '', third = '', fourth = ''] = line.split(' ');
    if (mark === 'port') return [{ kind: 'port', bytes: fromHex(first) }];
    if (mark === '>') return [{ kind: 'sent', bytes: fromHex(first) }];
    if (mark === '<') return [{ kind: 'received', bytes: fromHex(first) }];
    if (mark !== 'ioctl') return [];
    const ioctl = { ifreq: fromHex(first), asked: fromHex(second), answered: fromHex(third), result: Number(fourth) };
    return [{ kind: 'ioctl', ...ioctl }];
  });
  return { littleEndian: lines.includes('# byte order: little'), entries };
}

/** The datagrams that the kernel sent in a recording. */
export function receivedIn(recording: Recording): Uint8Array[] {
  return recording.entries.flatMap((entry) => (entry.kind === 'received' ? [entry.bytes] : []));
}

/** A host that gives the recorded answers in the recorded order and throws at any other question than the recorded one. */
export class ReplayHost implements NetlinkHost {
  readonly littleEndian: boolean;
  // x86 and s390x, where the recordings come from, agree on the numbers.
  readonly constants = FAKE_CONSTANTS;
  readonly errno = FAKE_ERRNO;
  private readonly entries: readonly Entry[];
  private next = 0;

  constructor(recording: Recording) {
    this.littleEndian = recording.littleEndian;
    this.entries = recording.entries;
  }

  /** Entries that nobody asked for. */
  get left(): number {
    return this.entries.length - this.next;
  }

  // As properties, since a program may spread the host into one of its own.
  errorText = (errno: number): string => `error ${errno}`;
  socket = (): number => 3;
  bind = (): number => 0;
  connect = (): number => 0;
  close = (): number => 0;
  setsockopt = (): number => 0;
  getsockopt = (): number => -(FAKE_ERRNO.EOPNOTSUPP ?? 0);
  poll = (): number => 0;

  getsockname = (_fd: number, address: Uint8Array): number => {
    address.set(this.take('port').bytes);
    return address.length;
  };

  send = (_fd: number, bytes: Uint8Array, offset: number, length: number): number => {
    this.expect(this.take('sent').bytes, bytes.subarray(offset, offset + length));
    return length;
  };

  recv = (_fd: number, bytes: Uint8Array, offset: number, length: number, flags: number): number => {
    const entry = this.entries[this.next];
    if (entry?.kind !== 'received') return -(FAKE_ERRNO.EAGAIN ?? 0);
    if ((flags & FAKE_CONSTANTS.MSG_PEEK) === 0) this.next++;
    bytes.set(entry.bytes.subarray(0, length), offset);
    return (flags & FAKE_CONSTANTS.MSG_TRUNC) === 0 ? Math.min(length, entry.bytes.length) : entry.bytes.length;
  };

  ioctl: NetlinkHost['ioctl'] = (_fd, _request, ifreq, pointers) => {
    const entry = this.take('ioctl');
    const data = pointers?.[0]?.[1] ?? new Uint8Array();
    this.expect(entry.ifreq, ifreq);
    this.expect(entry.asked, data);
    data.set(entry.answered);
    return entry.result;
  };

  private take<Kind extends Entry['kind']>(kind: Kind): Entry & { kind: Kind } {
    const entry = this.entries[this.next++];
    if (!isKind(entry, kind)) throw new Error(`entry ${this.next} is ${entry?.kind ?? 'the end'}, not ${kind}`);
    return entry;
  }

  private expect(recorded: Uint8Array, said: Uint8Array): void {
    const [was, is] = [toHex(recorded), toHex(said)];
    if (was !== is) throw new Error(`entry ${this.next}: recorded\n${was}\nbut said\n${is}`);
  }
}

function isKind<Kind extends Entry['kind']>(entry: Entry | undefined, kind: Kind): entry is Entry & { kind: Kind } {
  return entry?.kind === kind;
}
