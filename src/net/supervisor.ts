/** What runs services on a machine, procd or systemd, during one conversation with it. All of it throws KernelError. */
export interface Supervisor {
  /** The service, or why it has none that can be dealt with: `there is no service irqbalance`. */
  find(name: string): SupervisedService | string;
  close(): void;
}

export interface SupervisedService {
  /** Whether it runs, or is about to: what would start it by itself counts. */
  isRunning(): boolean;
  /** Returns once it is so. */
  setRunning(running: boolean): void;
}
