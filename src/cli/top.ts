/** `weir top`: the shapers live. */
import { Kernel } from '../agent/kernel.ts';
import { Reconciler } from '../agent/reconcile.ts';
import type { Command, CommandContext } from './command.ts';
import { EXIT } from './exit.ts';
import { print } from './output.ts';
import { errorLog, reportingErrors } from './session.ts';
import { SHAPERS_SCREEN, topText } from './top_frame.ts';
import { runTopHosts } from './top_hosts.ts';
import { KernelReader } from './top_kernel.ts';
import { runTopScreen } from './top_screen.ts';

const HOSTS = 'hosts';
const STDOUT = 1;
const EVERY_MS = 1000;
const TEXT_COLUMNS = 120;

export const top: Command = {
  help: `Usage: weir top [hosts] [-c FILE] [--once] [--json]

Shows the shapers as they work, anew every second, with the last five minutes as a curve. Keys:
  Tab, arrows, n, p, 1 to 9   another shaper
  u                           bit/s or bytes/s
  q, Ctrl-C                   end
With hosts it shows the hosts that the bridge counts, with their rates and round trips; keys there:
  d, u, b, r, a               the first by download, upload, bytes, round trip, address
  t                           bit/s or bytes/s
With --once, or where the output is no terminal, it measures for a second and prints everything once; --json prints all numbers.
`,
  run: (context) => {
    const { host, output } = context;
    if (context.args[0] === HOSTS) return runTopHosts(context);
    const kernel = new Kernel(host);
    const reader = new KernelReader(context, kernel, new Reconciler(host, kernel, context.paths, errorLog(context)));
    if (context.json || context.args.includes('--once') || !host.isTerminal(STDOUT)) return once(context, reader);
    runTopScreen(
      host,
      (text) => output.stdout(text),
      SHAPERS_SCREEN,
      (loop, onData) => {
        const read = (): void => onData(reader.read());
        read();
        loop.after(EVERY_MS, read, EVERY_MS);
      },
      (error) => {
        if (error === undefined) return;
        const code = reportingErrors(context, () => {
          throw error;
        });
        host.exitCode(code);
      },
    );
    return EXIT.ok;
  },
};

function once(context: CommandContext, reader: KernelReader): number {
  const { host, output, json } = context;
  reader.read();
  host.poll(new Int32Array(0), EVERY_MS);
  const data = reader.read();
  const { issues, shapers } = data;
  const numbers = { shapers: shapers.map(({ status, stats }) => ({ ...status, stats: stats ?? null })), issues };
  print(output, json ? `${JSON.stringify(numbers, null, 2)}\n` : topText(data, TEXT_COLUMNS));
  return EXIT.ok;
}
