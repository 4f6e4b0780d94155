/**
 * `weir daemon`: keeps the link as the configuration wants it while devices come and go and other programs interfere.
 *
 * It sleeps until the kernel announces a change of a device or of traffic control, or a signal comes.
 */
import type { Host } from '../host/host.ts';
import { type Loop, watchSignals } from '../host/loop.ts';
import { KernelError } from '../host/refusal.ts';
import { describeIssue, type Issue } from '../lib/issue.ts';
import type { Log } from '../lib/log.ts';
import type { Config } from '../model/config.ts';
import { subjectOf } from '../model/diff.ts';
import type { Device } from '../model/observed.ts';
import { formatPlan, lossesOf } from '../model/render.ts';
import { pathOf } from '../model/resource/registry.ts';
import { devicesIn } from '../model/tuning_devices.ts';
import { NetlinkSocket } from '../net/netlink.ts';
import { EVENT_GROUPS, type NetworkEvent, receiveNetworkEvents } from '../net/rtnetlink.ts';
import { disabled, type LoadedConfig, withoutShapers } from './config_file.ts';
import { FileError } from './files.ts';
import type { GroupFailure, Reconciler, Reconciliation } from './reconcile.ts';
import { RepairLimit } from './repair_limit.ts';
import { failureIssues } from './report.ts';
import type { Settings } from './settings.ts';

/** A failure that may pass is tried again after this, then after twice as long, and so on up to the limit. */
const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 60_000;
/** Of a tree of thousands, a line of the log has no more changes. */
const MOST_TOLD = 24;
/** The end follows the announcement of a successor at once; what has not come by then never will. */
const SUCCESSOR_WAIT_MS = 10_000;

export interface DaemonParts {
  readonly host: Host;
  readonly loop: Loop;
  readonly reconciler: Reconciler;
  /** Loaded already. */
  readonly settings: Settings;
  readonly log: Log;
  /** Called with each configuration that comes out of the file. */
  onConfig(config: Config): void;
  /** Called after each reconciliation. */
  onRound?(result: Reconciliation): void;
  /** Called with each issue that is news. */
  onIssue?(issue: Issue): void;
}

/** Why the kernel is brought to what is wanted. */
export type Reason = 'start' | 'reload' | 'set' | 'interface' | 'service' | 'repair' | 'stop';

export class Daemon {
  private readonly parts: DaemonParts;
  private readonly events: NetlinkSocket;
  private readonly limit = new RepairLimit();
  /** Issues of the last round: what stays true is said once. */
  private known = new Set<string>();
  /** The devices that the configuration names, whether they are there or not. */
  private names: ReadonlySet<string> = new Set();
  /** Indexes of those that are there, and of our own, as they were last seen. */
  private devices = new Set<number>();
  /** Indexes of devices whose repair waits. */
  private readonly heldUp = new Set<number>();
  /** What was left to do after a failure. */
  private failedOutlook: string | undefined;
  private cancelTimer: (() => void) | undefined;
  private timerDueMs = 0;
  private retryMs = FIRST_RETRY_MS;
  /** Until then an end leaves the link shaped for a successor. */
  private successorUntilMs = Number.NEGATIVE_INFINITY;

  /** @throws KernelError */
  constructor(parts: DaemonParts) {
    this.parts = parts;
    this.events = new NetlinkSocket(parts.host);
    this.events.subscribe(EVENT_GROUPS);
  }

  private get config(): Config {
    return this.parts.settings.config;
  }

  /** Takes signals and events from now on, to be answered by the loop. */
  listen(): void {
    const { host, loop } = this.parts;
    const { SIGHUP, SIGTERM, SIGINT, SIGUSR1, POLLIN } = host.constants;
    watchSignals(host, loop, [SIGHUP], () => {
      this.reload();
    });
    // Together, since of two that wait the kernel gives the lower number first, and which that is depends on the CPU.
    watchSignals(host, loop, [SIGTERM, SIGINT, SIGUSR1], (signal) => {
      if (signal === SIGUSR1) this.successorUntilMs = host.monotonicMs() + SUCCESSOR_WAIT_MS;
      else loop.stop();
    });
    loop.watch(this.events.fd, POLLIN, () => this.onEvents());
  }

  /** Applies the configuration; the loop does the rest. */
  start(): void {
    this.reconcile('start');
  }

  /**
   * After the loop has ended: takes the shaping away, unless `on_exit` says to keep it or SIGUSR1 has announced a successor. `failed`
   * leaves the link shaped, `broken` somewhere in between.
   */
  finish(): 'done' | 'failed' | 'broken' {
    const { host, log } = this.parts;
    const keeps = this.config.onExit === 'keep' || host.monotonicMs() < this.successorUntilMs;
    log.write('notice', keeps ? 'stopping, the link stays shaped' : 'stopping');
    if (keeps) return 'done';
    const config = this.config.bridge?.onStop === 'keep' ? withoutShapers(this.config) : disabled(this.config);
    const failures = this.reconcile('stop', config)?.failures;
    if (failures === undefined) return 'failed';
    if (failures.some(({ left }) => left.length > 0)) return 'broken';
    return failures.length > 0 ? 'failed' : 'done';
  }

  /** Puts the file in force as it is now, or leaves all as it is where it cannot be used. Gives what there is to say of it. */
  reload(): readonly Issue[] {
    const { log, settings } = this.parts;
    const lastGood = 'the last good configuration stays in force';
    let loaded: LoadedConfig;
    try {
      loaded = settings.load();
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      log.write('error', `${error.message}; ${lastGood}`);
      return [{ severity: 'error', where: 'reload', what: `${error.message}; ${lastGood}` }];
    }
    for (const issue of loaded.issues) log.write(issue.severity, describeIssue(issue));
    if (loaded.config === undefined) {
      log.write('error', lastGood);
      return [...loaded.issues, { severity: 'error', where: 'reload', what: lastGood }];
    }
    this.parts.onConfig(loaded.config);
    return [...loaded.issues, ...this.putInForce('reload')];
  }

  /** Brings the kernel to what the settings say now. Gives what did not go well. */
  putInForce(reason: Reason): readonly Issue[] {
    this.known.clear();
    // What they have done is seen by a look at everything only.
    if (this.takeEvents() !== 'none') this.parts.reconciler.distrust();
    const result = this.reconcile(reason);
    if (result === undefined)
      return [{ severity: 'error', where: reason, what: 'the kernel cannot be asked; see the log' }];
    return [...result.issues, ...result.failures.flatMap(failureIssues)];
  }

  private onEvents(): void {
    if (this.takeEvents() === 'changed' && !this.isAsItFailed()) this.reconcile('repair');
  }

  /** Whether others have changed something of ours, or may have; 'more' where there are further events to come. */
  private takeEvents(): 'none' | 'changed' | 'more' {
    let changed = false;
    const note = (event: NetworkEvent): void => {
      changed ||= this.concernsUs(event);
    };
    // What this daemon changed itself, it has verified.
    const result = receiveNetworkEvents(this.events, note, this.parts.reconciler.portId);
    if (changed || result === 'overrun') return 'changed';
    return result === 'more' ? 'more' : 'none';
  }

  /**
   * Whether there is just that to do which failed the last time. To try it and to put it back is announced as well, and a daemon
   * that answered its own events by trying again would never rest.
   */
  private isAsItFailed(): boolean {
    return this.failedOutlook !== undefined && this.failedOutlook === this.outlook();
  }

  /** What there is to do, and with which devices: one that came back is another. Undefined when it could not look. */
  private outlook(): string | undefined {
    try {
      const { changes, observed } = this.parts.reconciler.look(this.config);
      const devices = [...this.names].map((device) => observed.devices.get(device)?.ifindex);
      return `${devices.join(' ')}\n${formatPlan(changes)}`;
    } catch (error) {
      if (!(error instanceof KernelError || error instanceof FileError)) throw error;
      return undefined;
    }
  }

  /** Other devices come and go, or are worked on, without being looked at. */
  private concernsUs(event: NetworkEvent): boolean {
    const ifindex = event.what === 'link' ? event.link.ifindex : event.tc.ifindex;
    if (this.heldUp.has(ifindex)) return false;
    return this.devices.has(ifindex) || (event.what === 'link' && this.names.has(event.link.name));
  }

  /** Looks again in `waitMs`, or earlier if that was to be done already. */
  private schedule(waitMs: number): void {
    const { host, loop } = this.parts;
    const dueMs = host.monotonicMs() + waitMs;
    if (this.cancelTimer !== undefined && this.timerDueMs <= dueMs) return;
    this.cancelTimer?.();
    this.timerDueMs = dueMs;
    this.cancelTimer = loop.after(waitMs, () => {
      this.cancelTimer = undefined;
      this.reconcile('repair');
    });
  }

  /** Undefined when it could not even look. Other programs are not fought at full speed, people who reload are obeyed at once. */
  private reconcile(reason: Reason, config = this.config): Reconciliation | undefined {
    this.cancelTimer?.();
    this.cancelTimer = undefined;
    this.names = devicesIn(this.config);
    let result: Reconciliation;
    try {
      result = this.parts.reconciler.reconcile(config, {
        isHeldUp: (device) => reason === 'repair' && this.waitMs(device) > 0,
        keepsSteering: !['start', 'reload', 'stop'].includes(reason),
        keepsRefusals: !['start', 'reload'].includes(reason),
        holds: true,
      });
    } catch (error) {
      if (!(error instanceof KernelError || error instanceof FileError)) throw error;
      this.tell([{ severity: 'error', where: reason, what: error.message }]);
      this.retryLater();
      return undefined;
    }
    const before = this.devices;
    this.remember(result);
    this.parts.onRound?.(result);
    this.failedOutlook = result.failures.length > 0 ? this.outlook() : undefined;
    const failures = result.failures.filter((failure) => !isVanishedDevice(failure));
    this.tell([...result.issues, ...failures.flatMap(failureIssues), ...result.heldUp.map(heldUpIssue)]);
    this.reportChanges(reason, result);
    // A device that came or went was no other program's doing.
    if (reason === 'repair' && isSameSet(before, this.devices)) this.noteRepair(result);
    this.holdUp(result);
    if (result.failures.some(({ failure }) => failure.canRetry)) this.retryLater();
    else this.retryMs = FIRST_RETRY_MS;
    return result;
  }

  private remember({ observed }: Reconciliation): void {
    const concerned = [...observed.devices.values()].filter(({ name, ours }) => ours || this.names.has(name));
    this.devices = new Set(concerned.map(({ ifindex }) => ifindex));
  }

  private waitMs({ name, ifindex }: Device): number {
    return this.limit.waitMs(name, ifindex, this.parts.host.monotonicMs());
  }

  /** Looks again when the first of the devices may be repaired; until then, nothing that happens to them is listened to. */
  private holdUp({ heldUp, desired, observed }: Reconciliation): void {
    this.heldUp.clear();
    let soonestMs = Number.POSITIVE_INFINITY;
    for (const name of heldUp) {
      const device = observed.devices.get(name);
      if (device === undefined) continue;
      soonestMs = Math.min(soonestMs, this.waitMs(device));
      const ifb = desired.shapers.find((shaper) => shaper.device === name)?.directions.download?.qdiscDevice;
      for (const one of [device, observed.devices.get(ifb ?? '')]) if (one !== undefined) this.heldUp.add(one.ifindex);
    }
    if (heldUp.length > 0) this.schedule(Math.max(soonestMs, 0));
  }

  private retryLater(): void {
    this.schedule(this.retryMs);
    this.retryMs = Math.min(this.retryMs * 2, LONGEST_RETRY_MS);
  }

  private reportChanges(reason: Reason, result: Reconciliation): void {
    if (result.applied.length === 0) return;
    const { log } = this.parts;
    const told = result.applied.slice(0, MOST_TOLD).map((change) => `${change.action} ${pathOf(subjectOf(change))}`);
    const further = result.applied.length - told.length;
    const what = `${told.join(', ')}${further > 0 ? ` and ${further} further changes` : ''}`;
    const losses = new Set(result.applied.flatMap(lossesOf));
    const loss = losses.size === 0 ? '' : ` (loses ${[...losses].join('; ')})`;
    log.write('notice', `${reason}: ${what}${loss}`);
  }

  private noteRepair({ touched, observed }: Reconciliation): void {
    const nowMs = this.parts.host.monotonicMs();
    for (const device of new Set(touched)) {
      const ifindex = observed.devices.get(device)?.ifindex;
      if (ifindex !== undefined) this.limit.note(device, ifindex, nowMs);
    }
  }

  private tell(issues: readonly Issue[]): void {
    const now = new Set<string>();
    for (const issue of issues) {
      const line = describeIssue(issue);
      if (!this.known.has(line) && !now.has(line)) {
        this.parts.log.write(issue.severity, line);
        this.parts.onIssue?.(issue);
      }
      now.add(line);
    }
    this.known = now;
  }
}

function isSameSet(a: ReadonlySet<number>, b: ReadonlySet<number>): boolean {
  return a.size === b.size && [...a].every((one) => b.has(one));
}

/** A device that went while it was worked on is no failure: the kernel has announced it, and the next look will show it gone. */
function isVanishedDevice({ failure, left }: GroupFailure): boolean {
  return failure.refused?.refusal.name === 'ENODEV' && left.length === 0;
}

function heldUpIssue(device: string): Issue {
  return {
    severity: 'warning',
    where: device,
    what: 'another program keeps undoing the shaping; the next repair waits up to 10 s',
  };
}
