/**
 * What the daemon does each second while somebody watches, many times over: reads the counters of all shapers and takes them down in
 * the history; and the same with what LuCI's Overview page asks for each second, and each fifth second. Prints the µs that each takes,
 * as JSON. Its argument: a configuration, which must be in force.
 */
import { toRecord } from '../../src/agent/bus_object.ts';
import { loadConfig } from '../../src/agent/config_file.ts';
import { Kernel } from '../../src/agent/kernel.ts';
import { Reconciler } from '../../src/agent/reconcile.ts';
import { takeSample } from '../../src/agent/sample.ts';
import { NOT_LIVE, statusReport } from '../../src/agent/status_report.ts';
import { host } from '../../src/host/native.ts';
import { adjustableLog } from '../../src/lib/log.ts';
import { encodeUtf8 } from '../../src/lib/utf8.ts';
import { bridgeStatus } from '../../src/model/bridge_status.ts';
import { History } from '../../src/model/history.ts';
import { placesOf, Sampler } from '../../src/model/sampler.ts';
import { briefStats } from '../../src/model/stats_brief.ts';
import { shaperStatuses } from '../../src/model/status.ts';
import { tuningStatuses } from '../../src/model/tuning_status.ts';
import { encodeRecord } from '../../src/wire/blobmsg.ts';

const WARM_UP = 100;
const ROUNDS = 1000;
/** As luci-app/src/weir/overview_page.ts asks. */
const POLLS_A_STATUS = 5;

const paths = { directory: '/nonexistent', savedFile: '/nonexistent/saved.json', lockFile: '/nonexistent/lock' };
const kernel = new Kernel(host);
const log = adjustableLog('error', () => {});
const { config } = loadConfig(host, host.args[1] ?? '');
if (config === undefined) throw new Error('no configuration');
const reconciler = new Reconciler(host, kernel, paths, log);
const { desired, observed, saved, changes } = reconciler.look(config);
const sampler = new Sampler(host.littleEndian);
const statuses = shaperStatuses(desired, observed, saved, changes);
sampler.setPlaces(placesOf(statuses, (device) => observed.devices.get(device)?.ifindex));
const history = new History();

function sample(): void {
  takeSample(host, kernel, sampler);
  history.record(sampler.shapers);
}

for (let i = 0; i < WARM_UP; i++) sample();
const tins = sampler.stats().flatMap(({ download, upload }) => [...(download?.tins ?? []), ...(upload?.tins ?? [])]);
if (tins.length !== 16) throw new Error(`${tins.length} tins, not 2 * 2 * 4`);

function status(): Uint8Array {
  if (config === undefined) return new Uint8Array();
  const now = reconciler.look(config);
  const states = shaperStatuses(now.desired, now.observed, now.saved, now.changes);
  const found = {
    issues: [],
    statuses: states,
    bridge: bridgeStatus(now.desired, now.observed, now.changes),
    tuning: tuningStatuses(now.desired.tuning, now.observed, now.saved),
    trees: [],
  };
  return encodeRecord(toRecord(statusReport({ host, kernel, version: 'bench' }, config, found, () => NOT_LIVE)));
}

function poll(round: number): void {
  sample();
  encodeRecord(toRecord({ shapers: sampler.stats().map(briefStats) }));
  if (round % POLLS_A_STATUS === 0) status();
}

function usOf(run: (round: number) => void): number {
  const beganMs = host.monotonicMs();
  for (let i = 0; i < ROUNDS; i++) run(i);
  return ((host.monotonicMs() - beganMs) * 1000) / ROUNDS;
}

const result = encodeUtf8(`${JSON.stringify({ sampleUs: usOf(sample), pollUs: usOf(poll) })}\n`);
host.write(1, result, 0, result.length);
