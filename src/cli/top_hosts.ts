/** `weir top hosts`: the hosts that the bridge counts, live. */
import { loadConfig } from '../agent/config_file.ts';
import type { HostOrder } from '../agent/host_order.ts';
import { Kernel } from '../agent/kernel.ts';
import type { CommandContext } from './command.ts';
import { EXIT } from './exit.ts';
import { print } from './output.ts';
import { runningBridge } from './running_bridge.ts';
import { reportingErrors } from './session.ts';
import { HOSTS_SCREEN, hostsText, type TopHosts } from './top_hosts_frame.ts';
import { runTopScreen } from './top_screen.ts';

const STDOUT = 1;
const EVERY_MS = 1000;
/** More than a screen has lines. */
const ON_SCREEN = 500;
const PRINTED = 1000;

export function runTopHosts(context: CommandContext): number {
  const { host, output } = context;
  const control = runningBridge(context, new Kernel(host));
  if (control === undefined) return EXIT.failed;
  const bridge = loadConfig(host, context.configPath).config?.bridge;
  const read = (order: HostOrder, limit: number): TopHosts => ({ ...control.hosts(bridge, order, limit), order });
  if (context.json || context.args.includes('--once') || !host.isTerminal(STDOUT)) {
    read('download', 0);
    host.poll(new Int32Array(0), EVERY_MS);
    const hosts = read('download', PRINTED);
    print(output, context.json ? `${JSON.stringify(hosts, null, 2)}\n` : hostsText(hosts));
    return EXIT.ok;
  }
  let order: HostOrder = HOSTS_SCREEN.first.order;
  const screen = {
    ...HOSTS_SCREEN,
    pressed: (...pressed: Parameters<typeof HOSTS_SCREEN.pressed>) => {
      const next = HOSTS_SCREEN.pressed(...pressed);
      if (next !== 'quit') order = next.order;
      return next;
    },
  };
  runTopScreen(
    host,
    (text) => output.stdout(text),
    screen,
    (loop, onData) => {
      const show = (): void => onData(read(order, ON_SCREEN));
      show();
      loop.after(EVERY_MS, show, EVERY_MS);
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
}
