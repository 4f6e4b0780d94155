/** The shell function `snapshot`: what tc, ip and ethtool say of a host, in a form in which two moments can be compared. */
import * as z from 'zod/mini';

const record = z.record(z.string(), z.json());
const named = z.looseObject({ ifname: z.string() });

/** As the shell prints it; see there for `filters`. */
export const snapshot = z.strictObject({
  name: z.string(),
  host: z.string(),
  links: z.array(z.intersection(named, record)),
  qdiscs: z.array(record),
  classes: z.string(),
  filters: z.array(z.array(record)),
  features: z.array(z.array(z.intersection(named, record))),
});

export type Snapshot = z.output<typeof snapshot>;
export type Json = z.output<ReturnType<typeof z.json>>;

const PARENTS = ['root', 'ingress', 'egress'] as const;

/** What moves by itself: counters and ages. Numbers of devices and actions stay in: they tell a re-made one. */
const VOLATILE = new Set(
  `
  bytes packets drops overlimits requeues backlog qlen stats stats64 memory_used capacity_estimate peak_delay_us
  avg_delay_us base_delay_us sent_packets sent_bytes way_indirect_hits way_misses way_collisions ecn_mark
  ack_drops sparse_flows bulk_flows unresponsive_flows max_pkt_len backlog_bytes threshold_rate min_network_size
  max_network_size min_adj_size max_adj_size avg_hdr_offset maxpacket drop_overlimit new_flow_count
  new_flows_len old_flows_len installed last_used first_used rule_hit success refcnt
`
    .trim()
    .split(/\s+/),
);

/**
 * A snapshot without its name and without everything that moves by itself, by device: two of them are equal if and only
 * if nothing was changed in between.
 */
export function stable(moment: Snapshot): Record<string, Json> {
  const byDevice: Record<string, Json> = {};
  moment.links.forEach((link, index) => {
    const filters = PARENTS.map((parent, row) => [parent, moment.filters[index * PARENTS.length + row] ?? []] as const);
    byDevice[link.ifname] = strip({
      link,
      qdiscs: moment.qdiscs.filter((qdisc) => qdisc.dev === link.ifname),
      filters: Object.fromEntries(filters),
      features: moment.features[index] ?? [],
    });
  });
  return { ...byDevice, classes: moment.classes.split('\n') };
}

function strip(value: Json): Json {
  if (Array.isArray(value)) return value.map(strip);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !VOLATILE.has(key))
      .map(([key, inner]) => [key, strip(inner)]),
  );
}
