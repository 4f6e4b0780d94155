/** How work is spread over CPUs: `auto`, `off`, or a mask for all. */
import { type Facts, maskOf, type Wish } from './tunable.ts';

const allCpus = (cpus: number): string => maskOf(Array.from({ length: cpus }, (_, cpu) => cpu));

/**
 * Receive packet steering (Documentation/networking/scaling.rst): `auto` uses all CPUs where the device has fewer receive queues, as
 * OpenWrt does; with as many, the device spreads them itself.
 */
export function spreadReceiving(asked: string, { cpus, count }: Facts): Wish {
  if (asked === 'off') return { value: '0' };
  if (asked !== 'auto') return { value: asked };
  return { value: cpus > 1 && count < cpus ? allCpus(cpus) : '0' };
}

/**
 * Transmit packet steering: `auto` gives each queue its share of the CPUs. A device with one queue has nothing to choose, and the kernel
 * no file for it.
 */
export function spreadSending(asked: string, { cpus, count, index }: Facts): Wish | undefined {
  if (count <= 1) return undefined;
  if (asked === 'off') return { value: '0' };
  if (asked !== 'auto') return { value: asked };
  const own = Array.from({ length: cpus }, (_, cpu) => cpu).filter((cpu) => cpu % count === index % cpus);
  return { value: cpus > 1 ? maskOf(own) : '0' };
}

/** Interrupts: `auto` deals the CPUs out in turn. */
export function spreadIrqs(asked: string, { cpus, index }: Facts): Wish {
  return { value: asked === 'auto' ? maskOf([index % cpus]) : asked };
}
