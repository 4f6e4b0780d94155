/**
 * Offloads by the short names of `ethtool -K` (ethtool.c: `off_flag_def`), and the kernel's features behind each
 * (net/ethtool/common.c: `netdev_features_strings`).
 */
export const OFFLOADS = {
  rx: ['rx-checksum'],
  tx: ['tx-checksum-ipv4', 'tx-checksum-ip-generic', 'tx-checksum-ipv6', 'tx-checksum-fcoe-crc', 'tx-checksum-sctp'],
  sg: ['tx-scatter-gather', 'tx-scatter-gather-fraglist'],
  tso: ['tx-tcp-segmentation', 'tx-tcp-ecn-segmentation', 'tx-tcp-mangleid-segmentation', 'tx-tcp6-segmentation'],
  ufo: ['tx-udp-fragmentation'],
  gso: ['tx-generic-segmentation'],
  gro: ['rx-gro'],
  lro: ['rx-lro'],
  rxvlan: ['rx-vlan-hw-parse'],
  txvlan: ['tx-vlan-hw-insert'],
  ntuple: ['rx-ntuple-filter'],
  rxhash: ['rx-hashing'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type OffloadName = keyof typeof OFFLOADS;

export const OFFLOAD_NAMES = Object.keys(OFFLOADS) as OffloadName[];

/** What `ethtool -k` calls them in its list (ethtool.c: `off_flag_def`). */
const LISTED_AS: Readonly<Record<string, OffloadName>> = {
  'rx-checksumming': 'rx',
  'tx-checksumming': 'tx',
  'scatter-gather': 'sg',
  'tcp-segmentation-offload': 'tso',
  'udp-fragmentation-offload': 'ufo',
  'generic-segmentation-offload': 'gso',
  'generic-receive-offload': 'gro',
  'large-receive-offload': 'lro',
  'rx-vlan-offload': 'rxvlan',
  'tx-vlan-offload': 'txvlan',
  'ntuple-filters': 'ntuple',
  'receive-hashing': 'rxhash',
};

/** The offload of this name, short or as `ethtool -k` lists it; undefined for what is a feature of the kernel at best. */
export function offloadNamed(name: string): OffloadName | undefined {
  return OFFLOAD_NAMES.find((one) => one === name) ?? (Object.hasOwn(LISTED_AS, name) ? LISTED_AS[name] : undefined);
}

/** The kernel's features that `name` switches: an offload by either name, or one feature by the kernel's. */
export function featuresOf(name: string): readonly string[] {
  const offload = offloadNamed(name);
  return offload === undefined ? [name] : OFFLOADS[offload];
}

const NAME_OF_FEATURE: ReadonlyMap<string, OffloadName> = new Map(
  OFFLOAD_NAMES.flatMap((name) => OFFLOADS[name].map((feature): [string, OffloadName] => [feature, name])),
);

/** The short name under which a kernel feature is switched; its own where it has none. */
export function offloadOfFeature(feature: string): string {
  return NAME_OF_FEATURE.get(feature) ?? feature;
}

/** Whether the kernel's feature belongs to an offload with a short name. */
export function isCommonFeature(feature: string): boolean {
  return NAME_OF_FEATURE.has(feature);
}
