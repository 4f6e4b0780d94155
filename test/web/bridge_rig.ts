/** The two hosts beside the router's bridge, for the tests of its page. */
import * as z from 'zod/mini';
import type { Page } from './chromium/page.ts';
import { onPageAt } from './on_page.ts';
import { Rig, type User } from './rig.ts';

export const PATH = 'network/weir/bridge';

/** A bridge between the two, with a class for one of them. */
export const MAPPED = `config bridge 'bridge'
	option use_xdp_bridge '1'

config interface_mapping
	option name 'eth1'
	option redirect_to 'eth2'
	option faces 'local'
	option reciprocal '1'

config host
	option name 'tv'
	list ip '10.1.0.1'
	option class '10:2a'
`;

/** A rig with the hosts, and with the package weir-bridge where it is wanted. */
export async function bridgeRig(isInstalled: boolean): Promise<Rig> {
  const rig = await Rig.start();
  await rig.lab.read('bridge_hosts');
  if (isInstalled) await rig.lab.installBridge();
  return rig;
}

/** The page, used and closed. */
export function onPage(rig: Rig, user: User, use: (page: Page) => Promise<void>): Promise<void> {
  return onPageAt(rig, PATH, user, use);
}

/** How many of five pings came back. Neighbours that could not be reached before are asked for anew. */
export async function answered(rig: Rig): Promise<number> {
  const pings = await rig.lab.read(`
    ip -n tv neigh flush dev lan0
    ip -n server neigh flush dev wan0
    mkfifo /run/ready
    ip netns exec server traffic echo 7 --ready /run/ready >/dev/null & echo=$!
    read -r _ </run/ready
    rm /run/ready
    ip netns exec tv traffic ping 10.1.0.2 7 --count 5 --interval-us 50000
    kill $echo`);
  return z.looseObject({ received: z.int() }).parse(JSON.parse(pings)).received;
}
