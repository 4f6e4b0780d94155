/** Whether this machine has a bridge, as far as files tell. */
import type { Host } from '../host/host.ts';
import { isPinned } from './pins.ts';

/** Comes with a package of its own; another place by $WEIR_BPF_OBJECT. */
const OBJECT_FILE = '/lib/bpf/weir.bpf.o';

export function objectPath(host: Pick<Host, 'environment'>): string {
  return host.environment('WEIR_BPF_OBJECT') ?? OBJECT_FILE;
}

/** Whether the object is installed, or something of an earlier one is still pinned. Opens nothing but to see that it is there. */
export function hasBridge(host: Pick<Host, 'close' | 'constants' | 'environment' | 'open' | 'readDirectory'>): boolean {
  const fd = host.open(objectPath(host), host.constants.O_RDONLY, 0);
  if (fd >= 0) host.close(fd);
  return fd >= 0 || isPinned(host);
}
