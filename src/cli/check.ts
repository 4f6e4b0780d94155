/** `weir check`: is the configuration right? */
import { hasErrors } from '../lib/issue.ts';
import { bridgeDeviceIssues } from '../model/bridge_devices.ts';
import type { Command } from './command.ts';
import { EXIT } from './exit.ts';
import { print } from './output.ts';
import { configOf, showIssues, withKernel } from './session.ts';

export const check: Command = {
  help: `Usage: weir check [-c FILE]

Reads the configuration and shows every issue with file and line; of a bridge also what its devices, where they are there, are not
fit for. Touches nothing and needs no rights but to read the file.
Exit code 1 when there are errors; warnings alone give 0.
`,
  run: (context) => {
    const { config, issues } = configOf(context);
    if (config?.bridge !== undefined) {
      const { bridge } = config;
      withKernel(context, (kernel) => {
        showIssues(context, bridgeDeviceIssues(bridge, kernel.links()));
        return EXIT.ok;
      });
    }
    if (hasErrors(issues)) return EXIT.invalidConfig;
    const shapers = config?.shapers.length ?? 0;
    const roots =
      config?.trees?.sections.filter(({ type, stand }) => type === 'qdisc' && stand.at === 'root').length ?? 0;
    const parts = [
      counted(shapers, 'shaper'),
      config?.bridge === undefined ? '' : 'a bridge',
      roots === 0 ? '' : counted(roots, 'tree'),
    ];
    const what = parts.filter((part) => part !== '').join(', ');
    print(context.output, `${context.configPath}: ${what}, no errors\n`);
    return EXIT.ok;
  },
};

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
