/**
 * What LuCI's network.js asks rpcd's `luci-rpc` and netifd for, answered with what is in the router of the lab: its devices as ip(8)
 * shows them, its interfaces as the stand-in for netifd has them.
 */
import * as z from 'zod/mini';
import type { Lab } from '../lab.ts';
import type { OwnObjects } from './objects.ts';
import { ok } from './objects.ts';

const ipLink = z.looseObject({
  ifname: z.string(),
  flags: z.array(z.string()),
  mtu: z.int(),
  address: z.optional(z.string()),
  link_type: z.string(),
  linkinfo: z.optional(z.looseObject({ info_kind: z.optional(z.string()) })),
  addr_info: z.array(z.looseObject({ family: z.string(), local: z.string(), prefixlen: z.int() })),
  stats64: z.looseObject({
    rx: z.looseObject({ bytes: z.int(), packets: z.int(), errors: z.int(), dropped: z.int() }),
    tx: z.looseObject({ bytes: z.int(), packets: z.int(), errors: z.int(), dropped: z.int() }),
  }),
});
type IpLink = z.infer<typeof ipLink>;

/** What network.js calls the kinds that it knows (rpcd's luci-rpc, ucode of luci-base). */
const DEVICE_TYPES: Readonly<Record<string, string>> = {
  bridge: 'bridge',
  vlan: 'vlan',
  tun: 'tunnel',
  veth: 'ethernet',
};

async function devices(lab: Lab): Promise<IpLink[]> {
  return z.array(ipLink).parse(JSON.parse(await lab.read('ip -n router -j -d -s addr')));
}

function deviceOf({
  ifname,
  flags,
  mtu,
  address,
  link_type: linkType,
  linkinfo,
  addr_info: addresses,
  stats64,
}: IpLink) {
  const ofFamily = (family: string): object[] => {
    return addresses
      .filter((one) => one.family === family)
      .map(({ local, prefixlen }) => ({ address: local, prefixlen }));
  };
  const { rx, tx } = stats64;
  return {
    name: ifname,
    up: flags.includes('UP'),
    mtu,
    mac: address,
    devtype: DEVICE_TYPES[linkinfo?.info_kind ?? ''] ?? (linkType === 'loopback' ? 'loopback' : 'ethernet'),
    ipaddrs: ofFamily('inet'),
    ip6addrs: ofFamily('inet6'),
    link: { carrier: flags.includes('LOWER_UP') },
    flags: {
      up: flags.includes('UP'),
      broadcast: flags.includes('BROADCAST'),
      loopback: flags.includes('LOOPBACK'),
      pointtopoint: flags.includes('POINTOPOINT'),
      multicast: flags.includes('MULTICAST'),
    },
    stats: {
      rx_bytes: rx.bytes,
      rx_packets: rx.packets,
      rx_errors: rx.errors,
      rx_dropped: rx.dropped,
      tx_bytes: tx.bytes,
      tx_packets: tx.packets,
      tx_errors: tx.errors,
      tx_dropped: tx.dropped,
    },
  };
}

async function interfaces(lab: Lab): Promise<object[]> {
  const prefix = 'network.interface.';
  const paths = Object.keys(await lab.bus.list(`${prefix}*`));
  return Promise.all(
    paths.map(async (path) => {
      const { data } = await lab.bus.call(path, 'status');
      return { interface: path.slice(prefix.length), ...data };
    }),
  );
}

export function networkObjects(lab: Lab): OwnObjects {
  const nothing = { args: {}, run: () => ok({}) };
  return {
    luci: {
      getFeatures: { args: {}, run: () => ok({ firewall: true, firewall4: true, offloading: true, ipv6: true }) },
    },
    'luci-rpc': {
      getNetworkDevices: {
        args: {},
        run: async () => ok(Object.fromEntries((await devices(lab)).map((one) => [one.ifname, deviceOf(one)]))),
      },
      getWirelessDevices: nothing,
      getHostHints: nothing,
      getBoardJSON: nothing,
    },
    network: { get_proto_handlers: { args: {}, run: () => ok({ static: { no_device: false }, dhcp: {}, none: {} }) } },
    'network.interface': { dump: { args: {}, run: async () => ok({ interface: await interfaces(lab) }) } },
  };
}
