/** Keys and values of the maps, as bpf/include/shared.h has them. Addresses are 16 bytes, an IPv4 address as ::ffff:a.b.c.d. */
import {
  weir_counters,
  weir_drop,
  weir_pass,
  weir_port,
  weir_prefix,
  weir_settings,
  weir_station,
  weir_steering,
  weir_vlan,
  weir_vlan_key,
} from './layout_gen.ts';
import type { Codec } from './table.ts';

export interface Port {
  /** Index of the device where frames leave. */
  readonly redirectTo: number;
  /** 0 for no limit. */
  readonly maxFrameBytes: number;
  /** weir_port_flags */
  readonly flags: number;
  /** weir_faces */
  readonly faces: number;
  /** 6 bytes. */
  readonly address: Uint8Array;
}

export interface VlanKey {
  readonly ifindex: number;
  readonly vlanId: number;
}

export interface Vlan {
  readonly vlanId: number;
  /** weir_faces */
  readonly faces: number;
}

export interface Prefix {
  /** 0 to 128; an IPv4 prefix has 96 more. */
  readonly bits: number;
  readonly address: Uint8Array;
}

export interface Steering {
  /** Handles major:minor as 32 bits; 0 leaves a frame's as it is. */
  readonly classDownload: number;
  readonly classUpload: number;
  /** WEIR.NO_CPU leaves it where it is. */
  readonly cpu: number;
}

export interface Settings {
  /** For addresses that are not in `steering`. */
  readonly unknown: Steering;
  /** Another number each time that `unknown` or `steering` has changed; 0 makes hosts remember nothing. */
  readonly generation: number;
  /** Of the object that is loaded, 32 hexadecimal digits; zeros while it is not, or not wholly. */
  readonly objectId: string;
}

export interface Counters {
  readonly forwardedFrames: number;
  readonly forwardedBytes: number;
  /** By weir_drop. */
  readonly droppedFrames: readonly number[];
  /** By weir_pass. */
  readonly passedFrames: readonly number[];
}

export const ADDRESS_BYTES = 16;
const MAC_BYTES = 6;
const U64_BYTES = 8;

function bytesAt(view: DataView, at: number, length: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + at, length);
}

/** Exact up to 2^53. */
export function u64At(view: DataView, at: number, littleEndian: boolean): number {
  const [first, second] = [view.getUint32(at, littleEndian), view.getUint32(at + 4, littleEndian)];
  return littleEndian ? second * 0x1_0000_0000 + first : first * 0x1_0000_0000 + second;
}

export const U32: Codec<number> = {
  bytes: 4,
  write: (view, at, value, le) => view.setUint32(at, value, le),
  read: (view, at, le) => view.getUint32(at, le),
};

export const ADDRESS: Codec<Uint8Array> = {
  bytes: ADDRESS_BYTES,
  write: (view, at, address) => bytesAt(view, at, ADDRESS_BYTES).set(address),
  read: (view, at) => bytesAt(view, at, ADDRESS_BYTES).slice(),
};

export const PORT: Codec<Port> = {
  bytes: weir_port.BYTES,
  write(view, at, { redirectTo, maxFrameBytes, flags, faces, address }, le) {
    view.setUint32(at + weir_port.redirect_to, redirectTo, le);
    view.setUint32(at + weir_port.max_frame_bytes, maxFrameBytes, le);
    view.setUint16(at + weir_port.flags, flags, le);
    view.setUint8(at + weir_port.faces, faces);
    bytesAt(view, at + weir_port.address, MAC_BYTES).set(address);
  },
  read: (view, at, le) => ({
    redirectTo: view.getUint32(at + weir_port.redirect_to, le),
    maxFrameBytes: view.getUint32(at + weir_port.max_frame_bytes, le),
    flags: view.getUint16(at + weir_port.flags, le),
    faces: view.getUint8(at + weir_port.faces),
    address: bytesAt(view, at + weir_port.address, MAC_BYTES).slice(),
  }),
};

export const VLAN_KEY: Codec<VlanKey> = {
  bytes: weir_vlan_key.BYTES,
  write(view, at, { ifindex, vlanId }, le) {
    view.setUint32(at + weir_vlan_key.ifindex, ifindex, le);
    view.setUint16(at + weir_vlan_key.vlan_id, vlanId, le);
  },
  read: (view, at, le) => ({
    ifindex: view.getUint32(at + weir_vlan_key.ifindex, le),
    vlanId: view.getUint16(at + weir_vlan_key.vlan_id, le),
  }),
};

export const VLAN: Codec<Vlan> = {
  bytes: weir_vlan.BYTES,
  write(view, at, { vlanId, faces }, le) {
    view.setUint16(at + weir_vlan.vlan_id, vlanId, le);
    view.setUint8(at + weir_vlan.faces, faces);
  },
  read: (view, at, le) => ({
    vlanId: view.getUint16(at + weir_vlan.vlan_id, le),
    faces: view.getUint8(at + weir_vlan.faces),
  }),
};

export const PREFIX: Codec<Prefix> = {
  bytes: weir_prefix.BYTES,
  write(view, at, { bits, address }, le) {
    view.setUint32(at + weir_prefix.prefix_bits, bits, le);
    ADDRESS.write(view, at + weir_prefix.address, address, le);
  },
  read: (view, at, le) => ({
    bits: view.getUint32(at + weir_prefix.prefix_bits, le),
    address: ADDRESS.read(view, at + weir_prefix.address, le),
  }),
};

/** A hardware address. */
export const STATION: Codec<Uint8Array> = {
  bytes: weir_station.BYTES,
  write: (view, at, address) => bytesAt(view, at + weir_station.address, MAC_BYTES).set(address),
  read: (view, at) => bytesAt(view, at + weir_station.address, MAC_BYTES).slice(),
};

export const STEERING: Codec<Steering> = {
  bytes: weir_steering.BYTES,
  write(view, at, { classDownload, classUpload, cpu }, le) {
    view.setUint32(at + weir_steering.class_download, classDownload, le);
    view.setUint32(at + weir_steering.class_upload, classUpload, le);
    view.setUint32(at + weir_steering.cpu, cpu, le);
  },
  read: (view, at, le) => ({
    classDownload: view.getUint32(at + weir_steering.class_download, le),
    classUpload: view.getUint32(at + weir_steering.class_upload, le),
    cpu: view.getUint32(at + weir_steering.cpu, le),
  }),
};

export const SETTINGS: Codec<Settings> = {
  bytes: weir_settings.BYTES,
  write(view, at, { unknown, generation, objectId }, le) {
    STEERING.write(view, at + weir_settings.unknown, unknown, le);
    view.setUint32(at + weir_settings.generation, generation, le);
    for (let i = 0; i < ADDRESS_BYTES; i++)
      view.setUint8(at + weir_settings.object_id + i, Number.parseInt(objectId.slice(2 * i, 2 * i + 2), 16));
  },
  read: (view, at, le) => ({
    unknown: STEERING.read(view, at + weir_settings.unknown, le),
    generation: view.getUint32(at + weir_settings.generation, le),
    objectId: Array.from(bytesAt(view, at + weir_settings.object_id, ADDRESS_BYTES), (byte) =>
      byte.toString(16).padStart(2, '0'),
    ).join(''),
  }),
};

/** Of a map that has a value for each CPU: they are read as their sum. */
export function countersOf(cpus: number): Codec<Counters> {
  return {
    // Each CPU's begins at a multiple of 8 (kernel/bpf/hashtab.c: bpf_percpu_hash_copy), as long as the struct is one.
    bytes: weir_counters.BYTES * cpus,
    write() {
      throw new Error('only the programs count');
    },
    read(view, at, le) {
      const sum = (field: number): number => {
        let total = 0;
        for (let cpu = 0; cpu < cpus; cpu++) total += u64At(view, at + cpu * weir_counters.BYTES + field, le);
        return total;
      };
      const sums = (field: number, length: number): number[] =>
        Array.from({ length }, (_, i) => sum(field + i * U64_BYTES));
      return {
        forwardedFrames: sum(weir_counters.forwarded_frames),
        forwardedBytes: sum(weir_counters.forwarded_bytes),
        droppedFrames: sums(weir_counters.dropped_frames, weir_drop.REASONS),
        passedFrames: sums(weir_counters.passed_frames, weir_pass.REASONS),
      };
    },
  };
}
