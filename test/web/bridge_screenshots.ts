/** Pictures of the page of the bridge for docs/luci: `bridge_screenshots.ts DIRECTORY [PART-OF-A-NAME]`, as screenshots.ts. */
import { setTimeout as sleep } from 'node:timers/promises';
import { PATH } from './bridge_rig.ts';
import type { Page } from './chromium/page.ts';
import { Rig } from './rig.ts';
import { type Shot, tab, take } from './shots.ts';

const NAMES = ['tv', 'laptop', 'console', 'phone', 'office'];
const CONFIG = `config bridge 'bridge'
	option use_xdp_bridge '1'
	option default_class '10:2'

config interface_mapping
	option name 'eth1'
	option redirect_to 'eth2'
	option faces 'local'
	option scan_vlans '1'
	option reciprocal '1'

config vlan_mapping
	option parent 'eth1'
	option tag '3'
	option redirect_to '4'
	option reciprocal '1'
${NAMES.map((name, i) => `\nconfig host\n\toption name '${name}'\n\tlist ip '10.1.0.1${i + 1}'\n\toption class '10:2${i}'\n`).join('')}`;
const LOAD = [1, 2, 3, 4, 5, 6].map((i) => `bridge_download 10.1.0.1${i} 500${i} ${(i % 3) + 1}`).join('\n');
/** So that the median of the round trips is one. */
const LOAD_MS = 10_000;

const wrongVlan = async (page: Page): Promise<void> => {
  await tab('vlan_mapping')(page);
  await page.click('#cbi-weir-vlan_mapping .cbi-button-add');
  await page.type('.modal [data-name="parent"] input', 'eth1');
  await page.type('.modal [data-name="tag"] input', '4095');
  await page.press('Tab', 9);
};
const change = async (page: Page): Promise<void> => {
  await tab('interface_mapping')(page);
  await page.click('#cbi-weir-interface_mapping .cbi-button-remove');
  await page.waitForText('#cbi-weir-interface_mapping', /no values/);
  await page.click('.cbi-page-actions .cbi-button-apply');
  await page.waitFor('#weir-apply');
};

const SHOTS: readonly Shot[] = [
  { name: 'bridge-1400', path: PATH, widthPx: 1400 },
  { name: 'bridge-1400-dark', path: PATH, widthPx: 1400, dark: true },
  { name: 'bridge-800', path: PATH, widthPx: 800, prepare: tab('host') },
  { name: 'bridge-800-dark', path: PATH, widthPx: 800, dark: true, prepare: tab('interface_mapping') },
  { name: 'bridge-360', path: PATH, widthPx: 360, prepare: tab('host') },
  { name: 'bridge-360-dark', path: PATH, widthPx: 360, dark: true, prepare: tab('vlan_mapping') },
  { name: 'bridge-de', path: PATH, widthPx: 800, language: 'de' },
  { name: 'bridge-zh', path: PATH, widthPx: 800, language: 'zh-cn' },
  { name: 'bridge-wrong-800', path: PATH, widthPx: 800, prepare: wrongVlan },
  { name: 'bridge-preview-800', path: PATH, widthPx: 800, prepare: change },
];

async function ready(page: Page): Promise<void> {
  await page.waitFor('#weir-hosts tbody tr');
  // The rate needs two answers.
  await sleep(2500);
}

const rig = await Rig.start();
try {
  await rig.lab.read('bridge_hosts');
  await rig.lab.installBridge();
  await rig.lab.configure(CONFIG);
  await rig.lab.bus.call('weir', 'map_add', { ip: '10.1.0.16', classid: '10:2f' });
  await rig.lab.read(LOAD);
  await sleep(LOAD_MS);
  for (const shot of SHOTS) await take(rig, shot, ready);
} finally {
  await rig.close();
}
