/** Network → Weir → Overview. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Rig, seriousFindings, type User } from './rig.ts';

const CONFIG = `config shaper 'wan'
	option device 'wan0'
	option download '19000'
	option upload '4750'
`;

let rig: Rig;
before(async () => {
  rig = await Rig.start();
  await rig.lab.configure(CONFIG);
});
after(() => rig.close());

for (const user of ['admin', 'readOnly'] satisfies User[]) {
  test(`the overview loads without an error for ${user}`, async (t) => {
    const page = await rig.logIn(user);
    const start = performance.now();
    await rig.open(page, 'network/weir/overview');
    await page.waitForText('#weir-overview', /wan: shaping/);
    t.diagnostic(`complete after ${Math.round(performance.now() - start)} ms`);
    assert.deepEqual(page.problems, []);
    assert.deepEqual(await seriousFindings(page), []);
    writeFileSync(`build/${user}.png`, await page.screenshot({ widthPx: 360, dark: user === 'admin' }));
    await page.close();
  });
}

test('a killed daemon shows as such and comes back', async () => {
  const page = await rig.logIn('admin');
  await rig.open(page, 'network/weir/overview');
  await rig.lab.killDaemon();
  await page.waitForText('#weir-overview', /does not answer/);
  await rig.lab.startDaemon();
  await page.waitForText('#weir-overview', /wan: shaping/);
  await page.close();
});
