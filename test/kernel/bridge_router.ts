/** A router whose eth1 and eth2 can be bridged, with the programs of the bridge installed. */
import type { Machine } from './machine.ts';
import { router } from './router.ts';
import { installBridge } from './set_up_bridge.ts';

/** Two ports, eth1 and eth2, and nothing that shapes. */
export const BRIDGE_CONFIG = `config bridge
	option use_xdp_bridge '1'

config interface_mapping
	option name 'eth1'
	option redirect_to 'eth2'
	option reciprocal '1'
`;

/** Sections to be added to it. */
export const HOSTS = `
config host 'tv'
	list ip '192.0.2.7'
	option class '10:2a'
	option upload_class '20:2a'

config host 'guests'
	list ip '192.0.2.128/25'
	option class '10:3'
`;
export const UPLOAD_SHAPER = "\nconfig shaper 'wan'\n\toption device 'eth2'\n\toption upload '20mbit'\n";

export function bridgeRouter(config = BRIDGE_CONFIG, littleEndian = true): Machine {
  const machine = router(config, littleEndian);
  machine.kernel.plugIn({ name: 'eth2', kind: 'veth' });
  installBridge(machine);
  return machine;
}
