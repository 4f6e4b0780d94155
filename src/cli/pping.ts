/** `weir pping`: round trips of TCP as the bridge sees them go by. */

import { loadConfig } from '../agent/config_file.ts';
import type { RoundTrips } from '../bpf/hosts.ts';
import type { Command } from './command.ts';
import { EXIT } from './exit.ts';
import { print } from './output.ts';
import { runningBridge } from './running_bridge.ts';
import { withKernel } from './session.ts';

/** More than any router has. */
const ALL = 65536;

export const pping: Command = {
  help: `Usage: weir pping [--classes]

Prints a JSON array with an object for each host whose round trips were measured, or with --classes for each class of hosts: from this
machine to the internet side and to the local side, the smallest, the median and the 90th percentile in ms, and how many samples there
were. They come from the timestamps of TCP that go by; nothing is sent.
`,
  run: (context) =>
    withKernel(context, (kernel) => {
      const control = runningBridge(context, kernel);
      if (control === undefined) return EXIT.failed;
      const bridge = loadConfig(context.host, context.configPath).config?.bridge;
      if (context.args.includes('--classes')) {
        const classes = control
          .classRoundTrips()
          .map(({ name, internet, local }) => ({ class: name, ...both(internet, local) }));
        print(context.output, `${JSON.stringify(classes, null, 2)}\n`);
        return EXIT.ok;
      }
      const { hosts } = control.hosts(bridge, 'address', ALL);
      const measured = hosts.filter(({ rtt }) => rtt.internet !== null || rtt.local !== null);
      const objects = measured.map(({ address, name, class: classid, rtt }) => ({
        address,
        name,
        class: classid,
        ...both(rtt.internet, rtt.local),
      }));
      print(context.output, `${JSON.stringify(objects, null, 2)}\n`);
      return EXIT.ok;
    }),
};

function both(internet: RoundTrips | null, local: RoundTrips | null): object {
  return { internet: inMs(internet), local: inMs(local) };
}

function inMs(trips: RoundTrips | null): object | null {
  if (trips === null) return null;
  const { minUs, p50Us, p90Us, total } = trips;
  return { minMs: minUs / 1000, p50Ms: p50Us / 1000, p90Ms: p90Us / 1000, samples: total };
}
