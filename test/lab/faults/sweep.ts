/**
 * Runs one command of weir again and again, each time with another request to the kernel (or another change of a file) failing,
 * and tells for each run with which code it ended and in which state it left the devices.
 */
import type { Host } from '../../../src/host/host.ts';
import { decodeUtf8 } from '../../../src/lib/utf8.ts';
import { withBpfFault } from './bpf_faults.ts';
import { BRIDGE, bridgeState } from './bridge_state.ts';
import { type Ended, runCommand } from './command.ts';
import { type FaultMode, withNetlinkFaults } from './netlink_faults.ts';
import { differenceOf, readState, type State } from './state.ts';
import { withTouchFault } from './touch_faults.ts';

export interface SweepPlan {
  readonly name: string;
  /** The state before: this command from a clean host, or none. */
  readonly before: readonly string[] | null;
  readonly command: readonly string[];
  /** Faults in requests. */
  readonly modes: readonly FaultMode[];
  /** Request n fails together with n + gap, for each of these; 0 is a single fault. */
  readonly gaps: readonly number[];
  /** Faults in changes of files: names of errno. */
  readonly fileModes: readonly string[];
  /** Faults in calls of bpf(2): names of errno. */
  readonly bpfModes: readonly string[];
  /** What the kernel lacks all the time. */
  readonly lacks: readonly string[];
}

export interface Run {
  readonly at: readonly number[];
  readonly exit: number;
  /** `mixed`: each device is as before or as wanted, with what belongs to it, but not all are the same; see groupOf. */
  readonly state: 'before' | 'wanted' | 'mixed' | 'other';
  /** What the program said, and what is not as wanted, where exit code and state call for a look. */
  readonly said?: string;
  readonly difference?: readonly string[];
}

export interface SweepResult {
  readonly name: string;
  readonly mode: string;
  readonly gap: number;
  /** How many requests or changes of files the command makes when nothing fails. */
  readonly steps: number;
  readonly runs: readonly Run[];
}

const STATE_DIRECTORY = '/var/run/weir';
const SAVED_FILE = `${STATE_DIRECTORY}/saved.json`;
const FILE_LIMIT_BYTES = 1 << 20;
/** What a file fault is called, before its mode. */
const FILE_FAULT = 'file';
/** Kinds that weir does without, and the refusals from which it learns that; `kernel` is EOPNOTSUPP for a type of message. */
const ALTERNATIVES: readonly (readonly [string, readonly FaultMode[]])[] = [
  ['matchall', ['ENOENT']],
  ['cake_mq', ['ENOENT', 'EOPNOTSUPP', 'kernel']],
];
/** A sweep that does not come to an end is a bug of its own. */
const STEPS_LIMIT = 500;

interface Attempt {
  readonly ended: Ended;
  /** Whether there was something left to strike at. */
  readonly struck: boolean;
  readonly steps: number;
}

/** @throws Error where the host cannot be brought to the state to begin with: then something is broken without any fault. */
export function sweep(host: Host, plan: SweepPlan, report: (result: SweepResult) => void): void {
  const bench = new Bench(host, plan);
  for (const mode of plan.modes) {
    for (const gap of plan.gaps) {
      const attempt = (n: number): Attempt => withRequestFaults(host, plan, mode, gap === 0 ? [n] : [n, n + gap]);
      report(bench.series(mode, gap, attempt));
    }
  }
  for (const mode of plan.fileModes) {
    report(bench.series(`${FILE_FAULT} ${mode}`, 0, (n) => withFileFault(host, plan, mode, n)));
  }
  for (const mode of plan.bpfModes) {
    report(bench.series(`bpf ${mode}`, 0, (n) => attemptWithBpfFault(host, plan, mode, n)));
  }
}

function withRequestFaults(host: Host, plan: SweepPlan, mode: FaultMode, at: readonly number[]): Attempt {
  const faulty = withNetlinkFaults(host, { mode, at, lacks: plan.lacks });
  const ended = runCommand(faulty.host, plan.command);
  return { ended, struck: faulty.count.faults > 0, steps: faulty.count.requests };
}

function withFileFault(host: Host, plan: SweepPlan, mode: string, at: number): Attempt {
  const lacking = withNetlinkFaults(host, { mode: 'kernel', at: [], lacks: plan.lacks });
  const faulty = withTouchFault(lacking.host, { mode, at });
  const ended = runCommand(faulty.host, plan.command);
  return { ended, struck: faulty.count.touches >= at, steps: faulty.count.touches };
}

function attemptWithBpfFault(host: Host, plan: SweepPlan, mode: string, at: number): Attempt {
  const faulty = withBpfFault(host, { mode, at });
  const ended = runCommand(faulty.host, plan.command);
  return { ended, struck: faulty.count.calls >= at, steps: faulty.count.calls };
}

/** A host in its clean state, with the states before and after the command known. */
class Bench {
  private readonly host: Host;
  private readonly plan: SweepPlan;
  private readonly clean: State;
  private readonly before: State;
  private readonly wanted: State;
  /** What is as good where the kernel says that it does not know a kind, by how it says it. */
  private readonly alternatives = new Map<FaultMode, State[]>();
  private readonly lacking: Host;
  /** As last read; undefined when something was done since. */
  private current: State | undefined;

  constructor(host: Host, plan: SweepPlan) {
    this.host = host;
    this.plan = plan;
    this.lacking = withNetlinkFaults(host, { mode: 'kernel', at: [], lacks: plan.lacks }).host;
    this.mustEnd(['stop'], 0);
    this.clean = wholeState(host);
    if (plan.before !== null) this.mustEnd(plan.before, 0);
    this.before = wholeState(host);
    for (const [kind, modes] of ALTERNATIVES) {
      this.reset();
      const lacks = [...plan.lacks, kind];
      const { exit } = runCommand(withNetlinkFaults(host, { mode: 'kernel', at: [], lacks }).host, plan.command);
      if (exit !== 0) continue;
      const state = wholeState(host);
      for (const mode of modes) this.alternatives.set(mode, [...(this.alternatives.get(mode) ?? []), state]);
    }
    this.reset();
    this.mustEnd(plan.command, 0);
    this.wanted = wholeState(host);
  }

  series(mode: string, gap: number, attempt: (n: number) => Attempt): SweepResult {
    const runs: Run[] = [];
    for (let n = 1; n <= STEPS_LIMIT; n++) {
      this.reset();
      const { ended, struck, steps } = attempt(n);
      const run = this.judge(gap === 0 ? [n] : [n, n + gap], ended, mode);
      if (struck) {
        runs.push(run);
        continue;
      }
      if (run.state !== 'wanted' || run.exit !== 0) throw new Error(`without a fault: ${JSON.stringify(run)}`);
      return { name: this.plan.name, mode, gap, steps, runs };
    }
    throw new Error(`${this.plan.name}: more than ${STEPS_LIMIT} steps`);
  }

  /** Where a file could not be changed, what is in it may be old: the devices count. */
  private judge(at: readonly number[], { exit, said }: Ended, mode: string): Run {
    const devicesOnly = mode.startsWith(FILE_FAULT);
    this.current = wholeState(this.host);
    const shown = (state: State): State => (devicesOnly ? state.filter((line) => !isAboutFiles(line)) : state);
    const [now, before, wanted] = [shown(this.current), shown(this.before), shown(this.wanted)];
    const asGood = [wanted, ...(this.alternatives.get(mode) ?? [])];
    if (asGood.some((state) => isSame(now, state)))
      return exit === 0 ? { at, exit, state: 'wanted' } : { at, exit, state: 'wanted', said };
    if (isSame(now, before)) return { at, exit, state: 'before' };
    if (isMixed(now, before, wanted)) return { at, exit, state: 'mixed', said };
    return { at, exit, state: 'other', said, difference: differenceOf(before, now) };
  }

  /** To the state before the command, by way of the clean one where that is not it already. */
  private reset(): void {
    if (isSame(this.current ?? wholeState(this.host), this.before)) return;
    this.current = undefined;
    this.mustEnd(['stop'], 0);
    this.mustBe(this.clean, 'stop');
    if (this.plan.before === null) return;
    this.mustEnd(this.plan.before, 0);
    this.mustBe(this.before, this.plan.before.join(' '));
  }

  private mustEnd(args: readonly string[], exit: number): void {
    const ended = runCommand(this.lacking, args);
    if (ended.exit !== exit) {
      throw new Error(`${this.plan.name}: '${args.join(' ')}' without a fault gave ${ended.exit}: ${ended.said}`);
    }
  }

  private mustBe(should: State, after: string): void {
    const now = wholeState(this.host);
    if (!isSame(now, should)) {
      throw new Error(`${this.plan.name}: after '${after}': ${differenceOf(should, now).join('\n')}`);
    }
  }
}

/** The devices, the bridge's maps, and the files that weir keeps. */
export function wholeState(host: Host): State {
  const names = host.readDirectory(STATE_DIRECTORY);
  const files = typeof names === 'number' ? 'none' : names.sort().join(' ');
  const saved = host.readFile(SAVED_FILE, FILE_LIMIT_BYTES);
  return [
    ...readState(host),
    ...bridgeState(host),
    `files ${files}`,
    `saved ${typeof saved === 'number' ? host.errorText(-saved) : decodeUtf8(saved).trim()}`,
  ];
}

function isAboutFiles(line: string): boolean {
  return line.startsWith('files ') || line.startsWith('saved ');
}

/**
 * What a line belongs to, all of which changes together: its device, an IFB to the device in its name. With a bridge, all devices are
 * one, but for what their drivers do to frames.
 */
function groupOf(line: string, hasBridge: boolean): string {
  const device = (line.split(' ')[0] ?? '').replace('ifb-', '');
  return hasBridge && !line.startsWith(`${device} features`) ? BRIDGE : device;
}

function isMixed(now: State, before: State, wanted: State): boolean {
  const all = [...now, ...before, ...wanted].filter((line) => !isAboutFiles(line));
  const hasBridge = all.some((line) => line.startsWith(`${BRIDGE} `));
  const groups = new Set(all.map((line) => groupOf(line, hasBridge)));
  return [...groups].every((group) => {
    const isOf = (line: string): boolean => !isAboutFiles(line) && groupOf(line, hasBridge) === group;
    const [is, was, should] = [now, before, wanted].map((state) => state.filter(isOf));
    return is !== undefined && [was, should].some((other) => other !== undefined && isSame(is, other));
  });
}

export function isSame(one: State, other: State): boolean {
  return one.length === other.length && one.every((line, i) => line === other[i]);
}
