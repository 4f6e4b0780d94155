/** `weir plan`: what `start` would do. */
import { formatPlan, renderChange } from '../model/render.ts';
import type { Command } from './command.ts';
import { EXIT } from './exit.ts';
import { print } from './output.ts';
import { resolvedConfigOf, showIssues, withKernel } from './session.ts';

export const plan: Command = {
  help: `Usage: weir plan [-c FILE] [--json]

Compares the configuration with the kernel and prints the changes that start would make, with what is lost by them, as lines of
ip, tc and ethtool. Touches nothing. Exit code 0 when there is nothing to do, 2 when there are changes.
`,
  run: (context) => {
    const config = resolvedConfigOf(context);
    if (config === undefined) return EXIT.invalidConfig;
    return withKernel(context, (_kernel, reconciler) => {
      const { changes, desired } = reconciler.look(config);
      showIssues(context, desired.issues);
      if (context.json) print(context.output, `${JSON.stringify(changes.map(renderChange), null, 2)}\n`);
      else print(context.output, changes.length === 0 ? '# nothing to change\n' : formatPlan(changes));
      return changes.length === 0 ? EXIT.ok : EXIT.changes;
    });
  },
};
