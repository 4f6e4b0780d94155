/** Open vSwitch's QoS on the page Network → Weir → Trees. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from './chromium/page.ts';
import { onPageAt } from './on_page.ts';
import { Rig, seriousFindings, type User } from './rig.ts';
import { addSection, apply, editSection, field, SAVE_AND_APPLY, saveDialog } from './tree_dialog.ts';
import { PATH, QOS_CONFIG } from './tree_rig.ts';

let rig: Rig;
before(async () => {
  rig = await Rig.start();
});
after(() => rig.close());

const onPage = (user: User, use: (page: Page) => Promise<void>): Promise<void> => onPageAt(rig, PATH, user, use);

/** The options of the dialog, in their order. */
const OPTIONS = `[...document.querySelectorAll('.modal [data-name]')].map((one) => one.dataset.name).join(' ')`;
/** The cells of the first row with the text. */
const row = (text: string): string =>
  `[...document.querySelectorAll('#weir-qos tbody tr')].map((row) => [...row.cells].map((cell) => cell.textContent).join(' | ')).find((one) => one.includes('${text}'))`;

async function addDevice(page: Page, device: string): Promise<void> {
  await page.click('.modal [data-name="device"] .cbi-dropdown');
  await page.click(`.modal [data-name="device"] .cbi-dropdown li[data-value="${device}"]`);
}

test('a QoS and its queues are made by clicks: the options are those of the type, and what is saved is in force', async () => {
  await rig.lab.configure('');
  await onPage('admin', async (page) => {
    await addSection(page, 'qos', 'wan_qos');
    await page.choose(field('type'), 'linux-netem');
    await page.waitFor(field('jitter'));
    assert.equal(await page.evaluate(OPTIONS), 'device type enabled group latency jitter limit loss external_id');
    await page.choose(field('type'), 'linux-htb');
    await page.waitFor(field('max_rate'));
    assert.equal(await page.evaluate(OPTIONS), 'device type enabled group max_rate external_id');
    await addDevice(page, 'wan0');
    await page.type(field('max_rate'), '4500000');
    assert.deepEqual(await seriousFindings(page, '.modal'), []);
    await saveDialog(page, 'qos', /wan_qos.*wan0.*linux-htb.*max_rate 4500000/s);

    await addSection(page, 'queue', 'calls');
    await page.type(field('qos'), 'wan_qos');
    await page.press('Tab', 9);
    await page.waitFor(field('min_rate'));
    await page.type(field('id'), '1');
    await page.type(field('min_rate'), '500kbit');
    await page.type(`.modal [data-name="external_id"] input[type="text"]`, 'owner=the exchange');
    await page.press('Enter', 13);
    await saveDialog(page, 'queue', /calls.*wan_qos.*1.*min_rate 500kbit.*owner=the exchange/s);

    await page.click(SAVE_AND_APPLY);
    await page.waitForText('#weir-changes', /wan0 gets the qdisc htb\./);
    await apply(page);
    await page.waitUntil(`/^wan_qos wan0linux-htb 4500kbit/.test(${row('wan0')})`);
    assert.match(String(await page.evaluate(row('calls'))), /^calls queue 1owner=the exchange \| 0 B0 \| 0$/);
  });
  assert.match(await rig.lab.read('tc -n router class show dev wan0'), /class htb 1:2 .*rate 500Kbit ceil 4500Kbit/);
  assert.match(await rig.lab.read('cat /etc/config/weir'), /list external_id 'owner=the exchange'/);
});

test('a rate that is none is refused as it is typed, with what is expected', async () => {
  await rig.lab.configure(QOS_CONFIG);
  await onPage('admin', async (page) => {
    await editSection(page, 'queue', 'calls');
    await page.type(field('min_rate'), '10 mbps');
    await page.waitForText(
      '.modal [data-name="min_rate"] .weir-error',
      /Expected: a rate from 8bit to 1000gbit in bit/,
    );
    await page.type(field('min_rate'), '10mbit');
    await page.waitUntil(`document.querySelector('.modal [data-name="min_rate"] .weir-error').textContent === ''`);
  });
});

test('what only the daemon finds wrong stands above the form, with the section and the option', async () => {
  await onPage('admin', async (page) => {
    await editSection(page, 'queue', 'calls');
    await page.type(field('mark'), '0xzz');
    await saveDialog(page, 'queue', /mark 0xzz/);
    await page.click(SAVE_AND_APPLY);
    await page.waitForText(
      '#weir-problems',
      /queue 'calls', option 'mark': wrong value \(expected a mark such as 0x10/,
    );
  });
});

test('a queue whose QoS has another type loses nothing before somebody looks at it, and then what that does not read', async () => {
  await onPage('admin', async (page) => {
    await editSection(page, 'queue', 'calls');
    await page.type(field('qos'), 'nowhere');
    await page.press('Tab', 9);
    await page.waitUntil(`${OPTIONS} === 'qos id enabled external_id'`);
    await page.type(field('qos'), 'customers');
    await page.press('Tab', 9);
    await page.waitFor(field('cir'));
    await saveDialog(page, 'queue', /calls.*customers.*1.*dscp 46.*backup/s);
    const text = String(await page.evaluate(`document.querySelector('#cbi-weir-calls').textContent`));
    assert.doesNotMatch(text, /min_rate|priority/);
  });
});

test('queues and the colours of policers are counted while traffic flows', async () => {
  await rig.lab.configure(QOS_CONFIG);
  await onPage('readOnly', async (page) => {
    assert.match(
      String(await page.evaluate(row('backup'))),
      /^backup queue 2owner=the backup server \| .* \| – \| – \| –$/,
    );
    await rig.lab.startLoad();
    await page.waitUntil(
      `(${row('customers lan0')}).split(' | ').slice(1).every((cell) => parseFloat(cell) > 0)`,
      30_000,
    );
    await rig.lab.stopLoad();
    assert.deepEqual(await seriousFindings(page, '#weir-trees-live'), []);
  });
});

test('in another language the options of every kind are in it too', async () => {
  await rig.lab.configure("config qdisc 'q'\n\toption device 'wan0'\n\toption kind 'netem'\n");
  const page = await rig.logIn('admin', 'de');
  await rig.open(page, PATH);
  await editSection(page, 'qdisc', 'q');
  await page.waitForText('.modal [data-name="loss"]', /Verlust.*Anteil der Pakete, die verloren gehen/s);
  await page.waitForText('.modal [data-name="loss"]', /Zulässig: ein Anteil von 0% bis 100%, etwa 0.5%\./);
  assert.deepEqual(page.problems, []);
  await page.close();
});
