/** Network → Weir → Trees. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as z from 'zod/mini';
import type { Page } from './chromium/page.ts';
import { assertCompleteIn, onPageAt, openTab } from './on_page.ts';
import { type Rig, SCREENSHOT_WIDTHS_PX, seriousFindings, type User } from './rig.ts';
import { addSection, apply, field, SAVE_AND_APPLY, saveDialog } from './tree_dialog.ts';
import { PATH, TREE_CONFIG, treeRig } from './tree_rig.ts';

/** How soon a person wants to see the page. */
const FIRST_VIEW_MS = 1500;
const TABS = ['qdisc', 'class', 'filter', 'action', 'device_group', 'qos', 'queue'];
const treeAnswer = z.looseObject({
  nodes: z.array(z.looseObject({ node: z.string(), handle: z.string(), level: z.int(), words: z.string() })),
});

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
    assert.equal(levels, '01112323434');
    assert.deepEqual(await seriousFindings(page), []);
  });
});

test('of a tree as much is told as was asked for, in the same order', async () => {
  const told = async (limit: number): Promise<readonly string[]> => {
    const { status, data } = await rig.lab.bus.call('weir', 'tree', { device: 'wan0', limit });
    assert.equal(status, 0);
    const { nodes } = treeAnswer.parse(data);
    return nodes.map(({ node, handle, level, words }) => `${level} ${node} ${handle} ${words}`);
  };
  const whole = await told(300);
  assert.equal(whole.length, 11);
  for (const limit of [1, 2, 4, 7]) assert.deepEqual(await told(limit), whole.slice(0, limit));
});

test('rates, and packets that went past all classes with the reason, are there while traffic flows', async () => {
  await onPage('readOnly', async (page) => {
    await rig.lab.startLoad();
    await page.waitUntil(
      `/packets? went past all classes: the default class 1:99 does not exist/.test(${row('htb 1:')})`,
    );
    await page.waitUntil(`Number((${row('htb 1:')}).split(' | ')[1]) > 0.01`);
    await rig.lab.stopLoad();
  });
});

test('a tree is made by clicks: the options of a section are those of its kind, and what is saved is in force', async () => {
  await rig.lab.read('on router tc qdisc del dev wan0 root');
  await onPage('admin', async (page) => {
    await addSection(page, 'qdisc', 'wan_root');
    await page.waitFor(field('kind'));
    await page.choose(field('kind'), 'htb');
    await page.waitFor(field('r2q'));
    await page.choose(field('kind'), 'sfq');
    await page.waitFor(field('perturb'));
    assert.equal(await page.evaluate(`document.querySelector('${field('r2q')}')`), null);
    assert.deepEqual(await seriousFindings(page, '.modal'), []);
    await page.choose(field('kind'), 'htb');
    await page.waitFor(field('r2q'));
    await page.type('.modal [data-name="device"] input[type="text"]', 'wan0');
    await saveDialog(page, 'qdisc', /wan_root.*htb.*wan0/s);

    await addSection(page, 'class', 'all');
    await page.type(field('parent'), 'wan_root');
    await page.waitFor(field('rate'));
    await page.type(field('rate'), '5mbit');
    await saveDialog(page, 'class', /all.*wan_root.*rate 5mbit/s);
    await addSection(page, 'class', 'voice');
    await page.type(field('parent'), 'all');
    await page.waitFor(field('rate'));
    await page.type(field('rate'), '1mbit');
    await page.type(field('mark'), '0x10/0xff');
    await page.choose(field('leaf'), 'fq_codel');
    await page.waitFor(field('leaf_flows'));
    await saveDialog(page, 'class', /voice.*all.*rate 1mbit/s);

    await page.click(SAVE_AND_APPLY);
    await page.waitForText('#weir-changes', /wan0 gets the qdisc htb\./);
    await page.waitForText('#weir-changes', /wan0 gets the class htb/);
    await apply(page);
    await page.waitUntil(`/^voice 7e10:[0-9a-f]+rate 1mbit/.test(${row('rate 1mbit')})`);
    assert.match(String(await page.evaluate(row('fw'))), /^voice fw 0x10\/0xff → 7e10:/);
  });
  assert.match(await rig.lab.read('tc -n router class show dev wan0'), /rate 1Mbit ceil 1Mbit/);
  await rig.lab.configure('');
  assert.doesNotMatch(await rig.lab.read('tc -n router qdisc show dev wan0'), /htb/);
});

test('what only the daemon finds wrong in a tree stands above the form, and is not saved', async () => {
  await onPage('admin', async (page) => {
    await addSection(page, 'class', 'lost');
    await page.type(field('parent'), 'nowhere');
    await saveDialog(page, 'class', /lost.*nowhere/s);
    await page.click(SAVE_AND_APPLY);
    await page.waitForText('#weir-problems', /lost.*nowhere/s);
  });
});

test('who may only read can look at all of it, and use no field', async () => {
  await rig.lab.configure(TREE_CONFIG);
  await onPage('readOnly', async (page) => {
    const usable = await page.evaluate(
      `[...document.querySelectorAll('#view .cbi-map :is(input, select, textarea, button:not(.cbi-button-edit))')].filter((one) => !one.disabled).map((one) => one.outerHTML)`,
    );
    assert.deepEqual(usable, []);
  });
});

test('without the package of trees the page says what to install, and is whole with it again', async () => {
  const file = '/run/lab/bin/weir.trees';
  await rig.lab.read(`mv ${file} ${file}.away`);
  await onPage('admin', async (page) => {
    await page.waitForText('#weir-trees .weir-notice', /Trees need the package weir-trees.*opkg install weir-trees/s);
    assert.equal(await page.evaluate(`document.querySelector('#weir-trees-live, #weir-trees .cbi-map')`), null);
    assert.deepEqual(await seriousFindings(page, '#weir-trees'), []);
  });
  await rig.lab.read(`mv ${file}.away ${file}`);
  await onPage('admin', (page) => page.waitFor('#weir-trees-live'));
});
