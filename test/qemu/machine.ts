/** The process of one machine: QEMU, which emulates the CPUs too, so that it works on a machine that is virtual itself. */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Models of the cards by the names that the guest gives them, in this order; all are on one Ethernet segment. */
export const CARDS: ReadonlyMap<string, string> = new Map([
  ['e1000e', 'e1000e'],
  ['igb', 'igb'],
  ['virtio', 'virtio-net-pci'],
  ['peer', 'virtio-net-pci'],
]);

const MEMORY_MB = 256;
/** The last byte counts the cards. */
const MAC_PREFIX = '52:54:00:00:00:0';
const COMMAND_LINE = 'console=ttyS0 quiet panic=-1 mitigations=off no_timer_check';

export interface MachineOptions {
  /** What scripts/lab-qemu.sh made. */
  readonly lab: string;
  /** Private to this machine; the first file system of the guest is `initrd` in it. */
  readonly directory: string;
  /** Wall clock after which it is killed: s until the guest says something, and in all. */
  readonly beginS: number;
  readonly timeoutS: number;
}

export interface MachineEnd {
  /** Why it was killed; undefined where it ended by itself. */
  readonly killed: 'it said nothing' | 'it took too long' | undefined;
  /** What the guest wrote, what its kernel did, and QEMU. */
  readonly log: string;
  readonly kernelLog: string;
  readonly qemu: string;
}

/** Runs one machine to its end. */
export function runMachine({ lab, directory, beginS, timeoutS }: MachineOptions): Promise<MachineEnd> {
  const [log, kernelLog] = [join(directory, 'log'), join(directory, 'kernel.log')];
  for (const path of [log, kernelLog]) writeFileSync(path, '');
  const cards = [...CARDS].flatMap(([name, model], i) => [
    ...['-netdev', `hubport,id=${name},hubid=0`],
    ...['-device', `${model},netdev=${name},mac=${MAC_PREFIX}${i},romfile=`],
  ]);
  // It opens its files before it leaves root's rights.
  const unprivileged = process.getuid?.() === 0 ? ['-run-with', 'user=65534:65534'] : [];
  // `timeout` ends it also when this process cannot, and itself along with it.
  const child = spawn(
    'timeout',
    [
      ...['--signal=KILL', String(timeoutS), join(lab, 'qemu')],
      ...['-accel', 'tcg,thread=multi', '-smp', '2', '-m', `${MEMORY_MB}M`, '-machine', 'q35', '-cpu', 'qemu64'],
      ...['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none', ...unprivileged],
      ...['-kernel', join(lab, 'linux'), '-initrd', join(directory, 'initrd'), '-append', COMMAND_LINE],
      ...['-serial', `file:${kernelLog}`, '-serial', `file:${log}`],
      ...cards,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  );
  const kill = () => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
      process.kill(-child.pid, 'SIGKILL');
  };
  let isMute = false;
  const hearing = setTimeout(() => {
    isMute = readFileSync(log).length === 0;
    if (isMute) kill();
  }, beginS * 1000);
  process.once('exit', kill);
  return new Promise((resolve, reject) => {
    let qemu = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (qemu += String(part)));
    child.once('error', reject);
    child.once('close', (_code, signal) => {
      clearTimeout(hearing);
      process.off('exit', kill);
      const killed = isMute ? 'it said nothing' : signal === 'SIGKILL' ? 'it took too long' : undefined;
      resolve({ killed, log: readFileSync(log, 'utf8'), kernelLog: readFileSync(kernelLog, 'utf8'), qemu });
    });
  });
}
