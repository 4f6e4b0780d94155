/** A router with a tuning that ends in most of the states, for the tests and pictures of its page. */
import { Rig } from './rig.ts';

export const PATH = 'network/weir/tuning';

/** `wan0` has one queue and `wan1` four each way; no veth has rings; `wan9` is not there; `lan0` has had 1000 from the beginning. */
export const TUNED = `config shaper 'wan'
	option device 'wan0'
	option upload '4750'

config tuning 'fast'
	list device 'wan0'
	list device 'wan1'
	option netdev_budget_packets '1'
	option bql_limit_max 'auto'
	option txqueuelen '128'
	option ring_tx '128'
	option channels_rx '9'
	option gro_flush_timeout '20us'
	list disable_offload 'tso'

config tuning 'others'
	list device 'lan0'
	list device 'wan9'
	option txqueuelen '1000'
	option irq_affinity '1'
`;

export async function tuningRig(): Promise<Rig> {
  const rig = await Rig.start();
  await rig.lab.read('host far; link router wan1 far eth1 4; settle router far');
  await rig.lab.configure(TUNED);
  return rig;
}
