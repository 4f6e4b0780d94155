/**
 * What a reload that changes nothing does, many times over, on this machine's own kernel: read the configuration, look at devices,
 * qdiscs, filters and features, work out what should be, compare. Prints the CPU time of one in ns. Its argument: a configuration.
 */
import { ConfigFile } from '../../src/agent/config_file.ts';
import { Kernel } from '../../src/agent/kernel.ts';
import { Reconciler } from '../../src/agent/reconcile.ts';
import { host } from '../../src/host/native.ts';
import { adjustableLog } from '../../src/lib/log.ts';
import { decodeUtf8, encodeUtf8 } from '../../src/lib/utf8.ts';

const WARM_UP = 50;
const ROUNDS = 500;

/** Documentation/scheduler/sched-stats.rst: the first number is the time spent on the processor, in ns. */
function cpuNs(): number {
  const text = host.readFile('/proc/self/schedstat', 256);
  return typeof text === 'number' ? Number.NaN : Number(decodeUtf8(text).split(' ')[0]);
}

const paths = { directory: '/nonexistent', savedFile: '/nonexistent/saved.json', lockFile: '/nonexistent/lock' };
const reconciler = new Reconciler(
  host,
  new Kernel(host),
  paths,
  adjustableLog('error', () => {}),
);

const configFile = new ConfigFile(host, host.args[1] ?? '');

function reload(): void {
  const { config } = configFile.load();
  if (config === undefined) throw new Error('no configuration');
  reconciler.look(config);
}

for (let i = 0; i < WARM_UP; i++) reload();
const before = cpuNs();
for (let i = 0; i < ROUNDS; i++) reload();
const result = encodeUtf8(`${Math.round((cpuNs() - before) / ROUNDS)}\n`);
host.write(1, result, 0, result.length);
