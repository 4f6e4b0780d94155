/** Network → Weir → Trees. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from './chromium/page.ts';
import { assertCompleteIn, onPageAt, openTab } from './on_page.ts';
import { type Rig, SCREENSHOT_WIDTHS_PX, seriousFindings, type User } from './rig.ts';
import { PATH, treeRig } from './tree_rig.ts';

/** How soon a person wants to see the page. */
const FIRST_VIEW_MS = 1500;
const TABS = ['device_group', 'qdisc', 'class', 'filter', 'action'];
const SAVE = '.cbi-page-actions .cbi-button-save';

let rig: Rig;
before(async () => {
  rig = await treeRig();
});
after(() => rig.close());

const onPage = (user: User, use: (page: Page) => Promise<void>): Promise<void> => onPageAt(rig, PATH, user, use);

/** The cells of the first row of the tree that has the text, as one text. */
function row(text: string): string {
  const rows = `[...document.querySelectorAll('#weir-tree tbody tr')]`;
  return `${rows}.map((row) => [...row.cells].map((cell) => cell.textContent).join(' | ')).find((one) => one.includes('${text}'))`;
}

test(`the page is complete in ${FIRST_VIEW_MS} ms, and nothing is wider than the screen`, async (t) => {
  await onPage('admin', async (page) => {
    await assertCompleteIn(FIRST_VIEW_MS, t, rig, page, PATH, '#weir-tree tbody tr');
    for (const tab of TABS) {
      await openTab(page, tab);
      for (const widthPx of SCREENSHOT_WIDTHS_PX) {
        await page.setViewport({ widthPx });
        const width = Number(await page.evaluate('document.documentElement.scrollWidth'));
        assert.ok(width <= widthPx, `${tab}: ${width} of ${widthPx}`);
      }
    }
    for (const dark of [false, true]) {
      await page.setViewport({ widthPx: 360, dark });
      assert.deepEqual(await seriousFindings(page, '#weir-trees-live'), [], String(dark));
    }
  });
});

test('a tree that somebody else has made is shown with its levels, words and filters', async () => {
  await onPage('readOnly', async (page) => {
    const told = async (text: string): Promise<string> => String(await page.evaluate(row(text)));
    assert.match(await told('htb 1:'), /^htb 1:default 0x99/);
    assert.match(await told('1:22'), /1:22rate 1mbit ceil 2mbit .*\|/);
    assert.match(await told('fw'), /^fw 0x10\/0xff → 1:10/);
    assert.match(await told('police'), /action police rate 100mbit/);
    const levels = await page.evaluate(
      `[...document.querySelectorAll('.weir-node')].map((node) => node.style.getPropertyValue('--level')).join('')`,
    );
    assert.match(String(levels), /^011122323/);
    assert.deepEqual(await seriousFindings(page), []);
  });
});

test('rates, and packets that went past all classes with the reason, are there while traffic flows', async () => {
  await onPage('readOnly', async (page) => {
    await rig.lab.startLoad();
    await page.waitUntil(`/packets? went past all classes: the default class 1:99 does not exist/.test(${row('htb 1:')})`);
    await page.waitUntil(`Number((${row('htb 1:')}).split(' | ')[1]) > 0.01`);
    await rig.lab.stopLoad();
  });
});

test('a class is added with the options of its kind, and the options follow the kind', async () => {
  await onPage('admin', async (page) => {
    await openTab(page, 'qdisc');
    await page.type('[data-tab="qdisc"] .cbi-section-create-name', 'wan_root');
    await page.click('[data-tab="qdisc"] .cbi-section-create .cbi-button-add');
    await page.waitFor('#modal_overlay [data-name="kind"] select');
    await page.choose('#modal_overlay [data-name="kind"] select', 'htb');
    await page.waitFor('#modal_overlay [data-name="r2q"]');
    await page.choose('#modal_overlay [data-name="kind"] select', 'sfq');
    await page.waitFor('#modal_overlay [data-name="perturb"]');
    assert.equal(await page.evaluate(`document.querySelector('#modal_overlay [data-name="r2q"]')`), null);
    assert.deepEqual(await seriousFindings(page, '#modal_overlay'), []);
    await page.choose('#modal_overlay [data-name="kind"] select', 'htb');
    await page.waitFor('#modal_overlay [data-name="r2q"]');
    await page.type('#modal_overlay [data-name="device"] input', 'wan0');
    await page.click('#modal_overlay .cbi-button-positive');
    await page.waitForText('[data-tab="qdisc"] .cbi-section-table', /wan_root.*htb.*wan0/);
  });
});
