/** What is on a device, as the bus tells it. */
import type { Host } from '../host/host.ts';
import type { TreeNames } from '../model/tree/device_tree.ts';
import type { TreeReport } from '../model/tree/views.ts';
import { trees } from '../parts/trees.ts';
import type { Kernel } from './kernel.ts';

export interface TreeSource {
  readonly host: Pick<Host, 'monotonicMs'>;
  readonly kernel: Kernel;
}

/** At most `limit` nodes; undefined where there is no such device. @throws KernelError */
export function treeReport(source: TreeSource, device: string | undefined, limit: number): TreeReport | undefined {
  const { host, kernel } = source;
  const deviceNames = new Map(kernel.links().map((link) => [link.ifindex, link.name]));
  const devices = [...devicesSetUp(kernel)].flatMap((ifindex) => deviceNames.get(ifindex) ?? []).sort();
  const empty = { atMs: host.monotonicMs(), devices, device: null, total: 0, nodes: [] };
  if (device === undefined) return empty;
  const ifindex = [...deviceNames].find(([, name]) => name === device)?.[0];
  if (ifindex === undefined) return undefined;
  const { nodes, total } = trees().deviceTree(kernel.deviceDump(ifindex), namesOf(device, deviceNames), limit);
  return { ...empty, device, total, nodes };
}

/** The kernel's own qdiscs have no handle. */
function devicesSetUp(kernel: Kernel): ReadonlySet<number> {
  const setUp = new Set<number>();
  kernel.eachQdisc(
    ({ ifindex, handle }) => {
      if (handle !== 0) setUp.add(ifindex);
    },
    () => setUp.clear(),
  );
  return setUp;
}

/** Who a node is, for people. */
export function namesOf(device: string, deviceNames: ReadonlyMap<number, string>): TreeNames {
  return { device, sectionOf: () => undefined, deviceOf: (ifindex) => deviceNames.get(ifindex) };
}
