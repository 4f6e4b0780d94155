/** Pictures of pages: of the width that was asked for, light and dark. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Rig, SCREENSHOT_WIDTHS_PX } from './rig.ts';

/** IHDR of a PNG: width and height as the first numbers after its name. */
const IHDR_AT = 16;

let rig: Rig;
before(async () => {
  rig = await Rig.start();
});
after(() => rig.close());

test('a page is shown at each width, light and dark', async () => {
  const page = await rig.logIn('readOnly');
  await rig.open(page, 'network/weir/overview');
  for (const widthPx of SCREENSHOT_WIDTHS_PX) {
    const [light, dark] = [await page.screenshot({ widthPx }), await page.screenshot({ widthPx, dark: true })];
    for (const picture of [light, dark]) assert.equal(picture.readUInt32BE(IHDR_AT), widthPx);
    assert.notDeepEqual(light, dark);
    const background = await page.evaluate('getComputedStyle(document.body).backgroundColor');
    assert.match(String(background), /^rgb\(34, 34, 34\)$/);
  }
  await page.close();
});
