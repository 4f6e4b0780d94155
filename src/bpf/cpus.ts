/** How many CPUs the kernel is prepared for: maps with a value for each CPU have so many. */
import { KernelError, refusalNamed, refusalOf } from '../host/refusal.ts';
import { decodeUtf8 } from '../lib/utf8.ts';
import type { BpfHost } from './calls.ts';

/** Ranges such as `0-3,8` (Documentation/admin-guide/cputopology.rst). */
const POSSIBLE = '/sys/devices/system/cpu/possible';
const LIMIT_BYTES = 4096;

export interface PossibleCpus {
  readonly count: number;
  readonly highest: number;
}

/**
 * A wrong number would let the kernel write past a buffer: what is not understood is an error.
 *
 * @throws KernelError
 */
export function possibleCpus(host: BpfHost): PossibleCpus {
  const content = host.readFile(POSSIBLE, LIMIT_BYTES);
  if (typeof content === 'number') throw new KernelError(refusalOf(host, -content), 'read', POSSIBLE);
  let count = 0;
  let highest = -1;
  for (const range of decodeUtf8(content).trim().split(',')) {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(range) ?? [];
    if (first === undefined) throw new KernelError(refusalNamed(host, 'EINVAL'), 'read', POSSIBLE);
    count += Number(last) - Number(first) + 1;
    highest = Number(last);
  }
  return { count, highest };
}
