/** By hand, from tc(8): each option of each kind of filters with two values, and what tc shows of them. */
import { anew, changed, type OptionCase, type Part, type RefusedCase } from './filter_option_case.ts';

const IP = { protocol: 'ip' };
const IPV6 = { protocol: 'ipv6' };
const UDP = { ...IP, ip_proto: 'udp' };
const VLAN = { protocol: '802.1q' };

/** The only key of a filter u32. */
const key = (value: string, mask: string, off: number) => ({ match: { value, mask, offmask: '', off } });

const u32: readonly OptionCase[] = [
  anew('src', ['192.168.1.0/24', '10.1.2.3'], [key('c0a80100', 'ffffff00', 12), key('a010203', 'ffffffff', 12)], IP),
  anew(
    'src',
    ['2001:db8::/32', '2001:db9::/32'],
    [key('20010db8', 'ffffffff', 8), key('20010db9', 'ffffffff', 8)],
    IPV6,
  ),
  anew('dst', ['10.0.0.0/8', '192.0.2.1'], [key('a000000', 'ff000000', 16), key('c0000201', 'ffffffff', 16)], IP),
  anew(
    'src',
    ['2001:db8:1:2:3:4:5:6', '2001:db8::/40'],
    [
      'match 20010db8/ffffffff at 8 match 00010002/ffffffff at 12 match 00030004/ffffffff at 16 match 00050006/ffffffff at 20',
      'match 20010db8/ffffffff at 8 match 00000000/ff000000 at 12',
    ],
    IPV6,
  ),
  anew('ip_proto', ['udp', '6'], [key('110000', 'ff0000', 8), key('60000', 'ff0000', 8)], IP),
  anew('ip_proto', ['udp', 'tcp'], [key('1100', 'ff00', 4), key('600', 'ff00', 4)], IPV6),
  anew('sport', ['53', '1024/0xfc00'], [key('350000', 'ffff0000', 20), key('4000000', 'fc000000', 20)], IP),
  anew('dport', ['443', '0x50/0xfff0'], [key('1bb', 'ffff', 20), key('50', 'fff0', 20)], IP),
  anew('dport', ['443', '444'], [key('1bb', 'ffff', 40), key('1bc', 'ffff', 40)], IPV6),
  anew('dsfield', ['0xb8/0xfc', '0x20'], [key('b80000', 'fc0000', 0), key('200000', 'ff0000', 0)], IP),
  anew('dsfield', ['0xb8/0xfc', '0x20'], [key('b800000', 'fc00000', 0), key('2000000', 'ff00000', 0)], IPV6),
  anew('icmp_type', ['8', '0'], [key('8000000', 'ff000000', 20), key('0', 'ff000000', 20)], IP),
  anew('icmp_code', ['1', '2'], [key('10000', 'ff0000', 20), key('20000', 'ff0000', 20)], IP),
  anew('ihl', ['0x5/0xf', '0x6/0xf'], [key('5000000', 'f000000', 0), key('6000000', 'f000000', 0)], IP),
  anew('flowlabel', ['0x12345', '0x1/0xf'], [key('12345', 'fffff', 0), key('1', 'f', 0)], IPV6),
  anew('nofrag', ['1', '0'], [key('0', '3fff', 4), key('0', '0', 0)], IP),
  anew('firstfrag', ['1', '0'], [key('2000', '3fff', 4), key('0', '0', 0)], IP),
  anew('df', ['1', '0'], [key('4000', '4000', 4), key('0', '0', 0)], IP),
  anew('mf', ['1', '0'], [key('2000', '2000', 4), key('0', '0', 0)], IP),
  anew(
    'ether_src',
    ['02:00:5e:10:00:01', '02:00:5e:10:00:02'],
    [
      'match 02005e10/ffffffff at -8 match 00010000/ffff0000 at -4',
      'match 02005e10/ffffffff at -8 match 00020000/ffff0000 at -4',
    ],
  ),
  anew(
    'ether_dst',
    ['02:00:5e:10:00:01', '02:00:5e:10:00:02'],
    [
      'match 00000200/0000ffff at -16 match 5e100001/ffffffff at -12',
      'match 00000200/0000ffff at -16 match 5e100002/ffffffff at -12',
    ],
  ),
  anew(
    'match',
    ['u16 0x10 0xfff0 at 2', 'u32 0x350000 0xffff0000 at nexthdr+20'],
    [key('10', 'fff0', 0), { match: { value: '350000', mask: 'ffff0000', offmask: 'nexthdr+', off: 20 } }],
  ),
  anew('mark', ['0x10/0xff', '0x20'], ['mark 0x0010 0x00ff', 'mark 0x0020 0xffffffff']),
  changed('indev', ['in0', 'in1'], [{ input_dev: 'in0' }, { input_dev: 'in1' }]),
  anew('skip_hw', ['1', '0'], [{ skip_hw: true }, { not_in_hw: true }]),
  // Without a card that takes it the kernel has it all the same, for no packet.
  anew('skip_sw', ['1', '0'], [{ skip_sw: true, not_in_hw: true }, { not_in_hw: true }]),
];

/** Keys of flower, among others. */
const keys = (some: Part): Part => ({ keys: some });

const flower: readonly OptionCase[] = [
  changed('indev', ['in0', 'in1'], [{ indev: 'in0' }, { indev: 'in1' }]),
  changed('num_of_vlans', ['1', '2'], [keys({ num_of_vlans: 1 }), keys({ num_of_vlans: 2 })]),
  changed('vlan_id', ['7', '4095'], [keys({ vlan_id: 7 }), keys({ vlan_id: 4095 })], VLAN),
  changed('vlan_prio', ['5', '0'], [keys({ vlan_prio: 5 }), keys({ vlan_prio: 0 })], VLAN),
  changed('vlan_ethtype', ['ip', 'ipv6'], [keys({ vlan_ethtype: 'ip' }), keys({ vlan_ethtype: 'ipv6' })], VLAN),
  changed('cvlan_id', ['7', '8'], [keys({ cvlan_id: 7 }), keys({ cvlan_id: 8 })], {
    protocol: '802.1ad',
    vlan_ethtype: '802.1q',
  }),
  changed('cvlan_prio', ['5', '6'], [keys({ cvlan_prio: 5 }), keys({ cvlan_prio: 6 })], {
    protocol: '802.1ad',
    vlan_ethtype: '802.1q',
  }),
  changed('cvlan_ethtype', ['ip', 'ipv6'], [keys({ cvlan_ethtype: 'ip' }), keys({ cvlan_ethtype: 'ipv6' })], {
    protocol: '802.1ad',
    vlan_ethtype: '802.1q',
  }),
  changed(
    'dst_mac',
    ['02:00:5e:10:00:01', '02:00:5e:10:00:02'],
    [keys({ dst_mac: '02:00:5e:10:00:01' }), keys({ dst_mac: '02:00:5e:10:00:02' })],
  ),
  anew(
    'dst_mac',
    ['02:00:5e:00:00:00/ff:ff:ff:00:00:00', '02:00:5e:10:00:00/ff:ff:ff:ff:00:00'],
    [keys({ dst_mac: '02:00:5e:00:00:00/24' }), keys({ dst_mac: '02:00:5e:10:00:00/32' })],
  ),
  changed(
    'src_mac',
    ['02:00:5e:10:00:01', '02:00:5e:10:00:02'],
    [keys({ src_mac: '02:00:5e:10:00:01' }), keys({ src_mac: '02:00:5e:10:00:02' })],
  ),
  changed('ip_proto', ['udp', '6'], [keys({ ip_proto: 'udp' }), keys({ ip_proto: 'tcp' })], IP),
  changed(
    'ip_tos',
    ['0xb8/0xfc', '0x20/0xfc'],
    [keys({ ip_tos: 0xb8, ip_tos_mask: 'fc' }), keys({ ip_tos: 0x20, ip_tos_mask: 'fc' })],
    IP,
  ),
  anew('ip_tos', ['0xb8/0xfc', '0x20'], [keys({ ip_tos: 0xb8, ip_tos_mask: 'fc' }), keys({ ip_tos: 0x20 })], IP),
  changed('ip_ttl', ['1', '64'], [keys({ ip_ttl: 1 }), keys({ ip_ttl: 64 })], IP),
  changed(
    'dst_ip',
    ['10.1.0.0/16', '10.2.0.0/16'],
    [keys({ dst_ip: '10.1.0.0/16' }), keys({ dst_ip: '10.2.0.0/16' })],
    IP,
  ),
  changed(
    'dst_ip',
    ['2001:db8::/32', '2001:db9::/32'],
    [keys({ dst_ip: '2001:db8::/32' }), keys({ dst_ip: '2001:db9::/32' })],
    IPV6,
  ),
  changed('src_ip', ['192.0.2.1', '192.0.2.2'], [keys({ src_ip: '192.0.2.1' }), keys({ src_ip: '192.0.2.2' })], IP),
  anew(
    'src_ip',
    ['192.168.1.0/24', '192.168.0.0/16'],
    [keys({ src_ip: '192.168.1.0/24' }), keys({ src_ip: '192.168.0.0/16' })],
    IP,
  ),
  changed('dst_port', ['53', '443'], [keys({ dst_port: 53 }), keys({ dst_port: 443 })], UDP),
  anew('dst_port', ['53', '5000-5100'], [keys({ dst_port: 53 }), keys({ dst_port: { start: 5000, end: 5100 } })], UDP),
  changed(
    'dst_port',
    ['5000-5100', '6000-6100'],
    [keys({ dst_port: { start: 5000, end: 5100 } }), keys({ dst_port: { start: 6000, end: 6100 } })],
    UDP,
  ),
  changed(
    'src_port',
    ['1024/0xfc00', '2048/0xfc00'],
    [keys({ src_port: 1024, src_port_mask: 'fc00' }), keys({ src_port: 2048, src_port_mask: 'fc00' })],
    UDP,
  ),
  changed('dst_port', ['80', '443'], [keys({ dst_port: 80 }), keys({ dst_port: 443 })], { ...IPV6, ip_proto: 'tcp' }),
  changed('src_port', ['80', '443'], [keys({ src_port: 80 }), keys({ src_port: 443 })], { ...IP, ip_proto: 'sctp' }),
  changed('ip_ttl', ['1', '2'], [keys({ ip_ttl: 1 }), keys({ ip_ttl: 2 })], IPV6),
  changed('tcp_flags', ['0x2/0x12', '0x10/0x12'], [keys({ tcp_flags: '0x2/12' }), keys({ tcp_flags: '0x10/12' })], {
    ...IP,
    ip_proto: 'tcp',
  }),
  changed('type', ['8', '0'], [keys({ icmp_type: '8' }), keys({ icmp_type: '0' })], { ...IP, ip_proto: 'icmp' }),
  changed('type', ['128', '129'], [keys({ icmp_type: '128' }), keys({ icmp_type: '129' })], {
    ...IPV6,
    ip_proto: 'icmpv6',
  }),
  changed('code', ['1', '2'], [keys({ icmp_code: '1' }), keys({ icmp_code: '2' })], { ...IP, ip_proto: 'icmp' }),
  changed(
    'ip_flags',
    ['frag', 'nofrag'],
    [keys({ ip_flags: { frag: true } }), keys({ ip_flags: { frag: false } })],
    IP,
  ),
  changed(
    'ip_flags',
    ['frag/firstfrag', 'frag/nofirstfrag'],
    [keys({ ip_flags: { frag: true, firstfrag: true } }), keys({ ip_flags: { frag: true, firstfrag: false } })],
    IP,
  ),
  anew('ct_state', ['+trk+new', '+trk-inv'], [keys({ ct_state: '+trk+new' }), keys({ ct_state: '+trk-inv' })], IP),
  anew('ct_state', ['+trk+rel', '+trk+rpl'], [keys({ ct_state: '+trk+rel' }), keys({ ct_state: '+trk+rpl' })], IP),
  changed('ct_state', ['+trk+est', '+trk-est'], [keys({ ct_state: '+trk+est' }), keys({ ct_state: '+trk-est' })], IP),
  changed('ct_zone', ['1', '2'], [keys({ ct_zone: 1 }), keys({ ct_zone: 2 })], IP),
  changed(
    'ct_mark',
    ['0x10/0xff', '0x20/0xff'],
    [keys({ ct_mark: 0x10, ct_mark_mask: 'ff' }), keys({ ct_mark: 0x20, ct_mark_mask: 'ff' })],
    IP,
  ),
  anew('skip_hw', ['1', '0'], [{ skip_hw: true }, { not_in_hw: true }]),
];

const flow: readonly OptionCase[] = [
  changed('mode', ['map', 'hash'], ['flow chain 0 handle 0x1 map', 'flow chain 0 handle 0x1 hash'], { keys: 'src' }),
  changed('keys', ['src', 'nfct-src,dst,proto'], ['keys src', 'keys dst,proto,nfct-src'], { mode: 'hash' }),
  changed(
    'keys',
    [
      'src,dst,proto,proto-src,proto-dst,iif,priority,mark,nfct',
      'nfct-src,nfct-dst,nfct-proto-src,nfct-proto-dst,rt-classid,sk-uid,sk-gid,vlan-tag,rxhash',
    ],
    [
      'keys src,dst,proto,proto-src,proto-dst,iif,priority,mark,nfct',
      'keys nfct-src,nfct-dst,nfct-proto-src,nfct-proto-dst,rt-classid,sk-uid,sk-gid,vlan-tag,rxhash',
    ],
    { mode: 'hash' },
  ),
  changed('and', ['0xff', '0xf0'], ['and 0x000000ff', 'and 0x000000f0'], { keys: 'mark' }),
  changed('xor', ['0xff', '0xf'], ['xor 0x000000ff', 'xor 0x0000000f'], { keys: 'mark' }),
  changed('rshift', ['8', '4'], ['rshift 8', 'rshift 4'], { keys: 'mark' }),
  changed('addend', ['1', '2'], ['addend 0x1', 'addend 0x2'], { keys: 'mark' }),
  changed('divisor', ['256', '16'], ['divisor 256', 'divisor 16'], { keys: 'mark' }),
  changed('perturb', ['10', '20'], ['perturb 10sec', 'perturb 20sec'], { keys: 'src,dst', mode: 'hash' }),
  changed('match', ['meta(pkt_len lt 200)', 'meta(nf_mark eq 7)'], ['meta(pkt_len lt 200)', 'meta(nf_mark eq 7)'], {
    keys: 'mark',
  }),
];

/** All that the kernel knows of a packet beside its bytes, and of its socket. */
const EVERY_META = [
  'meta(random eq 1) or meta(loadavg_1 eq 1) or meta(loadavg_5 eq 1) or meta(loadavg_15 eq 1) or meta(dev eq 1) or meta(priority eq 1) or meta(protocol eq 1) or meta(pkt_type eq 1) or meta(pkt_len eq 1) or meta(data_len eq 1) or meta(mac_len eq 1) or meta(nf_mark eq 1) or meta(tc_index eq 1) or meta(rt_classid eq 1) or meta(rt_iif eq 1) or meta(vlan eq 1)',
  'meta(sk_family gt 2) or meta(sk_state gt 2) or meta(sk_reuse gt 2) or meta(sk_bind_if gt 2) or meta(sk_refcnt gt 2) or meta(sk_shutdown gt 2) or meta(sk_proto gt 2) or meta(sk_type gt 2) or meta(sk_rcvbuf gt 2) or meta(sk_rmem gt 2) or meta(sk_wmem gt 2) or meta(sk_omem gt 2) or meta(sk_wmem_queue gt 2) or meta(sk_snd_queue gt 2) or meta(sk_rcv_queue gt 2) or meta(sk_err_queue gt 2) or meta(sk_fwd_alloc gt 2) or meta(sk_sndbuf gt 2)',
] as const;

const basic: readonly OptionCase[] = [
  changed(
    'match',
    ['meta(pkt_len lt 200)', 'meta(nf_mark mask 0xff gt 7)'],
    ['meta(pkt_len lt 200)', 'meta(nf_mark mask 0x000000ff gt 7)'],
  ),
  changed(
    'match',
    ['u32(u16 0x1122 0xffff at 2)', 'u32(u32 0x1122 0xffff at nexthdr+20)'],
    ['u32(00001122/0000ffff at 0)', 'u32(00001122/0000ffff at nexthdr+20)'],
  ),
  changed(
    'match',
    ['not meta(priority eq 1) and (meta(vlan eq 7) or meta(dev eq 3))', 'meta(rt_iif eq 2) or not meta(protocol eq 8)'],
    ['NOT meta(priority eq 1) AND (', 'meta(rt_iif eq 2) OR NOT meta(protocol eq 8)'],
  ),
  changed('match', EVERY_META, [EVERY_META[0].replaceAll(' or ', ' OR '), EVERY_META[1].replaceAll(' or ', ' OR ')]),
];

const fw: readonly OptionCase[] = [
  anew('mark', ['0x10', '0x11'], ['handle 0x10 ', 'handle 0x11 ']),
  anew('mask', ['0xff', '0xf0'], ['handle 0x20/0xff', 'handle 0x20/0xf0'], { mark: '0x20' }),
  changed('indev', ['in0', 'in1'], ['input dev in0', 'input dev in1'], { mark: '0x30' }),
];

const matchall: readonly OptionCase[] = [anew('skip_hw', ['1', '0'], [{ skip_hw: true }, { not_in_hw: true }])];

const bpf: readonly OptionCase[] = [
  changed(
    'object_pinned',
    ['/sys/fs/bpf/first', '/sys/fs/bpf/second'],
    [{ bpf_name: '/sys/fs/bpf/first' }, { bpf_name: '/sys/fs/bpf/second' }],
  ),
  changed('direct_action', ['1', '0'], [{ 'direct-action': true }, { bpf_name: '/sys/fs/bpf/first' }], {
    object_pinned: '/sys/fs/bpf/first',
  }),
  anew('skip_hw', ['1', '0'], [{ skip_hw: true }, { not_in_hw: true }], { object_pinned: '/sys/fs/bpf/first' }),
];

export const FILTER_CASES: Readonly<Record<string, readonly OptionCase[]>> = {
  matchall,
  fw,
  u32,
  flower,
  flow,
  basic,
  bpf,
};

const onlyInHardware = (kind: string, others: Readonly<Record<string, string>> = {}): RefusedCase => ({
  kind,
  options: ['skip_sw'],
  given: { ...others, skip_sw: '1' },
  refusal: /\(EOPNOTSUPP\); the device's driver takes no such filter; without skip_sw the kernel does its work;/,
  why: 'no card of the lab takes filters',
});

const withoutMatch = (match: string, why: string): RefusedCase => ({
  kind: 'basic',
  options: ['match'],
  given: { match },
  refusal: /\(ENOENT\); the kernel module em_cmp, em_nbyte, em_meta or em_u32 may be missing: .* kmod-sched'/,
  why,
});

export const REFUSED_FILTERS: readonly RefusedCase[] = [
  onlyInHardware('matchall'),
  onlyInHardware('flower'),
  onlyInHardware('bpf', { object_pinned: '/sys/fs/bpf/first' }),
  withoutMatch('cmp(u8 at 9 layer 1 eq 17)', "NET_EMATCH_CMP is not in the lab's kernels"),
  withoutMatch('nbyte("ab" at 0 layer 2)', "NET_EMATCH_NBYTE is not in the lab's kernels"),
];
