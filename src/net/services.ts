/**
 * Other programs' services, started and stopped through what runs them: systemd or procd, whichever is there. The calls wait, since
 * what needs them is a step among others; each is over within a time, and each has a conversation of its own.
 */
import type { Host } from '../host/host.ts';
import { KernelError, refusalNamed } from '../host/refusal.ts';
import { openProcd } from './procd.ts';
import type { SupervisedService } from './supervisor.ts';
import { openSystemd } from './systemd.ts';

export interface ServiceState {
  /** Or about to run: waiting for its turn while the machine starts, or to be started again after a crash. */
  readonly running: boolean;
}

/** Why nothing can be done: `neither procd nor systemd is here`, `there is no service irqbalance`. */
export interface UnsupportedService {
  readonly unsupported: string;
}

export interface ServicesOptions {
  /** What one call may take, in all. */
  readonly waitMs?: number;
}

/**
 * A slow router takes half a second for an init script. procd kills in 5 seconds what it has told to end, and that is when weir starts
 * others again.
 */
const USUAL_WAIT_MS = 3000;

export class Services {
  private readonly host: Host;
  private readonly waitMs: number;

  constructor(host: Host, { waitMs = USUAL_WAIT_MS }: ServicesOptions = {}) {
    this.host = host;
    this.waitMs = waitMs;
  }

  /** @throws KernelError where what runs services is there but does not answer, or answers nonsense */
  read(name: string): ServiceState | UnsupportedService {
    return this.converse(name, 'read state', (service) =>
      typeof service === 'string' ? { unsupported: service } : { running: service.isRunning() },
    );
  }

  /**
   * Starts or stops it, and returns once it runs, or does not. Whether the machine starts it at its next boot stays as it is.
   *
   * @throws KernelError, ENOENT where nothing can be done, ETIMEDOUT where it is not so in time but may become so
   */
  setRunning(name: string, running: boolean): void {
    const operation = running ? 'start' : 'stop';
    this.converse(name, operation, (service) => {
      if (typeof service !== 'string') {
        service.setRunning(running);
        return;
      }
      const refusal = { ...refusalNamed(this.host, 'ENOENT'), extack: service };
      throw new KernelError(refusal, operation, pathOf(name));
    });
  }

  private converse<T>(name: string, operation: string, say: (service: SupervisedService | string) => T): T {
    const { host, waitMs } = this;
    const errand = { operation, path: pathOf(name), waitMs, endsAtMs: host.monotonicMs() + waitMs };
    const supervisor = openSystemd(host, errand) ?? openProcd(host, errand);
    if (supervisor === undefined) return say('neither procd nor systemd is here');
    try {
      return say(supervisor.find(name));
    } finally {
      supervisor.close();
    }
  }
}

function pathOf(name: string): string {
  return `service ${name}`;
}
