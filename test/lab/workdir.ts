/**
 * The private directory of one guest: everything that goes into it, what comes out of it, and its removal.
 *
 * A guest runs as an ordinary user: as root of the host it could damage it. So when this process is root, the guest gets
 * the uid of `nobody` and copies of what it needs, because the checkout may not be readable to others.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  constants,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Kernel } from './kernel.ts';

/** The uid and gid of `nobody`, as Linux itself has it (overflowuid). */
const NOBODY = 65534;
const PREFIX = 'weir-lab-';
/** Of ours, as far as they are built, each with its file of trees where it has one. */
const PROGRAMS = [
  'weir',
  'weir-faults',
  'weir-netifd',
  'weir-procd',
  'weir-services',
  'weir-load',
  'weir-bpf',
  'weir-relay',
];
/** As COMMAND_LINE in guest.ts has it. */
const MEMORY_BYTES = 512 * 2 ** 20;

export interface WorkDirectory {
  readonly path: string;
  /** uid and gid for the guest's processes; empty where this process is not root. */
  readonly user: { readonly uid?: number; readonly gid?: number };
}

export interface Contents {
  readonly kernel: Kernel;
  /** The scenario's script. */
  readonly script: string;
  /** Further files, at /run/lab/files/NAME in the guest. */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
}

/** Makes and fills the directory. Throws where no directory allows executables. */
export function makeWorkDirectory(contents: Contents): WorkDirectory {
  removeStale(PREFIX);
  const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const path = privateDirectory(user);
  const work: WorkDirectory = { path, user };
  for (const name of ['bin', 'files', 'out']) mkdirSync(join(path, name));
  cpSync('test/lab/guest', join(path, 'guest'), { recursive: true });
  place(contents.kernel.path, join(path, 'linux'));
  place('build/lab/traffic', join(path, 'bin/traffic'));
  place('build/lab/preload.so', join(path, 'bin/preload.so'));
  for (const name of ['frames', 'slow-cables']) placeIfThere(`build/lab/${name}`, join(path, 'bin', name));
  for (const name of PROGRAMS) {
    placeIfThere(`build/${name}`, join(path, 'bin', name));
    for (const part of ['trees', 'bridge']) placeIfThere(`build/${name}.${part}`, join(path, 'bin', `${name}.${part}`));
  }
  writeFileSync(join(path, 'init'), '#!/bin/bash\n. /proc/self/cwd/guest/init.sh\n', { mode: 0o755 });
  writeFileSync(join(path, 'script.sh'), contents.script);
  for (const [name, content] of Object.entries(contents.files)) writeFileSync(join(path, 'files', name), content);
  if (contents.kernel.modules.length > 0) {
    mkdirSync(join(path, 'modules'));
    for (const module of contents.kernel.modules) copyFileSync(module, join(path, 'modules', basename(module)));
  }
  if (user.uid !== undefined) giveAway(path, user.uid);
  return work;
}

/** Removes the directory with all that the guest left in it. */
export function removeWorkDirectory(work: WorkDirectory): void {
  rmSync(work.path, { recursive: true, force: true });
}

/**
 * Where the guest's memory may lie, if not in /dev/shm as the kernel itself would have it: that may be small (64 MB in a
 * container) or refuse to have its pages executed.
 */
export function memoryDirectory(work: WorkDirectory): string | undefined {
  return hasRoom('/dev/shm') && allowsExecution('/dev/shm', work.user) ? undefined : work.path;
}

function hasRoom(directory: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize >= MEMORY_BYTES;
  } catch {
    return false;
  }
}

function privateDirectory(user: WorkDirectory['user']): string {
  const tried = [...new Set([tmpdir(), '/tmp', '/var/tmp', '/dev/shm', 'build/lab'])];
  for (const parent of tried) {
    if (!allowsExecution(parent, user)) continue;
    const path = mkdtempSync(join(parent, `${PREFIX}${process.pid}-`));
    // The guest's root, without the right to look anywhere, finds the files of parts beside the program.
    chmodSync(path, 0o755);
    if (user.uid !== undefined) chownSync(path, user.uid, user.uid);
    return path;
  }
  throw new Error(`the lab needs a directory in which programs may run (none of ${tried.join(', ')} allows it)`);
}

function allowsExecution(parent: string, user: WorkDirectory['user']): boolean {
  let directory: string | undefined;
  try {
    directory = mkdtempSync(join(parent, `${PREFIX}${process.pid}-probe-`));
    chmodSync(directory, 0o755);
    const probe = join(directory, 'probe');
    writeFileSync(probe, '#!/bin/sh\n', { mode: 0o755 });
    return spawnSync(probe, user).status === 0;
  } catch {
    return false;
  } finally {
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
  }
}

/** Removes directories `PREFIXPID-…` of processes that were killed before they could clean up. */
export function removeStale(prefix: string): void {
  for (const parent of new Set([tmpdir(), '/tmp', '/var/tmp', '/dev/shm'])) {
    for (const name of listing(parent)) {
      const owner = name.startsWith(prefix) ? Number.parseInt(name.slice(prefix.length), 10) : Number.NaN;
      if (Number.isNaN(owner) || isAlive(owner)) continue;
      rmSync(join(parent, name), { recursive: true, force: true });
    }
  }
}

function listing(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, as somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function place(from: string, to: string): void {
  copyFileSync(from, to, constants.COPYFILE_FICLONE);
  chmodSync(to, 0o755);
}

function placeIfThere(from: string, to: string): void {
  try {
    place(from, to);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}

function giveAway(directory: string, uid: number): void {
  chownSync(directory, uid, uid);
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) giveAway(path, uid);
    else chownSync(path, uid, uid);
  }
}
