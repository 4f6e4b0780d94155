import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SectionText } from '../schema/section.ts';
import {
  firstExpiryMs,
  type Overlay,
  overlaid,
  overlayProblem,
  SETTABLE_OPTIONS,
  withOptions,
  withoutExpired,
  withoutOptions,
} from './overlay.ts';

const NONE: Overlay = new Map();
const section: SectionText = {
  type: 'shaper',
  name: 'wan',
  anonymous: false,
  line: 3,
  options: [
    { name: 'device', value: 'eth1', line: 4, itemLines: [] },
    { name: 'upload', value: '5mbit', line: 5, itemLines: [] },
  ],
};

test('what is set stands in place of what the file says, and the rest stays', () => {
  const overlay = withOptions(NONE, 'wan', new Map([['upload', '3mbit']]), 100);
  const [result] = overlaid([section], overlay);
  assert.deepEqual(
    result?.options.map(({ name, value }) => [name, value]),
    [
      ['device', 'eth1'],
      ['upload', '3mbit'],
    ],
  );
  assert.deepEqual(overlaid([{ ...section, name: 'lan' }], overlay)[0]?.options, section.options);
  assert.deepEqual(overlaid([{ ...section, type: 'globals' }], overlay)[0]?.options, section.options);
});

test('options end one by one', () => {
  let overlay = withOptions(NONE, 'wan', new Map([['upload', '3mbit']]), 100);
  overlay = withOptions(overlay, 'wan', new Map([['enabled', '0']]), 50);
  overlay = withOptions(overlay, 'lan', new Map([['nat', '0']]), Number.POSITIVE_INFINITY);
  assert.equal(firstExpiryMs(overlay), 50);
  assert.deepEqual([...(withoutExpired(overlay, 50).get('wan')?.keys() ?? [])], ['upload']);
});

test('what ends last leaves nothing behind', () => {
  const overlay = withOptions(NONE, 'wan', new Map([['upload', '3mbit']]), 100);
  assert.equal(withoutExpired(overlay, 100).size, 0);
  assert.equal(withoutExpired(overlay, 99).size, 1);
  assert.equal(withoutOptions(overlay, 'wan').size, 0);
  assert.equal(withoutOptions(overlay, 'wan', ['download']).size, 1);
  assert.equal(firstExpiryMs(NONE), Number.POSITIVE_INFINITY);
});

test('values are held against the rows of the options, and the place of a shaper is not for a while', () => {
  assert.equal(overlayProblem('upload', '3mbit'), undefined);
  assert.equal(overlayProblem('link', ['pppoe-ptm', 'ether-vlan']), undefined);
  assert.equal(overlayProblem('link', 'pppoe-ptm ether-vlan'), undefined);
  assert.match(overlayProblem('link', ['dialup']) ?? '', /^'link': expected one of .*, got 'dialup'$/);
  assert.match(overlayProblem('upload', ['3mbit']) ?? '', /got a list$/);
  assert.match(overlayProblem('device', 'eth2') ?? '', /only the configuration file/);
  assert.match(overlayProblem('__proto__', 'x') ?? '', /no such option/);
  assert.ok(!SETTABLE_OPTIONS.includes('interface') && SETTABLE_OPTIONS.includes('download_rtt'));
});
