/** What a process of the fake host has of root's rights, by the rules of the kernel (security/commoncap.c: cap_capset). */
import { FAKE_ERRNO } from './fake_numbers.ts';

/** CAP_LAST_CAP of Linux 6. */
const LAST_CAPABILITY = 40;
const SETPCAP = 8;
const PR_CAPBSET_DROP = 24;
/** The words of the sets that go by these names. */
const EFFECTIVE = [0, 3] as const;
const PERMITTED = [1, 4] as const;

export class FakePrivileges {
  /** Effective, permitted and inheritable capabilities 0 to 31, then those from 32 on. Root's, unless a test says otherwise. */
  capabilitySets = Int32Array.of(-1, -1, 0, 0x1ff, 0x1ff, 0);
  readonly boundingSet = new Set(Array.from({ length: LAST_CAPABILITY + 1 }, (_, capability) => capability));
  /** The other options that were set with prctl, with their arguments. */
  readonly processOptions = new Map<number, number>();
  /** Programs that the process has put on its system calls. */
  readonly callFilters: Uint8Array[] = [];
  /** Error numbers for calls that fail, by name. */
  readonly privilegeFailures = new Map<'prctl' | 'capget' | 'capset' | 'seccomp', number>();

  /** Whether it has the capability to use. */
  has(capability: number): boolean {
    return ((this.capabilitySets[EFFECTIVE[capability >> 5] ?? 0] ?? 0) & (1 << (capability & 31))) !== 0;
  }

  prctl(option: number, argument: number): number {
    const failure = this.privilegeFailures.get('prctl');
    if (failure !== undefined) return -failure;
    if (option !== PR_CAPBSET_DROP) {
      this.processOptions.set(option, argument);
      return 0;
    }
    if (!this.has(SETPCAP)) return -(FAKE_ERRNO.EPERM as number);
    if (argument > LAST_CAPABILITY) return -(FAKE_ERRNO.EINVAL as number);
    this.boundingSet.delete(argument);
    return 0;
  }

  capget(sets: Int32Array): number {
    sets.set(this.capabilitySets);
    return -(this.privilegeFailures.get('capget') ?? 0);
  }

  capset(sets: Int32Array): number {
    const failure = this.privilegeFailures.get('capset');
    if (failure !== undefined) return -failure;
    const isWithin = (word: number, bounds: Int32Array, bound: number): boolean =>
      ((sets[word] ?? 0) & ~(bounds[bound] ?? 0)) === 0;
    const allowed = PERMITTED.every(
      (word, i) => isWithin(word, this.capabilitySets, word) && isWithin(EFFECTIVE[i] ?? 0, sets, word),
    );
    if (!allowed) return -(FAKE_ERRNO.EPERM as number);
    this.capabilitySets = Int32Array.from(sets);
    return 0;
  }

  seccomp(_operation: number, _flags: number, program: Uint8Array): number {
    const failure = this.privilegeFailures.get('seccomp');
    if (failure !== undefined) return -failure;
    this.callFilters.push(program.slice());
    return 0;
  }
}
