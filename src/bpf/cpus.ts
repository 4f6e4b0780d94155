/** How many CPUs the kernel is prepared for: maps with a value for each CPU have so many. */
import { KernelError, refusalNamed, refusalOf } from '../host/refusal.ts';
import { type CpuList, parseCpuList } from '../lib/cpu_list.ts';
import { decodeUtf8 } from '../lib/utf8.ts';
import type { BpfHost } from './calls.ts';

const POSSIBLE = '/sys/devices/system/cpu/possible';
const LIMIT_BYTES = 4096;

/**
 * A wrong number would let the kernel write past a buffer: what is not understood is an error.
 *
 * @throws KernelError
 */
export function possibleCpus(host: BpfHost): CpuList {
  const content = host.readFile(POSSIBLE, LIMIT_BYTES);
  if (typeof content === 'number') throw new KernelError(refusalOf(host, -content), 'read', POSSIBLE);
  const cpus = parseCpuList(decodeUtf8(content));
  if (cpus === undefined) throw new KernelError(refusalNamed(host, 'EINVAL'), 'read', POSSIBLE);
  return cpus;
}
