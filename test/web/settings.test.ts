/** Network → Weir → Settings. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Rig } from './rig.ts';

const PATH = 'network/weir/settings';
/** The widget of an option, as LuCI names it. */
const field = (option: string, section = 'wan'): string => `[id="widget.cbid.weir.${section}.${option}"]`;

let rig: Rig;
before(async () => {
  rig = await Rig.start();
});
after(() => rig.close());

test('try', async () => {
  const page = await rig.logIn('admin');
  try {
    await rig.open(page, PATH);
    await page.type(field('download'), '19mbit');
    await page.type(field('upload'), '4750');
    await page.choose(field('_line'), 'vdsl');
    writeFileSync('build/s1.png', await page.screenshot({ widthPx: 1400 }));
    await page.click('.cbi-page-actions .cbi-button-apply');
    await page.waitFor('#weir-apply');
    writeFileSync('build/s2.png', await page.screenshot({ widthPx: 1400 }));
    await page.click('#weir-apply');
    await new Promise((r) => setTimeout(r, 6000));
    writeFileSync('build/s3.png', await page.screenshot({ widthPx: 1400 }));
    console.log(await rig.lab.readFile('/etc/config/weir'), await rig.lab.qdiscs());
  } finally {
    writeFileSync('build/s9.png', await page.screenshot({ widthPx: 1400 }));
    console.log(page.problems);
  }
  assert.ok(page);
});
