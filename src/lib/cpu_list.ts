/** Lists of CPUs as sysfs has them: ranges such as `0-3,8` (Documentation/admin-guide/cputopology.rst). */

export interface CpuList {
  readonly count: number;
  readonly highest: number;
}

/** Undefined for what is not understood. */
export function parseCpuList(text: string): CpuList | undefined {
  let count = 0;
  let highest = -1;
  for (const range of text.trim().split(',')) {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(range) ?? [];
    if (first === undefined || Number(last) < Number(first)) return undefined;
    count += Number(last) - Number(first) + 1;
    highest = Number(last);
  }
  return { count, highest };
}
