/**
 * bpf(2), typed: one function a command, which throws a KernelError when it is refused. The layouts are those of union bpf_attr and
 * of the structs bpf_*_info in linux/bpf.h; they are the same on every CPU but for the byte order.
 *
 * The kernel writes as many bytes into a buffer as its own idea of a map's key and value says: a map that was not made here is
 * checked against its definition (`mapInfo`) before it is read.
 */
import type { Host, PointerPatch } from '../host/host.ts';
import { checked, KernelError, refusalOf } from '../host/refusal.ts';
import { Reader, Writer } from '../lib/bytes.ts';
import { encodeUtf8 } from '../lib/utf8.ts';
import { BPF, BPF_ATTACH_TYPE, BPF_CMD, BPF_PROG_TYPE } from '../uapi/bpf.ts';
import { decodeText } from '../wire/nla.ts';
import type { MapDefinition } from './layout_gen.ts';
import { callForPin, openPinned } from './pinned_object.ts';

/** What this layer needs of the machine. */
export type BpfHost = Pick<
  Host,
  | 'bpf'
  | 'close'
  | 'environment'
  | 'errno'
  | 'errorText'
  | 'littleEndian'
  | 'mkdir'
  | 'monotonicMs'
  | 'poll'
  | 'readDirectory'
  | 'readFile'
  | 'rename'
  | 'rmdir'
  | 'unlink'
>;

export interface LinkInfo {
  readonly programId: number;
  /** 0 when the device is gone. */
  readonly ifindex: number;
}

export interface ProgramToLoad {
  readonly name: string;
  readonly type: BPF_PROG_TYPE;
  readonly flags: number;
  readonly instructions: Uint8Array;
  readonly license: string;
}

/** As much as is wanted of any struct bpf_*_info; the kernel fills in no more than that. */
const INFO_BYTES = 40;
const LOG_BYTES = 256 << 10;
const LOG_LINES = 8;
/** Where union bpf_attr has its addresses. */
const INFO_AT = 8;
const INSTRUCTIONS_AT = 8;
const LICENSE_AT = 16;
const LOG_AT = 32;

export class BpfCalls {
  readonly host: BpfHost;

  constructor(host: BpfHost) {
    this.host = host;
  }

  private check(result: number, operation: string, path: string): number {
    return checked(this.host, result, operation, path);
  }

  /** A descriptor. @throws KernelError */
  createMap(name: string, { type, keyBytes, valueBytes, maxEntries, flags }: MapDefinition): number {
    const w = this.attributes();
    for (const value of [type, keyBytes, valueBytes, maxEntries, flags, 0, 0]) w.u32(value); // inner_map_fd, numa_node
    putName(w, name);
    return this.check(this.host.bpf(BPF_CMD.MAP_CREATE, w.bytes()), 'create', `map ${name}`);
  }

  /**
   * A descriptor. A refusal carries the end of what the verifier says.
   *
   * @throws KernelError
   */
  loadProgram(program: ProgramToLoad): number {
    const loaded = this.tryLoad(program, new Uint8Array());
    if (loaded >= 0) return loaded;
    const log = new Uint8Array(LOG_BYTES);
    const again = this.tryLoad(program, log);
    if (again >= 0) return again;
    const refusal = refusalOf(this.host, -loaded);
    const lines = decodeText(log, 0, log.length).trimEnd().split('\n').slice(-LOG_LINES);
    // In one line, as all that goes into a log.
    const said = lines.join(' | ');
    throw new KernelError(said === '' ? refusal : { ...refusal, extack: said }, 'load', `program ${program.name}`);
  }

  private tryLoad(program: ProgramToLoad, log: Uint8Array): number {
    const { name, type, flags, instructions, license } = program;
    const w = this.attributes();
    w.u32(type);
    w.u32(instructions.length / 8);
    w.zeros(16); // insns, license
    w.u32(log.length > 0 ? 1 : 0); // log_level
    w.u32(log.length);
    w.zeros(8); // log_buf
    w.u32(0); // kern_version
    w.u32(flags);
    putName(w, name);
    w.u32(0); // prog_ifindex
    w.u32(type === BPF_PROG_TYPE.XDP ? BPF_ATTACH_TYPE.XDP : 0);
    return this.host.bpf(BPF_CMD.PROG_LOAD, w.bytes(), [
      [INSTRUCTIONS_AT, instructions],
      [LICENSE_AT, encodeUtf8(`${license}\0`)],
      ...(log.length > 0 ? [[LOG_AT, log] as const] : []),
    ]);
  }

  /** @throws KernelError */
  pin(fd: number, path: string): void {
    this.check(callForPin(this.host, BPF_CMD.OBJ_PIN, path, fd), 'pin', path);
  }

  /** A descriptor of what is pinned there, or undefined where nothing is. @throws KernelError */
  open(path: string): number | undefined {
    return openPinned(this.host, path);
  }

  /** What the map of that descriptor was created with. @throws KernelError */
  mapInfo(fd: number, name: string): MapDefinition {
    const r = this.info(fd, `map ${name}`);
    const [type, , keyBytes, valueBytes, maxEntries, flags] = [r.u32(), r.u32(), r.u32(), r.u32(), r.u32(), r.u32()];
    return { type, keyBytes, valueBytes, maxEntries, flags };
  }

  /** The number by which the kernel and all tools know it. @throws KernelError */
  programId(fd: number, name: string): number {
    const r = this.info(fd, `program ${name}`);
    r.u32(); // type
    return r.u32();
  }

  /** Of a link to XDP. @throws KernelError */
  linkInfo(fd: number, path: string): LinkInfo {
    const r = this.info(fd, path);
    r.take(8); // type, id
    const programId = r.u32();
    r.u32(); // the union that follows is aligned to 8
    return { programId, ifindex: r.u32() };
  }

  private info(fd: number, path: string): Reader {
    const info = new Uint8Array(INFO_BYTES);
    const w = this.attributes();
    w.u32(fd);
    w.u32(INFO_BYTES);
    w.zeros(8);
    this.check(this.host.bpf(BPF_CMD.OBJ_GET_INFO_BY_FD, w.bytes(), [[INFO_AT, info]]), 'look at', path);
    return new Reader(info, this.host.littleEndian);
  }

  /** A descriptor; the program is detached when the last one is closed and no pin is left. @throws KernelError */
  createXdpLink(program: number, ifindex: number, flags: number, path: string): number {
    return this.words(BPF_CMD.LINK_CREATE, [program, ifindex, BPF_ATTACH_TYPE.XDP, flags], 'attach', path);
  }

  /** Puts another program in the place of the link's: each frame sees the one or the other. @throws KernelError */
  updateLink(link: number, program: number, path: string): void {
    this.words(BPF_CMD.LINK_UPDATE, [link, program, 0, 0], 'replace', path);
  }

  /** Detaches at once, whoever else holds the link. @throws KernelError */
  detachLink(link: number, path: string): void {
    this.words(BPF_CMD.LINK_DETACH, [link], 'detach', path);
  }

  private words(command: BPF_CMD, values: readonly number[], operation: string, path: string): number {
    const w = this.attributes();
    for (const value of values) w.u32(value);
    return this.check(this.host.bpf(command, w.bytes()), operation, path);
  }

  /** Of one of BPF_MAP_*_ELEM, for many calls. */
  element(fd: number, pointers: readonly PointerPatch[]): (command: BPF_CMD) => number {
    const w = this.attributes();
    w.u32(fd);
    w.zeros(28); // key, value, flags
    const attributes = w.bytes();
    return (command) => this.host.bpf(command, attributes, pointers);
  }

  private attributes(): Writer {
    return new Writer(this.host.littleEndian, 128);
  }
}

/** At most BPF_OBJ_NAME_LEN with the NUL; names are for tools, so that one that is too long is cut. */
function putName(w: Writer, name: string): void {
  const bytes = encodeUtf8(name).subarray(0, BPF.OBJ_NAME_LEN - 1);
  w.raw(bytes);
  w.zeros(BPF.OBJ_NAME_LEN - bytes.length);
}
