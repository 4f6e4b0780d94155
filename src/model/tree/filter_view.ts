/** Filters with their actions as plain data. */
import type { ActionFound, KernelNames } from '../../tc/action/list.ts';
import { actionKind } from '../../tc/action/registry.ts';
import { decodeFilterOptions, type FilterFound } from '../../tc/filter/kind.ts';
import { filterKind } from '../../tc/filter/registry.ts';
import { formatHandle } from '../../tc/handle.ts';
import { ETH_P } from '../../uapi/if_link.ts';
import { decodeFilterInfo, type TcMessage } from '../../wire/tcmsg.ts';
import { readable, wordsUnlikeInitial } from './readable.ts';
import type { ActionView, FilterDetails } from './views.ts';

const PROTOCOLS: ReadonlyMap<number, string> = new Map([
  [ETH_P.ALL, 'all'],
  [ETH_P.IP, 'ip'],
  [ETH_P.IPV6, 'ipv6'],
  [ETH_P.ARP, 'arp'],
  [ETH_P['8021Q'], '802.1q'],
  [ETH_P['8021AD'], '802.1ad'],
  [ETH_P.PPP_SES, 'ppp_ses'],
]);

/** What the filter looks for, where it leads, and what its actions have counted. Of what cannot be read, where it stands. */
export function filterDetails(
  message: TcMessage,
  littleEndian: boolean,
  names: Pick<KernelNames, 'deviceOf'>,
): FilterDetails {
  const { kind: name, handle, info, chain, options: payload } = message;
  const { preference, etherType } = decodeFilterInfo(info, littleEndian);
  const kind = filterKind(name);
  const found: FilterFound = (kind &&
    payload &&
    readable(() => decodeFilterOptions(kind, payload, littleEndian, handle, names))) ?? {
    options: {},
    actions: [],
  };
  const { options, classid, stats, actions } = found;
  return {
    handle: kind?.handleWords?.(options)[1] ?? formatFilterHandle(name, handle),
    preference,
    protocol: PROTOCOLS.get(etherType) ?? `0x${etherType.toString(16)}`,
    chain: chain ?? 0,
    ...(classid === undefined || classid === 0 ? {} : { target: formatHandle(classid) }),
    options,
    words: kind === undefined ? '' : wordsUnlikeInitial(kind, options).join(' '),
    ...(stats === undefined ? {} : { details: stats }),
    actions: actions.map(actionView),
  };
}

function actionView({ kind: name, options, stats, kindStats }: ActionFound): ActionView {
  const kind = actionKind(name);
  const { packets, bytes, drops, overlimits } = stats;
  return {
    kind: name,
    options,
    words: kind === undefined ? '' : wordsUnlikeInitial(kind, options).join(' '),
    packets,
    bytes,
    drops,
    overlimits,
    ...(kindStats === undefined ? {} : { details: kindStats }),
  };
}

/** As tc(8) prints it (tc/f_u32.c: sprint_u32_handle, f_fw.c). */
function formatFilterHandle(kind: string, handle: number): string {
  if (kind !== 'u32') return `0x${handle.toString(16)}`;
  const [table, bucket, node] = [handle >>> 20, (handle >>> 12) & 0xff, handle & 0xfff];
  return `${table.toString(16)}:${bucket === 0 ? '' : bucket.toString(16)}:${node.toString(16)}`;
}
