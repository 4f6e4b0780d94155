/** Hosts as the bridge's programs would count them: entries of the map `hosts`. */
import assert from 'node:assert/strict';
import { WEIR, weir_host, weir_rtt, weir_steering, weir_traffic } from '../../src/bpf/layout_gen.ts';
import type { FakeHost } from '../../src/host/fake.ts';
import type { FakeMap } from '../../src/host/fake_bpf.ts';
import { parsePrefix } from '../../src/lib/address.ts';
import { toHex } from '../netlink/recording.ts';

export interface CountedHost {
  /** Bytes of download and upload; a packet for each 1000 of them. */
  readonly bytes?: readonly [download: number, upload: number];
  readonly lastSeenMs?: number;
  readonly classes?: readonly [download: number, upload: number];
  /** Round trips in whole ms, below 16, towards the internet and towards the host. */
  readonly rttMs?: readonly [internet: readonly number[], local: readonly number[]];
}

export function bridgeMap({ bpfKernel }: FakeHost, name: string): FakeMap {
  const found = bpfKernel.pinned(`/sys/fs/bpf/weir/maps/${name}`);
  return found?.kind === 'map' ? found : assert.fail(`no map ${name}`);
}

export function countHost(machine: FakeHost, address: string, host: CountedHost): void {
  const { bytes: key } = parsePrefix(address) ?? assert.fail(address);
  const value = new Uint8Array(weir_host.BYTES);
  const view = new DataView(value.buffer);
  const { littleEndian } = machine;
  const u64 = (at: number, number: number): void => view.setBigUint64(at, BigInt(number), littleEndian);
  const { bytes = [0, 0], lastSeenMs = 0, classes = [0, 0], rttMs = [[], []] } = host;
  bytes.forEach((count, direction) => {
    const at = weir_host.traffic + direction * weir_traffic.BYTES;
    u64(at + weir_traffic.bytes, count);
    u64(at + weir_traffic.packets, Math.floor(count / 1000));
  });
  u64(weir_host.last_seen_ns, lastSeenMs * 1_000_000);
  view.setUint32(weir_host.found + weir_steering.class_download, classes[0], littleEndian);
  view.setUint32(weir_host.found + weir_steering.class_upload, classes[1], littleEndian);
  view.setUint32(weir_host.found + weir_steering.cpu, WEIR.NO_CPU, littleEndian);
  rttMs.forEach((samples, side) => {
    const at = weir_host.rtt + side * weir_rtt.BYTES;
    if (samples.length > 0) view.setUint32(at + weir_rtt.min_us, 1000 * Math.min(...samples), littleEndian);
    view.setUint32(at + weir_rtt.total, samples.length, littleEndian);
    for (const ms of samples) {
      const bucket = at + weir_rtt.buckets + 2 * ms;
      view.setUint16(bucket, view.getUint16(bucket, littleEndian) + 1, littleEndian);
    }
  });
  bridgeMap(machine, 'hosts').entries.set(toHex(key), { key, value });
}

/** As the table of least recently used addresses does when it is full. */
export function hostGivesWay(machine: FakeHost, address: string): void {
  const { bytes: key } = parsePrefix(address) ?? assert.fail(address);
  bridgeMap(machine, 'hosts').entries.delete(toHex(key));
}
