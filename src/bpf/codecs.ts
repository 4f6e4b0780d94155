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

const U64_BYTES = 8;

/** Exact up to 2^53. */
export function u64At(view: DataView, at: number, littleEndian: boolean): number {
  const [first, second] = [view.getUint32(at, littleEndian), view.getUint32(at + 4, littleEndian)];
  return littleEndian ? second * 0x1_0000_0000 + first : first * 0x1_0000_0000 + second;
}

const U8: Codec<number> = {
  bytes: 1,
  write: (view, at, value) => view.setUint8(at, value),
  read: (view, at) => view.getUint8(at),
};
const U16: Codec<number> = {
  bytes: 2,
  write: (view, at, value, le) => view.setUint16(at, value, le),
  read: (view, at, le) => view.getUint16(at, le),
};
export const U32: Codec<number> = {
  bytes: 4,
  write: (view, at, value, le) => view.setUint32(at, value, le),
  read: (view, at, le) => view.getUint32(at, le),
};

/** So many bytes as they are, copied. */
export function bytesOf(length: number): Codec<Uint8Array> {
  const bytesAt = (view: DataView, at: number): Uint8Array => new Uint8Array(view.buffer, view.byteOffset + at, length);
  return {
    bytes: length,
    write: (view, at, value) => bytesAt(view, at).set(value),
    read: (view, at) => bytesAt(view, at).slice(),
  };
}
export const ADDRESS = bytesOf(16);

/** 16 bytes as hexadecimal digits. */
const HEX: Codec<string> = {
  bytes: 16,
  write(view, at, text) {
    for (let i = 0; i < 16; i++) view.setUint8(at + i, Number.parseInt(text.slice(2 * i, 2 * i + 2), 16));
  },
  read: (view, at, le) => Array.from(ADDRESS.read(view, at, le), (byte) => byte.toString(16).padStart(2, '0')).join(''),
};

/** A struct: where each field lies, and how. */
function struct<T extends object>(
  bytes: number,
  fields: { readonly [Name in keyof T]: readonly [at: number, codec: Codec<T[Name]>] },
): Codec<T> {
  const names = Object.keys(fields) as (keyof T)[];
  return {
    bytes,
    write(view, start, value, le) {
      for (const name of names) {
        const [at, codec] = fields[name];
        codec.write(view, start + at, value[name], le);
      }
    },
    read(view, start, le) {
      const value: Partial<T> = {};
      for (const name of names) {
        const [at, codec] = fields[name];
        value[name] = codec.read(view, start + at, le);
      }
      return value as T;
    },
  };
}

/** A hardware address. */
export const STATION: Codec<Uint8Array> = { ...bytesOf(6), bytes: weir_station.BYTES };

export const PORT = struct<Port>(weir_port.BYTES, {
  redirectTo: [weir_port.redirect_to, U32],
  maxFrameBytes: [weir_port.max_frame_bytes, U32],
  flags: [weir_port.flags, U16],
  faces: [weir_port.faces, U8],
  address: [weir_port.address, bytesOf(6)],
});

export const VLAN_KEY = struct<VlanKey>(weir_vlan_key.BYTES, {
  ifindex: [weir_vlan_key.ifindex, U32],
  vlanId: [weir_vlan_key.vlan_id, U16],
});

export const VLAN = struct<Vlan>(weir_vlan.BYTES, {
  vlanId: [weir_vlan.vlan_id, U16],
  faces: [weir_vlan.faces, U8],
});

export const PREFIX = struct<Prefix>(weir_prefix.BYTES, {
  bits: [weir_prefix.prefix_bits, U32],
  address: [weir_prefix.address, ADDRESS],
});

export const STEERING = struct<Steering>(weir_steering.BYTES, {
  classDownload: [weir_steering.class_download, U32],
  classUpload: [weir_steering.class_upload, U32],
  cpu: [weir_steering.cpu, U32],
});

export const SETTINGS = struct<Settings>(weir_settings.BYTES, {
  unknown: [weir_settings.unknown, STEERING],
  generation: [weir_settings.generation, U32],
  objectId: [weir_settings.object_id, HEX],
});

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
