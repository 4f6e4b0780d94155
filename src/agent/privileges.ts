/**
 * Least privilege: what a process gives up as soon as it knows what it is to do, and before it reads anything from outside. It holds
 * however weir was started: by procd, by systemd, or by hand.
 */
import { hasBridge } from '../bpf/installed.ts';
import type { Host } from '../host/host.ts';
import { Writer } from '../lib/bytes.ts';
import { PR_MDWE, PR_NEWER } from '../uapi/newer.ts';
import { BPF, CAP, PR, SECCOMP, SECCOMP_FILTER_FLAG, SECCOMP_RET } from '../uapi/security.ts';

/** Words of the three sets, for capabilities 0 to 31 and for those from 32 on (linux/capability.h). */
const SETS = { effective: 0, permitted: 1, inheritable: 2 } as const;
const WORDS_A_HALF = 3;
const CAPABILITY_BITS = 64;

/**
 * Keeps of the capabilities that there are only those named, and gives up for good to get others back, to run programs, to make
 * processes, to have memory executed that can be written, and the other things that weir never does; bpf(2) too, unless CAP_BPF is
 * kept. A user who has no rights loses none. Gives what could not be given up, though the kernel knows it, as messages.
 */
export function restrict(host: Host, kept: readonly CAP[]): string[] {
  const { EINVAL, ENOSYS } = host.errno;
  const problems: string[] = [];
  const attempt = (what: string, result: number): void => {
    // Such kernels cannot do it: built without, or too old.
    if (result < 0 && -result !== EINVAL && -result !== ENOSYS)
      problems.push(`cannot ${what}: ${host.errorText(-result)}`);
  };
  attempt('do without new privileges', host.prctl(PR.SET_NO_NEW_PRIVS, 1));
  attempt('forbid writable code', host.prctl(PR_NEWER.SET_MDWE, PR_MDWE.REFUSE_EXEC_GAIN));
  attempt('give up capabilities', keepCapabilities(host, kept));
  if (host.auditArch !== 0) {
    const { SPEC_ALLOW } = SECCOMP_FILTER_FLAG;
    // Without the flag, kernels before 5.16 slow the process down against what its own code might do to itself.
    attempt(
      'filter system calls',
      host.seccomp(SECCOMP.SET_MODE_FILTER, SPEC_ALLOW, systemCallFilter(host, kept.includes(CAP.BPF))),
    );
  }
  return problems;
}

/** What a command needs besides where it deals with the bridge. CAP_PERFMON lets programs add variables to pointers (kernel/bpf/verifier.c). */
const BRIDGE_RIGHTS: readonly CAP[] = [CAP.BPF, CAP.PERFMON];

/** Those of them that this machine asks for: none where there is no bridge. */
export function bridgeRights(host: Host): readonly CAP[] {
  return hasBridge(host) ? BRIDGE_RIGHTS : [];
}

/** @returns the first failure as -errno, else 0 */
function keepCapabilities(host: Host, kept: readonly CAP[]): number {
  const sets = new Int32Array(2 * WORDS_A_HALF);
  const got = host.capget(sets);
  if (got < 0) return got;
  const holds = (set: number, capability: number): boolean =>
    ((sets[wordOf(set, capability)] as number) & (1 << (capability % 32))) !== 0;
  if (holds(SETS.effective, CAP.SETPCAP)) {
    for (let capability = 0; capability < CAPABILITY_BITS; capability++) {
      if (kept.includes(capability)) continue;
      const dropped = host.prctl(PR.CAPBSET_DROP, capability);
      if (-dropped === host.errno.EINVAL) break; // That was the last one.
      if (dropped < 0) return dropped;
    }
  }
  const left = new Int32Array(sets.length);
  for (const capability of kept) {
    if (!holds(SETS.permitted, capability)) continue;
    for (const set of [SETS.effective, SETS.permitted]) {
      const word = wordOf(set, capability);
      left[word] = (left[word] as number) | (1 << (capability % 32));
    }
  }
  return host.capset(left);
}

function wordOf(set: number, capability: number): number {
  return Math.floor(capability / 32) * WORDS_A_HALF + set;
}

/** struct seccomp_data: the number of the call, and which CPU's it is. */
const NUMBER_AT = 0;
const ARCH_AT = 4;
/** From here on numbers are those of x32, a second way to the calls of x86-64 (asm/unistd.h: __X32_SYSCALL_BIT). */
const X32_CALLS = 0x4000_0000;
const INSTRUCTION_BYTES = 8;

/**
 * A program for seccomp(2): calls that nothing here makes are not permitted, those of another CPU's numbering end the process, and
 * all others pass. What they would let pass is left open on purpose: which calls a C library makes for its functions differs
 * between libraries, CPUs and versions.
 */
export function systemCallFilter(host: Host, usesBpf: boolean): Uint8Array {
  const { bpf, ...others } = host.unusedCalls;
  const denied = Object.values(usesBpf ? others : host.unusedCalls);
  const w = new Writer(host.littleEndian, (denied.length + 8) * INSTRUCTION_BYTES);
  const instruction = (code: number, jumpIfTrue: number, jumpIfFalse: number, k: number): void => {
    w.u16(code);
    w.u8(jumpIfTrue);
    w.u8(jumpIfFalse);
    w.u32(k);
  };
  const load = (offset: number): void => instruction(BPF.LD | BPF.W | BPF.ABS, 0, 0, offset);
  const jumpIf = (test: number, k: number, over: number): void => instruction(BPF.JMP | test | BPF.K, over, 0, k);
  const give = (result: number): void => instruction(BPF.RET | BPF.K, 0, 0, result);
  load(ARCH_AT);
  jumpIf(BPF.JEQ, host.auditArch, 1);
  give(SECCOMP_RET.KILL_PROCESS);
  load(NUMBER_AT);
  jumpIf(BPF.JGE, X32_CALLS, denied.length + 1);
  denied.forEach((number, i) => {
    jumpIf(BPF.JEQ, number, denied.length - i);
  });
  give(SECCOMP_RET.ALLOW);
  give(SECCOMP_RET.ERRNO | (host.errno.EPERM as number));
  return w.bytes();
}
