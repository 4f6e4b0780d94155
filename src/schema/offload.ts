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

/** The kernel's features that `name` switches. */
export function featuresOf(name: OffloadName): readonly string[] {
  return OFFLOADS[name];
}

const NAME_OF_FEATURE: ReadonlyMap<string, OffloadName> = new Map(
  OFFLOAD_NAMES.flatMap((name) => OFFLOADS[name].map((feature): [string, OffloadName] => [feature, name])),
);

/** The short name under which a kernel feature is switched, or undefined for a feature without one. */
export function offloadOfFeature(feature: string): OffloadName | undefined {
  return NAME_OF_FEATURE.get(feature);
}
