/**
 * Brings the kernel to what a configuration wants: look, compare, save what will be overwritten, apply, verify.
 *
 * Shapers do not depend on each other, so each is applied, and if need be put back, on its own.
 */
import type { Host } from '../host/host.ts';
import { KernelError } from '../host/refusal.ts';
import type { Issue } from '../lib/issue.ts';
import type { Log } from '../lib/log.ts';
import { groupsOf } from '../model/change_groups.ts';
import type { Config } from '../model/config.ts';
import { type Desired, desiredState } from '../model/desired.ts';
import { type Change, diff, subjectOf } from '../model/diff.ts';
import type { Device, Observed } from '../model/observed.ts';
import { keyOf, pathOf } from '../model/resource/registry.ts';
import { type Saved, withComingChanges, withoutRestored } from '../model/saved.ts';
import { refusedNow } from '../model/tuning_desired.ts';
import { askingAgain } from '../model/tuning_saved.ts';
import { type ApplyFailure, type ApplyResult, apply, type RefusedChange } from './apply.ts';
import { FileError } from './files.ts';
import { hintFor, lacksCakeMq, lacksMatchall, lacksXdp } from './hint.ts';
import { changedClasses, type Holding, holdingOf } from './holding.ts';
import type { Kernel } from './kernel.ts';
import { Observer, type Sight } from './observer.ts';
import { encodeSaved, loadSaved, storeSaved } from './saved_file.ts';
import { changesWhatCanBeTuned, refusalsOf, withSettled } from './settled_tunables.ts';

/** Where the agent keeps what must survive it. */
export interface StatePaths {
  readonly directory: string;
  readonly savedFile: string;
  readonly lockFile: string;
}

/** What is and what should be, before anything is done about it. */
export interface Look {
  readonly observed: Observed;
  readonly desired: Desired;
  readonly saved: Saved;
  readonly changes: readonly Change[];
}

/** What is not done in a round. */
export interface Waits {
  /** Whether the changes of a shaped device, or of the bridge with this port, have to wait. */
  isHeldUp?(device: Device): boolean;
  /** Classes of hosts that were changed over the bus stay as they are. */
  readonly keepsSteering?: boolean;
  /** What is in force then is remembered, so that a change of a few classes is made without a look at everything. */
  readonly holds?: boolean;
  /** Values of drivers that were refused are not tried again under the same circumstances. */
  readonly keepsRefusals?: boolean;
}

/** A group of changes, those of one shaper or of the bridge, that failed. */
export interface GroupFailure {
  readonly failure: ApplyFailure;
  readonly hint: string | undefined;
  /** What could not be put back; empty when all is as it was. */
  readonly left: readonly string[];
}

export interface Reconciliation {
  /** What was carried out and holds. */
  readonly applied: readonly Change[];
  readonly failures: readonly GroupFailure[];
  /** The shaped devices, and ports of the bridge, on or for which something was carried out, and those that were held up. */
  readonly touched: readonly string[];
  readonly heldUp: readonly string[];
  /** From the wanted state, and offloads that the driver refused to switch. */
  readonly issues: readonly Issue[];
  readonly desired: Desired;
  readonly observed: Observed;
  /** What is left to do; found out when it is asked for. */
  left(): readonly Change[];
}

/** Learning that the kernel lacks matchall and cake_mq, and two drivers native and generic XDP, takes at most this many attempts. */
const ATTEMPTS = 6;

export class Reconciler {
  private readonly host: Host;
  private readonly kernel: Kernel;
  private readonly paths: StatePaths;
  private readonly log: Log;
  private readonly observer: Observer;
  private holding: Holding | undefined;

  constructor(host: Host, kernel: Kernel, paths: StatePaths, log: Log) {
    this.host = host;
    this.kernel = kernel;
    this.observer = new Observer(kernel);
    this.paths = paths;
    this.log = log;
  }

  /** From where changes are made; see {@link Kernel.portId}. */
  get portId(): number {
    return this.kernel.portId;
  }

  /** Looks only. @throws KernelError, FileError */
  look(config: Config): Look {
    return this.lookWith(config, loadSaved(this.host, this.paths.savedFile));
  }

  private lookWith(config: Config, saved: Saved): Look & Sight {
    const { dump, observed } = this.observer.observe(config, saved);
    const desired = desiredState(config, observed, saved);
    return { dump, observed, desired, saved, changes: diff(desired.resources, observed) };
  }

  /**
   * Carries out what leads there.
   *
   * @throws KernelError, FileError when it could not even begin
   */
  reconcile(config: Config, waits: Waits = {}): Reconciliation {
    const quick = this.changeClasses(config);
    if (quick !== undefined) return quick;
    this.holding = undefined;
    const applied: Change[] = [];
    const touched: string[] = [];
    for (let attempt = 1; ; attempt++) {
      const round = this.round(config, attempt === 1 ? waits : { ...waits, keepsRefusals: true });
      for (const change of round.applied) applied.push(change);
      touched.push(...round.touched);
      const isOther = round.applied.some((change) => changesWhatCanBeTuned(change, round.desired));
      const learned = round.failures.some(({ failure }) => this.learn(failure));
      if ((learned || isOther) && attempt < ATTEMPTS) continue;
      const isInForce = round.failures.length === 0 && round.heldUp.length === 0;
      if (isInForce && waits.holds === true) this.holding = holdingOf({ ...round, config, left: round.left() });
      return { ...round, applied, touched };
    }
  }

  /** Somebody else may have changed something: the next round looks at everything. */
  distrust(): void {
    this.holding = undefined;
  }

  /**
   * Where all is in force but a few classes: looks at these, changes them, and verifies them alone. Undefined, with nothing done, where that
   * is not all there is to do.
   */
  private changeClasses(config: Config): Reconciliation | undefined {
    const { holding, kernel } = this;
    const due = holding === undefined ? undefined : changedClasses(holding, config);
    if (holding === undefined || due === undefined) return undefined;
    this.holding = undefined;
    const { desired, observed, saved } = holding;
    const look = (): Observed => {
      const nodes = kernel.trees.nodes(due.withParents, observed.devices, saved.trees);
      return { ...observed, resources: new Map([...nodes].filter(([key]) => due.wanted.has(key))) };
    };
    const changes = diff(due.wanted, look());
    if (changes.length === 0 || changes.some(({ action }) => action !== 'change')) return undefined;
    const afresh = (): Observed => this.observer.observe(config, saved).observed;
    const result = apply(kernel, changes, { verify: look, afresh }, this.log);
    const unchanged = { heldUp: [], issues: desired.issues, desired, observed, left: () => holding.left };
    if (result.outcome !== 'applied') {
      return { ...unchanged, applied: [], failures: [groupFailure(result)], touched: [] };
    }
    this.holding = { ...holding, config };
    const touched = [...new Set(changes.map((change) => subjectOf(change).device))];
    return { ...unchanged, applied: changes, failures: [], touched };
  }

  private round(
    config: Config,
    { isHeldUp, keepsSteering = false, keepsRefusals = false }: Waits,
  ): Reconciliation & { readonly saved: Saved } {
    let saved = loadSaved(this.host, this.paths.savedFile);
    if (!keepsRefusals) saved = { ...saved, tunables: askingAgain(saved.tunables) };
    const look = this.lookWith(config, saved);
    const { observed: before, desired, changes } = look;
    let observed = before;
    const seen = { last: look };
    const applied: Change[] = [];
    const failures: GroupFailure[] = [];
    const issues: Issue[] = [];
    const touched: string[] = [];
    const heldUp: string[] = [];
    const due = keepsSteering ? changes.filter((change) => !isSteeringChanged(change)) : changes;
    for (const [name, group] of groupsOf(due, desired)) {
      const names = name.startsWith(':') ? [...new Set(group.map((change) => subjectOf(change).device))] : [name];
      const fought = names.filter((one) => {
        const device = before.devices.get(one);
        return device !== undefined && isHeldUp?.(device) === true;
      });
      if (fought.length > 0) {
        heldUp.push(...fought);
        continue;
      }
      const untouched = saved;
      const coming = withComingChanges(saved, group, observed, desired.trees?.saved);
      const unsaved = this.save(saved, coming);
      if (unsaved !== undefined) {
        // What cannot be put back later is not touched.
        failures.push({ failure: { message: unsaved.message, canRetry: true }, hint: undefined, left: [] });
        continue;
      }
      saved = coming;
      const result = apply(
        this.kernel,
        group,
        this.observer.looksAfter(group, { config, saved, wanted: desired.resources }, seen),
        this.log,
      );
      if (result.outcome === 'applied') {
        const skipped = new Set(result.skipped.map(({ change }) => change));
        for (const change of group) if (!skipped.has(change)) applied.push(change);
        touched.push(...names);
        observed = result.observed;
        const refusals = refusalsOf(result.skipped, observed);
        const isTold = ({ change }: RefusedChange): boolean => {
          const key = keyOf(subjectOf(change));
          return refusals.has(key) && desired.tuning.keys.has(key);
        };
        issues.push(...result.skipped.filter((skipped) => !isTold(skipped)).map(skippedIssue));
        issues.push(...refusedNow(desired.tuning.intents, refusals));
        saved = this.forget(saved, withSettled(saved, group, refusals, observed), issues);
      } else {
        failures.push(groupFailure(result));
        if (result.outcome === 'restored') saved = this.forget(saved, untouched, issues);
      }
    }
    // Where another round follows, what was left to somebody else is told in the last one: until then it is not forgotten.
    const isLast = !applied.some((change) => changesWhatCanBeTuned(change, desired));
    if (failures.length === 0 && heldUp.length === 0 && isLast) {
      const restored = withoutRestored(
        saved,
        desired.resources,
        desired.tuning.keys,
        observed,
        desired.trees?.saved ?? [],
      );
      saved = this.forget(saved, restored, issues);
    }
    let undone = applied.length === 0 && failures.length === 0 ? changes : undefined;
    const left = (): readonly Change[] => {
      undone ??= diff(desired.resources, observed);
      return undone;
    };
    return {
      ...{ saved, applied, failures, touched, heldUp, left, desired, observed },
      issues: [...desired.issues, ...issues],
    };
  }

  /** Takes note of what this kernel lacks; true when that changes what is to be tried. */
  private learn(failure: ApplyFailure): boolean {
    if (failure.refused === undefined) return false;
    const noXdp = lacksXdp(failure.refused);
    if (lacksMatchall(failure.refused)) this.kernel.doWithoutMatchall();
    else if (lacksCakeMq(failure.refused)) this.kernel.doWithoutCakeMq();
    else if (noXdp !== undefined) this.kernel.doWithoutXdp(noXdp.device, noXdp.mode);
    else return false;
    this.log.write('info', `${failure.message}; trying without`);
    return true;
  }

  private save(before: Saved, after: Saved): FileError | undefined {
    if (before === after || encodeSaved(before) === encodeSaved(after)) return undefined;
    try {
      storeSaved(this.host, this.paths.directory, this.paths.savedFile, after);
    } catch (error) {
      if (error instanceof FileError) return error;
      throw error;
    }
    return undefined;
  }

  /** Saves less than before: where that fails, what the file still holds is how things are. Gives what is saved now. */
  private forget(before: Saved, after: Saved, issues: Issue[]): Saved {
    const failed = this.save(before, after);
    if (failed === undefined) return after;
    issues.push({ severity: 'warning', where: this.paths.savedFile, what: failed.message });
    return before;
  }
}

function isSteeringChanged({ action, wanted }: Change): boolean {
  return action === 'change' && wanted?.type === 'steering';
}

function skippedIssue({ change, refusal }: RefusedChange): Issue {
  const error = new KernelError(refusal, change.action, pathOf(subjectOf(change)));
  return { severity: 'warning', where: pathOf(subjectOf(change)), what: error.message };
}

function groupFailure(result: Exclude<ApplyResult, { outcome: 'applied' }>): GroupFailure {
  const { failure } = result;
  const hint = failure.refused === undefined ? undefined : hintFor(failure.refused);
  return { failure, hint, left: result.outcome === 'broken' ? result.left : [] };
}
