/** What native/*.c exports; native.ts gives it the shape of a Host. Paths and names are bytes. */
declare module 'weir:native' {
  import type { Host, HostConstants, PointerPatch } from '../host.ts';

  export const constants: HostConstants;
  export const errno: Readonly<Record<string, number>>;
  export const unusedCalls: Host['unusedCalls'];
  export const auditArch: number;
  /** 1 or 0 */
  export const littleEndian: number;
  export const pointerBytes: number;

  export const socket: Host['socket'];
  export const bind: Host['bind'];
  export const connect: Host['connect'];
  export const listen: Host['listen'];
  export const accept: Host['accept'];
  export const getsockname: Host['getsockname'];
  export const getsockopt: Host['getsockopt'];
  export const setsockopt: Host['setsockopt'];
  export const send: Host['send'];
  export const recv: Host['recv'];
  export const sendDescriptor: Host['sendDescriptor'];
  export const recvDescriptor: Host['recvDescriptor'];
  export function ioctl(fd: number, request: number, argument: Uint8Array, pointers?: readonly PointerPatch[]): number;
  export const bpf: Host['bpf'];
  export const poll: Host['poll'];

  export const read: Host['read'];
  export const write: Host['write'];
  export function open(path: Uint8Array, flags: number, mode: number): number;
  export const close: Host['close'];
  export const fsync: Host['fsync'];
  export const fstat: Host['fstat'];
  export const flock: Host['flock'];
  export function rename(from: Uint8Array, to: Uint8Array): number;
  export function unlink(path: Uint8Array): number;
  export function mkdir(path: Uint8Array, mode: number): number;
  export function rmdir(path: Uint8Array): number;
  export function chmod(path: Uint8Array, mode: number): number;
  export function readLink(path: Uint8Array): Uint8Array | number;
  /** Each name ended by a NUL. */
  export function readDirectory(path: Uint8Array): Uint8Array | number;
  export function readFile(path: Uint8Array, limitBytes: number): Uint8Array | number;
  export const commonBytes: Host['commonBytes'];
  export const isTerminal: Host['isTerminal'];

  export function args(): Uint8Array[];
  export const encodeText: Host['encodeText'];
  export function environment(name: Uint8Array): Uint8Array | undefined;
  export const errorText: Host['errorText'];
  export const signalfd: Host['signalfd'];
  export const kill: Host['kill'];
  export const processId: Host['processId'];
  export const userId: Host['userId'];
  export const prctl: Host['prctl'];
  export const capget: Host['capget'];
  export const capset: Host['capset'];
  export const seccomp: Host['seccomp'];
  export const monotonicMs: Host['monotonicMs'];
  export const realtimeMs: Host['realtimeMs'];
  export const memoryUse: Host['memoryUse'];
  export const exit: Host['exit'];
  export const exitCode: Host['exitCode'];
  export const run: Host['run'];

  /**
   * The exports of a part of the program, by the name of its module (`commands.js`); the first call evaluates it. Called by what the
   * bundler puts in place of src/parts. @throws Error, naming the part, where there is none or it cannot be loaded.
   */
  export function loadPart(module: string): object;
  /** Whether the part could be loaded: `there`, or what is wrong with its file; see chunks.h. @throws RangeError where there is no such part. */
  export function partFile(module: string): string;
}
