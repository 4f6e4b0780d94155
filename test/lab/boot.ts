/**
 * Boots a guest (user-mode Linux on the host's file system), lets it run a script, and gives back what it said.
 *
 * In virtual time the guest's clock moves only while all its processes sleep, so every delay, loss and order is exact and
 * does not depend on how busy the host is. The same kernel, seed, files and script give the same log to the bit.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Guest, type SlowCables } from './guest.ts';
import { type Kernel, labKernel } from './kernel.ts';
import { endOf, LabError, type LabRun, labRun } from './labrun.ts';

export interface BootOptions {
  /** Bash, run as the guest's root with the functions of test/lab/guest; the first failing command ends it. */
  readonly script: string;
  /** Default: labKernel(). */
  readonly kernel?: Kernel;
  /** Chooses all randomness of the guest. Default $WEIR_LAB_SEED, or 1: any scenario must hold with any seed. */
  readonly seed?: number;
  /** Default `virtual`. `real` runs at the host's speed and is not repeatable. */
  readonly mode?: 'virtual' | 'real';
  /** Of the guest, in MB; default 512. Another size is another kernel command line, and so other randomness. */
  readonly memoryMb?: number;
  /** Devices of an exact rate, with a driver's queue. In real time, and on the packaged kernel only. */
  readonly cables?: SlowCables;
  /** Further files, at /run/lab/files/NAME in the guest. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** A failing script is a result, not an error. */
  readonly mayFail?: boolean;
  /** Wall clock of the host after which the guest is killed. Default 120 s. */
  readonly timeoutMs?: number;
  /** Called with each new part of the guest's log while it runs. */
  readonly onLog?: (text: string) => void;
}

const DEFAULT_SEED = Number(process.env.WEIR_LAB_SEED ?? 1);
const LOG_LOOK_INTERVAL_MS = 100;

/**
 * Runs one guest to its end. Throws a LabError with the tail of both logs if it is killed for taking too long, if its
 * kernel dies before the script is done, or if the script fails (unless `mayFail`). Leaves nothing behind.
 */
export async function boot(options: BootOptions): Promise<LabRun> {
  const { script, kernel = labKernel(), files = {}, mode = 'virtual', seed = DEFAULT_SEED, memoryMb, cables } = options;
  const start = performance.now();
  const guest = new Guest({ kernel, script, files, mode, seed, memoryMb, cables });
  const watcher = options.onLog === undefined ? undefined : watchLog(guest, options.onLog);
  try {
    const timedOut = await guest.ended(options.timeoutMs ?? 120_000);
    watcher?.stop();
    const log = guest.log();
    const kernelLog = guest.kernelLog();
    const exitCode = endOf(log);
    if (timedOut) throw new LabError('the guest took too long and was killed', log, kernelLog);
    if (exitCode === undefined) throw new LabError('the guest ended before its script did', log, kernelLog);
    if (exitCode !== 0 && options.mayFail !== true) {
      throw new LabError(`the guest's script failed with exit code ${exitCode}`, log, kernelLog);
    }
    return labRun({ log, kernelLog, exitCode, hostMs: performance.now() - start, out: outOf(guest) });
  } finally {
    watcher?.stop();
    guest.discard();
  }
}

function outOf(guest: Guest): Map<string, string> {
  const directory = join(guest.work.path, 'out');
  return new Map(readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), 'utf8')]));
}

function watchLog(guest: Guest, onLog: (text: string) => void): { stop(): void } {
  let seen = 0;
  const look = () => {
    const log = guest.log();
    if (log.length > seen) onLog(log.slice(seen));
    seen = log.length;
  };
  const timer = setInterval(look, LOG_LOOK_INTERVAL_MS);
  return {
    stop: () => {
      clearInterval(timer);
      look();
    },
  };
}
