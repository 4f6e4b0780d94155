/** Network → Weir → Hosts and bridge. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import * as z from 'zod/mini';
import type { Page } from './chromium/page.ts';
import { Rig, SCREENSHOT_WIDTHS_PX, seriousFindings, type User } from './rig.ts';

const PATH = 'network/weir/bridge';
const SAVE_AND_APPLY = '.cbi-page-actions .cbi-button-apply';
const TABS = ['bridge', 'interface_mapping', 'vlan_mapping', 'host'];

/** Two hosts whose only way to each other is through the router's eth1 and eth2. */
const TWO_HOSTS = `
host tv server
link router eth1 tv lan0
link router eth2 server wan0
address tv lan0 10.1.0.1/24
address server wan0 10.1.0.2/24
# A veth hands redirected frames on only like this (drivers/net/veth.c: veth_xdp_xmit).
on tv ethtool -K lan0 tx off gro on >/dev/null
on server ethtool -K wan0 tx off gro on >/dev/null
tc -n tv qdisc add dev lan0 root netem rate 4mbit limit 1000
tc -n server qdisc add dev wan0 root netem rate 8mbit limit 1000
settle router tv server
`;
const BRIDGE = `config bridge 'bridge'
	option use_xdp_bridge '1'
`;
const MAPPED = `${BRIDGE}
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
/** Datagrams of so many bytes with their headers, evenly both ways, until load_stop. */
const BOTH_WAYS = `
flow() {
  ip netns exec $2 traffic udp-sink 6001 --for-ms 600000 >/dev/null &
  echo $! >>/run/load
  sleep 0.3
  ip netns exec $1 traffic udp-send $3 6001 --count 1000000 --interval-us $4 --size 1000 >/dev/null &
  echo $! >>/run/load
}
flow server tv 10.1.0.1 4000
flow tv server 10.1.0.2 16000
`;
const DOWNLOAD_MBIT = (8 * 1042) / 4000;
const UPLOAD_MBIT = (8 * 1042) / 16000;

const host = z.looseObject({
  address: z.string(),
  name: z.nullable(z.string()),
  download: z.looseObject({ bytes: z.int(), rateBitPerS: z.nullable(z.number()) }),
  upload: z.looseObject({ bytes: z.int(), rateBitPerS: z.nullable(z.number()) }),
});
const hostsAnswer = z.object({ total: z.int(), hosts: z.array(host) });

let rig: Rig;
before(async () => {
  rig = await Rig.start();
  await rig.lab.read(TWO_HOSTS);
});
after(() => rig.close());
beforeEach(() => rig.lab.configure(''));

async function onPage(user: User, use: (page: Page) => Promise<void>): Promise<void> {
  const page = await rig.logIn(user);
  await rig.open(page, PATH);
  await use(page);
  assert.deepEqual(page.problems, []);
  await page.close();
}

const tab = (page: Page, name: string): Promise<void> => page.click(`.cbi-tabmenu [data-tab="${name}"] a`);
const configFile = async (): Promise<string> => (await rig.lab.readFile('/etc/config/weir')) ?? '';
const linesOf = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '');
/** A field of a dialog by its option. */
const field = (option: string): string => `.modal [data-name="${option}"] :is(input[type="text"], select)`;
const box = (option: string): string => `.modal [data-name="${option}"] input[type="checkbox"]`;
const SAVE_DIALOG = '.modal .button-row .cbi-button-positive';

async function apply(page: Page): Promise<void> {
  await page.evaluate(`document.addEventListener('uci-applied', () => sessionStorage.setItem('applied', 'yes')), 0`);
  await page.click('#weir-apply');
  await page.waitUntil(`sessionStorage.getItem('applied') === 'yes'`, 40_000);
  await page.evaluate(`sessionStorage.removeItem('applied')`);
}

/** How many of five pings came back. */
async function answered(): Promise<number> {
  const pings = await rig.lab.read(`
    ip netns exec server traffic echo 7 >/dev/null & echo=$!
    sleep 0.2
    ip netns exec tv traffic ping 10.1.0.2 7 --count 5 --interval-us 50000
    kill $echo`);
  return z.looseObject({ received: z.int() }).parse(JSON.parse(pings)).received;
}

test('there is no such page until the package weir-bridge is installed', async () => {
  const page = await rig.logIn('admin');
  await rig.open(page, 'network/weir/overview');
  const linked = `[...document.querySelectorAll('a')].some((a) => a.href.endsWith('/${PATH}'))`;
  assert.equal(await page.evaluate(linked), false);
  await rig.lab.installBridge();
  await rig.open(page, 'network/weir/overview');
  assert.equal(await page.evaluate(linked), true);
  await rig.open(page, PATH);
  await page.waitForText('#weir-bridge-state', /No bridge is switched on/);
  assert.deepEqual(page.problems, []);
  await page.close();
});
