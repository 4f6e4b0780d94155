/** What is on a device, as the bus tells it. */
import type { Host } from '../host/host.ts';
import type { TreeReport } from '../model/tree/views.ts';
import { trees } from '../parts/trees.ts';
import type { Kernel } from './kernel.ts';

export interface TreeSource {
  readonly host: Pick<Host, 'monotonicMs'>;
  readonly kernel: Kernel;
  /** Sections that have trees on the device, by the keys of their resources. */
  sectionsOn(device: string): ReadonlyMap<string, string>;
}

/** At most `limit` nodes, and of the filters of the others none counts; undefined where there is no such device. @throws KernelError */
export function treeReport(
  { host, kernel, sectionsOn }: TreeSource,
  device: string | undefined,
  limit: number,
): TreeReport | undefined {
  const deviceNames = new Map(kernel.links().map((link) => [link.ifindex, link.name]));
  const devices = [...devicesSetUp(kernel)].flatMap((ifindex) => deviceNames.get(ifindex) ?? []).sort();
  const empty = { atMs: host.monotonicMs(), devices, device: null, total: 0, nodes: [] };
  if (device === undefined) return empty;
  const ifindex = [...deviceNames].find(([, name]) => name === device)?.[0];
  if (ifindex === undefined) return undefined;
  const names = { device, sections: sectionsOn(device), deviceOf: (index: number) => deviceNames.get(index) };
  const tree = trees().deviceTree(kernel.trees.deviceDump(ifindex, limit), names);
  return { ...empty, device, total: tree.total, nodes: tree.nodes(0, limit) };
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
