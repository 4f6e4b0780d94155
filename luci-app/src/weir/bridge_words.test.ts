import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandsOf, pathOf } from '../../../src/model/resource/registry.ts';
import { BRIDGE, type Resource } from '../../../src/model/resource.ts';
import '../../../test/luci_globals.ts';

const { changeWords } = await import('./plan_words.ts');

const objectId = '00112233445566778899aabbccddeeff';
const PORT = {
  type: 'port',
  device: 'eth1',
  redirectTo: 'eth2',
  maxFrameBytes: 1514,
  address: '02:00:00:00:00:01',
  scanVlans: true,
  controlFrames: false,
  faces: 'local',
  vlans: [{ tag: 3, redirectTo: 4, faces: 'auto' }],
} as const satisfies Resource;

function words(action: 'add' | 'change' | 'delete', resource: Resource): string {
  const differences = action === 'change' ? [{ what: 'redirect', found: 'eth3', wanted: 'eth2' }] : [];
  const change = { action, path: pathOf(resource), differences, loses: [], commands: commandsOf(action, resource) };
  const { words: text, details } = changeWords(change);
  return [text, ...details].join(' | ');
}

test('what the bridge needs is told in words, as the daemon renders it', () => {
  const none = { classDownload: 0, classUpload: 0, cpu: undefined };
  const told: readonly (readonly [Resource, add: string, gone: string])[] = [
    [PORT, 'What arrives on eth1 leaves on eth2.', 'What arrives on eth1 is no longer forwarded.'],
    [
      { ...PORT, scanVlans: false, faces: 'auto', vlans: [] },
      'What arrives on eth1 leaves on eth2.',
      'What arrives on eth1 is no longer forwarded.',
    ],
    [
      { type: 'xdp', device: 'eth1', program: 'xdp_forward', mode: 'native', objectId, pinned: true },
      'A program for XDP is put on eth1.',
      'The program for XDP leaves eth1.',
    ],
    [
      { type: 'forward', device: 'eth1', program: 'tc_forward', objectId },
      'A program for tc is put on eth1.',
      'The program for tc leaves eth1.',
    ],
    [{ type: 'promiscuous', device: 'eth1' }, 'eth1 takes all frames.', 'eth1 takes only its own frames again.'],
    [
      { type: 'programs', device: BRIDGE, objectId, sizes: { steering: 256, hosts: 256 } },
      "The bridge's programs are loaded.",
      "The bridge's programs are unloaded.",
    ],
  ];
  for (const [resource, add, gone] of told) {
    assert.equal(words('add', resource), add);
    assert.equal(words('delete', resource), gone);
  }
  const steering: Resource = { type: 'steering', device: BRIDGE, entries: new Map(), unknown: none };
  assert.equal(words('add', steering), 'The classes of hosts are set.');
});

test('what changes in place says from what to what', () => {
  assert.equal(words('change', PORT), 'What arrives on eth1 leaves on eth2. | redirect: eth3 → eth2');
});

test('a device that is called bridge is not taken for it', () => {
  const link: Resource = { type: 'promiscuous', device: 'bridge' };
  assert.equal(words('add', link), 'bridge takes all frames.');
  const change = { action: 'delete', path: 'bridge > cake', differences: [], loses: [], commands: [] };
  assert.equal(changeWords(change).words, 'Upload is no longer shaped, on bridge.');
});
