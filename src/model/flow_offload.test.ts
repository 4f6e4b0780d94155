import assert from 'node:assert/strict';
import { test } from 'node:test';
import { link } from '../../test/devices.ts';
import { formatIssue } from '../lib/issue.ts';
import { encodeUtf8 } from '../lib/utf8.ts';
import { ARPHRD } from '../uapi/if_link.ts';
import type { Flowtable } from '../wire/nftables.ts';
import { parseUci, UciSyntaxError } from '../wire/ucitext.ts';
import { type FlowOffloading, flowOffloadIssues, flowOffloadingWanted, type KernelFlows } from './flow_offload.ts';

/** A router: eth1 and what stands on it, LAN ports in a bridge of which one is a VLAN, a switch port with its conduit. */
const LINKS = [
  link(1, 'lo'),
  link(2, 'eth0'),
  link(3, 'eth1'),
  link(4, 'eth1.7', { kind: 'vlan', lower: 3 }),
  link(5, 'br-lan', { kind: 'bridge' }),
  link(6, 'lan1', { kind: 'dsa', lower: 2, master: 5 }),
  link(7, 'eth0.2', { kind: 'vlan', lower: 2, master: 5 }),
  link(8, 'pppoe-wan', { kind: 'ppp', hardwareType: ARPHRD.PPP }),
  link(9, 'wan', { kind: 'dsa', lower: 2 }),
  link(10, 'veth0', { kind: 'veth', lower: 3 }),
  link(11, 'macvlan0', { kind: 'macvlan', lower: 3 }),
];

const FT: Flowtable = {
  family: 'inet',
  table: 'fw4',
  name: 'ft',
  hardware: false,
  ruleCount: 1,
  devices: [],
  devicePrefixes: [],
};

function kernel(devices: readonly string[], more: Partial<KernelFlows & Flowtable> = {}): KernelFlows {
  const { release = '6.6.86', pppoeDevices = [], flowtables, ...flowtable } = more;
  return { flowtables: flowtables ?? [{ ...FT, devices, ...flowtable }], links: LINKS, pppoeDevices, release };
}

const both = (name: string) => ({ name, download: true, upload: true });

function said(
  wanted: FlowOffloading | undefined,
  flows: KernelFlows | undefined,
  ...names: readonly string[]
): string[] {
  return flowOffloadIssues(wanted, flows, names.map(both)).map(formatIssue);
}

/** What is passed by, in the words of the message; undefined where nothing is. */
function passed(shaped: string, flows: KernelFlows): string | undefined {
  const [text, ...others] = said('software', flows, shaped);
  assert.deepEqual(others, []);
  return text === undefined ? undefined : (/leads connections past (.*) \(expected/.exec(text)?.[1] ?? text);
}

test('in software a device of the flowtable is shaped, and so is one below it', () => {
  assert.equal(passed('eth1', kernel(['br-lan', 'eth1'])), undefined);
  assert.equal(passed('eth1.7', kernel(['br-lan', 'eth1.7'])), undefined);
  assert.equal(passed('eth1', kernel(['br-lan', 'eth1.7'])), undefined);
  assert.equal(passed('pppoe-wan', kernel(['br-lan', 'pppoe-wan'], { pppoeDevices: ['eth1'] })), undefined);
  assert.equal(passed('br-lan', kernel(['br-lan', 'eth1'])), undefined);
});

test('in software downloads go past what stands on a device of the flowtable, and since Linux 6.19 uploads too', () => {
  const overPppoe = (release: string): KernelFlows => kernel(['br-lan', 'eth1'], { pppoeDevices: ['eth1'], release });
  for (const release of ['5.15.167', '6.12.40', '6.18.52']) {
    assert.equal(passed('pppoe-wan', overPppoe(release)), 'the download shaper of pppoe-wan');
    assert.equal(passed('eth1.7', kernel(['eth1'], { release })), 'the download shaper of eth1.7');
  }
  for (const release of ['6.19.0', '7.2.13-tt', '10.0']) {
    assert.equal(passed('pppoe-wan', overPppoe(release)), 'the shaper of pppoe-wan');
    assert.equal(passed('eth1.7', kernel(['eth1'], { release })), 'the shaper of eth1.7');
  }
  assert.equal(passed('br-lan', kernel(['lan1'])), 'the shaper of br-lan', 'a bridge sends at its port');
});

test('only the lowest device counts: what is between is looked through', () => {
  const onVlan = { pppoeDevices: ['eth1.7'] };
  assert.equal(passed('pppoe-wan', kernel(['br-lan', 'eth1.7'], onVlan)), undefined);
  assert.equal(passed('pppoe-wan', kernel(['br-lan', 'eth1'], onVlan)), 'the download shaper of pppoe-wan');
  assert.equal(passed('br-lan', kernel(['eth0.2'])), undefined);
  assert.equal(passed('br-lan', kernel(['eth0'])), 'the shaper of br-lan');
});

test('what the kernel does not look through is no way past: the conduit of a switch, a macvlan, the other end of a veth', () => {
  assert.equal(passed('wan', kernel(['eth0'])), undefined);
  assert.equal(passed('macvlan0', kernel(['eth1'])), undefined);
  assert.equal(passed('veth0', kernel(['eth1'])), undefined);
});

test('in hardware the device is passed, with what stands on it and what it stands on', () => {
  const hardware = { hardware: true, pppoeDevices: ['eth1'] };
  for (const shaped of ['eth1', 'eth1.7', 'pppoe-wan'])
    assert.equal(passed(shaped, kernel(['lan1', 'eth1'], hardware)), `the shaper of ${shaped}`);
  assert.equal(passed('eth1', kernel(['eth1.7'], hardware)), 'the shaper of eth1');
  assert.equal(passed('wan', kernel(['lan1', 'eth1'], hardware)), undefined);
});

test('devices of the flowtable may be given by how their names begin', () => {
  const begins = (prefix: string): KernelFlows => kernel(['eth1*'], { devicePrefixes: [prefix] });
  assert.equal(passed('eth1.7', begins('eth')), 'the download shaper of eth1.7');
  assert.equal(passed('eth1.7', begins('')), 'the download shaper of eth1.7');
  assert.equal(passed('eth1.7', begins('lan')), undefined, 'a name is a name, also with a star in it');
});

test('only directions that are shaped are spoken of', () => {
  const issues = (download: boolean, upload: boolean) =>
    flowOffloadIssues('software', kernel(['eth1']), [{ name: 'eth1.7', download, upload }]);
  assert.match(issues(true, false)[0]?.what ?? '', /past the shaper of eth1\.7$/);
  assert.deepEqual(issues(false, true), []);
  assert.deepEqual(issues(false, false), []);
});

test('one message a flowtable: where it is turned off, and what to do', () => {
  const hardware = kernel(['wan', 'lan1'], { hardware: true });
  const what = 'hardware flow offloading (flowtable inet fw4 ft) leads connections past the shaper of wan';
  assert.deepEqual(said('hardware', hardware, 'wan', 'eth1'), [
    `warning: /etc/config/firewall: ${what} (expected option flow_offloading '0')`,
  ]);
  assert.deepEqual(said('off', hardware, 'wan'), [
    `warning: /etc/config/firewall: ${what}, though it is off here (expected service firewall restart)`,
  ]);
  const others = kernel([], {
    flowtables: [
      { ...FT, family: 'ip', table: 'mine', name: 'f', devices: ['eth1'] },
      { ...FT, table: 'other', hardware: true, devices: ['eth1.7', 'wan'] },
    ],
  });
  assert.deepEqual(said('off', others, 'eth1.7', 'wan'), [
    "warning: nftables: software flow offloading (flowtable ip mine f) leads connections past the download shaper of eth1.7 (expected no rule 'flow add @f' in table ip mine)",
    "warning: nftables: hardware flow offloading (flowtable inet other ft) leads connections past the shaper of eth1.7 and the shaper of wan (expected no rule 'flow add @ft' in table inet other)",
  ]);
  assert.match(said(undefined, hardware, 'wan')[0] ?? '', /^warning: nftables: /, 'there is no such firewall here');
});

test('what is configured and not in force is no news; where the kernel does not tell it is', () => {
  const none = kernel([], { flowtables: [] });
  for (const wanted of ['off', 'software', 'hardware', undefined] as const)
    assert.deepEqual(said(wanted, none, 'wan'), []);
  assert.deepEqual(said('hardware', undefined, 'wan'), [
    "warning: /etc/config/firewall: hardware flow offloading is on, and can lead connections past the shaper: the kernel does not tell (expected option flow_offloading '0')",
  ]);
  assert.deepEqual([...said('off', undefined, 'wan'), ...said(undefined, undefined, 'wan')], []);
});

test('stacks that go round in a circle end', () => {
  const circle = [link(1, 'a', { kind: 'vlan', lower: 2 }), link(2, 'b', { kind: 'vlan', lower: 1 })];
  const flows = { ...kernel(['a']), links: circle };
  assert.deepEqual(said('software', flows, 'b'), []);
});

test('the firewall offloads to hardware only what it offloads at all, and only its first defaults count', () => {
  const wanted = (text: string): FlowOffloading => {
    const file = parseUci(encodeUtf8(text));
    if (file instanceof UciSyntaxError) throw file;
    return flowOffloadingWanted(file.sections);
  };
  const on = "\toption flow_offloading '1'\n";
  const hardware = "\toption flow_offloading_hw '1'\n";
  assert.equal(wanted(`config defaults\n${on}${hardware}`), 'hardware');
  assert.equal(wanted(`config defaults\n${on}`), 'software');
  assert.equal(wanted(`config defaults\n${hardware}`), 'off');
  assert.equal(wanted(`config defaults\n${on.replace('1', '0')}`), 'off');
  assert.equal(wanted('config zone\n'), 'off');
  assert.equal(wanted(`config defaults\n\nconfig defaults\n${on}`), 'off');
});
