/**
 * nfnetlink messages about the flowtables of nftables: the lists of devices between which the kernel, or the hardware, forwards
 * known connections on a short cut.
 *
 * Kernel: net/netfilter/nf_tables_api.c (`nf_tables_fill_flowtable_info`). Its numbers are big-endian on every CPU.
 */
import type { Reader } from '../lib/bytes.ts';
import { NFTA_DEVICE_NEWER } from '../uapi/newer.ts';
import {
  NFNL_SUBSYS,
  NFPROTO,
  NFT_FLOWTABLE,
  NFT_MSG,
  NFTA_DEVICE,
  NFTA_FLOWTABLE,
  NFTA_FLOWTABLE_HOOK,
} from '../uapi/nftables.ts';
import { eachAttribute, text } from './nla.ts';
import type { Request } from './nlmsg.ts';

export interface Flowtable {
  /** Of its table, as nft(8) names it: `inet`, `ip`, `ip6`. */
  readonly family: string;
  readonly table: string;
  readonly name: string;
  /** Whether connections are to be handed to the hardware. */
  readonly hardware: boolean;
  /** How many rules put connections into it. */
  readonly ruleCount: number;
  readonly devices: readonly string[];
  /** Beginnings of names: whatever device has such a name is in it too. */
  readonly devicePrefixes: readonly string[];
}

const FAMILIES: ReadonlyMap<number, string> = new Map([
  [NFPROTO.INET, 'inet'],
  [NFPROTO.IPV4, 'ip'],
  [NFPROTO.IPV6, 'ip6'],
]);

const messageType = (message: NFT_MSG): number => (NFNL_SUBSYS.NFTABLES << 8) | message;
/** The type of the messages that {@link decodeFlowtable} reads. */
export const FLOWTABLE_MESSAGE = messageType(NFT_MSG.NEWFLOWTABLE);

/** All flowtables of all families; struct nfgenmsg is family, version, resource. */
export function flowtableDump(): Request {
  return { type: messageType(NFT_MSG.GETFLOWTABLE), flags: 0, body: (w) => w.u32(NFPROTO.UNSPEC) };
}

/** @throws ShortReadError */
export function decodeFlowtable(payload: Reader): Flowtable {
  const family = payload.u8();
  payload.take(3);
  const devices: string[] = [];
  const devicePrefixes: string[] = [];
  let [table, name, flags, ruleCount] = ['', '', 0, 0];
  eachAttribute(payload, (type, value) => {
    if (type === NFTA_FLOWTABLE.TABLE) table = text.decode(value);
    else if (type === NFTA_FLOWTABLE.NAME) name = text.decode(value);
    else if (type === NFTA_FLOWTABLE.USE) ruleCount = bigEndian32(value);
    else if (type === NFTA_FLOWTABLE.FLAGS) flags = bigEndian32(value);
    else if (type === NFTA_FLOWTABLE.HOOK) decodeDevices(value, devices, devicePrefixes);
  });
  const hardware = (flags & NFT_FLOWTABLE.HW_OFFLOAD) !== 0;
  const familyName = FAMILIES.get(family) ?? `family ${family}`;
  return { family: familyName, table, name, hardware, ruleCount, devices, devicePrefixes };
}

function decodeDevices(hook: Reader, devices: string[], prefixes: string[]): void {
  eachAttribute(hook, (type, list) => {
    if (type !== NFTA_FLOWTABLE_HOOK.DEVS) return;
    eachAttribute(list, (kind, device) => {
      if (kind === NFTA_DEVICE.NAME) devices.push(text.decode(device));
      else if (kind === NFTA_DEVICE_NEWER.PREFIX) prefixes.push(text.decode(device));
    });
  });
}

function bigEndian32(value: Reader): number {
  return value.view.getUint32(value.take(4));
}
