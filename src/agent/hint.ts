/** What a person can do about a refusal of the kernel. */
import type { Refusal } from '../host/refusal.ts';
import type { FilterResource, QdiscResource, Resource } from '../model/resource.ts';
import type { RefusedChange } from './apply.ts';

/** OpenWrt's package is undefined where it has none. */
type Module = readonly [module: string, openwrtPackage: string | undefined];

/** Kernel modules behind what weir makes, and OpenWrt's packages for them (25.12, package/kernel/linux/modules/netsupport.mk). */
const MODULES: Readonly<Record<string, Module>> = {
  ifb: ['ifb', 'kmod-ifb'],
  cake: ['sch_cake', 'kmod-sched-cake'],
  cake_mq: ['sch_cake', 'kmod-sched-cake'],
  clsact: ['sch_ingress', 'kmod-sched-core'],
  ingress: ['sch_ingress', 'kmod-sched-core'],
  matchall: ['cls_matchall and act_mirred', 'kmod-sched-core'],
  u32: ['cls_u32 and act_mirred', 'kmod-sched-core'],
  bpf: ['cls_bpf', 'kmod-sched-bpf'],
  htb: ['sch_htb', 'kmod-sched-core'],
  hfsc: ['sch_hfsc', 'kmod-sched-core'],
  tbf: ['sch_tbf', 'kmod-sched-core'],
  prio: ['sch_prio', 'kmod-sched-prio'],
  drr: ['sch_drr', 'kmod-sched-drr'],
  red: ['sch_red', 'kmod-sched-red'],
  codel: ['sch_codel', 'kmod-sched'],
  ets: ['sch_ets', 'kmod-sched'],
  fq: ['sch_fq', 'kmod-sched'],
  fq_pie: ['sch_fq_pie', 'kmod-sched-fq-pie'],
  pie: ['sch_pie', 'kmod-sched-pie'],
  sfq: ['sch_sfq', 'kmod-sched'],
  netem: ['sch_netem', 'kmod-netem'],
  mqprio: ['sch_mqprio', 'kmod-sched-mqprio'],
  qfq: ['sch_qfq', undefined],
  fw: ['cls_fw', 'kmod-sched-core'],
  flow: ['cls_flow', 'kmod-sched-core'],
  flower: ['cls_flower', 'kmod-sched-flower'],
  basic: ['cls_basic', 'kmod-sched-core'],
};

/** Of actions: a filter that is refused may lack one of them. */
const ACTION_MODULES: Readonly<Record<string, Module>> = {
  gact: ['act_gact', 'kmod-sched-core'],
  mirred: ['act_mirred', 'kmod-sched-core'],
  skbedit: ['act_skbedit', 'kmod-sched-core'],
  police: ['act_police', 'kmod-sched-act-police'],
  pedit: ['act_pedit', 'kmod-sched'],
  csum: ['act_csum', 'kmod-sched'],
  connmark: ['act_connmark', 'kmod-sched-connmark'],
  ctinfo: ['act_ctinfo', 'kmod-sched-ctinfo'],
  vlan: ['act_vlan', 'kmod-sched-act-vlan'],
};

/** Advice as a sentence, or undefined where there is none to give. */
export function hintFor({ change, refusal }: RefusedChange): string | undefined {
  const { wanted } = change;
  if (refusal.name === 'EPERM' || refusal.name === 'EACCES') {
    if (wanted?.type === 'filter' && wanted.kind === 'bpf')
      return 'a filter bpf takes the package weir-bridge, without which weir gives up bpf(2)';
    return 'weir must run as root (or with CAP_NET_ADMIN)';
  }
  if (wanted?.type === 'programs' && refusal.name === 'ENOENT') {
    return 'is the file system of BPF mounted? mount -t bpf bpf /sys/fs/bpf';
  }
  if (wanted?.type === 'filter') return filterHint(wanted, refusal);
  // What is there already the kernel knows: of a class, its qdisc.
  if (wanted?.type === 'class' || (wanted?.type === 'qdisc' && isOfSameKind(wanted, change.found))) return undefined;
  const kind = wanted?.type === 'forward' ? 'bpf' : wanted !== undefined && 'kind' in wanted ? wanted.kind : undefined;
  if (wanted === undefined || kind === undefined) return undefined;
  // Of devices only (net/core/rtnetlink.c): of a qdisc or filter it is about this one, such as that its device cannot do a part of the work.
  const unknownKind = wanted.type === 'link' ? 'EOPNOTSUPP' : 'ENOENT';
  return refusal.name === unknownKind ? missingModule(MODULES[kind]) : undefined;
}

function isOfSameKind({ kind }: QdiscResource, found: Resource | undefined): boolean {
  return found?.type === 'qdisc' && found.kind === kind;
}

/** Kinds whose option `match` is an expression. */
const EXPRESSION_KINDS: readonly string[] = ['basic', 'flow'];
/** What single matches of an expression are; the kernel says no more than ENOENT where it lacks one (net/sched/ematch.c). */
const MATCH_MODULES = ['em_cmp, em_nbyte, em_meta or em_u32', 'kmod-sched'] as const;

/** What the kernel says tells whether it does not know the filter or an action of it (cls_api.c, act_api.c); ENOENT is also no class. */
function filterHint({ kind, rule }: FilterResource, { extack = '', name }: Refusal): string | undefined {
  if (name === 'EOPNOTSUPP' && rule?.options.skipSoftware === true)
    return "the device's driver takes no such filter; without skip_sw the kernel does its work";
  if (name === 'EOPNOTSUPP' && rule?.actions.some(({ kind: action, options }) => action === 'gact' && options.random))
    return 'the kernel may have been built without gact deciding at random (CONFIG_GACT_PROB)';
  if (name === 'ENOENT' && extack === '' && EXPRESSION_KINDS.includes(kind) && rule?.options.match)
    return missingModule(MATCH_MODULES);
  if (extack.includes('classifier not found')) return missingModule(MODULES[kind]);
  if (!extack.includes('action module')) return undefined;
  return missingModule(
    rule?.actions.map((action) => ACTION_MODULES[action.kind]).find((module) => module !== undefined),
  );
}

function missingModule(module: Module | undefined): string | undefined {
  if (module === undefined) return undefined;
  const [what, name] = module;
  const cure =
    name === undefined
      ? 'OpenWrt has no package of it'
      : `on OpenWrt 'apk add ${name}', before 25.12 'opkg install ${name}'`;
  return `the kernel module ${what} may be missing: ${cure}`;
}

/** Whether the kernel refused because it does not know the filter matchall at all. */
export function lacksMatchall({ change, refusal }: RefusedChange): boolean {
  return change.wanted?.type === 'redirect' && change.wanted.kind === 'matchall' && refusal.name === 'ENOENT';
}

/** Whether it refused because it does not know cake_mq, or not on this device; one that is there already proves otherwise. */
export function lacksCakeMq({ change, refusal }: RefusedChange): boolean {
  if (change.found?.type === 'qdisc' && change.found.kind === 'cake_mq') return false;
  const unknown = ['ENOENT', 'EOPNOTSUPP'].includes(refusal.name);
  return change.wanted?.type === 'qdisc' && change.wanted.kind === 'cake_mq' && unknown;
}

/** What the kernel says of an XDP program on a device that cannot have one like this (net/core/dev.c, and drivers: an MTU too large). */
const NO_XDP: readonly string[] = ['EOPNOTSUPP', 'EINVAL', 'ERANGE'];

/** The mode in which a device takes no XDP program, if that is what was refused. */
export function lacksXdp({
  change,
  refusal,
}: RefusedChange): { device: string; mode: 'native' | 'generic' } | undefined {
  const { wanted, found } = change;
  if (wanted?.type !== 'xdp' || found !== undefined || !NO_XDP.includes(refusal.name)) return undefined;
  return { device: wanted.device, mode: wanted.mode };
}
