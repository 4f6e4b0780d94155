/** Network → Weir → Hosts and bridge: what it shows of the ports and hosts. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod/mini';
import { answered, bridgeRig, MAPPED, onPage, PATH } from './bridge_rig.ts';
import { assertCompleteIn, openTab } from './on_page.ts';
import { type Rig, SCREENSHOT_WIDTHS_PX, seriousFindings, type User } from './rig.ts';

/** How soon a person wants to see the page. */
const FIRST_VIEW_MS = 1500;
const TABS = ['bridge', 'interface_mapping', 'vlan_mapping', 'host'];
/** Datagrams of 1042 bytes with their headers, evenly both ways. */
const BOTH_WAYS = 'bridge_flow server tv 10.1.0.1 4000; bridge_flow tv server 10.1.0.2 16000';
const DOWNLOAD_MBIT = (8 * 1042) / 4000;
const UPLOAD_MBIT = (8 * 1042) / 16000;

const trips = z.nullable(z.looseObject({ minUs: z.int(), p50Us: z.int(), p90Us: z.int() }));
const host = z.looseObject({
  address: z.string(),
  name: z.nullable(z.string()),
  download: z.looseObject({ bytes: z.int(), rateBitPerS: z.nullable(z.number()) }),
  upload: z.looseObject({ bytes: z.int(), rateBitPerS: z.nullable(z.number()) }),
  rtt: z.object({ internet: trips, local: trips }),
});
const hostsAnswer = z.object({ total: z.int(), hosts: z.array(host) });

let rig: Rig;
before(async () => {
  rig = await bridgeRig(false);
});
after(() => rig.close());
beforeEach(() => rig.lab.configure(''));

test('there is no such page until the package weir-bridge is installed', async () => {
  const page = await rig.logIn('admin');
  await rig.open(page, 'network/weir/overview');
  const linked = `[...document.querySelectorAll('a')].some((a) => a.href.endsWith('/${PATH}'))`;
  assert.equal(await page.evaluate(linked), false);
  await rig.lab.installBridge();
  await rig.open(page, 'network/weir/overview');
  assert.equal(await page.evaluate(linked), true);
  await rig.open(page, PATH);
  await page.waitForText('#weir-bridge-state', /No bridge is switched on/);
  assert.deepEqual(page.problems, []);
  await page.close();
});

test(`the page is complete in ${FIRST_VIEW_MS} ms`, async (t) => {
  await rig.lab.configure(MAPPED);
  assert.equal(await answered(rig), 5);
  await onPage(rig, 'admin', async (page) => {
    await assertCompleteIn(FIRST_VIEW_MS, t, rig, page, PATH, '#weir-hosts tbody tr');
  });
});

for (const user of ['admin', 'readOnly'] satisfies User[]) {
  test(`${user} sees ports and hosts and every form, axe finds nothing serious, and nothing is wider than the screen`, async () => {
    await rig.lab.configure(MAPPED);
    assert.equal(await answered(rig), 5);
    await onPage(rig, user, async (page) => {
      await page.waitForText('#weir-bridge-state', /Forwarding/);
      await page.waitForText('#weir-ports', /eth1 → eth2.*forwarding.*xdp.*eth2 → eth1/);
      await page.waitForText('#weir-hosts', /tv10\.1\.0\.1.*10:2a/);
      for (const [widthPx, dark] of SCREENSHOT_WIDTHS_PX.flatMap((px) => [[px, false] as const, [px, true] as const])) {
        await page.setViewport({ widthPx, dark });
        for (const name of TABS) {
          await openTab(page, name);
          const width = Number(await page.evaluate('document.documentElement.scrollWidth'));
          assert.ok(width <= widthPx, `${name}: ${width} of ${widthPx}`);
          // Dark, tabs and buttons are as readable as the theme has them.
          const findings = await seriousFindings(page, dark ? '#weir-bridge-live' : '#view');
          assert.deepEqual(findings, [], `${name} ${widthPx} ${dark ? 'dark' : 'light'}`);
        }
      }
    });
  });
}

test('hosts appear within two seconds of a load, with the rates and bytes that the bus and the kernel tell', async (t) => {
  await rig.lab.configure(
    `${MAPPED}\nconfig vlan_mapping\n\toption parent 'eth1'\n\toption tag '3'\n\toption redirect_to '4'\n`,
  );
  await onPage(rig, 'admin', async (page) => {
    await page.waitForText('#weir-bridge-state', /Forwarding/);
    await rig.lab.read(BOTH_WAYS);
    const cell = (title: string): string => `#weir-hosts tbody td[data-title="${title}"]`;
    await page.waitForText('#weir-hosts', /10\.1\.0\.1/, 2000);
    for (const way of ['Download', 'Upload']) await page.waitForText(cell(`${way} Mbit/s`), /[1-9]/, 2000);
    // The flow back begins later, so the first rate is of a part of a second only.
    const first = await page.text(cell('Upload Mbit/s'));
    await page.waitUntil(`document.querySelector('${cell('Upload Mbit/s')}').textContent !== '${first}'`, 5000);
    for (let i = 0; i < 5; i++) {
      const [down = '', up = ''] = await Promise.all(
        ['Download', 'Upload'].map((way) => page.text(cell(`${way} Mbit/s`))),
      );
      t.diagnostic(`${down} and ${up} Mbit/s`);
      assert.ok(Math.abs(Number(down) / DOWNLOAD_MBIT - 1) < 0.25, `${down} of ${DOWNLOAD_MBIT}`);
      assert.ok(Math.abs(Number(up) / UPLOAD_MBIT - 1) < 0.25, `${up} of ${UPLOAD_MBIT}`);
      await page.waitUntil(`document.querySelector('${cell('Download Mbit/s')}').textContent !== '${down}'`, 10_000);
    }
    await rig.lab.stopLoad();
    const answers = (): string[] =>
      rig.server.exchanges.filter(({ request }) => request.includes('"hosts"')).map(({ response }) => response);
    const before = answers().length;
    await page.waitUntil(`document.querySelector('${cell('Download Mbit/s')}').textContent === '0.00'`, 10_000);
    assert.ok(answers().length > before);
    const { data } = await rig.lab.bus.call('weir', 'hosts', { sort: 'address', limit: 10 });
    const told = hostsAnswer.parse(data).hosts.find(({ address }) => address === '10.1.0.1');
    assert.ok(told !== undefined);
    assert.equal(told.name, 'tv');
    const kernel = await countedBytes();
    assert.deepEqual([told.download.bytes, told.upload.bytes], kernel);
    const [, megabytes = '', kilobytes = ''] =
      /^([0-9.]+) MB \/ ([0-9.]+) kB$/.exec(await page.text(cell('Traffic'))) ?? [];
    assert.ok(Math.abs(Number(megabytes) - told.download.bytes / 1e6) < 0.01, megabytes);
    assert.ok(Math.abs(Number(kilobytes) - told.upload.bytes / 1e3) < 1, kilobytes);
    const largest = Math.max(...answers().map((text) => text.length));
    t.diagnostic(`an answer has at most ${largest} bytes`);
  });
});

/** Keys and values as bytes in hexadecimal. */
const hostsMap = z.array(z.looseObject({ key: z.array(z.string()), value: z.array(z.string()) }));
const KEY = '10.1.0.1'.split('.').map(Number);
/** Of struct weir_traffic, whose first are the bytes; download is the first, upload the second. */
const TRAFFIC_BYTES = 24;

/** Bytes of 10.1.0.1 by bpftool: download, upload. */
async function countedBytes(): Promise<number[]> {
  const dump = hostsMap.parse(JSON.parse(await rig.lab.read('bpftool -j map dump pinned /run/bpffs/weir/maps/hosts')));
  const found = dump.find(({ key }) => key.slice(12).every((byte, i) => Number(byte) === KEY[i]));
  const value = Buffer.from((found?.value ?? []).map(Number));
  return [0, TRAFFIC_BYTES].map((at) => Number(value.readBigUInt64LE(at)));
}

test('round trips to either side are shown as the daemon tells them', async (t) => {
  await rig.lab.configure(MAPPED);
  await onPage(rig, 'admin', async (page) => {
    await rig.lab.read('bridge_download 10.1.0.11 5001 1');
    const host = `[...document.querySelectorAll('#weir-hosts tbody tr')].find((row) => row.textContent.includes('10.1.0.11'))`;
    const cells = `[...(${host}?.querySelectorAll('td[data-title$=" ms"]') ?? [])].map((cell) => cell.textContent)`;
    await page.waitUntil(
      `${cells}.filter((text) => /^[0-9.]+ \\/ [0-9.]+ \\/ [0-9.]+$/.test(text)).length === 2`,
      10_000,
    );
    await rig.lab.stopLoad();
    await page.waitUntil(`${host}.querySelector('td[data-title="Download Mbit/s"]').textContent === '0.00'`, 10_000);
    const { data } = await rig.lab.bus.call('weir', 'hosts', {});
    const told = hostsAnswer.parse(data).hosts.find(({ address }) => address === '10.1.0.11');
    const texts = [told?.rtt.internet, told?.rtt.local].map((side) =>
      [side?.minUs, side?.p50Us, side?.p90Us].map((us) => digits((us ?? 0) / 1000)).join(' / '),
    );
    assert.deepEqual(await page.evaluate(cells), texts);
    t.diagnostic(texts.join(', '));
  });
});

/** Three of them, as the pages have numbers. */
const digits = (value: number): string => value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0);

const callsOf = (method: string): string[] =>
  rig.server.exchanges.map(({ request }) => request).filter((request) => request.includes(`"${method}"`));

/** Waits for what no page shows. */
async function until(isSo: () => boolean): Promise<void> {
  for (let i = 0; !isSo(); i++) {
    assert.ok(i < 100);
    await sleep(100);
  }
}

test('a click on a heading asks the daemon for the first by that column, and a second turns the order round', async () => {
  await rig.lab.configure(MAPPED);
  assert.equal(await answered(rig), 5);
  await onPage(rig, 'readOnly', async (page) => {
    const heading = (column: number): string => `#weir-hosts th:nth-child(${column})`;
    const order = (column: number) =>
      page.evaluate(`document.querySelector('${heading(column)}').getAttribute('aria-sort')`);
    assert.equal(await order(3), 'descending');
    for (const [column, sort, first, second] of [
      [1, 'address', 'ascending', 'descending'],
      [4, 'upload', 'descending', 'ascending'],
      [7, 'rtt', 'descending', 'ascending'],
    ] as const) {
      const before = callsOf('hosts').length;
      await page.click(`${heading(column)} button`);
      assert.equal(await order(column), first);
      await page.waitUntil(`document.querySelectorAll('#weir-hosts [aria-sort]').length === 1`);
      await page.click(`${heading(column)} button`);
      assert.equal(await order(column), second);
      assert.ok(
        callsOf('hosts')
          .slice(before)
          .some((request) => request.includes(`"sort":"${sort}"`)),
      );
    }
    await page.choose('#weir-limit', '30');
    await until(() => /"limit":30\}/.test(callsOf('hosts').at(-1) ?? ''));
    await page.waitForText('#weir-bridge-live', /1 of 1 hosts/);
  });
});

test('nothing is asked while the tab is hidden', async () => {
  await rig.lab.configure(MAPPED);
  await onPage(rig, 'admin', async (page) => {
    await page.waitForText('#weir-bridge-state', /Forwarding/);
    await page.setHidden(true);
    await sleep(1500);
    const before = rig.server.exchanges.length;
    await sleep(3000);
    assert.equal(rig.server.exchanges.length, before);
    await page.setHidden(false);
    await until(() => rig.server.exchanges.length > before);
  });
});

test('a class that was set over the bus is shown as such, and removed', async () => {
  await rig.lab.configure(MAPPED);
  const { status } = await rig.lab.bus.call('weir', 'map_add', {
    ip: '10.1.0.9',
    classid: '10:9',
    upload: '20:9',
    cpu: 0,
  });
  assert.equal(status, 0);
  await onPage(rig, 'readOnly', async (page) => {
    await page.waitForText('#weir-map', /10\.1\.0\.910:920:90/);
    await page.waitForText('#weir-bridge-state', /^Forwarding$/);
    assert.doesNotMatch(await page.text('#weir-map'), /10\.1\.0\.1\D/);
    assert.equal(await page.evaluate(`document.querySelector('#weir-map button').disabled`), true);
  });
  await onPage(rig, 'admin', async (page) => {
    await page.click('#weir-map button');
    await page.waitUntil(`document.querySelector('#weir-map').closest('[hidden]') !== null`);
  });
  const { data } = await rig.lab.bus.call('weir', 'map_list');
  assert.doesNotMatch(JSON.stringify(data), /10\.1\.0\.9/);
});

test('a daemon that is killed shows as such, and comes back', async () => {
  await rig.lab.configure(MAPPED);
  const page = await rig.logIn('admin');
  await rig.open(page, PATH);
  await page.waitForText('#weir-bridge-state', /Forwarding/);
  await rig.lab.killDaemon();
  await page.waitForText('#weir-bridge', /Weir is not running/);
  assert.equal(await answered(rig), 5);
  await rig.lab.startDaemon();
  await page.waitForText('#weir-bridge-state', /Forwarding/);
  assert.doesNotMatch(await page.text('#weir-bridge'), /not running/);
  await page.close();
});
