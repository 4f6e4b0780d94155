/** One reading of the shapers' counters: a single dump, whatever the number of shapers. */
import type { Host } from '../host/host.ts';
import type { Sampler } from '../model/sampler.ts';
import type { Kernel } from './kernel.ts';

/** @throws KernelError */
export function takeSample(host: Host, kernel: Kernel, sampler: Sampler): void {
  const atMs = host.monotonicMs();
  kernel.interpret(() =>
    kernel.eachQdisc(
      (qdisc) => sampler.visit(qdisc),
      () => sampler.begin(),
    ),
  );
  sampler.end(atMs);
}
