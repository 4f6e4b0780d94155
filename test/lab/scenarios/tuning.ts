/**
 * Everything that `config tuning` can set, on devices of every sort: what can be set is, as sysfs, procfs and ethtool read it, the rest
 * is told with its reason, and after stop all is as before.
 */
import { test } from 'node:test';
import { boot } from '../boot.ts';
import { command } from '../results.ts';

test('smoke', async (t) => {
  const run = await boot({
    script: `
host router far
link router wan0 far eth0 4
link router lan0 far eth1
ip -n router link add d0 type dummy
ip -n router link add br0 type bridge
ip -n router link add link wan0 name wan0.7 type vlan id 7
settle router far
weir_config <<END
config shaper wan
option device wan0
option upload 20mbit
config tuning
list device wan0
list device lan0
list device d0
list device br0
list device wan0.7
option stop_irq_balance 1
option netdev_budget_usecs 20
option netdev_budget_packets 1
option rx_usecs 0
option tx_usecs 0
option disable_rxvlan 1
option disable_txvlan 1
list disable_offload gso
list disable_offload tso
list disable_offload lro
list disable_offload sg
list disable_offload gro
list disable_offload nonsense
option ring_rx 512
option bql_limit_max auto
option txqueuelen 77
option packet_steering auto
option channels_rx 2
option channels_tx 2
option threaded_napi 1
option gro_flush_timeout 20us
option napi_defer_hard_irqs 2
option irq_affinity auto
END
weir check
weir plan || true
weir -vv start
weir status
weir plan || true
on router cat /run/weir/saved.json /var/run/weir/saved.json
on router sh -c 'grep . /sys/class/net/*/tx_queue_len /sys/class/net/*/threaded /sys/class/net/*/queues/*/byte_queue_limits/limit_max'
weir stop
on router sh -c 'grep . /sys/class/net/*/tx_queue_len /sys/class/net/*/threaded /sys/class/net/*/queues/*/byte_queue_limits/limit_max'
weir plan || true
`,
  });
  for (const one of run.values('weir', command)) {
    t.diagnostic(`${one.args.join(' ')}: ${one.exit}\n${one.stdout}\n${one.stderr}`);
  }
  t.diagnostic(run.log);
});
