/** What the running daemon can tell and do: behind the object `weir` on the bus, and independent of it. */
import { isPinned } from '../bpf/pins.ts';
import type { Host } from '../host/host.ts';
import type { Loop } from '../host/loop.ts';
import type { Prefix } from '../lib/address.ts';
import { formatIssue, type Issue } from '../lib/issue.ts';
import type { Log } from '../lib/log.ts';
import { encodeUtf8 } from '../lib/utf8.ts';
import type { Steering } from '../model/bridge_config.ts';
import { bridgeDeviceIssues } from '../model/bridge_devices.ts';
import { type BridgeStatus, bridgeStatus } from '../model/bridge_status.ts';
import { effectiveConfig } from '../model/effective.ts';
import { formatMetrics } from '../model/metrics.ts';
import type { OverlayValue } from '../model/overlay.ts';
import { type RenderedChange, renderChange } from '../model/render.ts';
import { placesOf } from '../model/sampler.ts';
import { NOTHING_SAVED } from '../model/saved.ts';
import { type ShaperState, type ShaperStatus, shaperStatuses } from '../model/status.ts';
import type { TreeReport } from '../model/tree/views.ts';
import { treesProblem } from '../model/trees_package.ts';
import { treesStatus } from '../model/trees_status.ts';
import { tuningStatuses } from '../model/tuning_status.ts';
import { bridge as bridgePart, canUseBridge } from '../parts/bridge.ts';
import type { BridgeControl, BridgeReport, MapEntry } from './bridge_control.ts';
import type { Daemon } from './daemon.ts';
import type { HostOrder } from './host_order.ts';
import type { HostsReport } from './host_table.ts';
import type { Kernel } from './kernel.ts';
import type { RecentLog } from './recent_log.ts';
import type { Look, Reconciler, Reconciliation } from './reconcile.ts';
import { failureIssues } from './report.ts';
import { Sampling } from './sampling.ts';
import type { Settings } from './settings.ts';
import { type StatusReport, statusReport } from './status_report.ts';
import { treeReport } from './tree_report.ts';

export interface ServiceParts {
  readonly host: Host;
  readonly loop: Loop;
  readonly kernel: Kernel;
  readonly reconciler: Reconciler;
  readonly settings: Settings;
  readonly log: Log;
  /** What was written to it lately. */
  readonly recent: RecentLog;
  readonly version: string;
}

/** Something that subscribers are told. */
export type Notification = 'stats' | 'state' | 'issue';

/** The counters of the daemon's own work since it began. */
interface Work {
  reconciliations: number;
  changes: number;
  failures: number;
  calls: number;
}

const NO_SECTIONS: ReadonlyMap<string, string> = new Map();

export class Service {
  readonly sampling: Sampling;
  private bridgeControl: BridgeControl | undefined;
  private readonly parts: ServiceParts;
  private daemon: Daemon | undefined;
  private readonly startedMs: number;
  private readonly work: Work = { reconciliations: 0, changes: 0, failures: 0, calls: 0 };
  private readonly states = new Map<string, { state: ShaperState; sinceMs: number }>();
  /** Of the last round. */
  private failures: readonly Issue[] = [];
  /** Known while somebody looks at trees and nothing is applied. */
  private sectionsOfTrees: ReadonlyMap<string, string> | undefined;
  private cancelExpiry: () => void = () => {};
  /** Where notifications go; nowhere while there is no bus. */
  notify: (what: Notification, data: object) => void = () => {};

  constructor(parts: ServiceParts) {
    this.parts = parts;
    const { host, loop, kernel, log } = parts;
    this.startedMs = host.monotonicMs();
    this.sampling = new Sampling(host, loop, kernel, log, () => this.notify('stats', this.sampling.report()));
  }

  /** The daemon that carries out; what it does is told with {@link onRound} and {@link onIssue}. */
  serve(daemon: Daemon): void {
    this.daemon = daemon;
    this.sampling.want('history', this.parts.settings.config.history);
  }

  // ---- What the daemon tells ----

  onRound(result: Reconciliation): void {
    this.sectionsOfTrees = undefined;
    this.work.reconciliations++;
    this.work.changes += result.applied.length;
    this.work.failures += result.failures.length;
    this.failures = result.failures.flatMap(failureIssues);
    const { desired, observed, left } = result;
    this.note({ desired, observed, saved: NOTHING_SAVED, changes: left() });
  }

  onIssue(issue: Issue): void {
    this.notify('issue', { ...issue, text: formatIssue(issue) });
  }

  /** The file has been read. */
  onConfig(): void {
    this.sampling.want('history', this.parts.settings.config.history);
  }

  called(): void {
    this.work.calls++;
  }

  // ---- Reading ----

  /** As the kernel has it now. @throws KernelError, FileError */
  status(): StatusReport {
    const { host, settings } = this.parts;
    const found = this.look();
    const nowMs = host.monotonicMs();
    const { treesProblem: missing } = settings.config;
    const issues = [...(missing === undefined ? [] : [missing]), ...found.issues, ...this.failures];
    return statusReport(this.parts, settings.config, { ...found, issues }, ({ name }) => ({
      stateForS: Math.floor((nowMs - (this.states.get(name)?.sinceMs ?? nowMs)) / 1000),
      set: [...(settings.set.get(name) ?? [])].map(([option, { value, untilMs }]) => ({
        option,
        value,
        forS: untilMs === Number.POSITIVE_INFINITY ? null : Math.ceil((untilMs - nowMs) / 1000),
      })),
    }));
  }

  /** What a reload would change, also with this text in the file at `path`. @throws KernelError, FileError */
  plan(text: string | undefined, path: string): readonly RenderedChange[] {
    const { reconciler, settings } = this.parts;
    const loaded = text === undefined ? undefined : settings.parse(encodeUtf8(text), path);
    return reconciler.look(settings.afterLoad(loaded)).changes.map(renderChange);
  }

  /** What is wrong with a configuration given as text, or else with the file. @throws KernelError, FileError */
  check(text: string | undefined, path: string): readonly Issue[] {
    const { kernel, settings } = this.parts;
    const { config, issues } = text === undefined ? settings.read() : settings.parse(encodeUtf8(text), path);
    return config?.bridge === undefined ? issues : [...issues, ...bridgeDeviceIssues(config.bridge, kernel.links())];
  }

  config(): object {
    return effectiveConfig(this.parts.settings.config);
  }

  // ---- The bridge ----

  /** Null where none is configured. @throws KernelError, FileError */
  bridge(): BridgeReport | null {
    if (this.parts.settings.config.bridge === undefined) return null;
    const status = this.look().bridge;
    return this.control()?.ports(status) ?? { ...status, ports: [], programs: [], hostPlaces: 0 };
  }

  /** @throws KernelError */
  hosts(order: HostOrder, limit: number): HostsReport {
    return this.control()?.hosts(this.parts.settings.config.bridge, order, limit) ?? { total: 0, hosts: [] };
  }

  /** @throws KernelError */
  mapEntries(): readonly MapEntry[] {
    return this.control()?.entries(this.parts.settings.config.bridge) ?? [];
  }

  /** False where no bridge is loaded. @throws KernelError */
  mapAdd(prefix: Prefix, steering: Steering): boolean {
    return this.control()?.add(prefix, steering) ?? false;
  }

  /** Whether it was there; undefined where no bridge is loaded. @throws KernelError */
  mapDelete(prefix: Prefix): boolean | undefined {
    return this.control()?.remove(prefix);
  }

  /** False where no bridge is loaded. @throws KernelError */
  mapClear(): boolean {
    return this.control()?.clear() ?? false;
  }

  /** Undefined where there is no bridge that could be asked. */
  private control(): BridgeControl | undefined {
    const { host, kernel, settings } = this.parts;
    const isThere = settings.config.bridge !== undefined || isPinned(host);
    if (this.bridgeControl === undefined && isThere && canUseBridge()) {
      this.bridgeControl = new (bridgePart().BridgeControl)(host, kernel);
    }
    return this.bridgeControl;
  }

  // ---- Trees ----

  /** At most `limit` nodes of what is on the device; undefined where there is no such device. @throws KernelError */
  tree(device: string | undefined, limit: number): TreeReport | undefined {
    const { host, kernel } = this.parts;
    return treeReport({ host, kernel, sectionsOn: (name) => this.sectionsOn(name) }, device, limit);
  }

  /** A page asks every other second, and sections change with the configuration only. @throws KernelError, FileError */
  private sectionsOn(device: string): ReadonlyMap<string, string> {
    const { config } = this.parts.settings;
    if (config.trees?.devices.has(device) !== true) return NO_SECTIONS;
    this.sectionsOfTrees ??= this.parts.reconciler.look(config).desired.trees?.sections ?? NO_SECTIONS;
    return this.sectionsOfTrees;
  }

  hasTreeSection(name: string): boolean {
    return this.parts.settings.hasTreeSection(name);
  }

  shaperNames(): string[] {
    return this.parts.settings.config.shapers.map(({ name }) => name);
  }

  /** @throws KernelError, FileError */
  metrics(): string {
    const { statuses } = this.look();
    this.sampling.read();
    return formatMetrics(this.parts.version, statuses, this.sampling.report().shapers);
  }

  /** The newest so many of the log, all without a number. */
  messages(most: number | undefined): object[] {
    const nowMs = this.parts.host.monotonicMs();
    return this.parts.recent
      .last(most)
      .map(({ atMs, level, text }) => ({ agoS: Math.floor((nowMs - atMs) / 1000), level, text }));
  }

  info(): object {
    const { host, kernel, version } = this.parts;
    const { rssBytes, heapBytes } = host.memoryUse();
    const problem = treesProblem();
    return {
      version,
      kernel: kernel.release(),
      capabilities: kernel.known(),
      uptimeS: Math.floor((host.monotonicMs() - this.startedMs) / 1000),
      memory: { rssBytes, heapBytes, historyBytes: this.sampling.historyBytes },
      work: { ...this.work, samples: this.sampling.count },
      trees: problem === undefined ? { usable: true } : { usable: false, problem },
    };
  }

  // ---- Writing ----

  reload(): readonly Issue[] {
    return this.daemon?.reload() ?? [];
  }

  /** In force at once. Gives what is wrong, and then nothing is set, or what did not go well. */
  set(section: string, options: ReadonlyMap<string, OverlayValue>, forS: number | undefined): readonly Issue[] {
    const { host, settings } = this.parts;
    const untilMs = forS === undefined ? Number.POSITIVE_INFINITY : host.monotonicMs() + forS * 1000;
    const wrong = settings.setOptions(section, options, untilMs);
    return wrong.length > 0 ? wrong : this.putInForce('set');
  }

  /** Back to the file: one option or all of a section, or of all. */
  reset(section?: string, options?: readonly string[]): readonly Issue[] {
    this.parts.settings.resetOptions(section, options);
    return this.putInForce('set');
  }

  /** A service that is to be stopped has been started. */
  serviceStarted(name: string): void {
    this.parts.kernel.forgetService(name);
    this.putInForce('service');
  }

  putInForce(reason: 'set' | 'interface' | 'service'): readonly Issue[] {
    this.scheduleExpiry();
    return this.daemon?.putInForce(reason) ?? [];
  }

  private scheduleExpiry(): void {
    const { host, loop, settings } = this.parts;
    this.cancelExpiry();
    this.cancelExpiry = () => {};
    const waitMs = settings.firstExpiryMs - host.monotonicMs();
    if (waitMs === Number.POSITIVE_INFINITY) return;
    this.cancelExpiry = loop.after(Math.max(waitMs, 0), () => {
      if (settings.expire(host.monotonicMs())) this.putInForce('set');
      else this.scheduleExpiry();
    });
  }

  /** Looks, and takes note of the states. @throws KernelError, FileError */
  private look(): Pick<StatusReport, 'issues' | 'tuning' | 'trees'> & {
    statuses: readonly ShaperStatus[];
    bridge: BridgeStatus;
  } {
    const look = this.parts.reconciler.look(this.parts.settings.config);
    const { desired, observed, saved } = look;
    const bridge = bridgeStatus(desired, observed, look.changes);
    const tuning = tuningStatuses(desired.tuning, observed, saved);
    const forest = treesStatus(desired, look.changes);
    return { issues: desired.issues, statuses: this.note(look), bridge, tuning, trees: forest };
  }

  /** Tells of the shapers whose state is another now; gives the states of all. */
  private note({ desired, observed, saved, changes }: Look): readonly ShaperStatus[] {
    const statuses = shaperStatuses(desired, observed, saved, changes);
    const places = placesOf(statuses, (device) => observed.devices.get(device)?.ifindex);
    this.sampling.setPlaces(
      statuses.map(({ name }) => name),
      places,
    );
    const nowMs = this.parts.host.monotonicMs();
    for (const name of [...this.states.keys()])
      if (!statuses.some((status) => status.name === name)) this.states.delete(name);
    for (const status of statuses) {
      const { name, state } = status;
      if (this.states.get(name)?.state === state) continue;
      const isNews = this.states.has(name);
      this.states.set(name, { state, sinceMs: nowMs });
      if (isNews) this.notify('state', status);
    }
    return statuses;
  }
}
