/** The machine itself: system calls through native/*.c. Only text is converted here; all else goes straight through. */
import * as native from 'weir:native';
import { decodeUtf8, encodeUtf8 } from '../lib/utf8.ts';
import type { Host } from './host.ts';

const NUL = 0;

/** The texts in `bytes`, each ended by a NUL. */
function splitNames(bytes: Uint8Array): string[] {
  const names: string[] = [];
  let start = 0;
  for (let end = bytes.indexOf(NUL); end >= 0; end = bytes.indexOf(NUL, start)) {
    names.push(decodeUtf8(bytes, start, end));
    start = end + 1;
  }
  return names;
}

export const host: Host = {
  littleEndian: native.littleEndian === 1,
  pointerBytes: native.pointerBytes,
  constants: native.constants,
  errno: native.errno,
  unusedCalls: native.unusedCalls,
  auditArch: native.auditArch,
  args: native.args().map((argument) => decodeUtf8(argument)),

  environment(name) {
    const value = native.environment(encodeUtf8(name));
    return value === undefined ? undefined : decodeUtf8(value);
  },
  errorText: native.errorText,
  encodeText: native.encodeText,

  socket: native.socket,
  bind: native.bind,
  connect: native.connect,
  listen: native.listen,
  accept: native.accept,
  getsockname: native.getsockname,
  getsockopt: native.getsockopt,
  setsockopt: native.setsockopt,
  send: native.send,
  recv: native.recv,
  sendDescriptor: native.sendDescriptor,
  recvDescriptor: native.recvDescriptor,
  ioctl: native.ioctl,
  bpf: native.bpf,
  poll: native.poll,

  read: native.read,
  write: native.write,
  open: (path, flags, mode) => native.open(encodeUtf8(path), flags, mode),
  close: native.close,
  fsync: native.fsync,
  fstat: native.fstat,
  flock: native.flock,
  rename: (from, to) => native.rename(encodeUtf8(from), encodeUtf8(to)),
  unlink: (path) => native.unlink(encodeUtf8(path)),
  mkdir: (path, mode) => native.mkdir(encodeUtf8(path), mode),
  rmdir: (path) => native.rmdir(encodeUtf8(path)),
  chmod: (path, mode) => native.chmod(encodeUtf8(path), mode),
  readLink(path) {
    const target = native.readLink(encodeUtf8(path));
    return typeof target === 'number' ? target : decodeUtf8(target);
  },
  readDirectory(path) {
    const names = native.readDirectory(encodeUtf8(path));
    return typeof names === 'number' ? names : splitNames(names);
  },
  readFile: (path, limitBytes) => native.readFile(encodeUtf8(path), limitBytes),
  commonBytes: native.commonBytes,
  isTerminal: native.isTerminal,

  signalfd: native.signalfd,
  kill: native.kill,
  processId: native.processId,
  userId: native.userId,
  prctl: native.prctl,
  capget: native.capget,
  capset: native.capset,
  seccomp: native.seccomp,
  monotonicMs: native.monotonicMs,
  realtimeMs: native.realtimeMs,
  memoryUse: native.memoryUse,
  exit: native.exit,
  exitCode: native.exitCode,
  run: native.run,
};
