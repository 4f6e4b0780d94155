/**
 * Boots a guest (user-mode Linux on the host's file system), lets it run a script, and gives back what it said.
 *
 * In virtual time the guest's clock moves only while all its processes sleep, so every delay, loss and order is exact and
 * does not depend on how busy the host is. The same kernel, seed, files and script give the same log to the bit.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Kernel, labKernel } from './kernel.ts';
import { endOf, LabError, type LabRun, labRun } from './labrun.ts';
import { makeWorkDirectory, memoryDirectory, removeWorkDirectory, type WorkDirectory } from './workdir.ts';

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
  /** Further files, at /run/lab/files/NAME in the guest. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** A failing script is a result, not an error. */
  readonly mayFail?: boolean;
  /** Wall clock of the host after which the guest is killed. Default 120 s. */
  readonly timeoutMs?: number;
  /** Called with each new part of the guest's log while it runs. */
  readonly onLog?: (text: string) => void;
}

/** What is mixed into the guest's randomness must never differ between runs: keep paths and settings out of here. */
const COMMAND_LINE = [
  'rootfstype=hostfs',
  'root=98:0',
  'rootflags=/',
  'ro',
  'init=/proc/self/cwd/init',
  'con=null',
  'con0=fd:0,fd:1',
  'quiet',
  'panic=-1',
];
const MEMORY_MB = 512;
/** Clock at boot, in ns since 1970: any fixed value would do. */
const VIRTUAL_TIME = ['time-travel=inf-cpu', 'time-travel-start=1700000000000000000'];
const DEFAULT_SEED = Number(process.env.WEIR_LAB_SEED ?? 1);
const LOG_LOOK_INTERVAL_MS = 100;

/**
 * Runs one guest to its end. Throws a LabError with the tail of both logs if it is killed for taking too long, if its
 * kernel dies before the script is done, or if the script fails (unless `mayFail`). Leaves nothing behind.
 */
export async function boot(options: BootOptions): Promise<LabRun> {
  const kernel = options.kernel ?? labKernel();
  const work = makeWorkDirectory({ kernel, script: options.script, files: options.files ?? {} });
  const start = performance.now();
  const guest: Guest = { work, process: spawnKernel(work, options) };
  running.add(guest);
  const watcher = options.onLog === undefined ? undefined : watchLog(work, options.onLog);
  try {
    const timedOut = await ended(guest, options.timeoutMs ?? 120_000);
    watcher?.stop();
    const log = logOf(work);
    const kernelLog = read(join(work.path, 'kernel.log'));
    const exitCode = endOf(log);
    if (timedOut) throw new LabError('the guest took too long and was killed', log, kernelLog);
    if (exitCode === undefined) throw new LabError('the guest ended before its script did', log, kernelLog);
    if (exitCode !== 0 && options.mayFail !== true) {
      throw new LabError(`the guest's script failed with exit code ${exitCode}`, log, kernelLog);
    }
    return labRun({ log, kernelLog, exitCode, hostMs: performance.now() - start, out: outOf(work) });
  } finally {
    watcher?.stop();
    discard(guest);
  }
}

interface Guest {
  readonly work: WorkDirectory;
  readonly process: ChildProcess;
}

/** Guests that must not outlive this process. */
const running = new Set<Guest>();

process.on('exit', () => running.forEach(discard));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    running.forEach(discard);
    process.exit(1);
  });
}

function spawnKernel(
  work: WorkDirectory,
  { mode = 'virtual', seed = DEFAULT_SEED, memoryMb = MEMORY_MB }: BootOptions,
): ChildProcess {
  const memory = memoryDirectory(work);
  const output = openSync(join(work.path, 'kernel.log'), 'w');
  try {
    // A group of its own, so that the guest's processes can be killed with it; and should this process be killed, the
    // guest must die too. HOME keeps the kernel's ~/.uml inside the private directory.
    return spawn(
      'setpriv',
      [
        '--pdeathsig',
        'KILL',
        './linux',
        `mem=${memoryMb}M`,
        ...COMMAND_LINE,
        ...(mode === 'virtual' ? VIRTUAL_TIME : []),
      ],
      {
        cwd: work.path,
        detached: true,
        stdio: ['ignore', output, output],
        env: {
          PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
          HOME: work.path,
          ...(memory === undefined ? {} : { TMPDIR: memory }),
          ...(mode === 'virtual' ? { LD_PRELOAD: './bin/detrand.so', WEIR_LAB_SEED: String(seed) } : {}),
        },
        ...work.user,
      },
    );
  } finally {
    closeSync(output);
  }
}

/** Waits for the end of the guest; true if it had to be killed. */
function ended(guest: Guest, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      kill(guest);
    }, timeoutMs);
    guest.process.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    guest.process.once('exit', () => {
      clearTimeout(timer);
      resolve(timedOut);
    });
  });
}

function kill(guest: Guest): void {
  if (guest.process.pid === undefined) return;
  try {
    process.kill(-guest.process.pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

function discard(guest: Guest): void {
  kill(guest);
  removeWorkDirectory(guest.work);
  running.delete(guest);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function logOf(work: WorkDirectory): string {
  return read(join(work.path, 'log'));
}

function outOf(work: WorkDirectory): Map<string, string> {
  const directory = join(work.path, 'out');
  return new Map(readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), 'utf8')]));
}

function watchLog(work: WorkDirectory, onLog: (text: string) => void): { stop(): void } {
  let seen = 0;
  const look = () => {
    const log = logOf(work);
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
