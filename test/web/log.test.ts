/** Network → Weir → Log and support. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Rig, seriousFindings, type User } from './rig.ts';

const PATH = 'network/weir/log';
const CONFIG = `config shaper 'wan'
	option device 'wan0'
	option download '19000'
	option upload '4750'

config shaper 'wrong'
	option device 'wan1'
	option download '85mbps'
	option password 'hunter2'
`;

let rig: Rig;
before(async () => {
  rig = await Rig.start();
  await rig.lab.configure(CONFIG);
});
after(() => rig.close());

for (const user of ['admin', 'readOnly'] satisfies User[]) {
  test(`${user} sees what is wrong, what the daemon did, and what the router can do`, async () => {
    const page = await rig.logIn(user);
    await rig.open(page, PATH);
    await page.waitForText(
      '#weir-issues',
      /option 'download': wrong value \(expected a rate from 8kbit.*found '85mbps'\)/,
    );
    await page.waitForText('#weir-log', /\d+ (s|min)(error|warning|notice|info)/);
    await page.waitForText('#weir-info', /Linux \d+\.\d+/);
    for (const widthPx of [360, 1400]) {
      await page.setViewport({ widthPx });
      assert.ok(Number(await page.evaluate('document.documentElement.scrollWidth')) <= widthPx, String(widthPx));
    }
    assert.deepEqual(await seriousFindings(page), []);
    assert.deepEqual(page.problems, []);
    await page.close();
  });

  test(`${user} copies a report of all that, without what is no option of weir`, async () => {
    const page = await rig.logIn(user);
    await rig.open(page, PATH);
    // As over http, where a browser gives pages no clipboard.
    await page.evaluate(`Object.defineProperty(window, 'isSecureContext', { value: false });
      document.addEventListener('copy', () => { window.copied = String(document.activeElement.value.slice(
        document.activeElement.selectionStart, document.activeElement.selectionEnd)); });`);
    await page.click('#weir-copy');
    await page.waitForText('#weir-copied', /Copied/);
    const report = String(await page.evaluate('window.copied'));
    for (const part of [
      /version \S+, Linux \d/,
      /option download '85mbps'/,
      /"state": "shaping"/,
      /"capabilities"/,
      /--- log\n-\d/,
    ])
      assert.match(report, part);
    assert.doesNotMatch(report, /hunter2/);
    assert.deepEqual(page.problems, []);
    await page.close();
  });
}

test('a killed daemon shows as such within a poll, and comes back', async () => {
  const page = await rig.logIn('admin');
  await rig.open(page, PATH);
  // A call that is under way when its provider dies is never answered (ubus), so not in the middle of a poll.
  const before = JSON.stringify(await page.text('#weir-info'));
  await page.waitUntil(`document.querySelector('#weir-info').textContent !== ${before}`, 15_000);
  await rig.lab.killDaemon();
  await page.waitForText('#weir-facts', /weir does not answer/, 15_000);
  await rig.lab.startDaemon();
  await page.waitForText('#weir-log', /\d+ s/, 15_000);
  await page.close();
});
