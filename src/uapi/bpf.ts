// Written by src/gen/uapi.ts from these headers of linux-libc-dev 6.1.192-3. Do not edit.
//   <linux/bpf.h>
//   <linux/if_link.h>
//   <elf.h>
// biome-ignore-all lint/suspicious/noDuplicateEnumValues: the kernel gives some numbers several names

export enum BPF_CMD {
  MAP_CREATE = 0,
  MAP_LOOKUP_ELEM = 1,
  MAP_UPDATE_ELEM = 2,
  MAP_DELETE_ELEM = 3,
  MAP_GET_NEXT_KEY = 4,
  PROG_LOAD = 5,
  OBJ_PIN = 6,
  OBJ_GET = 7,
  OBJ_GET_INFO_BY_FD = 15,
  MAP_LOOKUP_BATCH = 24,
  LINK_CREATE = 28,
  LINK_UPDATE = 29,
  LINK_DETACH = 34,
}

export enum BPF_PROG_TYPE {
  SCHED_CLS = 3,
  XDP = 6,
}

export enum BPF_ATTACH_TYPE {
  XDP = 37,
}

export enum BPF {
  PSEUDO_MAP_FD = 1,
  OBJ_NAME_LEN = 16,
  F_XDP_HAS_FRAGS = 32,
  F_RDONLY_PROG = 128,
}

export enum XDP_FLAGS {
  SKB_MODE = 2,
  DRV_MODE = 4,
}

export enum EM {
  BPF = 247,
}

export enum ET {
  REL = 1,
}

export enum SHT {
  PROGBITS = 1,
  SYMTAB = 2,
  REL = 9,
}

export enum STT {
  OBJECT = 1,
  FUNC = 2,
}
