/** What the kernel says when it refuses: errno, its name and words, and what netlink or the verifier of BPF say besides. */
import type { Host } from './host.ts';

type ErrnoHost = Pick<Host, 'errno' | 'errorText'>;

/** One "no" of the kernel. */
export interface Refusal {
  readonly errno: number;
  /** `EOPNOTSUPP` */
  readonly name: string;
  /** strerror's words. */
  readonly reason: string;
  /** The kernel's own words about this case, if it gave any: netlink's extended acknowledgement, the end of the verifier's log. */
  readonly extack?: string;
  /** Where in the request the offending attribute begins, counted from its message header. */
  readonly attributeOffset?: number;
  /** The kernel took the request, but the device's driver did not do it. */
  readonly byDriver?: true;
}

/** Names that a second name has on some CPUs; the other is what man pages use. */
const ALIASES = new Set(['EWOULDBLOCK', 'ENOTSUP', 'EDEADLOCK']);
/** Of the kernel's own numbers, those it is known to let out to programs; no libc has a word for them. */
const KERNEL_ONLY: Readonly<Record<number, readonly [name: string, reason: string]>> = {
  512: ['ERESTARTSYS', 'Interrupted system call'],
  524: ['ENOTSUPP', 'Operation not supported'],
};

const namesOfHost = new WeakMap<ErrnoHost, ReadonlyMap<number, string>>();

/** `ENOENT` for 2, `errno 4711` for a number without a name. */
export function errnoName(host: ErrnoHost, errno: number): string {
  let names = namesOfHost.get(host);
  if (names === undefined) {
    const entries = Object.entries(host.errno).filter(([name]) => !ALIASES.has(name));
    names = new Map(entries.map(([name, number]) => [number, name]));
    namesOfHost.set(host, names);
  }
  return names.get(errno) ?? KERNEL_ONLY[errno]?.[0] ?? `errno ${errno}`;
}

/** A refusal from an error number and what came with it. */
export function refusalOf(
  host: ErrnoHost,
  errno: number,
  ack: Pick<Refusal, 'extack' | 'attributeOffset'> = {},
): Refusal {
  const { extack, attributeOffset } = ack;
  return {
    errno,
    name: errnoName(host, errno),
    reason: KERNEL_ONLY[errno]?.[1] ?? host.errorText(errno),
    ...(extack === undefined ? {} : { extack }),
    ...(attributeOffset === undefined ? {} : { attributeOffset }),
  };
}

/** A refusal of our own making, in the kernel's terms. */
export function refusalNamed(host: ErrnoHost, name: string): Refusal {
  const errno = host.errno[name] ?? 0;
  return { errno, name, reason: host.errorText(errno) };
}

/** `Operation not supported (EOPNOTSUPP): what the kernel says besides` */
export function describeRefusal({ reason, name, extack }: Refusal): string {
  return `${reason} (${name})${extack === undefined ? '' : `: ${extack}`}`;
}

/** Refusals that can pass without anything being done about them. */
const PASSING = new Set(['EINTR', 'EAGAIN', 'ENOBUFS', 'ENOMEM', 'EBUSY', 'ETIMEDOUT', 'ERESTARTSYS']);

/** A refusal together with what was tried, on what. */
export class KernelError extends Error {
  readonly refusal: Refusal;
  /** What was tried: `change`, `list qdiscs`. */
  readonly operation: string;
  /** On what, for a person to follow: `eth1 > htb 7e10: > class 7e10:10 > cake`; '' where there is no object. */
  readonly path: string;

  constructor(refusal: Refusal, operation: string, path = '') {
    const where = path === '' ? operation : `${path}: ${operation}`;
    super(`${where}: ${describeRefusal(refusal)}`);
    this.name = 'KernelError';
    this.refusal = refusal;
    this.operation = operation;
    this.path = path;
  }

  get errno(): number {
    return this.refusal.errno;
  }
  get errnoName(): string {
    return this.refusal.name;
  }
  get extack(): string | undefined {
    return this.refusal.extack;
  }
  get canRetry(): boolean {
    return PASSING.has(this.refusal.name);
  }
}

/** The result of a call, unless it is -errno. @throws KernelError */
export function checked(host: ErrnoHost, result: number, operation: string, path: string): number {
  if (result < 0) throw new KernelError(refusalOf(host, -result), operation, path);
  return result;
}

/** Whether there was something; false for -ENOENT. @throws KernelError for other errors */
export function isThere(host: ErrnoHost, result: number, operation: string, path: string): boolean {
  if (-result === host.errno.ENOENT) return false;
  checked(host, result, operation, path);
  return true;
}
