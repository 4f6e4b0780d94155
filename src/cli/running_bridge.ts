/** What the commands about hosts and classes have in common: the bridge that is in the kernel. */
import type { BridgeControl } from '../agent/bridge_control.ts';
import type { Kernel } from '../agent/kernel.ts';
import { isPinned } from '../bpf/pins.ts';
import { bridge, canUseBridge } from '../parts/bridge.ts';
import type { CommandContext } from './command.ts';
import { printError } from './output.ts';

/** Undefined, which is said, where no bridge is loaded. @throws KernelError */
export function runningBridge({ host, output }: CommandContext, kernel: Kernel): BridgeControl | undefined {
  const control = isPinned(host) && canUseBridge() ? new (bridge().BridgeControl)(host, kernel) : undefined;
  if (control?.isLoaded() === true) return control;
  printError(output, 'error: no bridge is loaded; see weir status\n');
  return undefined;
}
