/** Pictures of the page Trees for docs/luci: `tree_screenshots.ts DIRECTORY [PART-OF-A-NAME]`, as screenshots.ts. */
import type { Page } from './chromium/page.ts';
import { type Shot, tab, take } from './shots.ts';
import { PATH, QOS_CONFIG, TREE_CONFIG, treeRig } from './tree_rig.ts';

const dialog =
  (type: string, name: string, option: string) =>
  async (page: Page): Promise<void> => {
    await tab(type)(page);
    await page.click(`#cbi-weir-${name} .cbi-button-edit`);
    await page.waitFor(`.modal [data-name="${option}"]`);
  };
const busy = (page: Page): Promise<void> =>
  page.waitUntil(`[...document.querySelectorAll('#weir-tree .weir-bar')].some((bar) => bar.clientWidth > 20)`);

const SHOTS: readonly Shot[] = [
  { name: 'trees-1400', path: PATH, widthPx: 1400, prepare: busy },
  { name: 'trees-1400-dark', path: PATH, widthPx: 1400, dark: true, prepare: busy },
  { name: 'trees-800', path: PATH, widthPx: 800, prepare: tab('class') },
  { name: 'trees-360', path: PATH, widthPx: 360, prepare: busy },
  { name: 'trees-360-dark', path: PATH, widthPx: 360, dark: true, prepare: tab('class') },
  { name: 'trees-de', path: PATH, widthPx: 800, language: 'de', prepare: tab('filter') },
  { name: 'trees-zh', path: PATH, widthPx: 800, language: 'zh-cn', prepare: tab('qdisc') },
  { name: 'trees-dialog-800', path: PATH, widthPx: 800, prepare: dialog('class', 'voice', 'rate') },
];
/** Of Open vSwitch's QoS. */
const QOS_SHOTS: readonly Shot[] = [
  { name: 'trees-qos-1400', path: PATH, widthPx: 1400, prepare: tab('qos') },
  { name: 'trees-qos-360', path: PATH, widthPx: 360, prepare: tab('queue') },
  { name: 'trees-qos-de', path: PATH, widthPx: 800, language: 'de', prepare: tab('queue') },
  { name: 'trees-qos-dialog-800', path: PATH, widthPx: 800, prepare: dialog('queue', 'calls', 'min_rate') },
];

const rig = await treeRig();
try {
  await rig.lab.read('on router tc qdisc del dev wan0 root');
  await rig.lab.configure(TREE_CONFIG);
  await rig.lab.startLoad();
  for (const shot of SHOTS) await take(rig, shot);
  await rig.lab.configure(QOS_CONFIG);
  for (const shot of QOS_SHOTS) await take(rig, shot);
} finally {
  await rig.close();
}
