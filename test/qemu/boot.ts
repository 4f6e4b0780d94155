/**
 * Boots the second lab: a stock kernel on a machine that QEMU emulates, runs a script in it, and gives back what it said. Real
 * drivers and two CPUs, but no clock to be trusted: nothing here may depend on how long something takes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endOf, LabError, type LabRun, labRun } from '../lab/labrun.ts';
import { removeStale } from '../lab/workdir.ts';
import { cpio } from './cpio.ts';

/**
 * The cards, by the names that the guest gives them, on one Ethernet segment. One queue: e1000e; several, with the receive side
 * spread over them by the card: igb; without coalescing, with fixed rings: virtio. `peer` is for the other end.
 */
export const CARDS = {
  e1000e: 'e1000e',
  igb: 'igb',
  virtio: 'virtio-net-pci',
  peer: 'virtio-net-pci',
} as const;

export interface BootOptions {
  /** For busybox's shell, run as root with the functions of test/qemu/guest; the first failing command ends it. */
  readonly script: string;
  /** Wall clock after which the machine is killed. Default 120 s. */
  readonly timeoutS?: number;
}

const PREFIX = 'weir-qemu-';
const MEMORY_MB = 256;
/** Of the machine's own; the last byte counts the cards. */
const MAC_PREFIX = '52:54:00:00:00:0';
/** `timeout` of coreutils, for a process that it had to kill. */
const KILLED = 137;

/**
 * Runs one machine to its end. Throws a LabError with the tails of the script's and of the kernel's log if it took too long, ended
 * before its script, or the script failed. Leaves nothing behind.
 */
export async function boot({ script, timeoutS = 120 }: BootOptions): Promise<LabRun> {
  const files = process.env.WEIR_QEMU_LAB;
  if (files === undefined) throw new Error('no QEMU: run this through `make qemu` (it sets WEIR_QEMU_LAB)');
  const start = performance.now();
  removeStale(PREFIX);
  const directory = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  const log = join(directory, 'log');
  const kernelLog = join(directory, 'kernel.log');
  const initrd = join(directory, 'initrd');
  try {
    writeFileSync(initrd, Buffer.concat([readFileSync(join(files, 'root.cpio')), guestFiles(script)]));
    const exit = await ended(machine(files, { initrd, log, kernelLog, timeoutS }));
    const [said, kernelSaid] = [readFileSync(log, 'utf8'), readFileSync(kernelLog, 'utf8')];
    const exitCode = endOf(said);
    if (exit.code === KILLED) throw new LabError(`the machine took more than ${timeoutS} s`, said, kernelSaid);
    if (exitCode === undefined) throw new LabError(`the machine ended early\n${exit.said}`, said, kernelSaid);
    if (exitCode !== 0) throw new LabError(`the script failed with exit code ${exitCode}`, said, kernelSaid);
    return labRun({ log: said, kernelLog: kernelSaid, exitCode, hostMs: performance.now() - start, out: new Map() });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** What is laid over the distribution's part. */
function guestFiles(script: string): Buffer {
  const shell = Object.keys(CARDS).map((name, i) => `ip link set eth${i} name ${name}\nip link set ${name} up\n`);
  const program = (path: string, from: string) => ({ path, content: readFileSync(from), mode: 0o755 });
  const text = (path: string, content: string) => ({ path, content, mode: 0o644 });
  return cpio(
    ['lab'],
    [
      program('init', 'test/qemu/guest/init'),
      program('usr/sbin/weir', 'build/weir'),
      program('usr/sbin/traffic', 'build/lab/traffic'),
      text('lab/guest.sh', readFileSync('test/qemu/guest/guest.sh', 'utf8')),
      text('lab/script.sh', `CARDS='${Object.keys(CARDS).join(' ')}'\n${shell.join('')}${script}`),
    ],
  );
}

interface Machine {
  readonly initrd: string;
  readonly log: string;
  readonly kernelLog: string;
  readonly timeoutS: number;
}

function machine(files: string, { initrd, log, kernelLog, timeoutS }: Machine): ChildProcess {
  const cards = Object.entries(CARDS).flatMap(([name, model], i) => [
    ...['-netdev', `hubport,id=${name},hubid=0`],
    ...['-device', `${model},netdev=${name},mac=${MAC_PREFIX}${i},romfile=`],
  ]);
  // It opens its files before it leaves root's rights.
  const unprivileged = process.getuid?.() === 0 ? ['-run-with', 'user=65534:65534'] : [];
  // `timeout` ends it also when this process cannot.
  return spawn(
    'timeout',
    [
      ...['--signal=KILL', String(timeoutS), join(files, 'qemu')],
      ...['-accel', 'tcg,thread=multi', '-smp', '2', '-m', `${MEMORY_MB}M`, '-machine', 'q35', '-cpu', 'qemu64'],
      ...['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none', ...unprivileged],
      ...['-kernel', join(files, 'linux'), '-initrd', initrd],
      ...['-append', 'console=ttyS0 quiet panic=-1 mitigations=off nokaslr'],
      ...['-serial', `file:${kernelLog}`, '-serial', `file:${log}`],
      ...cards,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  );
}

/** Waits for the end; what the process itself said is for the case that the machine did not even start. */
function ended(child: ChildProcess): Promise<{ readonly code: number | null; readonly said: string }> {
  const kill = () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
  };
  process.once('exit', kill);
  return new Promise((resolve, reject) => {
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (part) => (said += String(part)));
    child.once('error', reject);
    child.once('close', (code) => {
      process.off('exit', kill);
      resolve({ code, said });
    });
  });
}
