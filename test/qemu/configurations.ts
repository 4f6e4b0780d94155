/** Two configurations that tune the cards, and all that differs while each is in force, by the names of `valuesOf` in state.ts. */

/** Fewer channels; values that drivers take, that they make others of, and that they have not. */
export const FIRST = `
config shaper 'wan'
	option device 'e1000e'
	option upload '20mbit'
	option download '50mbit'

config tuning 'one_queue'
	list device 'e1000e'
	option ring_rx '1024'
	option ring_tx '512'
	option rx_usecs '20'
	option tx_usecs '20'
	option channels_combined '2'
	option bql_limit_max '3028'
	option bql_limit_min '1514'
	option bql_hold_time '100ms'
	option txqueuelen '100'
	option packet_steering 'auto'
	option irq_affinity '2'
	option threaded_napi '1'
	option gro_flush_timeout '20us'
	option napi_defer_hard_irqs '2'
	option disable_rxvlan '1'
	list disable_offload 'gro'
	list disable_offload 'lro'

config tuning 'several_queues'
	list device 'igb'
	option ring_rx '8192'
	option ring_tx '100'
	option rx_usecs '30'
	option tx_usecs '40'
	option channels_combined '1'
	option bql_limit_max '6056'
	option packet_steering 'off'
	option irq_affinity 'auto'
	option threaded_napi '1'

config tuning 'virtual'
	list device 'virtio'
	list device 'gone0'
	option ring_rx '512'
	option rx_usecs '20'
	option channels_combined '4'
	option packet_steering '2'
	option irq_affinity 'auto'
	option netdev_budget_packets '600'
`;

/** All that differs while the first configuration is in force. */
export const FIRST_CHANGES = {
  netdev_budget: '300 -> 600',
  'e1000e rings rx': '256 -> 1024',
  'e1000e rings tx': '256 -> 512',
  'e1000e coalescing rx-usecs': '3 -> 20',
  'e1000e/queues/tx-0/byte_queue_limits/limit_max': '1879048192 -> 3028',
  'e1000e/queues/tx-0/byte_queue_limits/limit_min': '0 -> 1514',
  'e1000e/queues/tx-0/byte_queue_limits/hold_time': '1000 -> 100',
  'e1000e/tx_queue_len': '1000 -> 100',
  'e1000e/queues/rx-0/rps_cpus': '0 -> 3',
  'e1000e/threaded': '0 -> 1',
  'e1000e/gro_flush_timeout': '0 -> 20000',
  'e1000e/napi_defer_hard_irqs': '0 -> 2',
  'e1000e features generic-receive-offload': 'on -> off',
  'e1000e features rx-vlan-offload': 'on -> off',
  // The driver does not send tags by itself that it does not take off (e1000_fix_features).
  'e1000e features tx-vlan-offload': 'on -> off [requested on]',
  'irq/e1000e': '3 -> 2',
  'irq/e1000e-rx-0': '3 -> 2',
  'irq/e1000e-tx-0': '3 -> 2',
  'e1000e qdisc root': 'fq_codel -> cake',
  'e1000e qdisc ffff:fff1': '- -> clsact',
  'ifb-e1000e qdisc root': '- -> cake',
  'igb channels combined': '2 -> 1',
  'igb spreading rss-indirection-table': '64 x 0, 64 x 1 -> 128 x 0',
  'igb rings rx': '256 -> 4096',
  'igb rings tx': '256 -> 104',
  'igb coalescing rx-usecs': '3 -> 30',
  'igb coalescing tx-usecs': '3 -> 40',
  'igb/queues/tx-0/byte_queue_limits/limit_max': '1879048192 -> 6056',
  'igb/threaded': '0 -> 1',
  'irq/igb': '3 -> 1',
  'irq/igb-rx-0': '3 -> 2',
  'irq/igb-tx-0': '3 -> 1',
  // Gone with the second channel.
  'igb qdisc :2': 'fq_codel -> -',
  'igb/queues/rx-1/rps_cpus': '0 -> -',
  'igb/queues/rx-1/rps_flow_cnt': '0 -> -',
  'igb/queues/tx-1/xps_cpus': '0 -> -',
  'igb/queues/tx-1/byte_queue_limits/limit_max': '1879048192 -> -',
  'igb/queues/tx-1/byte_queue_limits/limit_min': '0 -> -',
  'igb/queues/tx-1/byte_queue_limits/hold_time': '1000 -> -',
  'irq/igb-rx-1': '3 -> -',
  'irq/igb-tx-1': '3 -> -',
  'virtio rings rx': '1024 -> 512',
  'irq/virtio0-config': '3 -> 1',
  'irq/virtio0-input.0': '3 -> 2',
  'irq/virtio0-output.0': '3 -> 1',
  'virtio/queues/rx-0/rps_cpus': '0 -> 2',
};

/** More channels than CPUs, and all that depends on them. */
export const SECOND = `
config shaper 'wan'
	option device 'igb'
	option upload '20mbit'

config tuning 'one_queue'
	list device 'e1000e'
	option ring_rx '20'
	option ring_tx '4096'
	option rx_usecs '7000'
	option bql_limit_max 'auto'
	option packet_steering '2'
	option irq_affinity '1'
	option threaded_napi '0'
	option netdev_budget_usecs '16000'
	option netdev_budget_packets '500'

config tuning 'several_queues'
	list device 'igb'
	option channels_combined '8'
	option rx_usecs '30'
	option tx_usecs '40'
	option bql_limit_max 'auto'
	option packet_steering 'auto'
	option irq_affinity 'auto'
`;

/** Of each of the eight queues that the igb has while the second configuration is in force; two of them it had before. */
const queueChanges = Array.from({ length: 8 }, (_, queue): Record<string, string> => {
  const [was, mask] = [queue < 2 ? (before: string) => before : () => '-', queue % 2 === 0 ? '1' : '2'];
  const tx = `igb/queues/tx-${queue}`;
  const all: Record<string, string> = {
    // At 20 Mbit/s 2500 bytes take a millisecond.
    [`${tx}/byte_queue_limits/limit_max`]: `${was('1879048192')} -> 2500`,
    [`${tx}/xps_cpus`]: `${was('0')} -> ${mask}`,
    // The interrupt of the card itself is the first, which has CPU 0.
    [`irq/igb-TxRx-${queue}`]: `- -> ${queue % 2 === 0 ? '2' : '1'}`,
  };
  if (queue >= 2) {
    all[`${tx}/byte_queue_limits/limit_min`] = '- -> 0';
    all[`${tx}/byte_queue_limits/hold_time`] = '- -> 1000';
    all[`igb/queues/rx-${queue}/rps_cpus`] = '- -> 0';
    all[`igb/queues/rx-${queue}/rps_flow_cnt`] = '- -> 0';
  }
  return all;
});

export const SECOND_CHANGES = Object.assign(
  {
    netdev_budget: '300 -> 500',
    netdev_budget_usecs: '8000 -> 16000',
    'e1000e rings rx': '256 -> 64',
    'e1000e rings tx': '256 -> 4096',
    'e1000e coalescing rx-usecs': '3 -> 7142',
    'e1000e/queues/rx-0/rps_cpus': '0 -> 2',
    'irq/e1000e': '3 -> 1',
    'irq/e1000e-rx-0': '3 -> 1',
    'irq/e1000e-tx-0': '3 -> 1',
    'igb qdisc root': 'mq -> cake',
    'igb qdisc :1': 'fq_codel -> -',
    'igb qdisc :2': 'fq_codel -> -',
    'igb channels combined': '2 -> 8',
    'igb spreading rss-indirection-table':
      '64 x 0, 64 x 1 -> 16 x 0, 16 x 1, 16 x 2, 16 x 3, 16 x 4, 16 x 5, 16 x 6, 16 x 7',
    'igb coalescing rx-usecs': '3 -> 30',
    // With that many channels one interrupt serves a pair of queues, and its delay is that of receiving (igb_set_coalesce).
    'igb coalescing tx-usecs': '3 -> 0',
    'irq/igb': '3 -> 1',
    'irq/igb-rx-0': '3 -> -',
    'irq/igb-rx-1': '3 -> -',
    'irq/igb-tx-0': '3 -> -',
    'irq/igb-tx-1': '3 -> -',
  },
  ...queueChanges,
);
