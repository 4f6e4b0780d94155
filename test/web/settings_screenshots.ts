/** Pictures of the settings and the log for docs/luci: `settings_screenshots.ts DIRECTORY [PART-OF-A-NAME]`, as screenshots.ts. */
import type { Page } from './chromium/page.ts';
import { Rig } from './rig.ts';
import { type Shot, tab, take } from './shots.ts';

const CONFIG = `config shaper 'wan'
	option interface 'wan'
	option download '19mbit'
	option upload '4750'
	list link 'pppoe-ptm'
	list link 'ether-vlan'
`;

const SETTINGS = 'network/weir/settings';
const LOG = 'network/weir/log';
const field = (option: string): string => `[id="widget.cbid.weir.wan.${option}"]`;
const change = async (page: Page): Promise<void> => {
  await page.type(field('download'), '15mbit');
  await page.choose(field('_line'), 'cable');
  await tab('queue')(page);
  await page.choose(field('diffserv'), 'besteffort');
  await tab('first')(page);
  await page.click('.cbi-page-actions .cbi-button-apply');
  await page.waitFor('#weir-apply');
};

const FIRST: readonly Shot[] = [
  { name: 'settings-first-use', path: SETTINGS, widthPx: 800 },
  { name: 'settings-first-use-de', path: SETTINGS, widthPx: 800, language: 'de' },
  { name: 'settings-first-use-zh', path: SETTINGS, widthPx: 800, language: 'zh-cn' },
  { name: 'settings-360', path: SETTINGS, widthPx: 360 },
];
const SHOTS: readonly Shot[] = [
  { name: 'settings-1400', path: SETTINGS, widthPx: 1400 },
  { name: 'settings-1400-dark', path: SETTINGS, widthPx: 1400, dark: true },
  { name: 'settings-queue-800', path: SETTINGS, widthPx: 800, prepare: tab('queue') },
  { name: 'settings-layer-800', path: SETTINGS, widthPx: 800, prepare: tab('layer') },
  { name: 'settings-queue-360-dark', path: SETTINGS, widthPx: 360, dark: true, prepare: tab('queue') },
  {
    name: 'settings-wrong-800',
    path: SETTINGS,
    widthPx: 800,
    prepare: (page) => page.type(field('upload'), '10mbps'),
  },
  { name: 'settings-preview-800', path: SETTINGS, widthPx: 800, prepare: change },
  { name: 'settings-preview-360', path: SETTINGS, widthPx: 360, prepare: change },
  { name: 'settings-download-360', path: SETTINGS, widthPx: 360, prepare: tab('download') },
  { name: 'log-1400', path: LOG, widthPx: 1400 },
  { name: 'log-360-dark', path: LOG, widthPx: 360, dark: true },
];

const rig = await Rig.start();
try {
  for (const shot of FIRST) await take(rig, shot);
  await rig.lab.configure(CONFIG);
  for (const shot of SHOTS) await take(rig, shot);
} finally {
  await rig.close();
}
