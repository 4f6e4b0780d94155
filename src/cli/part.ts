/** The part `commands`: all that the daemon never runs. */
import { bus } from './bus.ts';
import { check } from './check.ts';
import type { Command } from './command.ts';
import type { CommandName } from './command_rows.ts';
import { map } from './map.ts';
import { metrics } from './metrics.ts';
import { plan } from './plan.ts';
import { pping } from './pping.ts';
import { show } from './show.ts';
import { reload, start, stop } from './start.ts';
import { status } from './status.ts';
import { top } from './top.ts';
import { ubus } from './ubus.ts';
import { uci } from './uci.ts';

export { configHelp, kindHelp, noKind } from './help_config.ts';

export const COMMANDS: Readonly<Record<Exclude<CommandName, 'daemon'>, Command>> = {
  check,
  plan,
  start,
  reload,
  stop,
  status,
  show,
  top,
  metrics,
  map,
  pping,
  uci,
  bus,
  ubus,
};
