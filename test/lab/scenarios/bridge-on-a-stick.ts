/**
 * The bridge of the seed on a stick: one cable, with the hosts in VLAN 3 and the internet in VLAN 4, as interface_mapping with
 * vlan_mapping and as `on_a_stick`, on both paths. Everything passes that passes between two ports; only the VLAN's number changes, not the
 * priority and not what stands below; other VLANs and frames without a tag are for the router itself.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { assertExchanged, assertFrames, bootWithBridge, countedOn, frames, outputsOf } from '../bridge.ts';

const MAPPINGS = (options: string) => `
config bridge
	option use_xdp_bridge '1'
	${options}
config interface_mapping
	option name 'eth1'
	option redirect_to 'eth1'
	option scan_vlans '1'
config vlan_mapping
	option parent 'eth1'
	option tag '3'
	option redirect_to '4'
	option faces 'local'
config vlan_mapping
	option parent 'eth1'
	option tag '4'
	option redirect_to '3'
	option faces 'internet'
`;

const SHORT = (options: string) => `
config bridge
	option use_xdp_bridge '1'
	option on_a_stick '1'
	option stick_vlan_a '3'
	option stick_vlan_b '4'
	${options}
config interface_mapping
	option name 'eth1'
	option redirect_to 'eth1'
`;

/** Priority 5 and drop eligible, with the VLAN's 12 bits. */
const tci = (vlan: number): string => (0xb000 | vlan).toString(16);
const CASES = [
  { path: 'xdp', options: '', why: 'nothing shapes on eth1', config: MAPPINGS },
  { path: 'tc', options: "option path 'tc'", why: 'the configuration says so', config: SHORT },
];

for (const { path, options, why, config } of CASES) {
  test(`one port forwards between its VLANs, path ${path}`, async (t) => {
    const both = (tag: (vlan: number) => string): string[] => [...frames(tag(3)), ...frames(tag(4))];
    const mapped = both((vlan) => `8100${tci(vlan)}`);
    // A packet socket sends no full frame with a tag of 802.1ad on top (net/packet/af_packet.c: packet_snd).
    const short = (tag: string): string[] => frames(tag).filter(({ length }) => length <= 2 * 1514);
    const sent = [...mapped, ...short(`88a8${tci(3)}`), ...frames('81000005'), ...frames()];
    const arriving = [...frames(`8100${tci(4)}`), ...frames(`8100${tci(3)}`), ...short(`88a8${tci(4)}`)];
    const run = await bootWithBridge({
      script: `
topology_stick
weir_config </run/lab/files/config
weir check
weir start
weir plan
weir status
exchange
lease
# Until no neighbour is asked for any more.
sleep 60
bpf_says counters
start arrived trunk frames-sink eth0 3 --for-ms 200
on trunk traffic frames-send eth0 /run/lab/files/frames
collect
bpf_says counters
# Another form of the same changes nothing.
weir_config </run/lab/files/other
weir plan
weir stop
`,
      files: {
        frames: `${sent.join('\n')}\n`,
        config: config(options),
        other: (config === SHORT ? MAPPINGS : SHORT)(options),
      },
    });
    t.diagnostic(`host time ${run.hostMs.toFixed(0)} ms`);
    assert.deepEqual(outputsOf(run, 'plan'), ['# nothing to change\n', '# nothing to change\n']);
    assert.deepEqual(outputsOf(run, 'status'), [`bridge: forwarding\n  eth1 to eth1: ${path} (${why})\n`]);
    assertExchanged(run);
    assert.equal(run.value('lease', z.string()), '10.0.0.100');
    assertFrames(run, 'arrived', arriving);
    const [before, after] = countedOn(run);
    assert.ok(before !== undefined && after !== undefined);
    // One of them is a question to `inet`, which answers.
    assert.equal(after.eth1.forwarded - before.eth1.forwarded, arriving.length + 1);
    // VLAN 5, and those without a tag or with VLANs 7 and 9.
    assert.equal(after.eth1.noVlan - before.eth1.noVlan, 2 * frames().length);
    assert.equal(after.eth1.tooBig, 0);
  });
}
