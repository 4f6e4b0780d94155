/** What `weir top` shows, read from the kernel: counters with every reading, states and issues now and then. */
import { loadConfig } from '../agent/config_file.ts';
import type { Kernel } from '../agent/kernel.ts';
import type { Reconciler } from '../agent/reconcile.ts';
import { takeSample } from '../agent/sample.ts';
import type { Issue } from '../lib/issue.ts';
import { History } from '../model/history.ts';
import { placesOf, Sampler } from '../model/sampler.ts';
import { type ShaperStatus, shaperStatuses } from '../model/status.ts';
import type { CommandContext } from './command.ts';
import { withInterfaces } from './session.ts';
import type { TopData } from './top_frame.ts';

/** A look at everything costs twenty times what reading the counters does. */
const LOOK_EVERY_MS = 5000;

export class KernelReader {
  private readonly context: CommandContext;
  private readonly kernel: Kernel;
  private readonly reconciler: Reconciler;
  private readonly sampler: Sampler;
  private readonly history = new History();
  private lookedAtMs = Number.NEGATIVE_INFINITY;
  private statuses: readonly ShaperStatus[] = [];
  private issues: readonly Issue[] = [];

  constructor(context: CommandContext, kernel: Kernel, reconciler: Reconciler) {
    this.context = context;
    this.kernel = kernel;
    this.reconciler = reconciler;
    this.sampler = new Sampler(context.host.littleEndian);
  }

  /** One reading; rates come with the second. @throws KernelError, FileError */
  read(): TopData {
    const { host } = this.context;
    if (host.monotonicMs() - this.lookedAtMs >= LOOK_EVERY_MS || this.sampler.misses) this.look();
    takeSample(host, this.kernel, this.sampler);
    this.history.record(this.sampler.shapers);
    const nowMs = host.monotonicMs();
    const stats = this.sampler.stats();
    const shapers = this.statuses.map((status) => ({
      status,
      stats: stats.find(({ name }) => name === status.name),
      history: this.history.of(status.name, 1, nowMs),
    }));
    return { shapers, issues: this.issues, nowMs };
  }

  private look(): void {
    const { host, configPath } = this.context;
    this.lookedAtMs = host.monotonicMs();
    const { config, issues } = loadConfig(host, configPath);
    this.issues = issues;
    if (config === undefined) return;
    const { desired, observed, saved, changes } = this.reconciler.look(withInterfaces(this.context, config));
    this.issues = [...issues, ...desired.issues];
    this.statuses = shaperStatuses(desired, observed, saved, changes);
    this.history.keep(this.statuses.map(({ name }) => name));
    this.sampler.setPlaces(placesOf(this.statuses, (device) => observed.devices.get(device)?.ifindex));
  }
}
