/**
 * Writes `src/uapi/*.ts` from the kernel headers of this machine (linux-libc-dev). Build time only, run by hand when a name is
 * added, and its result is committed, so that building weir needs no headers:
 *
 *     npx esbuild src/gen/uapi.ts --bundle --platform=node --format=esm --outfile=build/gen-uapi.js && node build/gen-uapi.js
 *
 * Names come from the preprocessor's output (enumerators) and its macro list; values from a C program that prints them, since
 * only a compiler knows what `__ETHTOOL_MSG_USER_CNT` or `TC_H_CLSACT` amounts to. The result is TypeScript enums, as esbuild puts
 * their numbers in place across files: the tables cost nothing in the bundle and nothing while a dump is decoded.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One TypeScript enum. */
interface Group {
  readonly name: string;
  readonly prefix: string;
  /** Take the C enum that has this member; without it, all enumerators and macros that begin with the prefix. */
  readonly enumWith?: string;
  /** Take just these, without the prefix. */
  readonly only?: readonly string[];
  /** Members that newer kernels have. Where the headers have one, its number there holds. */
  readonly later?: Readonly<Record<string, number>>;
}

interface Unit {
  readonly file: string;
  readonly headers: readonly string[];
  readonly groups: readonly Group[];
}

/** The C enum with `PREFIX_member`. */
const enumeration = (name: string, member: string): Group => ({
  name,
  prefix: `${name}_`,
  enumWith: `${name}_${member}`,
});
/** Everything that begins with `NAME_` and with no longer prefix of another group. */
const prefixed = (name: string): Group => ({ name, prefix: `${name}_` });
const only = (name: string, members: readonly string[], prefix = `${name}_`): Group => ({
  name,
  prefix,
  only: members,
});

const UNITS: readonly Unit[] = [
  {
    file: 'netlink',
    headers: ['sys/socket.h', 'linux/netlink.h'],
    groups: [
      prefixed('NLM_F'),
      only('NLMSG', ['NOOP', 'ERROR', 'DONE', 'OVERRUN', 'MIN_TYPE']),
      enumeration('NLMSGERR_ATTR', 'MSG'),
      only('NLA_F', ['NESTED', 'NET_BYTEORDER']),
      only('NETLINK', ['ROUTE', 'NETFILTER', 'GENERIC', 'ADD_MEMBERSHIP', 'DROP_MEMBERSHIP', 'PKTINFO', 'NO_ENOBUFS']),
      only('NETLINK_OPTION', ['CAP_ACK', 'EXT_ACK', 'GET_STRICT_CHK'], 'NETLINK_'),
      only('SOL', ['NETLINK']),
    ],
  },
  {
    file: 'rtnetlink',
    headers: ['linux/rtnetlink.h'],
    groups: [
      enumeration('RTM', 'NEWLINK'),
      enumeration('RTNLGRP', 'LINK'),
      enumeration('TCA', 'KIND'),
      enumeration('TCA_ROOT', 'TAB'),
      prefixed('TCA_DUMP_FLAGS'),
      prefixed('TCA_ACT_FLAG'),
      prefixed('RTEXT_FILTER'),
    ],
  },
  {
    file: 'if_link',
    headers: ['linux/if.h', 'linux/if_link.h', 'linux/if_ether.h', 'linux/if_arp.h'],
    groups: [
      enumeration('IFLA', 'IFNAME'),
      enumeration('IFLA_INFO', 'KIND'),
      enumeration('IFLA_XDP', 'PROG_ID'),
      enumeration('XDP_ATTACHED', 'DRV'),
      enumeration('IFF', 'UP'),
      enumeration('IF_OPER', 'UP'),
      only('IF', ['NAMSIZ', 'ALIASZ'], 'IF'),
      only('ETH_P', ['ALL', 'IP', 'IPV6', 'ARP', '8021Q', '8021AD', 'PPP_SES']),
      only('ARPHRD', ['ETHER', 'LOOPBACK', 'PPP', 'NONE', 'RAWIP']),
    ],
  },
  {
    file: 'tc',
    headers: [
      'linux/pkt_sched.h',
      'linux/pkt_cls.h',
      'linux/gen_stats.h',
      'linux/tc_act/tc_mirred.h',
      'linux/tc_act/tc_gact.h',
      'linux/tc_act/tc_skbedit.h',
      'linux/tc_act/tc_ctinfo.h',
      'linux/tc_act/tc_bpf.h',
      'linux/tc_act/tc_pedit.h',
      'linux/tc_act/tc_csum.h',
      'linux/tc_act/tc_vlan.h',
      'linux/tc_act/tc_connmark.h',
      'linux/tc_ematch/tc_em_meta.h',
      'linux/tc_ematch/tc_em_cmp.h',
      'linux/tc_ematch/tc_em_nbyte.h',
    ],
    groups: [
      enumeration('TCA_STATS', 'BASIC'),
      enumeration('TCA_STAB', 'BASE'),
      only('TC_H', [
        'UNSPEC',
        'ROOT',
        'INGRESS',
        'CLSACT',
        'MIN_PRIORITY',
        'MIN_INGRESS',
        'MIN_EGRESS',
        'MAJ_MASK',
        'MIN_MASK',
      ]),
      prefixed('TC_LINKLAYER'),
      prefixed('TC_PRIO'),
      enumeration('TCA_CAKE', 'BASE_RATE64'),
      enumeration('TCA_CAKE_STATS', 'MEMORY_USED'),
      enumeration('TCA_CAKE_TIN_STATS', 'TARGET_US'),
      prefixed('CAKE_FLOW'),
      prefixed('CAKE_DIFFSERV'),
      prefixed('CAKE_ATM'),
      prefixed('CAKE_ACK'),
      enumeration('TCA_FQ_CODEL', 'TARGET'),
      enumeration('TCA_FQ_CODEL_XSTATS', 'QDISC'),
      enumeration('TCA_CODEL', 'TARGET'),
      enumeration('TCA_PIE', 'TARGET'),
      enumeration('TCA_FQ_PIE', 'TARGET'),
      // Linux 6.7, 6.7 and 6.13.
      { ...enumeration('TCA_FQ', 'PLIMIT'), later: { PRIOMAP: 16, WEIGHTS: 17, OFFLOAD_HORIZON: 18 } },
      enumeration('TCA_RED', 'PARMS'),
      prefixed('TC_RED'),
      enumeration('TCA_HTB', 'PARMS'),
      enumeration('TCA_HFSC', 'RSC'),
      enumeration('TCA_TBF', 'PARMS'),
      enumeration('TCA_DRR', 'QUANTUM'),
      enumeration('TCA_QFQ', 'WEIGHT'),
      enumeration('TCA_ETS', 'NBANDS'),
      enumeration('TCA_MQPRIO', 'MODE'),
      only('TC_MQPRIO_MODE', ['DCB', 'CHANNEL']),
      only('TC_MQPRIO_SHAPER', ['DCB', 'BW_RATE']),
      // Linux 6.6.
      { ...enumeration('TCA_NETEM', 'RATE'), later: { PRNG_SEED: 14 } },
      enumeration('NETEM_LOSS', 'GI'),
      enumeration('TCA_MATCHALL', 'ACT'),
      enumeration('TCA_U32', 'SEL'),
      only('TC_U32', ['TERMINAL', 'OFFSET', 'VAROFFSET', 'EAT', 'MAXDEPTH', 'ROOT']),
      enumeration('TCA_FW', 'MASK'),
      enumeration('TCA_BPF', 'FD'),
      prefixed('TCA_BPF_FLAG'),
      enumeration('TCA_FLOWER', 'INDEV'),
      prefixed('TCA_FLOWER_KEY_CT_FLAGS'),
      only('TCA_FLOWER_KEY_FLAGS', ['IS_FRAGMENT', 'FRAG_IS_FIRST']),
      enumeration('TCA_FLOW', 'KEYS'),
      enumeration('FLOW_KEY', 'SRC'),
      enumeration('FLOW_MODE', 'MAP'),
      enumeration('TCA_BASIC', 'EMATCHES'),
      enumeration('TCA_EMATCH_TREE', 'HDR'),
      prefixed('TCF_EM'),
      prefixed('TCF_EM_OPND'),
      enumeration('TCF_LAYER', 'LINK'),
      enumeration('TCA_EM_META', 'HDR'),
      enumeration('TCF_META_ID', 'PRIORITY'),
      enumeration('TCF_META_TYPE', 'INT'),
      prefixed('TCA_CLS_FLAGS'),
      enumeration('TCA_ACT', 'KIND'),
      prefixed('TCA_ACT_FLAGS'),
      prefixed('TC_ACT'),
      enumeration('TCA_MIRRED', 'PARMS'),
      only('MIRRED', ['EGRESS_REDIR', 'EGRESS_MIRROR', 'INGRESS_REDIR', 'INGRESS_MIRROR'], 'TCA_'),
      enumeration('TCA_GACT', 'PARMS'),
      enumeration('TCA_SKBEDIT', 'PRIORITY'),
      enumeration('TCA_CTINFO', 'PARMS_DSCP_MASK'),
      enumeration('TCA_ACT_BPF', 'FD'),
      enumeration('TCA_POLICE', 'TBF'),
      enumeration('TCA_PEDIT', 'PARMS'),
      enumeration('TCA_PEDIT_KEY_EX', 'HTYPE'),
      enumeration('TCA_PEDIT_KEY_EX_HDR_TYPE', 'NETWORK'),
      enumeration('TCA_CSUM', 'PARMS'),
      prefixed('TCA_CSUM_UPDATE_FLAG'),
      enumeration('TCA_VLAN', 'PARMS'),
      prefixed('TCA_VLAN_ACT'),
      enumeration('TCA_CONNMARK', 'PARMS'),
      prefixed('SKBEDIT_F'),
      prefixed('PGACT'),
    ],
  },
  {
    file: 'genetlink',
    headers: ['linux/genetlink.h'],
    groups: [
      only('GENL_ID', ['CTRL']),
      enumeration('CTRL_CMD', 'GETFAMILY'),
      enumeration('CTRL_ATTR', 'FAMILY_ID'),
      enumeration('CTRL_ATTR_OP', 'ID'),
      enumeration('CTRL_ATTR_MCAST_GRP', 'NAME'),
    ],
  },
  {
    file: 'nftables',
    headers: ['netinet/in.h', 'linux/netfilter.h', 'linux/netfilter/nfnetlink.h', 'linux/netfilter/nf_tables.h'],
    groups: [
      only('NFPROTO', ['UNSPEC', 'INET', 'IPV4', 'IPV6']),
      only('NFNL_SUBSYS', ['NFTABLES']),
      only('NFT_MSG', ['NEWFLOWTABLE', 'GETFLOWTABLE']),
      enumeration('NFTA_FLOWTABLE', 'TABLE'),
      enumeration('NFTA_FLOWTABLE_HOOK', 'DEVS'),
      only('NFTA_DEVICE', ['NAME']),
      only('NFT_FLOWTABLE', ['HW_OFFLOAD']),
    ],
  },
  {
    file: 'security',
    headers: ['linux/capability.h', 'linux/prctl.h', 'linux/filter.h', 'linux/seccomp.h'],
    groups: [
      only('CAP', ['DAC_READ_SEARCH', 'NET_ADMIN', 'SETPCAP', 'PERFMON', 'BPF']),
      only('PR', ['CAPBSET_DROP', 'SET_NO_NEW_PRIVS']),
      only('BPF', ['LD', 'W', 'ABS', 'JMP', 'JEQ', 'JGE', 'K', 'RET']),
      only('SECCOMP_RET', ['ALLOW', 'ERRNO', 'KILL_PROCESS']),
      only('SECCOMP', ['SET_MODE_FILTER']),
      only('SECCOMP_FILTER_FLAG', ['SPEC_ALLOW']),
    ],
  },
  {
    file: 'bpf',
    headers: ['linux/bpf.h', 'linux/if_link.h', 'elf.h'],
    groups: [
      only(
        'BPF_CMD',
        [
          'MAP_CREATE',
          'MAP_LOOKUP_ELEM',
          'MAP_UPDATE_ELEM',
          'MAP_DELETE_ELEM',
          'MAP_GET_NEXT_KEY',
          'MAP_LOOKUP_BATCH',
          'PROG_LOAD',
          'OBJ_PIN',
          'OBJ_GET',
          'OBJ_GET_INFO_BY_FD',
          'LINK_CREATE',
          'LINK_UPDATE',
          'LINK_DETACH',
        ],
        'BPF_',
      ),
      only('BPF_PROG_TYPE', ['XDP', 'SCHED_CLS']),
      only('BPF_ATTACH_TYPE', ['XDP'], 'BPF_'),
      only('BPF', ['OBJ_NAME_LEN', 'PSEUDO_MAP_FD', 'F_RDONLY_PROG', 'F_XDP_HAS_FRAGS']),
      only('XDP_FLAGS', ['SKB_MODE', 'DRV_MODE']),
      only('EM', ['BPF']),
      only('ET', ['REL']),
      only('SHT', ['PROGBITS', 'SYMTAB', 'REL']),
      only('STT', ['OBJECT', 'FUNC']),
    ],
  },
  {
    file: 'ethtool',
    headers: ['linux/ethtool.h', 'linux/ethtool_netlink.h'],
    groups: [
      prefixed('ETHTOOL_MSG'),
      enumeration('ETHTOOL_A_HEADER', 'DEV_NAME'),
      enumeration('ETHTOOL_A_FEATURES', 'ACTIVE'),
      enumeration('ETHTOOL_A_BITSET', 'BITS'),
      enumeration('ETHTOOL_A_BITSET_BIT', 'NAME'),
      enumeration('ETHTOOL_A_BITSET_BITS', 'BIT'),
      enumeration('ETHTOOL_A_STRSET', 'STRINGSETS'),
      enumeration('ETHTOOL_A_STRINGSETS', 'STRINGSET'),
      enumeration('ETHTOOL_A_STRINGSET', 'ID'),
      enumeration('ETHTOOL_A_STRINGS', 'STRING'),
      enumeration('ETHTOOL_A_STRING', 'VALUE'),
      enumeration('ETHTOOL_A_RINGS', 'RX_MAX'),
      enumeration('ETHTOOL_A_CHANNELS', 'RX_MAX'),
      enumeration('ETHTOOL_A_COALESCE', 'RX_USECS'),
      prefixed('ETHTOOL_FLAG'),
      only('ETHTOOL', [
        'GSSET_INFO',
        'GSTRINGS',
        'GFEATURES',
        'SFEATURES',
        'GRINGPARAM',
        'SRINGPARAM',
        'GCOALESCE',
        'SCOALESCE',
        'GCHANNELS',
        'SCHANNELS',
      ]),
      prefixed('ETHTOOL_F'),
      enumeration('ETH_SS', 'FEATURES'),
      only('ETH', ['GSTRING_LEN']),
    ],
  },
];

interface Names {
  /** Enumerators of each C enum. */
  readonly enums: readonly (readonly string[])[];
  /** Macros without parameters. */
  readonly macros: readonly string[];
}

function compiler(args: readonly string[], input: string): string {
  return execFileSync('cc', args, { input, encoding: 'utf8', maxBuffer: 64 << 20 });
}

const includes = (unit: Unit): string => unit.headers.map((header) => `#include <${header}>\n`).join('');

function readNames(unit: Unit): Names {
  const expanded = compiler(['-E', '-P', '-x', 'c', '-'], includes(unit));
  const enums = [...expanded.matchAll(/\benum\b[^{};]*\{([^}]*)\}/g)].map((match) =>
    (match[1] ?? '').split(',').flatMap((item) => item.match(/[A-Za-z_]\w*/)?.[0] ?? []),
  );
  const listed = compiler(['-E', '-dM', '-x', 'c', '-'], includes(unit));
  const macros = [...listed.matchAll(/^#define (\w+) (?=\S)/gm)].map((match) => match[1] ?? '');
  return { enums, macros };
}

/** The C names of a group, in the order of the header where there is one. */
function membersOf(group: Group, unit: Unit, names: Names): readonly string[] {
  if (group.only !== undefined) return group.only.map((name) => group.prefix + name);
  const longer = unit.groups.map((other) => other.prefix).filter((prefix) => prefix.length > group.prefix.length);
  const { enumWith } = group;
  const pool =
    enumWith === undefined
      ? new Set([...names.enums.flat(), ...names.macros])
      : (names.enums.find((members) => members.includes(enumWith)) ?? []);
  const members = [...pool].filter(
    (name) =>
      name.startsWith(group.prefix) &&
      (enumWith === undefined
        ? !/_(MAX|CNT)$/.test(name) && !longer.some((prefix) => name.startsWith(prefix))
        : !/^(MAX|CNT)$/.test(name.slice(group.prefix.length))),
  );
  if (members.length === 0) throw new Error(`nothing begins with ${group.prefix} in ${unit.headers.join(' ')}`);
  return members;
}

/** Values of names, as the compiler sees them; a name that is no integer constant stops the generator. */
function readValues(unit: Unit, names: readonly string[]): Map<string, number> {
  const directory = mkdtempSync(join(tmpdir(), 'weir-uapi-'));
  try {
    const program = join(directory, 'print');
    const lines = names.map((name) => `  printf("${name} %lld\\n", (long long)(${name}));`).join('\n');
    compiler(
      ['-x', 'c', '-', '-o', program],
      `#include <stdio.h>\n${includes(unit)}int main(void) {\n${lines}\n  return 0;\n}\n`,
    );
    const printed = execFileSync(program, { encoding: 'utf8' }).trim().split('\n');
    return new Map(printed.map((line) => line.split(' ')).map(([name = '', value]) => [name, Number(value)]));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const formatValue = (value: number): string => (value > 0xffff ? `0x${value.toString(16)}` : String(value));
const formatKey = (key: string): string => (/^\d/.test(key) ? `'${key}'` : key);

function formatUnit(unit: Unit): string {
  const names = readNames(unit);
  const groups = unit.groups.map((group) => ({ group, members: membersOf(group, unit, names) }));
  const values = readValues(unit, [...new Set(groups.flatMap(({ members }) => members))]);
  const text = groups.map(({ group, members }) => {
    const sorted = members
      .map((name) => [name.slice(group.prefix.length), values.get(name) ?? Number.NaN] as const)
      .concat(Object.entries(group.later ?? {}).filter(([name]) => !members.includes(group.prefix + name)))
      .sort((a, b) => a[1] - b[1]);
    const lines = sorted.map(([key, value]) => `  ${formatKey(key)} = ${formatValue(value)},\n`);
    return `export enum ${group.name} {\n${lines.join('')}}\n`;
  });
  const heading = [
    `// Written by src/gen/uapi.ts from these headers of linux-libc-dev ${packageVersion()}. Do not edit.`,
    ...unit.headers.map((header) => `//   <${header}>`),
    '// biome-ignore-all lint/suspicious/noDuplicateEnumValues: the kernel gives some numbers several names',
  ];
  return `${heading.join('\n')}\n\n${text.join('\n')}`;
}

function packageVersion(): string {
  const status = readFileSync('/var/lib/dpkg/status', 'utf8');
  return status.match(/^Package: linux-libc-dev\n(?:.+\n)*?Version: (.+)$/m)?.[1] ?? 'of unknown version';
}

for (const unit of UNITS) writeFileSync(`src/uapi/${unit.file}.ts`, formatUnit(unit));
