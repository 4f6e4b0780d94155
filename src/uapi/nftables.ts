// Written by src/gen/uapi.ts from these headers of linux-libc-dev 6.1.192-3. Do not edit.
//   <netinet/in.h>
//   <linux/netfilter.h>
//   <linux/netfilter/nfnetlink.h>
//   <linux/netfilter/nf_tables.h>
// biome-ignore-all lint/suspicious/noDuplicateEnumValues: the kernel gives some numbers several names

export enum NFPROTO {
  UNSPEC = 0,
  INET = 1,
  IPV4 = 2,
  IPV6 = 10,
}

export enum NFNL_SUBSYS {
  NFTABLES = 10,
}

export enum NFT_MSG {
  NEWFLOWTABLE = 22,
  GETFLOWTABLE = 23,
}

export enum NFTA_FLOWTABLE {
  UNSPEC = 0,
  TABLE = 1,
  NAME = 2,
  HOOK = 3,
  USE = 4,
  HANDLE = 5,
  PAD = 6,
  FLAGS = 7,
}

export enum NFTA_FLOWTABLE_HOOK {
  UNSPEC = 0,
  NUM = 1,
  PRIORITY = 2,
  DEVS = 3,
}

export enum NFTA_DEVICE {
  NAME = 1,
}

export enum NFT_FLOWTABLE {
  HW_OFFLOAD = 1,
}
