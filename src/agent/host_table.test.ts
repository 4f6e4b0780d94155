import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CountedHost, countHost, hostGivesWay } from '../../test/kernel/bridge_hosts.ts';
import { bridgeRouter } from '../../test/kernel/bridge_router.ts';
import type { Machine } from '../../test/kernel/machine.ts';
import { run } from '../../test/kernel/router.ts';
import type { BpfMaps } from '../bpf/maps.ts';
import { HOST_ORDERS, type HostOrder } from './host_order.ts';
import { type HostsReport, HostTable } from './host_table.ts';
import { Kernel } from './kernel.ts';

function bridged(): { machine: Machine; maps: BpfMaps } {
  const machine = bridgeRouter();
  assert.equal(run(machine, 'start').exit, 0);
  return { machine, maps: new Kernel(machine).bridgeMaps() ?? assert.fail() };
}

const nameless = (): undefined => undefined;

function read(table: HostTable, maps: BpfMaps, nowMs: number, order: HostOrder = 'address', limit = 100): HostsReport {
  return table.read(maps, nowMs, order, limit, nameless);
}

/** `address download upload` in bit/s. */
const rates = ({ hosts }: HostsReport): string[] =>
  hosts.map(({ address, download, upload }) => `${address} ${download.rateBitPerS} ${upload.rateBitPerS}`);

const TV = '192.0.2.7';
const PHONE = '2001:db8::7';

test('rates are between two readings, of which the second is at least half a second later', () => {
  const { machine, maps } = bridged();
  const table = new HostTable();
  countHost(machine, TV, { bytes: [1000, 500] });
  assert.deepEqual(rates(read(table, maps, 10_000)), [`${TV} null null`]);
  countHost(machine, TV, { bytes: [126_000, 500] });
  assert.deepEqual(rates(read(table, maps, 10_499)), [`${TV} null null`], 'too early');
  assert.deepEqual(rates(read(table, maps, 11_000)), [`${TV} 1000000 0`]);
  countHost(machine, TV, { bytes: [126_000, 125_500] });
  assert.deepEqual(
    rates(read(table, maps, 11_400)),
    [`${TV} 1000000 0`],
    'who asks again gets those of the last reading',
  );
  assert.deepEqual(rates(read(table, maps, 13_000)), [`${TV} 0 500000`]);
});

test('an old reading is no beginning of a rate', () => {
  const { machine, maps } = bridged();
  const table = new HostTable();
  countHost(machine, TV, { bytes: [1000, 0] });
  read(table, maps, 0);
  countHost(machine, TV, { bytes: [10_000, 0] });
  assert.deepEqual(rates(read(table, maps, 30_001)), [`${TV} null null`]);
  countHost(machine, TV, { bytes: [11_000, 0] });
  assert.deepEqual(rates(read(table, maps, 31_001)), [`${TV} 8000 0`]);
});

test('a host that gave way and came back begins anew, and its rate is never negative', () => {
  const { machine, maps } = bridged();
  const table = new HostTable();
  countHost(machine, TV, { bytes: [9_000_000, 1000] });
  countHost(machine, PHONE, { bytes: [1, 1] });
  read(table, maps, 0);
  hostGivesWay(machine, TV);
  assert.deepEqual(rates(read(table, maps, 1000)), [`${PHONE} 0 0`]);
  countHost(machine, TV, { bytes: [1000, 0] });
  assert.deepEqual(rates(read(table, maps, 2000)), [`${TV} 8000 0`, `${PHONE} 0 0`]);
  countHost(machine, TV, { bytes: [500, 0] });
  assert.deepEqual(rates(read(table, maps, 3000))[0], `${TV} 4000 0`, 'it gave way between two readings');
});

const HOSTS: Readonly<Record<string, CountedHost>> = {
  '192.0.2.1': { bytes: [3000, 0], rttMs: [[5, 5, 5], []] },
  '192.0.2.2': { bytes: [1000, 9000] },
  '192.0.2.10': { bytes: [2000, 1000], rttMs: [[9], [1]] },
  [PHONE]: { bytes: [0, 4000] },
};

test('the first by each order, and no more than were asked for', () => {
  const { machine, maps } = bridged();
  for (const [address, host] of Object.entries(HOSTS)) countHost(machine, address, host);
  const orders: Readonly<Record<HostOrder, readonly string[]>> = {
    download: ['192.0.2.1', '192.0.2.10', '192.0.2.2', PHONE],
    upload: ['192.0.2.2', PHONE, '192.0.2.10', '192.0.2.1'],
    bytes: ['192.0.2.2', PHONE, '192.0.2.1', '192.0.2.10'],
    rtt: ['192.0.2.10', '192.0.2.1', '192.0.2.2', PHONE],
    address: ['192.0.2.1', '192.0.2.2', '192.0.2.10', PHONE],
  };
  for (const order of HOST_ORDERS) {
    const expected = orders[order];
    for (const limit of [1, 3, 4, 100]) {
      const { total, hosts } = read(new HostTable(), maps, 0, order, limit);
      assert.equal(total, 4);
      const addresses = hosts.map(({ address }) => address);
      assert.deepEqual(addresses.slice(0, 2), expected.slice(0, Math.min(limit, 2)), `${order} ${limit}`);
      assert.equal(addresses.length, Math.min(limit, 4));
      assert.deepEqual(new Set(addresses).size, addresses.length);
    }
  }
});

test('by rate, once there are rates: who has sent much long ago is not the first', () => {
  const { machine, maps } = bridged();
  const table = new HostTable();
  countHost(machine, TV, { bytes: [1_000_000, 0] });
  countHost(machine, PHONE, { bytes: [10, 0] });
  assert.equal(read(table, maps, 0, 'download').hosts[0]?.address, TV);
  countHost(machine, PHONE, { bytes: [1010, 0] });
  assert.equal(read(table, maps, 1000, 'download').hosts[0]?.address, PHONE);
  assert.equal(read(table, maps, 1000, 'bytes').hosts[0]?.address, TV);
});

test('a host is told with its name, classes, when it was seen and round trips', () => {
  const { machine, maps } = bridged();
  countHost(machine, TV, {
    bytes: [3000, 1000],
    lastSeenMs: 9000,
    classes: [0x10_002a, 0],
    rttMs: [[4, 4, 6], []],
  });
  const nameOf = (address: Uint8Array): string | undefined => (address[15] === 7 ? 'tv' : undefined);
  const [host] = new HostTable().read(maps, 10_500, 'address', 10, nameOf).hosts;
  assert.deepEqual(host, {
    address: TV,
    name: 'tv',
    class: '10:2a',
    uploadClass: null,
    download: { bytes: 3000, packets: 3, drops: 0, rateBitPerS: null },
    upload: { bytes: 1000, packets: 1, drops: 0, rateBitPerS: null },
    seenAgoMs: 1500,
    rtt: { internet: { minUs: 4000, p50Us: 4750, p90Us: 6700, total: 3 }, local: null },
  });
  // The kernel's clock may be a little ahead of what was read of it.
  countHost(machine, TV, { lastSeenMs: 10_600 });
  assert.equal(new HostTable().read(maps, 10_500, 'address', 10, nameOf).hosts[0]?.seenAgoMs, 0);
});
