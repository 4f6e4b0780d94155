/** A router with a tree that tc has made on `wan0`, for the tests and pictures of the page Trees. */
import { Rig } from './rig.ts';

export const PATH = 'network/weir/trees';

/** Three levels, leaves of several kinds, marks, a policed filter, and a default class that is not there. */
export const TREE = `
tc qdisc add dev wan0 root handle 1: htb default 99
tc class add dev wan0 parent 1: classid 1:1 htb rate 5mbit ceil 5mbit
tc class add dev wan0 parent 1:1 classid 1:10 htb rate 1mbit ceil 5mbit prio 0
tc class add dev wan0 parent 1:1 classid 1:20 htb rate 3mbit ceil 5mbit prio 1
tc class add dev wan0 parent 1:20 classid 1:21 htb rate 2mbit ceil 5mbit
tc class add dev wan0 parent 1:20 classid 1:22 htb rate 1mbit ceil 2mbit
tc qdisc add dev wan0 parent 1:10 handle 10: fq_codel
tc qdisc add dev wan0 parent 1:21 handle 21: sfq perturb 10
tc qdisc add dev wan0 parent 1:22 handle 22: cake bandwidth 1mbit besteffort
tc filter add dev wan0 parent 1: protocol all prio 1 handle 0x10/0xff fw classid 1:10
tc filter add dev wan0 parent 1: protocol ip prio 5 matchall action police rate 100mbit burst 100k conform-exceed pipe
`;

export async function treeRig(): Promise<Rig> {
  const rig = await Rig.start();
  await rig.lab.configure('');
  await rig.lab.read(
    TREE.trim()
      .split('\n')
      .map((line) => `on router ${line}`)
      .join(' && '),
  );
  return rig;
}

/** The like as sections. */
export const TREE_CONFIG = `config qdisc 'wan_root'
	option device 'wan0'
	option kind 'htb'
	option default 'rest'

config class 'all'
	option parent 'wan_root'
	option rate '5mbit'

config class 'voice'
	option parent 'all'
	option rate '1mbit'
	option ceil '100%'
	option prio '0'
	option mark '0x10/0xff'
	option leaf 'fq_codel'

config class 'rest'
	option parent 'all'
	option rate '60%'
	option ceil '100%'
	option prio '1'
	option leaf 'fq_codel'
	option leaf_flows '512'

config class 'guests'
	option parent 'all'
	option rate '20%'
	option ceil '2mbit'
	option prio '2'
	option leaf 'sfq'

config filter 'dns'
	option parent 'wan_root'
	option kind 'u32'
	option protocol 'ip'
	option dport '53'
	option class 'voice'
	list action 'dns_limit'

config action 'dns_limit'
	option kind 'police'
	option rate '1mbit'
	option burst '20kb'
	option exceed 'pipe'
`;

/** QoS by the names of Open vSwitch: shares of the link on one port, and policers on another. */
export const QOS_CONFIG = `config qos 'wan_qos'
	list device 'wan0'
	option type 'linux-htb'
	option max_rate '4500000'

config queue 'calls'
	option qos 'wan_qos'
	option id '1'
	option min_rate '500000'
	option priority '0'
	option dscp '46'
	option mark '0x1/0xff'

config queue 'backup'
	option qos 'wan_qos'
	option id '2'
	option min_rate '1000000'
	option max_rate '2000000'
	option priority '7'
	list external_id 'owner=the backup server'

config qos 'customers'
	list device 'lan0'
	option type 'trtcm-policer'
	option cir '1000000'
	option cbs '30000'
	option eir '500000'
	option ebs '30000'

config queue 'customer_1'
	option qos 'customers'
	option id '1'
	option mark '0x1'
	option cir '500000'
	option cbs '15000'
	option eir '250000'
	option ebs '15000'
`;
