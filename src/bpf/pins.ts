/** Where programs, maps and links are pinned. */
import { checked, isThere } from '../host/refusal.ts';
import type { BpfHost } from './calls.ts';

type PinsHost = Pick<BpfHost, 'errno' | 'errorText' | 'readDirectory' | 'rmdir' | 'unlink'>;

export const PINNED_BELOW = '/sys/fs/bpf/weir';
export const PINS = {
  maps: `${PINNED_BELOW}/maps`,
  programs: `${PINNED_BELOW}/programs`,
  links: `${PINNED_BELOW}/links`,
} as const;
const DIRECTORIES = Object.values(PINS);
const FOR_ROOT_ONLY = 0o700;

/** Whether anything is pinned, by whatever version. */
export function isPinned(host: Pick<PinsHost, 'readDirectory'>): boolean {
  return typeof host.readDirectory(PINNED_BELOW) !== 'number';
}

/** @throws KernelError */
export function makeDirectories(host: BpfHost): void {
  for (const path of [PINNED_BELOW, ...DIRECTORIES]) {
    const made = host.mkdir(path, FOR_ROOT_ONLY);
    if (-made !== host.errno.EEXIST) checked(host, made, 'make directory', path);
  }
}

/** Removes all pins with their directories; a link that nobody else holds ends with its own. @throws KernelError */
export function removeAllPins(host: PinsHost): void {
  for (const directory of DIRECTORIES) {
    for (const name of namesIn(host, directory)) removePin(host, `${directory}/${name}`);
  }
  for (const path of [...DIRECTORIES, PINNED_BELOW]) {
    isThere(host, host.rmdir(path), 'remove', path);
  }
}

/** The names in a directory; none where there is no directory. @throws KernelError */
export function namesIn(host: PinsHost, path: string): string[] {
  const names = host.readDirectory(path);
  if (typeof names !== 'number') return names;
  isThere(host, names, 'list', path);
  return [];
}

/** Removes a pin, if there is one. @throws KernelError */
export function removePin(host: PinsHost, path: string): void {
  isThere(host, host.unlink(path), 'unpin', path);
}

/** @throws KernelError */
export function renamePin(host: BpfHost, from: string, to: string): void {
  checked(host, host.rename(from, to), 'rename', from);
}
