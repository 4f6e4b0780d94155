/** BPF_OBJ_PIN and BPF_OBJ_GET of bpf(2): objects by the path of their pin, also those of others, which a filter names. */
import type { Host } from '../host/host.ts';
import { isThere } from '../host/refusal.ts';
import { Writer } from '../lib/bytes.ts';
import { encodeUtf8 } from '../lib/utf8.ts';
import { BPF_CMD } from '../uapi/bpf.ts';

type PinHost = Pick<Host, 'bpf' | 'errno' | 'errorText' | 'littleEndian'>;

/** Where union bpf_attr has the address of the path. */
const PATH_AT = 0;

/** A descriptor of what is pinned there, or undefined where nothing is. @throws KernelError */
export function openPinned(host: PinHost, path: string): number | undefined {
  const fd = callForPin(host, BPF_CMD.OBJ_GET, path, 0);
  return isThere(host, fd, 'open', path) ? fd : undefined;
}

/** One of the two commands; its result, or -errno. */
export function callForPin(
  host: PinHost,
  command: BPF_CMD.OBJ_PIN | BPF_CMD.OBJ_GET,
  path: string,
  fd: number,
): number {
  const w = new Writer(host.littleEndian, 16);
  w.zeros(8); // pathname
  w.u32(fd);
  w.u32(0); // file_flags
  return host.bpf(command, w.bytes(), [[PATH_AT, encodeUtf8(`${path}\0`)]]);
}
