/**
 * What the daemon does each second while somebody watches: reads the counters of all shapers and takes them down in the history,
 * many times over. Prints the µs that one takes. Its argument: a configuration, which must be in force.
 */
import { loadConfig } from '../../src/agent/config_file.ts';
import { Kernel } from '../../src/agent/kernel.ts';
import { Reconciler } from '../../src/agent/reconcile.ts';
import { takeSample } from '../../src/agent/sample.ts';
import { host } from '../../src/host/native.ts';
import { adjustableLog } from '../../src/lib/log.ts';
import { encodeUtf8 } from '../../src/lib/utf8.ts';
import { History } from '../../src/model/history.ts';
import { placesOf, Sampler } from '../../src/model/sampler.ts';
import { shaperStatuses } from '../../src/model/status.ts';

const WARM_UP = 100;
const ROUNDS = 1000;

const paths = { directory: '/nonexistent', savedFile: '/nonexistent/saved.json', lockFile: '/nonexistent/lock' };
const kernel = new Kernel(host);
const log = adjustableLog('error', () => {});
const { config } = loadConfig(host, host.args[1] ?? '');
if (config === undefined) throw new Error('no configuration');
const { desired, observed, saved, changes } = new Reconciler(host, kernel, paths, log).look(config);
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
const beganMs = host.monotonicMs();
for (let i = 0; i < ROUNDS; i++) sample();
const result = encodeUtf8(`${(((host.monotonicMs() - beganMs) * 1000) / ROUNDS).toFixed(1)}\n`);
host.write(1, result, 0, result.length);
