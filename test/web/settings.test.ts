/** Network → Weir → Settings. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod/mini';
import type { TcQdisc } from '../lab/on_the_bus.ts';
import type { Page } from './chromium/page.ts';
import { assertCompleteIn, onPageAt } from './on_page.ts';
import { Rig, seriousFindings, type User } from './rig.ts';

const PATH = 'network/weir/settings';
const SAVE_AND_APPLY = '.cbi-page-actions .cbi-button-apply';
const SAVE = '.cbi-page-actions .cbi-button-save';
/** How soon a person wants to see the page. */
const FIRST_VIEW_MS = 1500;

const WAN = `config shaper 'wan'
	option interface 'wan'
	option download '19000'
	option upload '4750'
`;

/** Where an option is: its frame, its widget, and what is wrong with it. */
const row = (option: string, section = 'wan'): string => `[id="cbi-weir-${section}-${option}"]`;
const field = (option: string, section = 'wan'): string => `[id="widget.cbid.weir.${section}.${option}"]`;
/** A box to tick. */
const box = (option: string): string => `[data-widget-id="widget.cbid.weir.wan.${option}"]`;
const error = (option: string, section = 'wan'): string => `${row(option, section)} .weir-error`;

let rig: Rig;
before(async () => {
  rig = await Rig.start();
});
after(() => rig.close());
beforeEach(() => rig.lab.configure(''));

const onPage = (user: User, use: (page: Page) => Promise<void>): Promise<void> => onPageAt(rig, PATH, user, use);

const shapers = (qdiscs: readonly TcQdisc[]): TcQdisc[] => qdiscs.filter(({ kind }) => kind === 'cake');

async function untilShaped(isRight: (found: readonly TcQdisc[]) => boolean): Promise<readonly TcQdisc[]> {
  for (let i = 0; ; i++) {
    const found = shapers(await rig.lab.qdiscs());
    if (isRight(found)) return found;
    assert.ok(i < 100, JSON.stringify(found));
    await sleep(100);
  }
}

/** Says yes to the preview; returns once LuCI has confirmed that it still reaches the router, which it tells and then loads anew. */
async function apply(page: Page): Promise<void> {
  await page.evaluate(`document.addEventListener('uci-applied', () => sessionStorage.setItem('applied', 'yes')), 0`);
  await page.click('#weir-apply');
  await page.waitUntil(`sessionStorage.getItem('applied') === 'yes'`, 40_000);
  await page.evaluate(`sessionStorage.removeItem('applied')`);
}

const configFile = async (): Promise<string> => (await rig.lab.readFile('/etc/config/weir')) ?? '';

/** The file without blank lines, as libuci writes it. */
const linesOf = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '');

for (const user of ['admin', 'readOnly'] satisfies User[]) {
  test(`the settings load without an error for ${user}, complete in ${FIRST_VIEW_MS} ms, and axe finds nothing serious`, async (t) => {
    await rig.lab.configure(`${WAN}\tlist link 'pppoe-ptm'\n\tlist link 'ether-vlan'\n`);
    const page = await rig.logIn(user);
    await assertCompleteIn(FIRST_VIEW_MS, t, rig, page, PATH, field('download'));
    for (const tab of ['first', 'queue', 'layer', 'hardware', 'download', 'upload']) {
      await page.click(`.cbi-tabmenu [data-tab="${tab}"] a`);
      assert.deepEqual(await seriousFindings(page), [], tab);
    }
    assert.deepEqual(page.problems, []);
    await page.close();
  });
}

test('from nothing to a shaped link in at most six interactions', async (t) => {
  const page = await rig.logIn('admin');
  await rig.open(page, PATH);
  let interactions = 0;
  const person = async (does: Promise<void>): Promise<void> => {
    interactions++;
    await does;
  };
  await person(page.type(field('download'), '19mbit'));
  await person(page.type(field('upload'), '4750'));
  await person(page.choose(field('_line'), 'cable'));
  await person(page.click(SAVE_AND_APPLY));
  await page.waitFor('#weir-apply');
  assert.match(
    await page.text('#weir-changes'),
    /Download is shaped to 19mbit, on ifb-wan0\..*Upload is shaped to 4750kbit, on wan0\./,
  );
  await person(apply(page));
  const found = await untilShaped((cakes) => cakes.length === 2);
  t.diagnostic(`${interactions} interactions`);
  assert.ok(interactions <= 6);
  const told = found.map(({ dev, options }) => [dev, options.bandwidth, options.overhead]).sort();
  assert.deepEqual(told, [
    ['ifb-wan0', 19e6 / 8, 18],
    ['wan0', 4_750_000 / 8, 18],
  ]);
  assert.deepEqual(linesOf(await configFile()), [
    "config shaper 'wan'",
    "\toption interface 'wan'",
    "\toption download '19mbit'",
    "\toption upload '4750'",
    "\tlist link 'docsis'",
  ]);
  assert.deepEqual(page.problems, []);
  await page.close();
});

test('the configuration that the package brings needs no more than that', async (t) => {
  // Without its comments, as libuci writes it.
  const config = readFileSync('openwrt/weir/files/weir.config', 'utf8').replace(/^\s*(#.*)?\n/gm, '');
  await rig.lab.configure(config);
  await onPage('admin', async (page) => {
    const interactions = [
      () => page.click(box('enabled')),
      () => page.type(field('download'), '19mbit'),
      () => page.type(field('upload'), '4750'),
      () => page.choose(field('_line'), 'cable'),
      () => page.click(SAVE_AND_APPLY),
      () => apply(page),
    ];
    for (const does of interactions) await does();
    t.diagnostic(`${interactions.length} interactions`);
    await untilShaped((cakes) => cakes.length === 2);
  });
});

test('a wrong rate is refused at its field as it is typed, and cannot be saved', async () => {
  await rig.lab.configure(WAN);
  await onPage('admin', async (page) => {
    await page.type(field('download'), '85mbps');
    await page.waitForText(error('download'), /Expected: a rate from 8kbit to 1000gbit/);
    assert.equal(
      await page.evaluate(`document.querySelector('${field('download')}').getAttribute('aria-invalid')`),
      'true',
    );
    await page.click(SAVE_AND_APPLY);
    await page.waitForText('#weir-problems', /Download/);
    assert.equal(await page.evaluate(`document.querySelector('#weir-apply')`), null);
    assert.equal(await configFile(), WAN);
    await page.type(field('download'), '85mbit');
    await page.waitForText(error('download'), /^$/);
  });
});

test('what only the daemon finds wrong is put at its field, and goes when the value does', async () => {
  const config = WAN.replace("option download '19000'", "list download '19000'");
  await rig.lab.configure(config);
  await onPage('admin', async (page) => {
    await page.click(SAVE);
    await page.waitForText(error('download'), /a list where one value belongs/);
    await page.type(field('download'), '20mbit');
    await page.waitForText(error('download'), /^$/);
    await page.click(SAVE_AND_APPLY);
    await apply(page);
  });
  assert.match(await configFile(), /option download '20mbit'/);
});

test('what is wrong with a whole section stands above the form', async () => {
  await rig.lab.configure(`${WAN}\n${WAN.replace("'wan'\n", "'second'\n")}`);
  await onPage('admin', async (page) => {
    await page.click(SAVE_AND_APPLY);
    await page.waitForText('#weir-problems', /already belongs to shaper 'wan'/);
  });
});

test('the preview shows what weir plan says, and Cancel changes nothing', async () => {
  await rig.lab.configure(WAN);
  await untilShaped((cakes) => cakes.length === 2);
  const wanted = WAN.replace('19000', '15mbit').replace(/$/, "\toption diffserv 'besteffort'\n");
  const { data } = await rig.lab.bus.call('weir', 'plan', { config: wanted });
  const { changes } = z
    .object({ changes: z.array(z.looseObject({ commands: z.array(z.string()), loses: z.array(z.string()) })) })
    .parse(data);
  assert.equal(changes.length, 2);
  await onPage('admin', async (page) => {
    await page.type(field('download'), '15mbit');
    await page.click('.cbi-tabmenu [data-tab="queue"] a');
    await page.choose(field('diffserv'), 'besteffort');
    await page.click(SAVE_AND_APPLY);
    await page.waitFor('#weir-apply');
    assert.equal(await page.text('#weir-commands'), changes.flatMap(({ commands }) => commands).join('\n'));
    const text = await page.text('#weir-changes');
    for (const loss of changes.flatMap(({ loses }) => loses)) assert.ok(text.includes(loss), loss);
    assert.match(text, /Rate: 19mbit → 15mbit/);
    assert.match(text, /Priority tins: diffserv3 → besteffort/);
    assert.deepEqual(await seriousFindings(page, '.modal'), []);
    await page.click('#weir-cancel');
    await page.waitUntil(`!document.body.classList.contains('modal-overlay-active')`);
  });
  assert.equal(await configFile(), WAN);
});

test('what the form does not know stays in the file, and what means the same is not written again', async () => {
  const config = `config other 'kept'
	option anything 'here'

config globals 'globals'
	option enabled 'yes'

config shaper 'wan'
	option interface 'wan'
	option download '19000'
	option upload '4750'
	option nat 'on'
	option link 'pppoe_ptm ether-vlan'
	option from_tomorrow '7'
	option enabled 'true'
`;
  await rig.lab.configure(config);
  await onPage('admin', async (page) => {
    await page.type(field('upload'), '4500');
    await page.click(SAVE_AND_APPLY);
    await page.waitForText('.modal', /option 'from_tomorrow': unknown option/);
    await apply(page);
  });
  assert.deepEqual(linesOf(await configFile()), linesOf(config.replace('4750', '4500')));
});

test('an option that is set back to its default leaves the file', async () => {
  await rig.lab.configure(`${WAN}\toption rtt '50ms'\n\toption enabled '0'\n`);
  await onPage('admin', async (page) => {
    await page.click(box('enabled'));
    await page.click('.cbi-tabmenu [data-tab="queue"] a');
    await page.type(field('rtt'), '');
    await page.click(SAVE_AND_APPLY);
    await apply(page);
  });
  assert.deepEqual(linesOf(await configFile()), linesOf(WAN));
});

test('the kind of line sets what the link adds, and tells what was set by hand', async () => {
  await rig.lab.configure(`${WAN}\tlist link 'ethernet'\n\toption overhead '46'\n`);
  await onPage('admin', async (page) => {
    const valueIn = (selector: string) => page.evaluate(`document.querySelector('${selector}').value`);
    assert.equal(await valueIn(field('_line')), 'ethernet');
    assert.equal(await page.evaluate(`document.querySelector('${box('_pppoe')}').checked`), true);
    await page.choose(field('_line'), 'vdsl');
    assert.equal(await valueIn(field('overhead')), '');
    await page.click('.cbi-tabmenu [data-tab="layer"] a');
    await page.waitForText(row('link'), /pppoe-ptm.*ether-vlan/);
    await page.type(field('overhead'), '40');
    await page.press('Tab', 9);
    assert.equal(await valueIn(field('_line')), 'other');
    await page.type(field('overhead'), '');
    await page.press('Tab', 9);
    assert.equal(await valueIn(field('_line')), 'vdsl');
    await page.choose(field('atm'), 'none');
    assert.equal(await valueIn(field('_line')), 'other');
  });
});

test('another link is added on an interface that has none yet, and deleted', async () => {
  await rig.lab.configure(WAN);
  await onPage('admin', async (page) => {
    await page.type('.cbi-section-create-name', 'second');
    await page.click('.cbi-section-create .cbi-button-add');
    await page.waitFor(field('download', 'second'));
    assert.equal(await page.evaluate(`document.querySelector('${field('_where', 'second')}').value`), 'interface lan');
    await page.type(field('download', 'second'), '30mbit');
    await page.click(SAVE_AND_APPLY);
    await page.waitForText('#weir-changes', /Download is shaped to 30mbit, on ifb-lan0/);
    await apply(page);
  });
  await untilShaped((cakes) => cakes.length === 3);
  await onPage('admin', async (page) => {
    await page.click('[data-section-id="second"].cbi-button, .cbi-section-remove [data-section-id="second"]');
    await page.waitUntil(`document.querySelector('${field('download', 'second')}') === null`);
    await page.click(SAVE_AND_APPLY);
    await page.waitForText('#weir-changes', /Download is no longer shaped, on ifb-lan0/);
    await apply(page);
  });
  assert.deepEqual(linesOf(await configFile()), linesOf(WAN));
});

test('a read-only user sees all of it, can use none of it, and the bus and uci refuse as well', async () => {
  await rig.lab.configure(WAN);
  await onPage('readOnly', async (page) => {
    assert.equal(await page.evaluate(`document.querySelector('${field('download')}').value`), '19000');
    const usable = await page.evaluate(
      `[...document.querySelectorAll('#view input, #view select, #view button')].filter((one) => !one.disabled).map((one) => one.outerHTML)`,
    );
    assert.deepEqual(usable, []);
    const ask = (object: string, method: string, args: object) =>
      page.evaluate(`fetch('/ubus/', { method: 'POST', body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'call',
        params: [L.env.sessionid, '${object}', '${method}', ${JSON.stringify(args)}] }) }).then((answer) => answer.json())`);
    const denied = z.object({ error: z.object({ code: z.literal(-32002) }) });
    denied.parse(await ask('uci', 'set', { config: 'weir', section: 'wan', values: { download: '1mbit' } }));
    denied.parse(await ask('weir', 'reload', {}));
    denied.parse(await ask('weir', 'set', { shaper: 'wan', download: '1mbit' }));
  });
  assert.equal(await configFile(), WAN);
});

test('where the daemon is gone, the dialog says so and leaves the choice', async () => {
  await rig.lab.configure(WAN);
  await rig.lab.killDaemon();
  await onPage('admin', async (page) => {
    await page.type(field('upload'), '4500');
    await page.click(SAVE_AND_APPLY);
    await page.waitForText('.modal', /weir does not answer, so the settings could not be checked/);
    await page.click('#weir-cancel');
  });
  await rig.lab.startDaemon();
});

test('an interface that is down can be set up, and the preview says that it waits', async () => {
  await rig.lab.read('interface_down wan');
  await onPage('admin', async (page) => {
    await page.type(field('download'), '19mbit');
    await page.click(SAVE_AND_APPLY);
    await page.waitForText('.modal', /The interface wan is down\. Its link is shaped as soon as it comes up\./);
    await apply(page);
  });
  assert.deepEqual(shapers(await rig.lab.qdiscs()), []);
  await rig.lab.read('interface_up wan wan0');
  await untilShaped((cakes) => cakes.length === 1);
});

test('nothing is wider than the screen, from 360 pixels on', async () => {
  await rig.lab.configure(WAN);
  await onPage('admin', async (page) => {
    for (const widthPx of [360, 800, 1400]) {
      await page.setViewport({ widthPx });
      for (const tab of ['first', 'queue', 'layer', 'hardware', 'download']) {
        await page.click(`.cbi-tabmenu [data-tab="${tab}"] a`);
        assert.ok(Number(await page.evaluate('document.documentElement.scrollWidth')) <= widthPx, `${widthPx} ${tab}`);
      }
    }
  });
});
