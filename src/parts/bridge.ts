/**
 * The door to the bridge: to what speaks bpf(2), and what decides how frames go. It is loaded where a bridge is configured, or in the kernel.
 * It comes with the BPF programs, in a package of its own, so its file may not be there.
 */
import * as part from '../agent/part.ts';
import type { PartFile } from './trees.ts';

/** In the source the part is always there; a test may have it otherwise. */
let file: PartFile = 'there';

/** @throws RangeError where it is not loaded yet and {@link bridgeFile} is not `there` */
export function bridge(): typeof part {
  if (!canUseBridge()) throw new RangeError(file);
  return part;
}

/** How its file is now. */
export function bridgeFile(): PartFile {
  return file;
}

/** Whether it is loaded already, or can be. */
export function canUseBridge(): boolean {
  return file === 'there';
}

/** For tests: `body` with the file as it is given, and the part not loaded before that. */
export function withBridgeFile<T>(as: PartFile, body: () => T): T {
  file = as;
  try {
    return body();
  } finally {
    file = 'there';
  }
}
