/**
 * The bridge in the kernel, as the rest of the agent reaches it. What speaks bpf(2) is a part of the program that is loaded where a bridge is
 * configured, or in the kernel, and that may not be installed. Without it the bridge is told from its pins, and they can be removed.
 */
import { isPinned, removeAllPins } from '../bpf/pins.ts';
import type { Host } from '../host/host.ts';
import { KernelError, type Refusal, refusalNamed } from '../host/refusal.ts';
import type { BpfDump } from '../model/bridge_observed.ts';
import { bridgeProblem } from '../model/bridge_package.ts';
import type { BpfOperation } from '../model/resource.ts';
import { bridge, canUseBridge } from '../parts/bridge.ts';
import type { BridgeKernel } from './bridge_kernel.ts';

export class BridgeAccess {
  private readonly host: Host;
  private kernel: BridgeKernel | undefined;

  constructor(host: Host) {
    this.host = host;
  }

  close(): void {
    this.kernel?.close();
  }

  /** Undefined where nothing is in the kernel, or the part cannot be loaded. */
  inUse(): BridgeKernel | undefined {
    return this.kernel ?? (isPinned(this.host) ? this.load() : undefined);
  }

  /** Undefined where none is wanted, or there. `devices` are the indexes of all that there are. @throws KernelError */
  look(isWanted: boolean, devices: ReadonlySet<number>): BpfDump | undefined {
    const isThere = isPinned(this.host);
    if (!isWanted && !isThere) return undefined;
    const problem = this.kernel === undefined ? bridgeProblem() : undefined;
    if (problem !== undefined) return { available: problem, loaded: undefined, isInPart: isThere, links: [] };
    return this.load()?.look(devices);
  }

  /** Carries it out, and gives what was refused. */
  carryOut(operation: BpfOperation, ifindexOf: (device: string) => number): Refusal | undefined {
    const kernel = this.load();
    if (kernel !== undefined) return kernel.carryOut(operation, ifindexOf);
    // What else there is to do is only seen with the part.
    if (operation.what !== 'unload') return refusalNamed(this.host, 'ENOEXEC');
    try {
      removeAllPins(this.host);
      return undefined;
    } catch (error) {
      if (error instanceof KernelError) return { ...error.refusal, extack: error.path };
      throw error;
    }
  }

  private load(): BridgeKernel | undefined {
    if (this.kernel === undefined && canUseBridge()) this.kernel = new (bridge().BridgeKernel)(this.host);
    return this.kernel;
  }
}
