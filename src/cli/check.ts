/** `weir check`: is the configuration right? */
import { hasErrors } from '../lib/issue.ts';
import type { Command } from './command.ts';
import { EXIT } from './exit.ts';
import { print } from './output.ts';
import { configOf } from './session.ts';

export const check: Command = {
  name: 'check',
  summary: 'is the configuration right? every issue with file and line',
  capabilities: [],
  help: `Usage: weir check [-c FILE]

Reads the configuration and shows every issue with file and line. Touches nothing and needs no rights but to read the file.
Exit code 1 when there are errors; warnings alone give 0.
`,
  run: (context) => {
    const { config, issues } = configOf(context);
    if (hasErrors(issues)) return EXIT.invalidConfig;
    const shapers = config?.shapers.length ?? 0;
    print(context.output, `${context.configPath}: ${shapers} ${shapers === 1 ? 'shaper' : 'shapers'}, no errors\n`);
    return EXIT.ok;
  },
};
