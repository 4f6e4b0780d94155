// Written by src/gen/uapi.ts from these headers of linux-libc-dev 6.1.192-3. Do not edit.
//   <sys/socket.h>
//   <linux/netlink.h>
// biome-ignore-all lint/suspicious/noDuplicateEnumValues: the kernel gives some numbers several names

export enum NLM_F {
  REQUEST = 1,
  MULTI = 2,
  ACK = 4,
  ECHO = 8,
  DUMP_INTR = 16,
  DUMP_FILTERED = 32,
  NONREC = 256,
  REPLACE = 256,
  ROOT = 256,
  CAPPED = 256,
  EXCL = 512,
  ACK_TLVS = 512,
  BULK = 512,
  MATCH = 512,
  DUMP = 768,
  ATOMIC = 1024,
  CREATE = 1024,
  APPEND = 2048,
}

export enum NLMSG {
  NOOP = 1,
  ERROR = 2,
  DONE = 3,
  OVERRUN = 4,
  MIN_TYPE = 16,
}

export enum NLMSGERR_ATTR {
  UNUSED = 0,
  MSG = 1,
  OFFS = 2,
  COOKIE = 3,
  POLICY = 4,
  MISS_TYPE = 5,
  MISS_NEST = 6,
}

export enum NLA_F {
  NET_BYTEORDER = 16384,
  NESTED = 32768,
}

export enum NETLINK {
  ROUTE = 0,
  ADD_MEMBERSHIP = 1,
  DROP_MEMBERSHIP = 2,
  PKTINFO = 3,
  NO_ENOBUFS = 5,
  NETFILTER = 12,
  GENERIC = 16,
}

export enum NETLINK_OPTION {
  CAP_ACK = 10,
  EXT_ACK = 11,
  GET_STRICT_CHK = 12,
}

export enum SOL {
  NETLINK = 270,
}
