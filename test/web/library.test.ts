/**
 * What pages expect of LuCI's client library, on views of our own (views/). The same holds on LuCI's own library, with LUCI_RESOURCES:
 * that is what proves the stand-in.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import * as z from 'zod/mini';
import type { Page } from './chromium/page.ts';
import { Rig } from './rig.ts';

const CONFIG = `config shaper 'wan'
	option device 'wan0'
	option download '19000'
	option upload '4750'
`;
const ACCESS_DENIED = -32002;

let rig: Rig;
before(async () => {
  rig = await Rig.start();
});
after(() => rig.close());
beforeEach(async () => {
  await rig.lab.configure(CONFIG);
});

const field = (option: string): string => `[id="cbid.weir.wan.${option}"]`;
const input = (option: string): string => `[id="widget.cbid.weir.wan.${option}"]`;
const frame = (option: string): string => `#cbi-weir-wan-${option}`;

async function opened(user: 'admin' | 'readOnly', view: string): Promise<Page> {
  const page = await rig.logIn(user);
  await rig.open(page, `standin/${view}`);
  return page;
}

/** Ends the test of a page: nothing may have gone wrong on it that nobody showed. */
async function done(page: Page): Promise<void> {
  assert.deepEqual(page.problems, []);
  await page.close();
}

/** Methods that were called with their status, since the exchange with that number. */
function calledSince(first: number): string[] {
  const request = z.object({ params: z._default(z.array(z.unknown()), []) });
  const response = z.object({ result: z.optional(z.unknown()), error: z.optional(z.object({ code: z.int() })) });
  return rig.server.exchanges.slice(first).flatMap((exchange) => {
    const requests = z.array(request).parse([JSON.parse(exchange.request)].flat());
    const responses = z.array(response).parse([JSON.parse(exchange.response)].flat());
    return requests.map(({ params: [, object, method] }, i) => {
      const { result, error } = responses[i] ?? {};
      return `${object} ${method} ${Array.isArray(result) ? result[0] : error?.code}`;
    });
  });
}

test('calls are batched, shaped by expect, and fail where they say so', async () => {
  const page = await rig.logIn('readOnly');
  const first = rig.server.exchanges.length;
  await rig.open(page, 'standin/calls');
  const found: unknown = JSON.parse(await page.text('#found'));
  assert.deepEqual(found, {
    version: z.object({ version: z.string() }).parse((await rig.lab.bus.call('weir', 'status')).data).version,
    other: 5,
    history: { error: "'shaper': expected wan, got 'nobody'" },
    refused: 'RPCError: RPC call to weir/history failed with ubus code 2: Invalid argument',
    reload: 'RPCError: RPC call to weir/reload failed with error -32002: Access denied',
    devices: ['ifb-wan0', 'lan0', 'wan0'],
    networks: ['lan', 'loopback', 'wan'],
    changes: {},
    mayWrite: false,
    formats: [
      'a and 3',
      '002.3|   42|ab   |ff',
      '&#60;b&#62;&#34;&#38;&#34;&#60;/b&#62;',
      '19.00 Mbit/s 512 B',
      '1.43 MiB',
      '100% of it',
    ],
    translated: ['Overview', 'several'],
  });
  assert.ok(calledSince(first).includes(`weir reload ${ACCESS_DENIED}`));
  const batch = rig.server.exchanges.slice(first).find(({ request }) => request.includes('"history"'));
  assert.ok(Array.isArray(JSON.parse(batch?.request ?? '')), 'the calls of one frame are one request');
  await done(page);
});

test('polling calls each second until it is stopped', async () => {
  const page = await opened('admin', 'calls');
  await page.click('#start');
  await page.waitForText('#polled', /^[2-9]|\d\d$/);
  await page.waitForText('#indicators', /Refreshing/);
  await page.click('#stop');
  const count = await page.text('#polled');
  const first = rig.server.exchanges.length;
  await page.evaluate('new Promise((resolve) => setTimeout(resolve, 2500))');
  assert.equal(await page.text('#polled'), count);
  assert.deepEqual(calledSince(first), []);
  await done(page);
});

test('a page that nobody sees calls nothing', async () => {
  const page = await opened('admin', 'calls');
  await page.click('#start');
  await page.waitForText('#polled', /^[2-9]|\d\d$/);
  await page.setHidden(true);
  await page.evaluate('new Promise((resolve) => setTimeout(resolve, 1000))');
  const first = rig.server.exchanges.length;
  await page.evaluate('new Promise((resolve) => setTimeout(resolve, 3000))');
  assert.deepEqual(calledSince(first), []);
  await page.setHidden(false);
  await page.waitUntil(`Number(document.querySelector('#polled').textContent) > ${await page.text('#polled')}`);
  await done(page);
});

test('a dialog and a message show text as text, and go', async () => {
  const page = await opened('admin', 'calls');
  await page.click('#ask');
  await page.waitForText('#dialog', /^<i>text<\/i>$/);
  await page.click('#modal_overlay .btn');
  await page.waitUntil('!document.body.classList.contains("modal-overlay-active")');
  await page.click('#tell');
  await page.waitForText('.alert-message.info', /it is late/);
  await page.click('.alert-message .btn');
  await page.waitUntil('document.querySelector(".alert-message:not(.fade-out)") === null');
  await done(page);
});

test('when the session has ended, the page says so', async () => {
  const page = await opened('admin', 'calls');
  rig.server.endSessions();
  // LuCI's own may already have asked something, and the dialog be there.
  await page.evaluate("document.querySelector('#call').click()");
  await page.waitForText('#modal_overlay', /Session expired/);
  await page.close();
});

test('a field is checked while it is typed in, and what is wrong is not saved', async () => {
  const page = await opened('admin', 'form');
  assert.equal(await page.evaluate(`document.querySelector('${input('download')}').value`), '19000');
  await page.type(input('download'), 'fast');
  await page.waitFor(`${input('download')}.cbi-input-invalid`);
  await page.press('Tab', 9);
  await page.waitFor('.cbi-tabmenu [data-tab="first"][data-errors="1"]');
  const first = rig.server.exchanges.length;
  await page.click('.cbi-page-actions .cbi-button-save');
  await page.waitForText('#modal_overlay', /Option "Download" contains an invalid input value. Expecting a rate/);
  assert.ok(!calledSince(first).some((call) => call.startsWith('uci set')));
  await page.close();
});

test('what is saved waits in the session, and is applied to the router', async () => {
  const page = await opened('admin', 'form');
  await page.type(input('download'), '15000');
  await page.click('.cbi-page-actions .cbi-button-save');
  await page.waitForText('#indicators', /Unsaved Changes: 1/);
  assert.match((await rig.lab.readFile('/etc/config/weir')) ?? '', /19000/);
  await page.click('.cbi-page-actions .cbi-button-apply');
  await page.waitForText('#modal_overlay', /Configuration changes applied/, 10_000);
  assert.equal(
    await rig.lab.readFile('/etc/config/weir'),
    `\nconfig shaper 'wan'\n\toption device 'wan0'\n\toption download '15000'\n\toption upload '4750'\n\n`,
  );
  const cake = (await rig.lab.qdiscs()).find(({ dev, kind }) => dev === 'ifb-wan0' && kind === 'cake');
  assert.equal(cake?.options.bandwidth, 15_000_000 / 8);
  await page.close();
});

test('fields appear with what they depend on, behind tabs', async () => {
  const page = await opened('admin', 'form');
  const isShown = (selector: string): string =>
    `document.querySelector('${selector}').closest('.hidden, [data-tab-active="false"]') === null`;
  assert.equal(await page.evaluate(isShown(frame('isolation'))), false);
  await page.click('.cbi-tabmenu [data-tab="second"] a');
  await page.waitUntil(isShown(frame('isolation')));
  assert.equal(await page.evaluate(isShown(frame('mpu'))), false);
  await page.choose(input('isolation'), 'flows');
  await page.waitUntil(isShown(frame('mpu')));
  await page.type(input('mpu'), '300');
  await page.waitFor(`${input('mpu')}.cbi-input-invalid`);
  await page.type(input('mpu'), '64');
  await page.waitFor(`${input('mpu')}:not(.cbi-input-invalid)`);
  await page.choose(input('isolation'), 'triple-isolate');
  await page.waitUntil(`!(${isShown(frame('mpu'))})`);
  await done(page);
});

test('a list grows and shrinks, a choice is made from a menu, a flag is clicked', async () => {
  const page = await opened('admin', 'form');
  await page.click(`${field('device')}`);
  await page.click(`${field('device')} li[data-value="lan0"]`);
  await page.click(`${frame('enabled')} input[type="checkbox"]`);
  await page.click('.cbi-tabmenu [data-tab="second"] a');
  for (const word of ['ethernet', 'docsis']) {
    await page.type(input('link'), word);
    await page.press('Enter', 13);
  }
  await page.waitUntil(`document.querySelectorAll('${field('link')} > .item').length === 2`);
  await page.evaluate(`document.querySelector('${field('link')} > .item').focus()`);
  await page.press('Delete', 46);
  await page.waitUntil(`document.querySelectorAll('${field('link')} > .item').length === 1`);
  const first = rig.server.exchanges.length;
  await page.click('.cbi-page-actions .cbi-button-save');
  await page.waitForText('#indicators', /Unsaved Changes/);
  const saved = rig.server.exchanges.slice(first).find(({ request }) => request.includes('"set"'));
  assert.match(saved?.request ?? '', /"values":\{"device":"lan0","enabled":"0","link":\["docsis"\]\}/);
  await done(page);
});

test('who may only read sees fields that are disabled', async () => {
  const page = await opened('readOnly', 'form');
  assert.equal(await page.evaluate(`document.querySelector('${input('download')}').value`), '19000');
  const enabled = await page.evaluate(`[...document.querySelectorAll('#view input, #view select, #view button')]
    .filter((one) => !one.disabled && one.closest('[disabled]') === null && one.type !== 'hidden').map((one) => one.outerHTML)`);
  assert.deepEqual(enabled, []);
  await done(page);
});

test('a row of a grid is edited in a dialog', async () => {
  const page = await opened('admin', 'grid');
  const row = '#cbi-weir-wan';
  assert.match(await page.text(row), /wan0/);
  await page.click(`${row} .cbi-button-edit`);
  await page.type(`.modal ${input('upload')}`, '4000');
  await page.click('.modal .cbi-button-positive');
  await page.waitUntil('!document.body.classList.contains("modal-overlay-active")');
  await page.waitForText('#indicators', /Unsaved Changes: 1/);
  await done(page);
});

test('a dialog has options that are added for its section, and can be made anew in its place', async () => {
  const page = await opened('admin', 'grid');
  await page.click('#cbi-weir-wan .cbi-button-edit');
  await page.waitFor(`.modal ${input('rtt')}`);
  await page.evaluate(`window.before = document.querySelector('.modal ${input('rtt')}')`);
  await page.type(`.modal ${input('upload')}`, '3000');
  await page.click(`.modal ${input('rtt')}`);
  await page.waitUntil(`!window.before.isConnected && document.querySelector('.modal ${input('rtt')}') !== null`);
  await page.click('.modal .button-row > button');
  await page.waitUntil('!document.body.classList.contains("modal-overlay-active")');
  await done(page);
});

test('a section that is added and dismissed is not there', async () => {
  const page = await opened('admin', 'grid');
  await page.type('.cbi-section-create-name', 'guests');
  await page.click('.cbi-section-create .cbi-button-add');
  await page.waitFor('.modal [id="widget.cbid.weir.guests.upload"]');
  await page.click('.modal .button-row > button');
  await page.waitUntil('!document.body.classList.contains("modal-overlay-active")');
  assert.equal(await page.evaluate(`document.querySelector('#view #cbi-weir-guests') === null`), true);
  await done(page);
});
