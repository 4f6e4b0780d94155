// Written by src/gen/bpf.ts from build/bpf/el/weir.bpf.o and bpf/include/shared.h. Do not edit.
// biome-ignore-all lint/suspicious/noDuplicateEnumValues: a struct may be as long as one of its fields begins late

/** What a map is created with; BPF_MAP_TYPE_* and BPF_F_*. */
export interface MapDefinition {
  readonly type: number;
  readonly keyBytes: number;
  readonly valueBytes: number;
  readonly maxEntries: number;
  readonly flags: number;
}

export const MAPS = {
  counters: { type: 5, keyBytes: 4, valueBytes: 64, maxEntries: 64, flags: 0 },
  cpus: { type: 16, keyBytes: 4, valueBytes: 4, maxEntries: 1, flags: 0 },
  hosts: { type: 9, keyBytes: 16, valueBytes: 656, maxEntries: 256, flags: 0 },
  new_host: { type: 2, keyBytes: 4, valueBytes: 656, maxEntries: 1, flags: 128 },
  ports: { type: 1, keyBytes: 4, valueBytes: 20, maxEntries: 64, flags: 0 },
  settings: { type: 2, keyBytes: 4, valueBytes: 32, maxEntries: 1, flags: 0 },
  stations: { type: 1, keyBytes: 8, valueBytes: 12, maxEntries: 256, flags: 1 },
  steering: { type: 11, keyBytes: 20, valueBytes: 12, maxEntries: 256, flags: 1 },
  targets: { type: 25, keyBytes: 4, valueBytes: 4, maxEntries: 64, flags: 0 },
  vlans: { type: 1, keyBytes: 8, valueBytes: 4, maxEntries: 1024, flags: 0 },
  while_alive: { type: 3, keyBytes: 4, valueBytes: 4, maxEntries: 1, flags: 0 },
} as const satisfies Readonly<Record<string, MapDefinition>>;

export enum weir_address {
  BYTES = 16,
  bytes = 0,
}

export enum weir_counters {
  BYTES = 64,
  forwarded_frames = 0,
  forwarded_bytes = 8,
  dropped_frames = 16,
  passed_frames = 40,
}

export enum weir_host {
  BYTES = 656,
  traffic = 0,
  last_seen_ns = 48,
  found = 56,
  generation = 68,
  is_steered = 72,
  rtt = 80,
}

export enum weir_port {
  BYTES = 20,
  redirect_to = 0,
  max_frame_bytes = 4,
  flags = 8,
  faces = 10,
  address = 12,
}

export enum weir_prefix {
  BYTES = 20,
  prefix_bits = 0,
  address = 4,
}

export enum weir_rtt {
  BYTES = 288,
  since_ns = 0,
  flow = 8,
  tsval = 12,
  state = 16,
  min_us = 20,
  samples = 24,
  total = 28,
  buckets = 32,
}

export enum weir_settings {
  BYTES = 32,
  unknown = 0,
  generation = 12,
  object_id = 16,
}

export enum weir_station {
  BYTES = 8,
  address = 0,
}

export enum weir_steering {
  BYTES = 12,
  class_download = 0,
  class_upload = 4,
  cpu = 8,
}

export enum weir_traffic {
  BYTES = 24,
  bytes = 0,
  packets = 8,
  drops = 16,
}

export enum weir_vlan {
  BYTES = 4,
  vlan_id = 0,
  faces = 2,
}

export enum weir_vlan_key {
  BYTES = 8,
  ifindex = 0,
  vlan_id = 4,
}

export enum weir_faces {
  UNKNOWN = 0,
  INTERNET = 1,
  LOCAL = 2,
}

export enum weir_port_flags {
  SCAN_VLANS = 1,
  CONTROL_FRAMES = 2,
}

export enum weir_drop {
  TOO_BIG = 0,
  NO_TARGET = 1,
  NO_TAG = 2,
  REASONS = 3,
}

export enum weir_pass {
  CONTROL = 0,
  OWN = 1,
  NO_VLAN = 2,
  REASONS = 3,
}

export enum weir_direction {
  DOWNLOAD = 0,
  UPLOAD = 1,
  DIRECTIONS = 2,
}

export enum weir_rtt_state {
  RESTING = 0,
  WATCHING = 1,
  UNDER_WAY = 2,
}

export enum weir_side {
  SIDE_INTERNET = 0,
  SIDE_LOCAL = 1,
  SIDES = 2,
}

export enum WEIR {
  NO_CPU = 4294967295,
  RTT_LINEAR_MS = 16,
  RTT_BUCKETS = 128,
  RTT_MOST_SAMPLES = 1024,
}
