/** By hand, from tc(8): each option of each kind of actions with two values, and what tc shows of them. */
import { changed, type OptionCase, type RefusedCase, unseen } from './filter_option_case.ts';

const control = (type: string) => ({ control_action: { type } });

const gact: readonly OptionCase[] = [
  changed('control', ['drop', 'reclassify'], [control('drop'), control('reclassify')]),
  changed('control', ['pass', 'pipe'], [control('pass'), control('pipe')]),
  changed('control', ['trap', 'goto chain 7'], [control('trap'), { control_action: { type: 'goto', chain: 7 } }]),
  changed('control', ['continue', 'jump 1'], [control('continue'), { control_action: { type: 'jump', jump: 1 } }]),
];

const EGRESS = { way: 'egress_mirror' };
const mirred: readonly OptionCase[] = [
  changed(
    'way',
    ['egress_redirect', 'ingress_mirror'],
    [
      { mirred_action: 'redirect', direction: 'egress' },
      { mirred_action: 'mirror', direction: 'ingress' },
    ],
    { dev: 'in0' },
  ),
  changed(
    'way',
    ['egress_mirror', 'ingress_redirect'],
    [
      { mirred_action: 'mirror', direction: 'egress' },
      { mirred_action: 'redirect', direction: 'ingress' },
    ],
    { dev: 'in0' },
  ),
  changed('dev', ['in0', 'in1'], [{ to_dev: 'in0' }, { to_dev: 'in1' }]),
  changed('control', ['pipe', 'continue'], [control('pipe'), control('continue')], { dev: 'in0', ...EGRESS }),
];

const RATE = { rate: '1mbit', burst: '10kb' };
const police: readonly OptionCase[] = [
  changed('rate', ['1mbit', '50gbit'], ['rate 1Mbit ', 'rate 50Gbit '], { burst: '10mb' }),
  changed('burst', ['10kb', '20kb'], ['burst 10Kb ', 'burst 20Kb '], { rate: '1mbit' }),
  changed('mtu', ['1500b', '64kb'], ['mtu 1500b ', 'mtu 64Kb '], RATE),
  changed('peakrate', ['2mbit', '4mbit'], ['peakrate 2Mbit ', 'peakrate 4Mbit '], { ...RATE, mtu: '2kb' }),
  changed('avrate', ['1mbit', '2mbit'], ['avrate 1Mbit ', 'avrate 2Mbit ']),
  changed('pkts_rate', ['1000', '2000'], ['pkts_rate 1000 ', 'pkts_rate 2000 '], { pkts_burst: '100' }),
  changed('pkts_burst', ['100', '50'], ['pkts_burst 100 ', 'pkts_burst 50 '], { pkts_rate: '1000' }),
  changed('overhead', ['22', '44'], ['overhead 22b', 'overhead 44b'], RATE),
  unseen('mpu', ['64', '84'], RATE),
  changed('linklayer', ['atm', 'ethernet'], ['linklayer atm', 'overhead 0b'], RATE),
  changed('exceed', ['drop', 'pipe'], ['action drop', 'action pipe'], RATE),
  changed('conform', ['pipe', 'continue'], ['action drop/pipe', 'action drop/continue'], { ...RATE, exceed: 'drop' }),
];

const pedit: readonly OptionCase[] = [
  changed(
    'munge',
    ['ip dsfield set 0xb8 retain 0xfc', 'ip ttl set 64'],
    ['key #0 at ipv4+0: val 00b80000 mask ff03ffff', 'key #0 at ipv4+8: val 40000000 mask 00ffffff'],
  ),
  changed(
    'munge',
    ['ip src set 10.1.2.3, ip ttl decrement', 'ip6 hoplimit add 255'],
    [
      'key #0 at ipv4+12: val 0a010203 mask 00000000 key #1 at ipv4+8: add ff000000 mask 00ffffff',
      'key #0 at ipv6+4: add 000000ff mask ffffff00',
    ],
  ),
  changed(
    'munge',
    ['udp dport set 53', 'tcp sport invert'],
    ['key #0 at udp+0: val 00000035 mask ffff0000', 'key #0 at tcp+0: val ffff0000 mask ffffffff'],
  ),
  changed(
    'munge',
    ['eth dst set 02:00:5e:10:00:01', 'offset 4 u16 set 0x1122'],
    [
      'key #0 at eth+0: val 02005e10 mask 00000000 key #1 at eth+4: val 00010000 mask 0000ffff',
      'key #0 at 4: val 11220000 mask 0000ffff',
    ],
  ),
  changed(
    'munge',
    [
      'ip protocol set 17, ip ihl set 5, ip nofrag set 0, ip df set 0x40, ip6 nexthdr set 6, ip6 payload_len set 9',
      'ip6 traffic_class set 0xb8, ip6 flow_lbl set 0x12345, tcp flags set 0x2, tcp dport set 80, udp sport set 53, eth type set 0x800',
    ],
    [
      'key #0 at ipv4+8: val 00110000 mask ff00ffff key #1 at ipv4+0: val 05000000 mask f0ffffff key #2 at ipv4+4: val 00000000 mask ffffc0ff key #3 at ipv4+4: val 00004000 mask ffffbfff key #4 at ipv6+4: val 00000600 mask ffff00ff key #5 at ipv6+4: val 00090000 mask 0000ffff',
      'key #0 at ipv6+0: val 0b800000 mask f00fffff key #1 at ipv6+0: val 00012345 mask fff80000 key #2 at tcp+12: val 00020000 mask ff00ffff key #3 at tcp+0: val 00000050 mask ffff0000 key #4 at udp+0: val 00350000 mask 0000ffff key #5 at eth+12: val 08000000 mask 0000ffff',
    ],
  ),
  changed(
    'munge',
    ['ip6 dst set 2001:db8::1', 'eth src set 02:00:5e:10:00:01'],
    [
      'key #0 at ipv6+24: val 20010db8 mask 00000000 key #1 at ipv6+28: val 00000000 mask 00000000 key #2 at ipv6+32: val 00000000 mask 00000000 key #3 at ipv6+36: val 00000001 mask 00000000',
      'key #0 at eth+4: val 00000200 mask ffff0000 key #1 at eth+8: val 5e100001 mask 00000000',
    ],
  ),
  changed('control', ['pipe', 'continue'], ['action pipe keys 1', 'action continue keys 1'], {
    munge: 'ip ttl set 64',
  }),
];

const skbedit: readonly OptionCase[] = [
  changed('queue_mapping', ['2', '0'], [{ queue_mapping: 2 }, { queue_mapping: 0 }]),
  changed('priority', ['1:10', '0:6'], [{ priority: '1:10' }, { priority: ':6' }]),
  changed('mark', ['0x10', '0x20/0xff'], [{ mark: 16 }, { mark: 32, mask: 'ff' }]),
  changed('ptype', ['broadcast', 'multicast'], [{ ptype: 'broadcast' }, { ptype: 'multicast' }]),
  changed('ptype', ['host', 'otherhost'], [{ ptype: 'host' }, { ptype: 'otherhost' }]),
  changed('inheritdsfield', ['1', '0'], [{ inheritdsfield: null }, { mark: 16 }], { mark: '0x10' }),
  changed('control', ['pipe', 'ok'], [control('pipe'), control('pass')], { mark: '0x10' }),
];

const csum: readonly OptionCase[] = [
  changed('csum', ['ip', 'ip4h udp'], [{ csum: 'iph' }, { csum: 'iph, udp' }]),
  changed('csum', ['icmp igmp tcp', 'udplite,sctp'], [{ csum: 'icmp, igmp, tcp' }, { csum: 'udplite, sctp' }]),
  changed('control', ['pipe', 'ok'], [control('pipe'), control('pass')], { csum: 'ip' }),
];

const ctinfo: readonly OptionCase[] = [
  changed('dscp', ['0xfc000000 0x1000000', '0x3f'], ['dscp 0xfc000000 0x01000000', 'dscp 0x0000003f 0']),
  changed('cpmark', ['0xffffff', '0xff'], ['cpmark 0x00ffffff', 'cpmark 0x000000ff']),
  changed('zone', ['1', '2'], [{ zone: 1 }, { zone: 2 }], { cpmark: '0xff' }),
  changed('control', ['pipe', 'ok'], [control('pipe'), control('pass')], { cpmark: '0xff' }),
];

const connmark: readonly OptionCase[] = [
  changed('zone', ['1', '2'], [{ zone: 1 }, { zone: 2 }]),
  changed('control', ['pipe', 'ok'], [control('pipe'), control('pass')]),
];

const TAG = { way: 'push', id: '7' };
const vlan: readonly OptionCase[] = [
  changed('way', ['push', 'modify'], [{ vlan_action: 'push' }, { vlan_action: 'modify' }], { id: '7' }),
  changed('way', ['pop', 'pop_eth'], [{ vlan_action: 'pop' }, { vlan_action: 'pop_eth' }]),
  changed('id', ['7', '4094'], [{ id: 7 }, { id: 4094 }], { way: 'push' }),
  changed('protocol', ['802.1ad', '802.1q'], [{ protocol: '802.1ad' }, { protocol: '802.1Q' }], TAG),
  changed('priority', ['5', '0'], [{ priority: 5 }, { priority: 0 }], TAG),
  changed(
    'dst_mac',
    ['02:00:5e:10:00:01', '02:00:5e:10:00:02'],
    [{ dst_mac: '02:00:5e:10:00:01' }, { dst_mac: '02:00:5e:10:00:02' }],
    { way: 'push_eth', src_mac: '02:00:5e:10:00:03' },
  ),
  changed(
    'src_mac',
    ['02:00:5e:10:00:01', '02:00:5e:10:00:02'],
    [{ src_mac: '02:00:5e:10:00:01' }, { src_mac: '02:00:5e:10:00:02' }],
    { way: 'push_eth', dst_mac: '02:00:5e:10:00:03' },
  ),
  changed('control', ['pipe', 'ok'], [control('pipe'), control('pass')], TAG),
];

export const ACTION_CASES: Readonly<Record<string, readonly OptionCase[]>> = {
  gact,
  mirred,
  police,
  pedit,
  csum,
  skbedit,
  ctinfo,
  connmark,
  vlan,
};

export const REFUSED_ACTIONS: readonly RefusedCase[] = [
  {
    kind: 'gact',
    options: ['random', 'random_control', 'random_val'],
    given: { control: 'ok', random: 'netrand', random_control: 'drop', random_val: '10' },
    refusal: /\(EOPNOTSUPP\); the kernel may have been built without gact deciding at random/,
    why: "GACT_PROB is not in the lab's kernels",
  },
];
