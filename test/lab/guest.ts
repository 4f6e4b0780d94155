/**
 * The process of one guest: user-mode Linux on the host's file system, as an ordinary user. It never outlives this process, and
 * leaves nothing behind.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import {
  type Contents,
  makeWorkDirectory,
  memoryDirectory,
  removeWorkDirectory,
  type WorkDirectory,
} from './workdir.ts';

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
/** Of the first line to the guest; 0 to 2 are the usual ones. */
const FIRST_LINE_FD = 3;
/** Of the first end of a cable, as test/lab/cable/main.c has it. */
const FIRST_CABLE_FD = 10;

export interface GuestOptions extends Contents {
  readonly mode: 'virtual' | 'real';
  /** Chooses all randomness of a guest in virtual time. */
  readonly seed: number;
  /** How many lines lead to the guest, which has them as terminals: /dev/tty1 (character device 4, 1) and so on. Default 0. */
  readonly lines?: number;
  /** Default 512. Another size is another kernel command line, and so other randomness. */
  readonly memoryMb?: number | undefined;
  readonly cables?: SlowCables | undefined;
}

/**
 * Cables outside the guest, which only a kernel with CONFIG_UML_NET_VECTOR can hold the ends of, in real time: vec0 and vec1 for the first
 * one, vec2 and vec3, and so on. A device sends at `bitPerS` where its number is even; Ethernet headers count. It is a driver with a
 * transmit ring and BQL (arch/um/drivers/vector_kern.c), and can be set up once only: down, it closes its end for good.
 */
export interface SlowCables {
  readonly count: number;
  readonly bitPerS: number;
  /** For how many frames the ring of a device has room. */
  readonly ringFrames: number;
}

export class Guest {
  readonly work: WorkDirectory;
  private readonly process: ChildProcess;

  /** Starts it. Throws where no directory allows executables. */
  constructor(options: GuestOptions) {
    this.work = makeWorkDirectory(options);
    this.process = spawnKernel(this.work, options);
    running.add(this);
  }

  /** This side of the line with that number, from 1. */
  line(number: number): Socket {
    const stream = this.process.stdio[FIRST_LINE_FD + number - 1];
    // What Node calls a pipe is a socket here (child_process: options.stdio).
    if (!(stream instanceof Socket)) throw new Error(`the guest has no line ${number}`);
    return stream;
  }

  /** Waits for the end of the guest; true if it had to be killed because it took longer. */
  ended(timeoutMs: number): Promise<boolean> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return Promise.resolve(false);
    return new Promise((resolve, reject) => {
      let timedOut = false;
      const timer = setTimeout(() => {
        timedOut = true;
        this.kill();
      }, timeoutMs);
      this.process.once('error', (error) => {
        clearTimeout(timer);
        reject(error);
      });
      this.process.once('exit', () => {
        clearTimeout(timer);
        resolve(timedOut);
      });
    });
  }

  /** What the guest has written so far. */
  log(): string {
    return read(join(this.work.path, 'log'));
  }

  /** What its kernel has written so far. */
  kernelLog(): string {
    return read(join(this.work.path, 'kernel.log'));
  }

  /** Kills it if it runs, and removes its directory. */
  discard(): void {
    this.kill();
    removeWorkDirectory(this.work);
    running.delete(this);
  }

  private kill(): void {
    if (this.process.pid === undefined) return;
    try {
      process.kill(-this.process.pid, 'SIGKILL');
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }
}

/** Guests that must not outlive this process. */
const running = new Set<Guest>();

function discardAll(): void {
  for (const guest of running) guest.discard();
}

process.on('exit', discardAll);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    discardAll();
    process.exit(1);
  });
}

function spawnKernel(work: WorkDirectory, options: GuestOptions): ChildProcess {
  const { mode, seed, lines = 0, memoryMb = MEMORY_MB, cables } = options;
  const memory = memoryDirectory(work);
  const output = openSync(join(work.path, 'kernel.log'), 'w');
  const numbers = Array.from({ length: lines }, (_, i) => i + 1);
  const consoles = numbers.map((number) => `con${number}=fd:${FIRST_LINE_FD + number - 1}`);
  try {
    // A group of its own, so that the guest's processes can be killed with it; and should this process be killed, the
    // guest must die too. HOME keeps the kernel's ~/.uml inside the private directory.
    return spawn(
      'setpriv',
      [
        '--pdeathsig',
        'KILL',
        ...(cables === undefined ? [] : ['./bin/slow-cables', `${cables.count}`, `${cables.bitPerS}`, '--']),
        './linux',
        `mem=${memoryMb}M`,
        ...COMMAND_LINE,
        ...consoles,
        ...(mode === 'virtual' ? VIRTUAL_TIME : []),
        ...(cables === undefined ? [] : vectorDevices(cables)),
      ],
      {
        cwd: work.path,
        detached: true,
        stdio: ['ignore', output, output, ...numbers.map(() => 'pipe' as const)],
        env: {
          PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
          HOME: work.path,
          ...(memory === undefined ? {} : { TMPDIR: memory }),
          LD_PRELOAD: './bin/preload.so',
          ...(mode === 'virtual' ? { WEIR_LAB_SEED: String(seed) } : {}),
        },
        ...work.user,
      },
    );
  } finally {
    closeSync(output);
  }
}

function vectorDevices({ count, ringFrames }: SlowCables): string[] {
  // Without `mtu` it is 64 kB.
  const device = (_: unknown, i: number) =>
    `vec${i}:transport=fd,fd=${FIRST_CABLE_FD + i},depth=${ringFrames},mtu=1500`;
  return Array.from({ length: 2 * count }, device);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
