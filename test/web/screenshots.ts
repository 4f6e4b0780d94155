/**
 * Pictures of the pages for docs/luci: `screenshots.ts DIRECTORY [PART-OF-A-NAME]`. Run by `make luci-screenshots`; PNG files as Chromium
 * writes them, for pngquant to make small.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from './chromium/page.ts';
import { Rig } from './rig.ts';
import { isWanted, type Shot, save, take } from './shots.ts';

const CONFIG = `config globals
	option history '1'

config shaper 'wan'
	option interface 'wan'
	option download '19mbit'
	option upload '4750'
	option download_diffserv 'diffserv4'
	option upload_diffserv 'diffserv4'
`;
/** On the VLAN of offload_start, where flow offloading leads connections past it. */
const VLAN = `
config shaper 'vlan'
	option device 'wan0.7'
	option download '1000'
`;
/** A call and a video conference, both ways, until load_stop. */
const CALLS = `
call() {
  ip netns exec $3 traffic udp-sink $4 --for-ms 600000 >/dev/null &
  echo $! >>/run/load
  sleep 0.3
  ip netns exec $1 traffic udp-send $2 $4 --count 1000000 --interval-us $5 --size $6 --tos $7 >/dev/null &
  echo $! >>/run/load
}
call inet 10.0.0.2 lan 6001 20000 172 0xb8
call lan 192.0.2.1 inet 6001 20000 172 0xb8
call inet 10.0.0.2 lan 6002 4000 1100 0x88
call lan 192.0.2.1 inet 6002 16000 1100 0x88
`;
/** So much of the charts is to be seen. */
const LOAD_MS = 100_000;

const overview = 'network/weir/overview';
const CHARTS = '.weir-plot path[d^="M"]';
/** Points into the part of a chart where there is something. */
const pointAtChart = (page: Page): Promise<unknown> =>
  page.evaluate(`(() => {
    const { right, top } = document.querySelector('.weir-download .weir-plot').getBoundingClientRect();
    const at = { clientX: right - 60, clientY: top + 40, bubbles: true };
    document.querySelector('.weir-download .weir-plot').dispatchEvent(new PointerEvent('pointermove', at));
  })()`);
const SHOTS: readonly Shot[] = [
  { name: 'overview-1400', path: overview, widthPx: 1400 },
  { name: 'overview-1400-dark', path: overview, widthPx: 1400, dark: true, prepare: pointAtChart },
  { name: 'overview-800', path: overview, widthPx: 800 },
  { name: 'overview-800-dark', path: overview, widthPx: 800, dark: true },
  { name: 'overview-360', path: overview, widthPx: 360 },
  { name: 'overview-360-dark', path: overview, widthPx: 360, dark: true },
  { name: 'overview-de', path: overview, widthPx: 800, language: 'de' },
  { name: 'overview-zh', path: overview, widthPx: 800, language: 'zh-cn' },
];

/** With this on the page; the rate needs two answers, and its bar time to grow. */
const showing = (selector: string) => async (page: Page) => {
  await page.waitFor(selector);
  await sleep(2500);
};

const rig = await Rig.start();
try {
  await take(rig, { name: 'overview-first-use', path: overview, widthPx: 800 }, showing('.weir-welcome'));
  await rig.lab.configure(CONFIG);
  await rig.lab.read(CALLS);
  await sleep(LOAD_MS * 0.3);
  await rig.lab.startLoad(3);
  await sleep(LOAD_MS * 0.7);
  for (const shot of SHOTS) await take(rig, shot, showing(CHARTS));
  await rig.lab.read('offload_start');
  await rig.lab.configure(CONFIG + VLAN);
  await rig.lab.bus.call('weir', 'disable', { shaper: 'wan', for: 3600 });
  await take(rig, { name: 'overview-conflict', path: overview, widthPx: 800 }, showing('.weir-notice'));
  const page = await rig.logIn('admin');
  await rig.open(page, overview);
  await rig.lab.killDaemon();
  await page.waitForText('#weir-overview', /not running/);
  if (isWanted('overview-gone')) await save('overview-gone', page, 800);
} finally {
  await rig.close();
}
