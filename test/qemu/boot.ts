/**
 * Boots the second lab: a stock kernel on a machine that QEMU emulates, runs a script in it, and gives back what it said. Real
 * drivers and two CPUs, but no clock to be trusted: nothing here may depend on how long something takes.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endOf, LabError, type LabRun, labRun } from '../lab/labrun.ts';
import { removeStale } from '../lab/workdir.ts';
import { cpio } from './cpio.ts';
import { CARDS, type MachineEnd, runMachine } from './machine.ts';

export interface BootOptions {
  /** For busybox's shell, run as root with the functions of test/qemu/guest; the first failing command ends it. */
  readonly script: string;
  /** Wall clock after which the machine is killed. Default 180 s, for a machine with a lot else to do. */
  readonly timeoutS?: number;
}

const PREFIX = 'weir-qemu-';
/** On a busy machine the timer of an emulated CPU may never tick, and the kernel waits for it for ever: it is booted once more. */
const BOOTS = 3;
const BEGIN_S = 60;

/**
 * Runs one machine to its end. Throws a LabError with the tails of the script's and of the kernel's log if it took too long, ended
 * before its script, or the script failed. Leaves nothing behind.
 */
export async function boot({ script, timeoutS = 180 }: BootOptions): Promise<LabRun> {
  const lab = process.env.WEIR_QEMU_LAB;
  if (lab === undefined) throw new Error('no QEMU: run this through `make qemu` (it sets WEIR_QEMU_LAB)');
  const start = performance.now();
  removeStale(PREFIX);
  const directory = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  try {
    writeFileSync(join(directory, 'initrd'), Buffer.concat([readFileSync(join(lab, 'root.cpio')), guestFiles(script)]));
    let end = await runMachine({ lab, directory, beginS: BEGIN_S, timeoutS });
    for (let boots = 1; end.killed === 'it said nothing' && boots < BOOTS; boots++) {
      console.log(`the machine hung while it booted; once more\n${end.kernelLog}`);
      end = await runMachine({ lab, directory, beginS: BEGIN_S, timeoutS });
    }
    return runOf(end, performance.now() - start);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function runOf({ killed, log, kernelLog, qemu }: MachineEnd, hostMs: number): LabRun {
  const exitCode = endOf(log);
  // A result may be one line of many kilobytes.
  const failed = (what: string) => new LabError(what, log.replace(/^(.{200}).+$/gm, '$1 …'), kernelLog);
  if (killed !== undefined) throw failed(`the machine was killed: ${killed}`);
  if (exitCode === undefined) throw failed(`the machine ended before its script did\n${qemu}`);
  if (exitCode !== 0) throw failed(`the script failed with exit code ${exitCode}`);
  return labRun({ log, kernelLog, exitCode, hostMs, out: new Map() });
}

/** What is laid over the distribution's part. */
function guestFiles(script: string): Buffer {
  const program = (path: string, from: string) => ({ path, content: readFileSync(from), mode: 0o755 });
  const part = (name: string) => ({
    path: `usr/lib/weir/${name}`,
    content: readFileSync(`build/weir.${name}`),
    mode: 0o644,
  });
  const text = (path: string, content: string) => ({ path, content, mode: 0o644 });
  return cpio(
    ['lab', 'usr/lib/weir'],
    [
      program('init', 'test/qemu/guest/init'),
      program('usr/sbin/weir', 'build/weir'),
      part('trees'),
      part('bridge'),
      program('usr/sbin/traffic', 'build/lab/traffic'),
      text('lab/guest.sh', readFileSync('test/qemu/guest/guest.sh', 'utf8')),
      text('lab/script.sh', `name_cards ${[...CARDS.keys()].join(' ')}\n${script}`),
    ],
  );
}
