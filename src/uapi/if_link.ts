// Written by src/gen/uapi.ts from these headers of linux-libc-dev 6.1.192-3. Do not edit.
//   <linux/if.h>
//   <linux/if_link.h>
//   <linux/if_ether.h>
//   <linux/if_arp.h>
// biome-ignore-all lint/suspicious/noDuplicateEnumValues: the kernel gives some numbers several names

export enum IFLA {
  UNSPEC = 0,
  ADDRESS = 1,
  BROADCAST = 2,
  IFNAME = 3,
  MTU = 4,
  LINK = 5,
  QDISC = 6,
  STATS = 7,
  COST = 8,
  PRIORITY = 9,
  MASTER = 10,
  WIRELESS = 11,
  PROTINFO = 12,
  TXQLEN = 13,
  MAP = 14,
  WEIGHT = 15,
  OPERSTATE = 16,
  LINKMODE = 17,
  LINKINFO = 18,
  NET_NS_PID = 19,
  IFALIAS = 20,
  NUM_VF = 21,
  VFINFO_LIST = 22,
  STATS64 = 23,
  VF_PORTS = 24,
  PORT_SELF = 25,
  AF_SPEC = 26,
  GROUP = 27,
  NET_NS_FD = 28,
  EXT_MASK = 29,
  PROMISCUITY = 30,
  NUM_TX_QUEUES = 31,
  NUM_RX_QUEUES = 32,
  CARRIER = 33,
  PHYS_PORT_ID = 34,
  CARRIER_CHANGES = 35,
  PHYS_SWITCH_ID = 36,
  LINK_NETNSID = 37,
  PHYS_PORT_NAME = 38,
  PROTO_DOWN = 39,
  GSO_MAX_SEGS = 40,
  GSO_MAX_SIZE = 41,
  PAD = 42,
  XDP = 43,
  EVENT = 44,
  NEW_NETNSID = 45,
  IF_NETNSID = 46,
  TARGET_NETNSID = 46,
  CARRIER_UP_COUNT = 47,
  CARRIER_DOWN_COUNT = 48,
  NEW_IFINDEX = 49,
  MIN_MTU = 50,
  MAX_MTU = 51,
  PROP_LIST = 52,
  ALT_IFNAME = 53,
  PERM_ADDRESS = 54,
  PROTO_DOWN_REASON = 55,
  PARENT_DEV_NAME = 56,
  PARENT_DEV_BUS_NAME = 57,
  GRO_MAX_SIZE = 58,
  TSO_MAX_SIZE = 59,
  TSO_MAX_SEGS = 60,
  ALLMULTI = 61,
}

export enum IFLA_INFO {
  UNSPEC = 0,
  KIND = 1,
  DATA = 2,
  XSTATS = 3,
  SLAVE_KIND = 4,
  SLAVE_DATA = 5,
}

export enum IFLA_XDP {
  UNSPEC = 0,
  FD = 1,
  ATTACHED = 2,
  FLAGS = 3,
  PROG_ID = 4,
  DRV_PROG_ID = 5,
  SKB_PROG_ID = 6,
  HW_PROG_ID = 7,
  EXPECTED_FD = 8,
}

export enum XDP_ATTACHED {
  NONE = 0,
  DRV = 1,
  SKB = 2,
  HW = 3,
  MULTI = 4,
}

export enum IFF {
  UP = 1,
  BROADCAST = 2,
  DEBUG = 4,
  LOOPBACK = 8,
  POINTOPOINT = 16,
  NOTRAILERS = 32,
  RUNNING = 64,
  NOARP = 128,
  PROMISC = 256,
  ALLMULTI = 512,
  MASTER = 1024,
  SLAVE = 2048,
  MULTICAST = 4096,
  PORTSEL = 8192,
  AUTOMEDIA = 16384,
  DYNAMIC = 32768,
  LOWER_UP = 0x10000,
  DORMANT = 0x20000,
  ECHO = 0x40000,
}

export enum IF_OPER {
  UNKNOWN = 0,
  NOTPRESENT = 1,
  DOWN = 2,
  LOWERLAYERDOWN = 3,
  TESTING = 4,
  DORMANT = 5,
  UP = 6,
}

export enum IF {
  NAMSIZ = 16,
  ALIASZ = 256,
}

export enum ETH_P {
  ALL = 3,
  IP = 2048,
  ARP = 2054,
  '8021Q' = 33024,
  IPV6 = 34525,
  PPP_SES = 34916,
  '8021AD' = 34984,
}

export enum ARPHRD {
  ETHER = 1,
  PPP = 512,
  RAWIP = 519,
  LOOPBACK = 772,
  NONE = 65534,
}
