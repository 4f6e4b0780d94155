// Written by src/gen/uapi.ts from these headers of linux-libc-dev 6.1.192-3. Do not edit.
//   <linux/capability.h>
//   <linux/prctl.h>
//   <linux/filter.h>
//   <linux/seccomp.h>
// biome-ignore-all lint/suspicious/noDuplicateEnumValues: the kernel gives some numbers several names

export enum CAP {
  DAC_READ_SEARCH = 2,
  SETPCAP = 8,
  NET_ADMIN = 12,
  PERFMON = 38,
  BPF = 39,
}

export enum PR {
  CAPBSET_DROP = 24,
  SET_NO_NEW_PRIVS = 38,
}

export enum BPF {
  LD = 0,
  W = 0,
  K = 0,
  JMP = 5,
  RET = 6,
  JEQ = 16,
  ABS = 32,
  JGE = 48,
}

export enum SECCOMP_RET {
  ERRNO = 0x50000,
  ALLOW = 0x7fff0000,
  KILL_PROCESS = 0x80000000,
}

export enum SECCOMP {
  SET_MODE_FILTER = 1,
}

export enum SECCOMP_FILTER_FLAG {
  SPEC_ALLOW = 4,
}
