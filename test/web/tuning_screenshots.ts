/** Pictures of the page Tuning for docs/luci: `tuning_screenshots.ts DIRECTORY [PART-OF-A-NAME]`, as screenshots.ts. */
import { mkdirSync, writeFileSync } from 'node:fs';
import type { Page } from './chromium/page.ts';
import type { Rig } from './rig.ts';
import { PATH, TUNED, tuningRig } from './tuning_rig.ts';

const [directory = 'build/luci-screenshots', part = ''] = process.argv.slice(2);
mkdirSync(directory, { recursive: true });

interface Shot {
  readonly name: string;
  readonly widthPx: number;
  readonly dark?: boolean;
  readonly language?: string;
  readonly config?: string;
  readonly prepare?: (page: Page) => Promise<unknown>;
}

const tab = (name: string) => (page: Page) => page.click(`.cbi-tabmenu [data-tab="${name}"] a`);
const wrong = async (page: Page): Promise<void> => {
  await tab('cpus')(page);
  await page.type('[data-name="irq_affinity"] input', 'all');
};
const change = async (page: Page): Promise<void> => {
  await tab('queues')(page);
  await page.type('[data-name="txqueuelen"] input', '256');
  await page.click('.cbi-page-actions .cbi-button-apply');
  await page.waitFor('#weir-apply');
};

const SHOTS: readonly Shot[] = [
  { name: 'tuning-1400', widthPx: 1400 },
  { name: 'tuning-1400-dark', widthPx: 1400, dark: true, prepare: tab('offloads') },
  { name: 'tuning-800', widthPx: 800, prepare: tab('interrupts') },
  { name: 'tuning-360', widthPx: 360, prepare: tab('queues') },
  { name: 'tuning-360-dark', widthPx: 360, dark: true, prepare: tab('cpus') },
  { name: 'tuning-de', widthPx: 800, language: 'de' },
  { name: 'tuning-zh', widthPx: 800, language: 'zh-cn' },
  { name: 'tuning-wrong-800', widthPx: 800, prepare: wrong },
  { name: 'tuning-preview-800', widthPx: 800, prepare: change },
  { name: 'tuning-first-use', widthPx: 800, config: '' },
];

async function take(rig: Rig, { name, widthPx, dark = false, language, config = TUNED, prepare }: Shot): Promise<void> {
  if (!name.includes(part)) return;
  await rig.lab.configure(config);
  const page = await rig.logIn('admin', language);
  await page.setViewport({ widthPx, dark });
  await rig.open(page, PATH);
  await prepare?.(page);
  writeFileSync(`${directory}/${name}.png`, await page.screenshot({ widthPx, dark }));
  if (page.problems.length > 0) throw new Error(`${name}: ${page.problems.join(', ')}`);
  await page.close();
}

const rig = await tuningRig();
try {
  for (const shot of SHOTS) await take(rig, shot);
} finally {
  await rig.close();
}
