/** Pictures of the settings and the log for docs/luci: `settings_screenshots.ts DIRECTORY [PART-OF-A-NAME]`, as screenshots.ts. */
import { mkdirSync, writeFileSync } from 'node:fs';
import type { Page } from './chromium/page.ts';
import { Rig } from './rig.ts';

const CONFIG = `config shaper 'wan'
	option interface 'wan'
	option download '19mbit'
	option upload '4750'
	list link 'pppoe-ptm'
	list link 'ether-vlan'
`;

const [directory = 'build/luci-screenshots', part = ''] = process.argv.slice(2);
mkdirSync(directory, { recursive: true });

interface Shot {
  readonly name: string;
  readonly path: 'settings' | 'log';
  readonly widthPx: number;
  readonly dark?: boolean;
  readonly language?: string;
  readonly prepare?: (page: Page) => Promise<unknown>;
}

const field = (option: string): string => `[id="widget.cbid.weir.wan.${option}"]`;
const tab = (name: string) => (page: Page) => page.click(`.cbi-tabmenu [data-tab="${name}"] a`);
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
  { name: 'settings-first-use', path: 'settings', widthPx: 800 },
  { name: 'settings-first-use-de', path: 'settings', widthPx: 800, language: 'de' },
  { name: 'settings-first-use-zh', path: 'settings', widthPx: 800, language: 'zh-cn' },
  { name: 'settings-360', path: 'settings', widthPx: 360 },
];
const SHOTS: readonly Shot[] = [
  { name: 'settings-1400', path: 'settings', widthPx: 1400 },
  { name: 'settings-1400-dark', path: 'settings', widthPx: 1400, dark: true },
  { name: 'settings-queue-800', path: 'settings', widthPx: 800, prepare: tab('queue') },
  { name: 'settings-layer-800', path: 'settings', widthPx: 800, prepare: tab('layer') },
  { name: 'settings-queue-360-dark', path: 'settings', widthPx: 360, dark: true, prepare: tab('queue') },
  {
    name: 'settings-wrong-800',
    path: 'settings',
    widthPx: 800,
    prepare: (page) => page.type(field('upload'), '10mbps'),
  },
  { name: 'settings-preview-800', path: 'settings', widthPx: 800, prepare: change },
  { name: 'settings-preview-360', path: 'settings', widthPx: 360, prepare: change },
  { name: 'settings-download-360', path: 'settings', widthPx: 360, prepare: tab('download') },
  { name: 'log-1400', path: 'log', widthPx: 1400 },
  { name: 'log-360-dark', path: 'log', widthPx: 360, dark: true },
];

async function take(rig: Rig, { name, path, widthPx, dark = false, language, prepare }: Shot): Promise<void> {
  if (!name.includes(part)) return;
  const page = await rig.logIn('admin', language);
  await page.setViewport({ widthPx, dark });
  await rig.open(page, `network/weir/${path}`);
  await prepare?.(page);
  writeFileSync(`${directory}/${name}.png`, await page.screenshot({ widthPx, dark }));
  if (page.problems.length > 0) throw new Error(`${name}: ${page.problems.join(', ')}`);
  await page.close();
}

const rig = await Rig.start();
try {
  for (const shot of FIRST) await take(rig, shot);
  await rig.lab.configure(CONFIG);
  for (const shot of SHOTS) await take(rig, shot);
} finally {
  await rig.close();
}
