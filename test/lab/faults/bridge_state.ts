/** What of the bridge lies outside of devices: pins, what the maps hold, and whether devices run the programs that are pinned. */
import { BpfLoader } from '../../../src/bpf/loader.ts';
import { PINNED_BELOW, PINS } from '../../../src/bpf/pins.ts';
import type { Host } from '../../../src/host/host.ts';
import type { State } from './state.ts';

/** What lines begin with that are about no device. */
export const BRIDGE = 'bridge';

/** Sorted; nothing where no bridge is loaded. @throws KernelError */
export function bridgeState(host: Host): State {
  const lines = [PINNED_BELOW, ...Object.values(PINS)].flatMap((path) => {
    const names = host.readDirectory(path);
    return typeof names === 'number' ? [] : [`${BRIDGE} pins ${path} ${names.sort().join(' ')}`];
  });
  const loader = new BpfLoader(host);
  try {
    const loaded = loader.loaded();
    if (loaded === undefined) return lines;
    const { maps } = loader;
    const tables = {
      loaded,
      ports: maps.ports.entries(),
      targets: maps.targets.entries(),
      vlans: maps.vlans.entries(),
      steering: maps.steering.entries(),
      unknown: maps.settings.unknown,
    };
    for (const [name, content] of Object.entries(tables)) lines.push(`${BRIDGE} ${name} ${shown(content)}`);
    for (const [device, { programId, pinned }] of loader.links.list()) {
      const isCurrent = programId === loader.programId('xdp_forward');
      lines.push(`${device} xdp ${isCurrent ? 'current' : 'another'} ${pinned ? 'pinned' : 'held'}`);
    }
    return lines.sort();
  } finally {
    loader.close();
  }
}

/** A table has its entries in no order. */
function shown(content: object): string {
  return Array.isArray(content)
    ? content
        .map((one) => JSON.stringify(one))
        .sort()
        .join(' ')
    : JSON.stringify(content);
}
