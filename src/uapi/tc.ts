// Written by src/gen/uapi.ts from these headers of linux-libc-dev 6.1.192-3. Do not edit.
//   <linux/pkt_sched.h>
//   <linux/pkt_cls.h>
//   <linux/gen_stats.h>
//   <linux/tc_act/tc_mirred.h>
//   <linux/tc_act/tc_gact.h>
//   <linux/tc_act/tc_skbedit.h>
//   <linux/tc_act/tc_ctinfo.h>
//   <linux/tc_act/tc_bpf.h>
// biome-ignore-all lint/suspicious/noDuplicateEnumValues: the kernel gives some numbers several names

export enum TCA_STATS {
  UNSPEC = 0,
  BASIC = 1,
  RATE_EST = 2,
  QUEUE = 3,
  APP = 4,
  RATE_EST64 = 5,
  PAD = 6,
  BASIC_HW = 7,
  PKT64 = 8,
}

export enum TCA_STAB {
  UNSPEC = 0,
  BASE = 1,
  DATA = 2,
}

export enum TC_H {
  UNSPEC = 0,
  MIN_PRIORITY = 65504,
  MIN_INGRESS = 65522,
  MIN_EGRESS = 65523,
  MIN_MASK = 65535,
  MAJ_MASK = 0xffff0000,
  INGRESS = 0xfffffff1,
  CLSACT = 0xfffffff1,
  ROOT = 0xffffffff,
}

export enum TC_LINKLAYER {
  UNAWARE = 0,
  ETHERNET = 1,
  ATM = 2,
  MASK = 15,
}

export enum TC_PRIO {
  BESTEFFORT = 0,
  FILLER = 1,
  BULK = 2,
  INTERACTIVE_BULK = 4,
  INTERACTIVE = 6,
  CONTROL = 7,
}

export enum TCA_CAKE {
  UNSPEC = 0,
  PAD = 1,
  BASE_RATE64 = 2,
  DIFFSERV_MODE = 3,
  ATM = 4,
  FLOW_MODE = 5,
  OVERHEAD = 6,
  RTT = 7,
  TARGET = 8,
  AUTORATE = 9,
  MEMORY = 10,
  NAT = 11,
  RAW = 12,
  WASH = 13,
  MPU = 14,
  INGRESS = 15,
  ACK_FILTER = 16,
  SPLIT_GSO = 17,
  FWMARK = 18,
}

export enum TCA_CAKE_STATS {
  PAD = 1,
  CAPACITY_ESTIMATE64 = 2,
  MEMORY_LIMIT = 3,
  MEMORY_USED = 4,
  AVG_NETOFF = 5,
  MIN_NETLEN = 6,
  MAX_NETLEN = 7,
  MIN_ADJLEN = 8,
  MAX_ADJLEN = 9,
  TIN_STATS = 10,
  DEFICIT = 11,
  COBALT_COUNT = 12,
  DROPPING = 13,
  DROP_NEXT_US = 14,
  P_DROP = 15,
  BLUE_TIMER_US = 16,
}

export enum TCA_CAKE_TIN_STATS {
  PAD = 1,
  SENT_PACKETS = 2,
  SENT_BYTES64 = 3,
  DROPPED_PACKETS = 4,
  DROPPED_BYTES64 = 5,
  ACKS_DROPPED_PACKETS = 6,
  ACKS_DROPPED_BYTES64 = 7,
  ECN_MARKED_PACKETS = 8,
  ECN_MARKED_BYTES64 = 9,
  BACKLOG_PACKETS = 10,
  BACKLOG_BYTES = 11,
  THRESHOLD_RATE64 = 12,
  TARGET_US = 13,
  INTERVAL_US = 14,
  WAY_INDIRECT_HITS = 15,
  WAY_MISSES = 16,
  WAY_COLLISIONS = 17,
  PEAK_DELAY_US = 18,
  AVG_DELAY_US = 19,
  BASE_DELAY_US = 20,
  SPARSE_FLOWS = 21,
  BULK_FLOWS = 22,
  UNRESPONSIVE_FLOWS = 23,
  MAX_SKBLEN = 24,
  FLOW_QUANTUM = 25,
}

export enum CAKE_FLOW {
  NONE = 0,
  SRC_IP = 1,
  DST_IP = 2,
  HOSTS = 3,
  FLOWS = 4,
  DUAL_SRC = 5,
  DUAL_DST = 6,
  TRIPLE = 7,
}

export enum CAKE_DIFFSERV {
  DIFFSERV3 = 0,
  DIFFSERV4 = 1,
  DIFFSERV8 = 2,
  BESTEFFORT = 3,
  PRECEDENCE = 4,
}

export enum CAKE_ATM {
  NONE = 0,
  ATM = 1,
  PTM = 2,
}

export enum CAKE_ACK {
  NONE = 0,
  FILTER = 1,
  AGGRESSIVE = 2,
}

export enum TCA_FQ_CODEL {
  UNSPEC = 0,
  TARGET = 1,
  LIMIT = 2,
  INTERVAL = 3,
  ECN = 4,
  FLOWS = 5,
  QUANTUM = 6,
  CE_THRESHOLD = 7,
  DROP_BATCH_SIZE = 8,
  MEMORY_LIMIT = 9,
  CE_THRESHOLD_SELECTOR = 10,
  CE_THRESHOLD_MASK = 11,
}

export enum TCA_FQ_CODEL_XSTATS {
  QDISC = 0,
  CLASS = 1,
}

export enum TCA_CODEL {
  UNSPEC = 0,
  TARGET = 1,
  LIMIT = 2,
  INTERVAL = 3,
  ECN = 4,
  CE_THRESHOLD = 5,
}

export enum TCA_PIE {
  UNSPEC = 0,
  TARGET = 1,
  LIMIT = 2,
  TUPDATE = 3,
  ALPHA = 4,
  BETA = 5,
  ECN = 6,
  BYTEMODE = 7,
  DQ_RATE_ESTIMATOR = 8,
}

export enum TCA_FQ_PIE {
  UNSPEC = 0,
  LIMIT = 1,
  FLOWS = 2,
  TARGET = 3,
  TUPDATE = 4,
  ALPHA = 5,
  BETA = 6,
  QUANTUM = 7,
  MEMORY_LIMIT = 8,
  ECN_PROB = 9,
  ECN = 10,
  BYTEMODE = 11,
  DQ_RATE_ESTIMATOR = 12,
}

export enum TCA_FQ {
  UNSPEC = 0,
  PLIMIT = 1,
  FLOW_PLIMIT = 2,
  QUANTUM = 3,
  INITIAL_QUANTUM = 4,
  RATE_ENABLE = 5,
  FLOW_DEFAULT_RATE = 6,
  FLOW_MAX_RATE = 7,
  BUCKETS_LOG = 8,
  FLOW_REFILL_DELAY = 9,
  ORPHAN_MASK = 10,
  LOW_RATE_THRESHOLD = 11,
  CE_THRESHOLD = 12,
  TIMER_SLACK = 13,
  HORIZON = 14,
  HORIZON_DROP = 15,
}

export enum TCA_RED {
  UNSPEC = 0,
  PARMS = 1,
  STAB = 2,
  MAX_P = 3,
  FLAGS = 4,
  EARLY_DROP_BLOCK = 5,
  MARK_BLOCK = 6,
}

export enum TC_RED {
  ECN = 1,
  HARDDROP = 2,
  ADAPTATIVE = 4,
  HISTORIC_FLAGS = 7,
  NODROP = 8,
}

export enum TCA_HTB {
  UNSPEC = 0,
  PARMS = 1,
  INIT = 2,
  CTAB = 3,
  RTAB = 4,
  DIRECT_QLEN = 5,
  RATE64 = 6,
  CEIL64 = 7,
  PAD = 8,
  OFFLOAD = 9,
}

export enum TCA_HFSC {
  UNSPEC = 0,
  RSC = 1,
  FSC = 2,
  USC = 3,
}

export enum TCA_TBF {
  UNSPEC = 0,
  PARMS = 1,
  RTAB = 2,
  PTAB = 3,
  RATE64 = 4,
  PRATE64 = 5,
  BURST = 6,
  PBURST = 7,
  PAD = 8,
}

export enum TCA_DRR {
  UNSPEC = 0,
  QUANTUM = 1,
}

export enum TCA_QFQ {
  UNSPEC = 0,
  WEIGHT = 1,
  LMAX = 2,
}

export enum TCA_ETS {
  UNSPEC = 0,
  NBANDS = 1,
  NSTRICT = 2,
  QUANTA = 3,
  QUANTA_BAND = 4,
  PRIOMAP = 5,
  PRIOMAP_BAND = 6,
}

export enum TCA_MQPRIO {
  UNSPEC = 0,
  MODE = 1,
  SHAPER = 2,
  MIN_RATE64 = 3,
  MAX_RATE64 = 4,
}

export enum TC_MQPRIO_MODE {
  DCB = 0,
  CHANNEL = 1,
}

export enum TC_MQPRIO_SHAPER {
  DCB = 0,
  BW_RATE = 1,
}

export enum TCA_NETEM {
  UNSPEC = 0,
  CORR = 1,
  DELAY_DIST = 2,
  REORDER = 3,
  CORRUPT = 4,
  LOSS = 5,
  RATE = 6,
  ECN = 7,
  RATE64 = 8,
  PAD = 9,
  LATENCY64 = 10,
  JITTER64 = 11,
  SLOT = 12,
  SLOT_DIST = 13,
}

export enum TCA_MATCHALL {
  UNSPEC = 0,
  CLASSID = 1,
  ACT = 2,
  FLAGS = 3,
  PCNT = 4,
  PAD = 5,
}

export enum TCA_U32 {
  UNSPEC = 0,
  CLASSID = 1,
  HASH = 2,
  LINK = 3,
  DIVISOR = 4,
  SEL = 5,
  POLICE = 6,
  ACT = 7,
  INDEV = 8,
  PCNT = 9,
  MARK = 10,
  FLAGS = 11,
  PAD = 12,
}

export enum TC_U32 {
  TERMINAL = 1,
  OFFSET = 2,
  VAROFFSET = 4,
  EAT = 8,
  MAXDEPTH = 8,
  ROOT = 0xfff00000,
}

export enum TCA_FW {
  UNSPEC = 0,
  CLASSID = 1,
  POLICE = 2,
  INDEV = 3,
  ACT = 4,
  MASK = 5,
}

export enum TCA_BPF {
  UNSPEC = 0,
  ACT = 1,
  POLICE = 2,
  CLASSID = 3,
  OPS_LEN = 4,
  OPS = 5,
  FD = 6,
  NAME = 7,
  FLAGS = 8,
  FLAGS_GEN = 9,
  TAG = 10,
  ID = 11,
}

export enum TCA_BPF_FLAG {
  ACT_DIRECT = 1,
}

export enum TCA_CLS_FLAGS {
  SKIP_HW = 1,
  SKIP_SW = 2,
  IN_HW = 4,
  NOT_IN_HW = 8,
  VERBOSE = 16,
}

export enum TCA_ACT {
  UNSPEC = 0,
  KIND = 1,
  OPTIONS = 2,
  INDEX = 3,
  STATS = 4,
  PAD = 5,
  COOKIE = 6,
  FLAGS = 7,
  HW_STATS = 8,
  USED_HW_STATS = 9,
  IN_HW_COUNT = 10,
}

export enum TCA_ACT_FLAGS {
  NO_PERCPU_STATS = 1,
  SKIP_HW = 2,
  SKIP_SW = 4,
}

export enum TC_ACT {
  UNSPEC = -1,
  OK = 0,
  RECLASSIFY = 1,
  SHOT = 2,
  PIPE = 3,
  STOLEN = 4,
  QUEUED = 5,
  REPEAT = 6,
  REDIRECT = 7,
  TRAP = 8,
  EXT_VAL_MASK = 0xfffffff,
  JUMP = 0x10000000,
  GOTO_CHAIN = 0x20000000,
}

export enum TCA_MIRRED {
  UNSPEC = 0,
  TM = 1,
  PARMS = 2,
  PAD = 3,
}

export enum MIRRED {
  EGRESS_REDIR = 1,
  EGRESS_MIRROR = 2,
  INGRESS_REDIR = 3,
  INGRESS_MIRROR = 4,
}

export enum TCA_GACT {
  UNSPEC = 0,
  TM = 1,
  PARMS = 2,
  PROB = 3,
  PAD = 4,
}

export enum TCA_SKBEDIT {
  UNSPEC = 0,
  TM = 1,
  PARMS = 2,
  PRIORITY = 3,
  QUEUE_MAPPING = 4,
  MARK = 5,
  PAD = 6,
  PTYPE = 7,
  MASK = 8,
  FLAGS = 9,
  QUEUE_MAPPING_MAX = 10,
}

export enum TCA_CTINFO {
  UNSPEC = 0,
  PAD = 1,
  TM = 2,
  ACT = 3,
  ZONE = 4,
  PARMS_DSCP_MASK = 5,
  PARMS_DSCP_STATEMASK = 6,
  PARMS_CPMARK_MASK = 7,
  STATS_DSCP_SET = 8,
  STATS_DSCP_ERROR = 9,
  STATS_CPMARK_SET = 10,
}

export enum TCA_ACT_BPF {
  UNSPEC = 0,
  TM = 1,
  PARMS = 2,
  OPS_LEN = 3,
  OPS = 4,
  FD = 5,
  NAME = 6,
  PAD = 7,
  TAG = 8,
  ID = 9,
}
