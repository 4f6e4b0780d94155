/** `weir status`: the state of each shaper, read from the kernel. */
import { formatRate } from '../lib/units.ts';
import { type DirectionStatus, type ShaperStatus, shaperStatuses } from '../model/status.ts';
import type { Command } from './command.ts';
import { EXIT } from './exit.ts';
import { print } from './output.ts';
import { configOf, showIssues, withKernel } from './session.ts';

export const status: Command = {
  name: 'status',
  summary: 'the state of each shaper',
  help: `Usage: weir status [-c FILE] [--json]

Shows for each shaper whether it is in force, with the rates that the kernel has, and if not, why not. The states:
  shaping   all that is configured is in force
  partial   one direction is in force
  stopped   configured, but not in force
  waiting   its device does not exist
  off       disabled, or without a rate
`,
  run: (context) => {
    const { config } = configOf(context);
    if (config === undefined) return EXIT.invalidConfig;
    return withKernel(context, (_kernel, reconciler) => {
      const { changes, desired, observed, saved } = reconciler.look(config);
      const statuses = shaperStatuses(desired, observed, saved, changes);
      if (context.json) {
        print(context.output, `${JSON.stringify({ shapers: statuses, issues: desired.issues }, null, 2)}\n`);
        return EXIT.ok;
      }
      showIssues(context, desired.issues);
      const text = statuses.map(formatShaper).join('');
      print(context.output, text === '' ? 'no shaper is configured\n' : text);
      return EXIT.ok;
    });
  },
};

function formatShaper(shaper: ShaperStatus): string {
  const on = shaper.device === null ? '' : ` on ${shaper.device}`;
  const reason = shaper.reason === null ? '' : `: ${shaper.reason}`;
  const lines = [`${shaper.name}: ${shaper.state}${on}${reason}`];
  if (shaper.download !== null) lines.push(formatDirection('download', shaper.download));
  if (shaper.upload !== null) lines.push(formatDirection('upload', shaper.upload));
  for (const { offload, why, featuresOff } of shaper.offloads) {
    if (featuresOff.length > 0) lines.push(`  ${offload} is off: ${why}`);
  }
  for (const feature of shaper.fixedFeatures) lines.push(`  ${feature} should be off, but the driver keeps it on`);
  return `${lines.join('\n')}\n`;
}

function formatDirection(name: string, direction: DirectionStatus): string {
  const { rateBitPerS, wantedRateBitPerS, kind, kindReason, qdiscDevice, inForce, reason } = direction;
  const rate =
    rateBitPerS === null || !inForce ? `${formatRate(wantedRateBitPerS)} not in force` : formatRate(rateBitPerS);
  const why = kindReason === null ? '' : ` (${kindReason})`;
  const trouble = reason === null ? '' : `: ${reason}`;
  return `  ${name.padEnd(8)} ${rate}, ${kind} on ${qdiscDevice}${why}${trouble}`;
}
