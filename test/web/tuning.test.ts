/** Network → Weir → Tuning. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from './chromium/page.ts';
import { assertCompleteIn, onPageAt, openTab } from './on_page.ts';
import { type Rig, SCREENSHOT_WIDTHS_PX, seriousFindings, type User } from './rig.ts';
import { PATH, TUNED, tuningRig } from './tuning_rig.ts';

/** How soon a person wants to see the page. */
const FIRST_VIEW_MS = 1500;
const TABS = ['first', 'interrupts', 'queues', 'cpus', 'offloads', 'tcp'];
const SAVE_AND_APPLY = '.cbi-page-actions .cbi-button-apply';

let rig: Rig;
before(async () => {
  rig = await tuningRig();
});
after(() => rig.close());

const onPage = (user: User, use: (page: Page) => Promise<void>): Promise<void> => onPageAt(rig, PATH, user, use);

const field = (option: string): string => `[data-name="${option}"] :is(input[type="text"], select)`;
const error = (option: string): string => `[data-name="${option}"] .weir-error`;

/** The cells of a device's line that begins so, as one text. */
function line(device: string, title: string): string {
  const rows = `[...document.querySelectorAll('[id="weir-tuning-${device}"] tbody tr')]`;
  return `${rows}.map((row) => [...row.cells].map((cell) => cell.textContent).join(' | ')).find((text) => text.startsWith('${title}'))`;
}

/** Shows the page again after it was out of sight, so that it asks at once. */
async function lookAgain(page: Page): Promise<void> {
  await page.setHidden(true);
  await page.setHidden(false);
}

test(`the page is complete in ${FIRST_VIEW_MS} ms, with every option on a tab, and nothing is wider than the screen`, async (t) => {
  await onPage('admin', async (page) => {
    await assertCompleteIn(FIRST_VIEW_MS, t, rig, page, PATH, '#weir-tuning-wan0 tbody tr');
    for (const tab of TABS) {
      await openTab(page, tab);
      for (const widthPx of SCREENSHOT_WIDTHS_PX) {
        await page.setViewport({ widthPx });
        const width = Number(await page.evaluate('document.documentElement.scrollWidth'));
        assert.ok(width <= widthPx, `${tab}: ${width} of ${widthPx}`);
      }
      assert.deepEqual(await seriousFindings(page, '.cbi-map'), [], tab);
    }
    for (const widthPx of SCREENSHOT_WIDTHS_PX) {
      await page.setViewport({ widthPx, dark: true });
      // Dark, tabs and buttons are as readable as the theme has them.
      assert.deepEqual(await seriousFindings(page, '#weir-tuning-live'), [], `${widthPx} dark`);
    }
  });
});

test('each value is shown as wanted and in force, with what became of it and why, and warnings stand above', async () => {
  await onPage('readOnly', async (page) => {
    const told = async (device: string, title: string) => String(await page.evaluate(line(device, title)));
    assert.match(await told('wan0', 'txqueuelen'), /^txqueuelen \| 128 packets \| 128 packets \| applied$/);
    assert.match(await told('lan0', 'txqueuelen'), /^txqueuelen \| 1000 packets \| 1000 packets \| was so already$/);
    assert.match(await told('wan0', 'Patience of GRO'), /\| 20 µs \| 20 µs \| applied$/);
    assert.match(await told('wan1', 'Receive channels'), /\| 9 queues \| 4 queues \| as near as.*the most is 4$/);
    assert.match(await told('wan0', 'Transmit ring'), /\| 128 descriptors \| – \| not supported.*driver/);
    assert.match(
      await told('wan0', 'Offload tso'),
      /tx-tcp-segmentation .*tx-tcp6-segmentation \| off \| off \| applied$/,
    );
    assert.match(
      await told('lan0', 'CPUs of interrupts'),
      /smp_affinity \| CPU 0 \| – \| not supported.*no interrupts/,
    );
    assert.match(await told('wan9', 'All of it'), /\| – \| – \| waiting.*wan9 does not exist$/);
    assert.match(await told('null', 'TCP small queues'), /\| – \| [0-9]+ bytes \| only shown$/);
    const order = await page.evaluate(
      `[...document.querySelectorAll('#weir-tuning-live h3')].map((one) => one.textContent)`,
    );
    assert.deepEqual(order, ['This router', 'wan0', 'wan1', 'lan0', 'wan9']);
    const warnings = await page.evaluate(
      `[...document.querySelectorAll('.weir-notice-warning')].map((one) => one.textContent)`,
    );
    assert.match(
      String(warnings),
      /Packets of a softirq.*softirq returns after 1 packet.*64 or more.*CPUs of interrupts.*irqbalance/,
    );
    const usable = await page.evaluate(
      `[...document.querySelectorAll('#view :is(input, select, textarea, button)')].filter((one) => !one.disabled).map((one) => one.outerHTML)`,
    );
    assert.deepEqual(usable, []);
    assert.deepEqual(await seriousFindings(page), []);
  });
});

test('what another program changed is not in force until the next reload, and a daemon that is gone is said', async () => {
  await onPage('admin', async (page) => {
    await rig.lab.read('on router sh -c "echo 7000 >/sys/class/net/wan0/gro_flush_timeout"');
    await lookAgain(page);
    await page.waitUntil(`/\\| 20 µs \\| 7 µs \\| not in force yet$/.test(${line('wan0', 'Patience of GRO')})`);
    await rig.lab.bus.call('weir', 'reload');
    await lookAgain(page);
    await page.waitUntil(`/\\| 20 µs \\| 20 µs \\| applied$/.test(${line('wan0', 'Patience of GRO')})`);
    await rig.lab.killDaemon();
    await lookAgain(page);
    await page.waitForText('#weir-tuning-live', /Weir is not running/);
    await rig.lab.startDaemon();
    await lookAgain(page);
    await page.waitForText('#weir-tuning-wan0', /txqueuelen/);
    assert.doesNotMatch(await page.text('#weir-tuning-live'), /not running/);
  });
});

test('the overview says once that not all is in force, and leads to the page', async () => {
  const page = await rig.logIn('admin');
  await rig.open(page, 'network/weir/overview');
  await page.waitForText('#weir-overview', /Not all of the tuning is in force/);
  assert.doesNotMatch(await page.text('#weir-overview'), /ring_tx/);
  const about = `[...document.querySelectorAll('.weir-notice')].filter((one) => /tuning/i.test(one.textContent))`;
  const links = await page.evaluate(`${about}.map((one) => one.querySelector('a').pathname)`);
  assert.deepEqual(links, Array(3).fill(`/cgi-bin/luci/admin/${PATH}`));
  assert.deepEqual(page.problems, []);
  await page.close();
});

test('a tuning is added by clicks, checked as it is typed, applied, and taken away again', async () => {
  const [shaper = ''] = TUNED.split('\n\n');
  await rig.lab.configure(`${shaper}\n`);
  const length = (): Promise<string> => rig.lab.read('on router cat /sys/class/net/lan0/tx_queue_len');
  assert.equal(Number(await length()), 1000);
  const lines = async () =>
    (await rig.lab.readFile('/etc/config/weir'))?.split('\n').filter((text) => text.trim() !== '');
  const apply = async (page: Page): Promise<void> => {
    await page.evaluate(`document.addEventListener('uci-applied', () => sessionStorage.setItem('applied', 'yes')), 0`);
    await page.click('#weir-apply');
    await page.waitUntil(`sessionStorage.getItem('applied') === 'yes'`, 40_000);
    await page.evaluate(`sessionStorage.removeItem('applied')`);
  };
  await onPage('admin', async (page) => {
    await page.waitForText('#weir-tuning-live', /Nothing is tuned/);
    await page.click('.cbi-section-create .cbi-button-add');
    await page.click('[data-name="device"] .cbi-dropdown');
    const offered = await page.evaluate(
      `[...document.querySelectorAll('[data-name="device"] .cbi-dropdown li[data-value]')].map((one) => one.dataset.value)`,
    );
    assert.deepEqual(offered, ['', 'lan0', 'wan0', 'wan1', '-']);
    await page.click('[data-name="device"] .cbi-dropdown li[data-value="lan0"]');
    await openTab(page, 'cpus');
    await page.type(field('irq_affinity'), 'all');
    await page.waitForText(error('irq_affinity'), /Expected: auto, or a mask of CPUs in hexadecimal/);
    await page.click(SAVE_AND_APPLY);
    await page.waitForText('#weir-problems', /CPUs of interrupts/);
    await page.type(field('irq_affinity'), '');
    await page.waitForText(error('irq_affinity'), /^$/);
    await openTab(page, 'queues');
    await page.type(field('txqueuelen'), '77');
    await openTab(page, 'interrupts');
    await page.type(field('netdev_budget_packets'), '1');
    await page.click(SAVE_AND_APPLY);
    await page.waitForText('#weir-changes', /txqueuelen of lan0: 1000 → 77/);
    await page.waitForText('.modal', /a softirq returns after 1 packet/);
    assert.deepEqual(await seriousFindings(page, '.modal'), []);
    await apply(page);
    await page.waitUntil(`/77 packets \\| applied$/.test(${line('lan0', 'txqueuelen')})`);
  });
  assert.equal(Number(await length()), 77);
  assert.deepEqual(await lines(), [
    ...shaper.split('\n'),
    'config tuning',
    "\tlist device 'lan0'",
    "\toption netdev_budget_packets '1'",
    "\toption txqueuelen '77'",
  ]);
  await onPage('admin', async (page) => {
    await page.click('.cbi-section-remove .cbi-button');
    await page.waitForText('#cbi-weir-tuning', /no values yet/);
    await page.click(SAVE_AND_APPLY);
    await page.waitForText('#weir-changes', /txqueuelen of lan0: 77 → 1000/);
    await apply(page);
    await page.waitForText('#weir-tuning-live', /Nothing is tuned/);
  });
  assert.equal(Number(await length()), 1000);
  assert.deepEqual(await lines(), shaper.split('\n'));
});
