/** The protocol of the packets that a filter looks at, where its section does not say it. */
import type { FilterKind } from '../../tc/filter/kind.ts';
import type { OptionValues } from '../../tc/kind.ts';
import { ETH_P } from '../../uapi/if_link.ts';

/** Options of u32 that are read at the same offsets of frames that are no IP packets at all. */
const NOT_OF_IP: readonly string[] = [
  'match',
  'mark',
  'indev',
  'sourceMac',
  'destinationMac',
  'skipHardware',
  'skipSoftware',
];

/** The first of these for which the options make sense, as ETH_P_*; that for all where none is. */
export function impliedProtocol(kind: FilterKind, options: OptionValues): number {
  const given = Object.keys(options);
  const isOfIp = kind.kind === 'u32' && given.some((name) => !NOT_OF_IP.includes(name));
  const isOfIpv6 = ['source', 'destination'].some((name) => String(options[name] ?? '').includes(':'));
  const ofIp = isOfIpv6 ? [ETH_P.IPV6] : [ETH_P.IP, ETH_P.IPV6];
  const candidates = isOfIp ? ofIp : [ETH_P.ALL, ...ofIp, ETH_P['8021Q']];
  return (
    candidates.find((etherType) => problemsFor(kind, options, etherType).length === 0) ?? candidates[0] ?? ETH_P.ALL
  );
}

/** What is wrong with options for packets of this protocol, in sentences for people. */
export function problemsFor(kind: FilterKind, options: OptionValues, etherType: number): readonly string[] {
  return kind.checkFor?.({ ...kind.initial, ...options }, etherType) ?? [];
}
