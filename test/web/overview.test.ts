/** Network → Weir → Overview. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { Rig, seriousFindings, type User } from './rig.ts';

const CONFIG = `config shaper 'wan'
	option device 'wan0'
	option download '19000'
	option upload '4750'
`;
const PATH = 'network/weir/overview';

let rig: Rig;
before(async () => {
  rig = await Rig.start();
});
after(() => rig.close());
beforeEach(async () => {
  await rig.lab.configure(CONFIG);
});

for (const user of ['admin', 'readOnly'] satisfies User[]) {
  test(`loads without an error for ${user}`, async (t) => {
    const page = await rig.logIn(user);
    const start = performance.now();
    await rig.open(page, PATH);
    await page.waitForText('#weir-overview', /wan: shaping/);
    t.diagnostic(`complete after ${Math.round(performance.now() - start)} ms`);
    assert.deepEqual(page.problems, []);
    assert.deepEqual(await seriousFindings(page), []);
    await page.close();
  });
}

test('speaks the languages of its translations', async () => {
  await rig.lab.configure('');
  for (const [language, text] of [
    ['de', /Es ist kein Shaper eingerichtet\./],
    ['zh-cn', /尚未配置整形器。/],
  ] as const) {
    const page = await rig.logIn('admin', language);
    await rig.open(page, PATH);
    await page.waitForText('#weir-overview', text);
    await page.close();
  }
});

test('a killed daemon shows as such and comes back', async () => {
  const page = await rig.logIn('admin');
  await rig.open(page, PATH);
  await rig.lab.killDaemon();
  await page.waitForText('#weir-overview', /does not answer: .*Object not found/);
  await rig.lab.startDaemon();
  await page.waitForText('#weir-overview', /wan: shaping/);
  await page.close();
});
