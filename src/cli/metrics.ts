/** `weir metrics`: the statistics for Prometheus. */
import { formatMetrics } from '../model/metrics.ts';
import type { Command } from './command.ts';
import { EXIT } from './exit.ts';
import { print } from './output.ts';
import { withKernel } from './session.ts';
import { KernelReader } from './top_kernel.ts';

declare const WEIR_VERSION: string;

export const metrics: Command = {
  help: `Usage: weir metrics [-c FILE]

Prints the state and the counters of each shaper in the text format of OpenMetrics. docs/metrics.md tells how to serve them.
`,
  run: (context) =>
    withKernel(context, (kernel, reconciler) => {
      const { shapers } = new KernelReader(context, kernel, reconciler).read();
      const stats = shapers.flatMap((shaper) => shaper.stats ?? []);
      const statuses = shapers.map(({ status }) => status);
      print(context.output, formatMetrics(WEIR_VERSION, statuses, stats));
      return EXIT.ok;
    }),
};
