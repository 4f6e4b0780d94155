// Written by src/gen/uapi.ts from these headers of linux-libc-dev 6.1.192-3. Do not edit.
//   <linux/pkt_sched.h>
//   <linux/pkt_cls.h>
//   <linux/gen_stats.h>
//   <linux/tc_act/tc_mirred.h>
//   <linux/tc_act/tc_gact.h>
//   <linux/tc_act/tc_skbedit.h>
//   <linux/tc_act/tc_ctinfo.h>
//   <linux/tc_act/tc_bpf.h>
//   <linux/tc_act/tc_pedit.h>
//   <linux/tc_act/tc_csum.h>
//   <linux/tc_act/tc_vlan.h>
//   <linux/tc_act/tc_connmark.h>
//   <linux/tc_ematch/tc_em_meta.h>
//   <linux/tc_ematch/tc_em_cmp.h>
//   <linux/tc_ematch/tc_em_nbyte.h>
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
  PRIOMAP = 16,
  WEIGHTS = 17,
  OFFLOAD_HORIZON = 18,
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
  PRNG_SEED = 14,
}

export enum NETEM_LOSS {
  UNSPEC = 0,
  GI = 1,
  GE = 2,
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

export enum TCA_FLOWER {
  UNSPEC = 0,
  CLASSID = 1,
  INDEV = 2,
  ACT = 3,
  KEY_ETH_DST = 4,
  KEY_ETH_DST_MASK = 5,
  KEY_ETH_SRC = 6,
  KEY_ETH_SRC_MASK = 7,
  KEY_ETH_TYPE = 8,
  KEY_IP_PROTO = 9,
  KEY_IPV4_SRC = 10,
  KEY_IPV4_SRC_MASK = 11,
  KEY_IPV4_DST = 12,
  KEY_IPV4_DST_MASK = 13,
  KEY_IPV6_SRC = 14,
  KEY_IPV6_SRC_MASK = 15,
  KEY_IPV6_DST = 16,
  KEY_IPV6_DST_MASK = 17,
  KEY_TCP_SRC = 18,
  KEY_TCP_DST = 19,
  KEY_UDP_SRC = 20,
  KEY_UDP_DST = 21,
  FLAGS = 22,
  KEY_VLAN_ID = 23,
  KEY_VLAN_PRIO = 24,
  KEY_VLAN_ETH_TYPE = 25,
  KEY_ENC_KEY_ID = 26,
  KEY_ENC_IPV4_SRC = 27,
  KEY_ENC_IPV4_SRC_MASK = 28,
  KEY_ENC_IPV4_DST = 29,
  KEY_ENC_IPV4_DST_MASK = 30,
  KEY_ENC_IPV6_SRC = 31,
  KEY_ENC_IPV6_SRC_MASK = 32,
  KEY_ENC_IPV6_DST = 33,
  KEY_ENC_IPV6_DST_MASK = 34,
  KEY_TCP_SRC_MASK = 35,
  KEY_TCP_DST_MASK = 36,
  KEY_UDP_SRC_MASK = 37,
  KEY_UDP_DST_MASK = 38,
  KEY_SCTP_SRC_MASK = 39,
  KEY_SCTP_DST_MASK = 40,
  KEY_SCTP_SRC = 41,
  KEY_SCTP_DST = 42,
  KEY_ENC_UDP_SRC_PORT = 43,
  KEY_ENC_UDP_SRC_PORT_MASK = 44,
  KEY_ENC_UDP_DST_PORT = 45,
  KEY_ENC_UDP_DST_PORT_MASK = 46,
  KEY_FLAGS = 47,
  KEY_FLAGS_MASK = 48,
  KEY_ICMPV4_CODE = 49,
  KEY_ICMPV4_CODE_MASK = 50,
  KEY_ICMPV4_TYPE = 51,
  KEY_ICMPV4_TYPE_MASK = 52,
  KEY_ICMPV6_CODE = 53,
  KEY_ICMPV6_CODE_MASK = 54,
  KEY_ICMPV6_TYPE = 55,
  KEY_ICMPV6_TYPE_MASK = 56,
  KEY_ARP_SIP = 57,
  KEY_ARP_SIP_MASK = 58,
  KEY_ARP_TIP = 59,
  KEY_ARP_TIP_MASK = 60,
  KEY_ARP_OP = 61,
  KEY_ARP_OP_MASK = 62,
  KEY_ARP_SHA = 63,
  KEY_ARP_SHA_MASK = 64,
  KEY_ARP_THA = 65,
  KEY_ARP_THA_MASK = 66,
  KEY_MPLS_TTL = 67,
  KEY_MPLS_BOS = 68,
  KEY_MPLS_TC = 69,
  KEY_MPLS_LABEL = 70,
  KEY_TCP_FLAGS = 71,
  KEY_TCP_FLAGS_MASK = 72,
  KEY_IP_TOS = 73,
  KEY_IP_TOS_MASK = 74,
  KEY_IP_TTL = 75,
  KEY_IP_TTL_MASK = 76,
  KEY_CVLAN_ID = 77,
  KEY_CVLAN_PRIO = 78,
  KEY_CVLAN_ETH_TYPE = 79,
  KEY_ENC_IP_TOS = 80,
  KEY_ENC_IP_TOS_MASK = 81,
  KEY_ENC_IP_TTL = 82,
  KEY_ENC_IP_TTL_MASK = 83,
  KEY_ENC_OPTS = 84,
  KEY_ENC_OPTS_MASK = 85,
  IN_HW_COUNT = 86,
  KEY_PORT_SRC_MIN = 87,
  KEY_PORT_SRC_MAX = 88,
  KEY_PORT_DST_MIN = 89,
  KEY_PORT_DST_MAX = 90,
  KEY_CT_STATE = 91,
  KEY_CT_STATE_MASK = 92,
  KEY_CT_ZONE = 93,
  KEY_CT_ZONE_MASK = 94,
  KEY_CT_MARK = 95,
  KEY_CT_MARK_MASK = 96,
  KEY_CT_LABELS = 97,
  KEY_CT_LABELS_MASK = 98,
  KEY_MPLS_OPTS = 99,
  KEY_HASH = 100,
  KEY_HASH_MASK = 101,
  KEY_NUM_OF_VLANS = 102,
  KEY_PPPOE_SID = 103,
  KEY_PPP_PROTO = 104,
  KEY_L2TPV3_SID = 105,
}

export enum TCA_FLOWER_KEY_CT_FLAGS {
  NEW = 1,
  ESTABLISHED = 2,
  RELATED = 4,
  TRACKED = 8,
  INVALID = 16,
  REPLY = 32,
}

export enum TCA_FLOWER_KEY_FLAGS {
  IS_FRAGMENT = 1,
  FRAG_IS_FIRST = 2,
}

export enum TCA_FLOW {
  UNSPEC = 0,
  KEYS = 1,
  MODE = 2,
  BASECLASS = 3,
  RSHIFT = 4,
  ADDEND = 5,
  MASK = 6,
  XOR = 7,
  DIVISOR = 8,
  ACT = 9,
  POLICE = 10,
  EMATCHES = 11,
  PERTURB = 12,
}

export enum FLOW_KEY {
  SRC = 0,
  DST = 1,
  PROTO = 2,
  PROTO_SRC = 3,
  PROTO_DST = 4,
  IIF = 5,
  PRIORITY = 6,
  MARK = 7,
  NFCT = 8,
  NFCT_SRC = 9,
  NFCT_DST = 10,
  NFCT_PROTO_SRC = 11,
  NFCT_PROTO_DST = 12,
  RTCLASSID = 13,
  SKUID = 14,
  SKGID = 15,
  VLAN_TAG = 16,
  RXHASH = 17,
}

export enum FLOW_MODE {
  MAP = 0,
  HASH = 1,
}

export enum TCA_BASIC {
  UNSPEC = 0,
  CLASSID = 1,
  EMATCHES = 2,
  ACT = 3,
  POLICE = 4,
  PCNT = 5,
  PAD = 6,
}

export enum TCA_EMATCH_TREE {
  UNSPEC = 0,
  HDR = 1,
  LIST = 2,
}

export enum TCF_EM {
  PROG_TC = 0,
  REL_END = 0,
  CONTAINER = 0,
  ALIGN_U8 = 1,
  CMP = 1,
  REL_AND = 1,
  CMP_TRANS = 1,
  ALIGN_U16 = 2,
  REL_OR = 2,
  NBYTE = 2,
  REL_MASK = 3,
  U32 = 3,
  ALIGN_U32 = 4,
  INVERT = 4,
  META = 4,
  TEXT = 5,
  VLAN = 6,
  CANID = 7,
  SIMPLE = 8,
  IPSET = 8,
  IPT = 9,
}

export enum TCF_EM_OPND {
  EQ = 0,
  GT = 1,
  LT = 2,
}

export enum TCF_LAYER {
  LINK = 0,
  NETWORK = 1,
  TRANSPORT = 2,
}

export enum TCA_EM_META {
  UNSPEC = 0,
  HDR = 1,
  LVALUE = 2,
  RVALUE = 3,
}

export enum TCF_META_ID {
  VALUE = 0,
  RANDOM = 1,
  LOADAVG_0 = 2,
  LOADAVG_1 = 3,
  LOADAVG_2 = 4,
  DEV = 5,
  PRIORITY = 6,
  PROTOCOL = 7,
  PKTTYPE = 8,
  PKTLEN = 9,
  DATALEN = 10,
  MACLEN = 11,
  NFMARK = 12,
  TCINDEX = 13,
  RTCLASSID = 14,
  RTIIF = 15,
  SK_FAMILY = 16,
  SK_STATE = 17,
  SK_REUSE = 18,
  SK_BOUND_IF = 19,
  SK_REFCNT = 20,
  SK_SHUTDOWN = 21,
  SK_PROTO = 22,
  SK_TYPE = 23,
  SK_RCVBUF = 24,
  SK_RMEM_ALLOC = 25,
  SK_WMEM_ALLOC = 26,
  SK_OMEM_ALLOC = 27,
  SK_WMEM_QUEUED = 28,
  SK_RCV_QLEN = 29,
  SK_SND_QLEN = 30,
  SK_ERR_QLEN = 31,
  SK_FORWARD_ALLOCS = 32,
  SK_SNDBUF = 33,
  SK_ALLOCS = 34,
  SK_HASH = 36,
  SK_LINGERTIME = 37,
  SK_ACK_BACKLOG = 38,
  SK_MAX_ACK_BACKLOG = 39,
  SK_PRIO = 40,
  SK_RCVLOWAT = 41,
  SK_RCVTIMEO = 42,
  SK_SNDTIMEO = 43,
  SK_SENDMSG_OFF = 44,
  SK_WRITE_PENDING = 45,
  VLAN_TAG = 46,
  RXHASH = 47,
}

export enum TCF_META_TYPE {
  VAR = 0,
  INT = 1,
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

export enum TCA_POLICE {
  UNSPEC = 0,
  TBF = 1,
  RATE = 2,
  PEAKRATE = 3,
  AVRATE = 4,
  RESULT = 5,
  TM = 6,
  PAD = 7,
  RATE64 = 8,
  PEAKRATE64 = 9,
  PKTRATE64 = 10,
  PKTBURST64 = 11,
}

export enum TCA_PEDIT {
  UNSPEC = 0,
  TM = 1,
  PARMS = 2,
  PAD = 3,
  PARMS_EX = 4,
  KEYS_EX = 5,
  KEY_EX = 6,
}

export enum TCA_PEDIT_KEY_EX {
  HTYPE = 1,
  CMD = 2,
}

export enum TCA_PEDIT_KEY_EX_HDR_TYPE {
  NETWORK = 0,
  ETH = 1,
  IP4 = 2,
  IP6 = 3,
  TCP = 4,
  UDP = 5,
}

export enum TCA_CSUM {
  UNSPEC = 0,
  PARMS = 1,
  TM = 2,
  PAD = 3,
}

export enum TCA_CSUM_UPDATE_FLAG {
  IPV4HDR = 1,
  ICMP = 2,
  IGMP = 4,
  TCP = 8,
  UDP = 16,
  UDPLITE = 32,
  SCTP = 64,
}

export enum TCA_VLAN {
  UNSPEC = 0,
  TM = 1,
  PARMS = 2,
  PUSH_VLAN_ID = 3,
  PUSH_VLAN_PROTOCOL = 4,
  PAD = 5,
  PUSH_VLAN_PRIORITY = 6,
  PUSH_ETH_DST = 7,
  PUSH_ETH_SRC = 8,
}

export enum TCA_VLAN_ACT {
  POP = 1,
  PUSH = 2,
  MODIFY = 3,
  POP_ETH = 4,
  PUSH_ETH = 5,
}

export enum TCA_CONNMARK {
  UNSPEC = 0,
  PARMS = 1,
  TM = 2,
  PAD = 3,
}

export enum SKBEDIT_F {
  PRIORITY = 1,
  QUEUE_MAPPING = 2,
  MARK = 4,
  PTYPE = 8,
  MASK = 16,
  INHERITDSFIELD = 32,
  TXQ_SKBHASH = 64,
}

export enum PGACT {
  NONE = 0,
  NETRAND = 1,
  DETERM = 2,
}
