/** Pictures of the page Tuning for docs/luci: `tuning_screenshots.ts DIRECTORY [PART-OF-A-NAME]`, as screenshots.ts. */
import type { Page } from './chromium/page.ts';
import { type Shot, tab, take } from './shots.ts';
import { PATH, TUNED, tuningRig } from './tuning_rig.ts';

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
  { name: 'tuning-1400', path: PATH, widthPx: 1400 },
  { name: 'tuning-1400-dark', path: PATH, widthPx: 1400, dark: true, prepare: tab('offloads') },
  { name: 'tuning-800', path: PATH, widthPx: 800, prepare: tab('interrupts') },
  { name: 'tuning-360', path: PATH, widthPx: 360, prepare: tab('queues') },
  { name: 'tuning-360-dark', path: PATH, widthPx: 360, dark: true, prepare: tab('cpus') },
  { name: 'tuning-de', path: PATH, widthPx: 800, language: 'de' },
  { name: 'tuning-zh', path: PATH, widthPx: 800, language: 'zh-cn' },
  { name: 'tuning-wrong-800', path: PATH, widthPx: 800, prepare: wrong },
  { name: 'tuning-preview-800', path: PATH, widthPx: 800, prepare: change },
];

const rig = await tuningRig();
try {
  for (const shot of SHOTS) {
    await rig.lab.configure(TUNED);
    await take(rig, shot);
  }
  await rig.lab.configure('');
  await take(rig, { name: 'tuning-first-use', path: PATH, widthPx: 800 });
} finally {
  await rig.close();
}
