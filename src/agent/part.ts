/** The part `bridge`: what the rest of the program may ask of it, by the door in src/parts/bridge.ts. */
export { desiredBridge } from '../model/bridge_desired.ts';
export { BridgeControl } from './bridge_control.ts';
export { BridgeKernel } from './bridge_kernel.ts';
