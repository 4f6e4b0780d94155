/** `weir status`: the state of each shaper. */
import { NOT_LIVE, type StatusReport, statusReport } from '../agent/status_report.ts';
import { partsTogether } from '../lib/parts.ts';
import { formatRate } from '../lib/units.ts';
import { type BridgeStatus, bridgeStatus, type PortStatus } from '../model/bridge_status.ts';
import { type DirectionStatus, shaperStatuses } from '../model/status.ts';
import type { TreeStatus } from '../model/tree/status.ts';
import { treesStatus } from '../model/trees_status.ts';
import { type TuningStatus, tuningStatuses } from '../model/tuning_status.ts';
import { TUNABLES } from '../tunable/registry.ts';
import { askDaemon } from './ask_daemon.ts';
import { type Command, type CommandContext, DEFAULT_CONFIG } from './command.ts';
import { EXIT } from './exit.ts';
import { formatQos } from './format_qos.ts';
import { print } from './output.ts';
import { resolvedConfigOf, showIssues, withKernel } from './session.ts';

declare const WEIR_VERSION: string;

export const status: Command = {
  help: `Usage: weir status [-c FILE] [--json]

Shows for each shaper whether it is in force, with the rates that the kernel has, and if not, why not, as the running daemon
tells it, or where none runs the kernel. The states:
  shaping   all that is configured is in force
  partial   one direction is in force
  stopped   configured, but not in force
  waiting   its device does not exist, or its interface is down
  off       disabled, or without a rate
Each value of a section tuning is one of
  applied      set by weir           already   so before
  clamped      as near as it gets    refused   the kernel said no, and why
  unsupported  the driver or kernel does not have it
  pending      not in force          shown     told, not set
The tree of a device is
  applied   as configured     pending   configured, but not in force
  waiting   its device does not exist
  refused   nothing of it can be had, and why    off   disabled
The bridge is forwarding, partial, stopped, waiting or off in the same sense; for each of its ports comes the path that frames
take, and why.
`,
  run: (context) => {
    const isDaemons = context.configPath === DEFAULT_CONFIG;
    const told = isDaemons ? askDaemon(context.host, 'status') : undefined;
    if (isReport(told)) return show(context, told);
    const config = resolvedConfigOf(context);
    if (config === undefined) return EXIT.invalidConfig;
    return withKernel(context, (kernel, reconciler) => {
      const { desired, observed, saved, changes } = reconciler.look(config);
      const statuses = shaperStatuses(desired, observed, saved, changes);
      const bridge = bridgeStatus(desired, observed, changes);
      const tuning = tuningStatuses(desired.tuning, observed, saved);
      const parts = { host: context.host, kernel, version: WEIR_VERSION };
      const found = { issues: desired.issues, statuses, bridge, tuning, trees: treesStatus(desired, changes) };
      const report = statusReport(parts, config, found, () => NOT_LIVE);
      return show(context, report);
    });
  },
};

/** The very same program has made it, so it looks as its type says. */
function isReport(told: object | undefined): told is StatusReport {
  return told !== undefined && 'version' in told && told.version === WEIR_VERSION;
}

function show(context: CommandContext, report: StatusReport): number {
  if (context.json) {
    print(context.output, `${JSON.stringify(report, null, 2)}\n`);
    return EXIT.ok;
  }
  showIssues(context, [...report.issues, ...report.conflicts]);
  const bridge = report.bridge === null ? '' : formatBridge(report.bridge);
  const forest = report.trees.map(formatTree).join('');
  const qos = report.qos.map(formatQos).join('');
  const text = report.shapers.map(formatShaper).join('') + forest + qos + bridge + formatTuning(report.tuning);
  print(context.output, text === '' ? 'no shaper is configured\n' : text);
  return EXIT.ok;
}

function formatShaper(shaper: StatusReport['shapers'][number]): string {
  const on = shaper.device === null ? '' : ` on ${shaper.device}`;
  const reason = shaper.reason === null ? '' : `: ${shaper.reason}`;
  const since = shaper.stateForS === null ? '' : ` for ${formatSeconds(shaper.stateForS)}`;
  const lines = [`${shaper.name}: ${shaper.state}${on}${since}${reason}`];
  if (shaper.download !== null) lines.push(formatDirection('download', shaper.download));
  if (shaper.upload !== null) lines.push(formatDirection('upload', shaper.upload));
  for (const { option, value, forS } of shaper.set) {
    const until = forS === null ? 'until reset' : `for another ${formatSeconds(forS)}`;
    lines.push(`  ${option} is set to ${typeof value === 'string' ? value : value.join(' ')}, ${until}`);
  }
  for (const { offload, why, featuresOff } of shaper.offloads) {
    if (featuresOff.length > 0) lines.push(`  ${offload} is off: ${why}`);
  }
  for (const feature of shaper.fixedFeatures) lines.push(`  ${feature} should be off, but the driver keeps it on`);
  return `${lines.join('\n')}\n`;
}

function formatDirection(name: string, direction: DirectionStatus): string {
  const { rateBitPerS, wantedRateBitPerS, link, kind, kindReason, qdiscDevice, inForce, reason } = direction;
  const rate =
    rateBitPerS === null || !inForce ? `${formatRate(wantedRateBitPerS)} not in force` : formatRate(rateBitPerS);
  const why = kindReason === null ? '' : ` (${kindReason})`;
  const trouble = reason === null ? '' : `: ${reason}`;
  const over = link.length === 0 ? '' : ` over ${link.join(' ')}`;
  return `  ${name.padEnd(8)} ${rate}${over}, ${kind} on ${qdiscDevice}${why}${trouble}`;
}

function formatBridge({ state, reason, ports }: BridgeStatus): string {
  return `bridge: ${state}${reason === null ? '' : `: ${reason}`}\n${ports.map(formatPort).join('')}`;
}

function formatPort({ device, redirectTo, path, pathReason, inForce, reason }: PortStatus): string {
  const way = path === null ? pathReason : `${path} (${pathReason})`;
  const trouble = inForce || reason === null || path === null ? '' : `: not in force: ${reason}`;
  return `  ${device} to ${redirectTo}: ${way}${trouble}\n`;
}

function formatTree({ device, state, reason, qdiscs, classes, filters, leftOut }: TreeStatus): string {
  const counts = [counted(qdiscs, 'qdisc', 's'), counted(classes, 'class', 'es'), counted(filters, 'filter', 's')];
  const has = state === 'applied' || state === 'pending' ? `, ${counts.join(', ')}` : '';
  const less = leftOut > 0 && has !== '' ? `, ${leftOut} left out` : '';
  return `tree of ${device}: ${state}${has}${less}${reason === null ? '' : `: ${reason}`}\n`;
}

const counted = (count: number, word: string, plural: string): string => `${count} ${word}${count === 1 ? '' : plural}`;

/** A line for each value of a device; queues and interrupts in which it is the same share one. */
function formatTuning(items: readonly TuningStatus[]): string {
  let text = '';
  let heading: string | undefined;
  for (const { item, parts } of partsTogether(items)) {
    const title = item.device ?? 'this machine';
    if (title !== heading) text += `tuning of ${title}:\n`;
    heading = title;
    text += `${formatTuningItem(item, parts)}\n`;
  }
  return text;
}

function formatTuningItem(item: TuningStatus, parts: readonly string[]): string {
  const { tunable, wanted, inForce, unit, state, reason } = item;
  const isSwitch = TUNABLES.get(tunable)?.format === 'switch' || item.option.startsWith('disable_');
  const worded = (value: string): string => (!isSwitch ? value : value === '0' ? 'off' : 'on');
  const name = tunable === '' ? '' : `${tunable}${parts.length === 0 ? '' : ` of ${parts.join(' ')}`}: `;
  const asked = wanted === null || wanted === inForce ? '' : `, wanted ${worded(wanted)}`;
  const value = inForce === null ? asked : ` ${worded(inForce)}${unit === '' ? '' : ` ${unit}`}${asked}`;
  return `  ${name}${state}${value}${reason === null ? '' : `: ${reason}`}`;
}

/** `45 s`, `3 min`, `2 h 5 min`, `3 d 4 h`. */
function formatSeconds(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (minutes === 0) return `${seconds} s`;
  if (hours === 0) return `${minutes} min`;
  return hours < 24 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
