import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatIssue, type Issue } from '../lib/issue.ts';
import { encodeUtf8 } from '../lib/utf8.ts';
import { parseUci, UciSyntaxError } from '../wire/ucitext.ts';
import { type BridgeConfig, parseBridge, tableFor } from './bridge_config.ts';

/** The bridge in a text of UCI whose options are written `name value`, and the issues as a person reads them. */
function parse(text: string): { bridge: BridgeConfig | undefined; issues: string[] } {
  const lines = text
    .trim()
    .split('\n')
    .map((line) => {
      const [name = '', ...values] = line.trim().split(' ');
      if (name === 'config') return line.trim();
      return `\t${name === 'ip' || name === 'mac' ? 'list' : 'option'} ${name} '${values.join(' ')}'`;
    });
  const file = parseUci(encodeUtf8(`${lines.join('\n')}\n`));
  assert.ok(!(file instanceof UciSyntaxError), String(file));
  const issues: Issue[] = [];
  const bridge = parseBridge(file.sections, 'weir', [], issues);
  return { bridge, issues: issues.map(formatIssue) };
}

const TWO_PORTS = `
config bridge
use_xdp_bridge 1
config interface_mapping
name eth1
redirect_to eth2
scan_vlans 0
config interface_mapping
name eth2
redirect_to eth1
scan_vlans 0`;

test('two ports, as LibreQoS writes them', () => {
  const { bridge, issues } = parse(TWO_PORTS);
  assert.deepEqual(issues, []);
  assert.deepEqual(
    bridge?.ports.map(({ device, redirectTo, scanVlans, vlans }) => [device, redirectTo, scanVlans, vlans]),
    [
      ['eth1', 'eth2', false, []],
      ['eth2', 'eth1', false, []],
    ],
  );
  assert.equal(bridge?.path, 'auto');
  assert.equal(bridge.hostTable, 256);
});

const STICK = `
config bridge
use_xdp_bridge 1
config interface_mapping
name eth1
redirect_to eth1
scan_vlans 1
config vlan_mapping
parent eth1
tag 3
redirect_to 4
config vlan_mapping
parent eth1
tag 4
redirect_to 3`;

test('on a stick, as LibreQoS writes it, and with the two VLANs as options', () => {
  const written = parse(STICK);
  assert.deepEqual(written.issues, []);
  const expected = [
    { tag: 3, redirectTo: 4 },
    { tag: 4, redirectTo: 3 },
  ];
  const mappings = (bridge: BridgeConfig | undefined): unknown =>
    bridge?.ports[0]?.vlans.map(({ tag, redirectTo }) => ({ tag, redirectTo }));
  assert.deepEqual(mappings(written.bridge), expected);
  const short = parse(`
config bridge
use_xdp_bridge 1
on_a_stick 1
stick_vlan_a 3
stick_vlan_b 4
config interface_mapping
name eth1
redirect_to eth1`);
  assert.deepEqual(short.issues, []);
  assert.deepEqual(mappings(short.bridge), expected);
  assert.deepEqual(
    short.bridge?.ports[0]?.vlans.map(({ faces }) => faces),
    ['local', 'internet'],
  );
});

test('reciprocal makes the way back, of ports and of VLANs, with the other side', () => {
  const { bridge, issues } = parse(`
config bridge
use_xdp_bridge 1
config interface_mapping
name eth1
redirect_to eth2
scan_vlans 1
faces local
reciprocal 1
config vlan_mapping
parent eth1
tag 10
redirect_to 20
reciprocal 1`);
  assert.deepEqual(issues, []);
  assert.deepEqual(
    bridge?.ports.map(({ where: _, ...port }) => port),
    [
      {
        device: 'eth1',
        redirectTo: 'eth2',
        scanVlans: true,
        faces: 'local',
        vlans: [{ tag: 10, redirectTo: 20, faces: 'auto' }],
      },
      {
        device: 'eth2',
        redirectTo: 'eth1',
        scanVlans: true,
        faces: 'internet',
        vlans: [{ tag: 20, redirectTo: 10, faces: 'auto' }],
      },
    ],
  );
});

test('what is likely a mistake is warned about, and what is one is an error', () => {
  const cases: readonly (readonly [string, readonly RegExp[]])[] = [
    ['config bridge\nuse_xdp_bridge 1', [/^warning: .*nothing is mapped/]],
    ['config interface_mapping\nname eth1\nredirect_to eth2', [/^warning: .*it is for a bridge, and there is none/]],
    [
      TWO_PORTS.replace('name eth2', 'name eth3'),
      [/from eth1 to eth2, and none come back/, /from eth3 to eth1, and none come back/],
    ],
    [
      TWO_PORTS.replace('name eth2', 'name eth1'),
      [/^error: .*what arrives on eth1 goes to eth2 already/, /none come back/],
    ],
    [`${TWO_PORTS}\nconfig bridge`, [/^error: .*there is another section bridge already/]],
    [
      TWO_PORTS.replace('redirect_to eth2', 'to eth2'),
      [/^error: .*unknown option/, /^error: .*no redirect_to/, /none come back/],
    ],
    [
      STICK.replaceAll('tag 4', 'tag 5'),
      [/VLAN 3 of eth1 becomes 4, and 4 of eth1 does not become 3/, /VLAN 5 of eth1 becomes 3/],
    ],
    [
      STICK.replace('redirect_to 4', 'redirect_to 3'),
      [/VLAN 3 of eth1 is mapped to itself/, /VLAN 4 of eth1 becomes 3/],
    ],
    [STICK.replace('tag 4', 'tag 3'), [/^error: .*VLAN 3 of eth1 is mapped already/, /does not become 3/]],
    [
      STICK.replace('tag 4', 'tag 4095'),
      [/^error: .*wrong value \(expected a whole number from 1 to 4094/, /does not become 3/],
    ],
    [
      STICK.replaceAll('parent eth1', 'parent eth2'),
      [/nothing is mapped on eth2/, /nothing is mapped on eth2/, /mapped to itself and no VLAN changes/],
    ],
    [`${TWO_PORTS}\nconfig vlan_mapping\nparent eth1\ntag 3\nredirect_to 3`, [/VLANs of eth1 are not looked at/]],
    [`${TWO_PORTS}\nconfig host`, [/^error: .*no address/]],
    [`${TWO_PORTS}\nconfig host\nip 10.0.0.1/8`, [/^error: .*wrong value/]],
    [
      `${TWO_PORTS}\nconfig host\nip 10.0.0.1\nconfig host\nip 10.0.0.1`,
      [/^warning: .*10.0.0.1 belongs to another section already/],
    ],
    [
      'config bridge\nuse_xdp_bridge 1\non_a_stick 1\nstick_vlan_a 3\nstick_vlan_b 4',
      [/'on_a_stick' is set/, /nothing is mapped/],
    ],
  ];
  for (const [text, expected] of cases) {
    const { issues } = parse(text);
    assert.equal(issues.length, expected.length, `${text}\n${issues.join('\n')}`);
    issues.forEach((issue, i) => {
      assert.match(issue, expected[i] ?? /^$/);
    });
  }
});

test('hosts become classes by prefix and hardware address, upload the same as download unless said otherwise', () => {
  const { bridge, issues } = parse(`${TWO_PORTS}
config host 'tv'
ip 192.0.2.7
ip 2001:db8:7::/64
mac 02:00:5E:10:00:01
class 10:2a
config host 'office'
name desk
ip 192.0.2.128/25
class 10:3
upload_class 20:3
cpu 1`);
  assert.deepEqual(issues, []);
  const tv = { classDownload: 0x10002a, classUpload: 0x10002a, cpu: undefined };
  assert.deepEqual(
    [...(bridge?.steering ?? [])].map(([key, { classDownload, classUpload, cpu }]) => [
      key,
      { classDownload, classUpload, cpu },
    ]),
    [
      ['192.0.2.7', tv],
      ['2001:db8:7::/64', tv],
      ['02:00:5e:10:00:01', tv],
      ['192.0.2.128/25', { classDownload: 0x100003, classUpload: 0x200003, cpu: 1 }],
    ],
  );
  assert.deepEqual(
    bridge?.hosts.map(({ name }) => name),
    ['tv', 'desk'],
  );
  assert.equal(bridge?.usesCpus, true);
});

test('a bridge that is off is none, and its mistakes are told all the same', () => {
  const { bridge, issues } = parse(TWO_PORTS.replace('use_xdp_bridge 1', 'use_xdp_bridge 0\npath up'));
  assert.equal(bridge, undefined);
  assert.match(issues.join('\n'), /expected one of auto, xdp, tc/);
});

test('the table of hosts grows in few steps', () => {
  assert.deepEqual([0, 200, 205, 819, 820, 10_000, 60_000].map(tableFor), [256, 256, 1024, 1024, 4096, 16384, 65536]);
});
