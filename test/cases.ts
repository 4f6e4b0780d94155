/**
 * The cases in test/cases: a folder each, no code. `config` is /etc/config/weir, `observed.json` the machine that weir finds
 * (see {@link CaseMachine}), `plan.txt` and `issues.txt` what `weir plan` prints then, and `status.json` and
 * `bridge.json`, where they are, the state of the shapers and of the bridge once the plan was carried out. test/cases.update.ts writes the expected files anew.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { loadConfig } from '../src/agent/config_file.ts';
import { Kernel } from '../src/agent/kernel.ts';
import { type Look, Reconciler, type Reconciliation } from '../src/agent/reconcile.ts';
import { decodeSaved, encodeSaved } from '../src/agent/saved_file.ts';
import { formatIssue, type Issue } from '../src/lib/issue.ts';
import { adjustableLog } from '../src/lib/log.ts';
import { bridgeStatus } from '../src/model/bridge_status.ts';
import type { Config } from '../src/model/config.ts';
import { formatPlan } from '../src/model/render.ts';
import { shaperStatuses } from '../src/model/status.ts';
import { Machine } from './kernel/machine.ts';
import { type CaseMachine, setUp } from './kernel/set_up.ts';
import { setUpBridge } from './kernel/set_up_bridge.ts';

const DIRECTORY = 'test/cases';
const CONFIG_PATH = '/etc/config/weir';
const STATE = '/var/run/weir';
export const PATHS = { directory: STATE, savedFile: `${STATE}/saved.json`, lockFile: `${STATE}/lock` };

/** What the expected files of a case should say, by their names. */
export type Outcome = Readonly<Record<'plan.txt' | 'issues.txt' | 'status.json' | 'bridge.json', string>>;

/** A case brought to life: its machine, its configuration, and the agent on it. */
export interface RunningCase {
  readonly machine: Machine;
  readonly config: Config;
  readonly configIssues: readonly Issue[];
  readonly reconciler: Reconciler;
}

export function caseNames(): string[] {
  return [...readdirSync(DIRECTORY)].sort();
}

/** The expected file, or undefined where the case has none. */
export function expectedFile(name: string, file: keyof Outcome): string | undefined {
  return readdirSync(`${DIRECTORY}/${name}`).includes(file)
    ? readFileSync(`${DIRECTORY}/${name}/${file}`, 'utf8')
    : undefined;
}

/** The machine of the case as weir finds it. */
export function openCase(name: string, littleEndian = true): RunningCase {
  const described: CaseMachine = JSON.parse(readFileSync(`${DIRECTORY}/${name}/observed.json`, 'utf8'));
  const before = described.after === undefined ? undefined : openCase(described.after, littleEndian);
  const machine = before?.machine ?? new Machine(littleEndian);
  if (before !== undefined) carryOut(before);
  if (described.killed === true) machine.killProgram();
  setUp(machine.kernel, described);
  setUpBridge(machine, described);
  if (described.saved !== undefined) {
    // Through the real form, so that a case cannot hold what the file cannot.
    const saved = decodeSaved(JSON.stringify({ format: 1, features: [], roots: [], hooks: [], ...described.saved }));
    machine.addFile(PATHS.savedFile, encodeSaved(saved));
  }
  machine.addFile(CONFIG_PATH, readFileSync(`${DIRECTORY}/${name}/config`));
  const { config, issues } = loadConfig(machine, CONFIG_PATH);
  if (config === undefined) throw new Error(`${name}: ${issues.map(formatIssue).join('\n')}`);
  const reconciler = before === undefined || described.killed === true ? agentOn(machine) : before.reconciler;
  return { machine, config, configIssues: issues, reconciler };
}

export function agentOn(machine: Machine): Reconciler {
  return new Reconciler(
    machine,
    new Kernel(machine),
    PATHS,
    adjustableLog('error', () => {}),
  );
}

export function look({ reconciler, config }: RunningCase): Look {
  return reconciler.look(config);
}

/** Carries the plan out; throws when any of it fails. */
export function carryOut({ reconciler, config }: RunningCase): Reconciliation {
  const result = reconciler.reconcile(config);
  const [failed] = result.failures;
  if (failed !== undefined) throw new Error(failed.failure.message);
  return result;
}

/** The machine after the plan was carried out, and what came of it. */
export interface FinishedCase extends RunningCase {
  readonly outcome: Outcome;
  /** What `weir plan` would do next. */
  readonly changesLeft: string;
}

export function finishCase(running: RunningCase): FinishedCase {
  const { changes, desired } = look(running);
  carryOut(running);
  const after = look(running);
  const statuses = shaperStatuses(after.desired, after.observed, after.saved, after.changes);
  const bridge = bridgeStatus(after.desired, after.observed, after.changes);
  const issues = [...running.configIssues, ...desired.issues];
  const outcome = {
    // The version of the programs depends on the compiler.
    'plan.txt': formatPlan(changes).replace(/\b[0-9a-f]{32}\b/g, '(id)'),
    'issues.txt': issues.map((issue) => `${formatIssue(issue)}\n`).join(''),
    'status.json': `${JSON.stringify(statuses, null, 2)}\n`,
    'bridge.json': `${JSON.stringify(bridge, null, 2)}\n`,
  };
  return { ...running, outcome, changesLeft: formatPlan(after.changes) };
}
