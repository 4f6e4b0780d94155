/** Network → Weir → Hosts and bridge: the form over its sections. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import * as z from 'zod/mini';
import { answered, bridgeRig, MAPPED, onPage } from './bridge_rig.ts';
import type { Page } from './chromium/page.ts';
import { openTab } from './on_page.ts';
import { type Rig, seriousFindings } from './rig.ts';

const SAVE_AND_APPLY = '.cbi-page-actions .cbi-button-apply';

let rig: Rig;
before(async () => {
  rig = await bridgeRig(true);
});
after(() => rig.close());
beforeEach(() => rig.lab.configure(''));

const configFile = async (): Promise<string> => (await rig.lab.readFile('/etc/config/weir')) ?? '';
const linesOf = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '');
/** A field of a dialog by its option. */
const field = (option: string): string => `.modal [data-name="${option}"] :is(input[type="text"], select)`;
const box = (option: string): string => `.modal [data-name="${option}"] input[type="checkbox"]`;
const SAVE_DIALOG = '.modal .button-row .cbi-button-positive';

async function apply(page: Page): Promise<void> {
  await page.evaluate(`document.addEventListener('uci-applied', () => sessionStorage.setItem('applied', 'yes')), 0`);
  await page.click('#weir-apply');
  await page.waitUntil(`sessionStorage.getItem('applied') === 'yes'`, 40_000);
  await page.evaluate(`sessionStorage.removeItem('applied')`);
}

test('two interfaces that are mapped by clicks forward', async () => {
  assert.equal(await answered(rig), 0);
  await onPage(rig, 'admin', async (page) => {
    await page.click('#cbi-weir-bridge-use_xdp_bridge input[type="checkbox"]');
    await openTab(page, 'interface_mapping');
    await page.click('#cbi-weir-interface_mapping .cbi-button-add');
    await page.waitFor(field('name'));
    const offered = await page.evaluate(
      `[...document.querySelector('${field('name')}').list.options].map((one) => one.value)`,
    );
    assert.deepEqual(offered, ['eth1', 'eth2', 'lan0', 'wan0']);
    assert.deepEqual(await seriousFindings(page, '.modal'), []);
    await page.type(field('name'), 'eth1');
    await page.type(field('redirect_to'), 'eth2');
    await page.choose(field('faces'), 'local');
    await page.click(box('reciprocal'));
    await page.click(SAVE_DIALOG);
    await page.waitForText('#cbi-weir-interface_mapping', /eth1\s*eth2/);
    await page.click(SAVE_AND_APPLY);
    await page.waitForText(
      '#weir-changes',
      /What arrives on eth1 leaves on eth2\..*What arrives on eth2 leaves on eth1\./,
    );
    await apply(page);
  });
  assert.equal(await answered(rig), 5);
  assert.deepEqual(linesOf(await configFile()), [
    "config bridge 'bridge'",
    "\toption use_xdp_bridge '1'",
    'config interface_mapping',
    "\toption name 'eth1'",
    "\toption redirect_to 'eth2'",
    "\toption faces 'local'",
    "\toption reciprocal '1'",
  ]);
});

test('a wrong VLAN is refused at its field as it is typed, and cannot be saved', async () => {
  await onPage(rig, 'admin', async (page) => {
    await openTab(page, 'vlan_mapping');
    await page.click('#cbi-weir-vlan_mapping .cbi-button-add');
    await page.type(field('parent'), 'eth1');
    await page.type(field('redirect_to'), '4');
    await page.type(field('tag'), '4095');
    await page.waitForText('.modal [data-name="tag"] .weir-error', /Expected: a whole number from 1 to 4094/);
    await page.click(SAVE_DIALOG);
    await page.waitFor(field('tag'));
    await page.type(field('tag'), '3');
    await page.waitForText('.modal [data-name="tag"] .weir-error', /^$/);
    await page.click(SAVE_DIALOG);
    await page.waitForText('#cbi-weir-vlan_mapping', /eth1\s*3\s*4/);
  });
  assert.equal(await configFile(), '');
});

test('what only the daemon finds wrong stands above the form, and a mistake in a shaper keeps nobody from saving', async () => {
  await rig.lab.configure(`${MAPPED}
config host
	option name 'nobody'

config shaper 'wan'
	option device 'wan0'
	option download '85mbps'
`);
  await onPage(rig, 'admin', async (page) => {
    await page.click(SAVE_AND_APPLY);
    await page.waitForText('#weir-problems', /no address/);
    assert.doesNotMatch(await page.text('#weir-problems'), /85mbps/);
    await openTab(page, 'host');
    await page.click('#cbi-weir-host .cbi-section-table-row:last-child .cbi-button-remove');
    await page.waitUntil(`!document.querySelector('#cbi-weir-host').textContent.includes('nobody')`);
    await page.click(SAVE_AND_APPLY);
    await page.waitForText('.modal', /85mbps/);
    await page.click('#weir-cancel');
  });
});

test('a read-only user can use no field and no button that changes anything, and the bus refuses as well', async () => {
  await rig.lab.configure(MAPPED);
  await onPage(rig, 'readOnly', async (page) => {
    const usable = await page.evaluate(`[...document.querySelectorAll('#view :is(input, select, textarea, button)')]
      .filter((one) => !one.disabled && !one.matches('#weir-hosts button, #weir-limit, .cbi-button-edit')).map((one) => one.outerHTML)`);
    assert.deepEqual(usable, []);
    await openTab(page, 'interface_mapping');
    await page.click('#cbi-weir-interface_mapping .cbi-button-edit');
    await page.waitFor(field('name'));
    const inDialog = await page.evaluate(`[...document.querySelectorAll('.modal :is(input, select, button)')]
      .filter((one) => !one.disabled).map((one) => one.textContent)`);
    assert.deepEqual(inDialog, ['Dismiss']);
    const denied = z.object({ error: z.object({ code: z.literal(-32002) }) });
    for (const [method, args] of Object.entries({
      map_add: { ip: '10.1.0.9', classid: '10:9' },
      map_del: { ip: '10.1.0.1' },
      map_clear: {},
    })) {
      denied.parse(
        await page.evaluate(`fetch('/ubus/', { method: 'POST', body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'call',
        params: [L.env.sessionid, 'weir', '${method}', ${JSON.stringify(args)}] }) }).then((answer) => answer.json())`),
      );
    }
  });
});
