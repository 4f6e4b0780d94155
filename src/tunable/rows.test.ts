import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TUNABLES, TUNES, textOfOption } from './registry.ts';
import { tuningRows } from './rows.ts';
import { canonicalValue, type Facts } from './tunable.ts';

const FACTS: Facts = { cpus: 4, index: 1, count: 2, mtu: 1500, uploadBitPerS: 20e6 };
const ROWS = Object.entries(tuningRows);

/** What the row's text asks of its tunables, by their names. */
function asked(option: string, text: string): Record<string, string | undefined> {
  const tunes = TUNES.get(option) ?? assert.fail(option);
  return Object.fromEntries(
    tunes.map(({ tunable, wish }) => {
      const found = wish(text, FACTS);
      return [tunable.name, found === undefined ? undefined : 'value' in found ? found.value : found.cannot];
    }),
  );
}

test('the example of each row asks for a value in the one form of its tunable', () => {
  for (const [option, row] of ROWS) {
    assert.notEqual(row.field.parse(row.example), undefined, option);
    if (!('tunes' in row)) continue;
    for (const { tunable, wish } of row.tunes) {
      const found = wish(row.example, FACTS);
      assert.ok(found !== undefined && 'value' in found, option);
      assert.equal(canonicalValue(tunable.format, found.value), found.value, option);
    }
  }
});

test('units of people become those of the kernel', () => {
  assert.deepEqual(asked('bql_hold_time', '2s'), { bql_hold_time: '2000' });
  assert.deepEqual(asked('gro_flush_timeout', '20us'), { gro_flush_timeout: '20000' });
  assert.deepEqual(asked('bql_limit_min', '2kb'), { bql_limit_min: '2048' });
  assert.deepEqual(asked('netdev_budget_packets', '600'), { netdev_budget: '600' });
  assert.deepEqual(asked('packet_steering', 'auto'), { rps_cpus: 'f', xps_cpus: 'a' });
});

test('a service is asked to stop, and never to start', () => {
  assert.deepEqual(asked('stop_irq_balance', '1'), { irqbalance: '0' });
  assert.deepEqual(asked('stop_irq_balance', '0'), { irqbalance: undefined });
});

test('what is no value of the field asks for nothing', () => {
  for (const [option, row] of ROWS) {
    if (!('tunes' in row)) continue;
    for (const { wish } of row.tunes) assert.equal(wish('no such value', FACTS), undefined, option);
  }
});

test('the names of LibreQoS are there, and none is a tunable twice', () => {
  const names = ROWS.map(([option]) => option);
  for (const name of [
    'stop_irq_balance',
    'netdev_budget_usecs',
    'netdev_budget_packets',
    'rx_usecs',
    'tx_usecs',
    'disable_rxvlan',
    'disable_txvlan',
    'disable_offload',
  ]) {
    assert.ok(names.includes(name), name);
  }
  const tunables = [...TUNES.values()].flatMap((tunes) => tunes.map(({ tunable }) => tunable.name));
  assert.deepEqual(tunables.sort(), [...TUNABLES.keys()].sort());
});

test('channels are set before rings, and both before the rest, which they may undo', () => {
  const order = (name: string): number => TUNABLES.get(name)?.order ?? assert.fail(name);
  const others = [...TUNABLES.keys()].filter((name) => !/^(channels|ring)_/.test(name));
  for (const ring of ['ring_rx', 'ring_tx']) {
    for (const channels of ['channels_rx', 'channels_tx', 'channels_combined'])
      assert.ok(order(channels) < order(ring));
    for (const other of others) assert.ok(order(ring) < order(other), other);
  }
});

test('files are where the kernel has them', () => {
  const path = (name: string, part = ''): string => {
    const { access } = TUNABLES.get(name) ?? assert.fail(name);
    return access.via === 'file' ? access.path('eth1', part) : assert.fail(name);
  };
  assert.equal(path('netdev_budget'), '/proc/sys/net/core/netdev_budget');
  assert.equal(path('txqueuelen'), '/sys/class/net/eth1/tx_queue_len');
  assert.equal(path('rps_cpus', 'rx-0'), '/sys/class/net/eth1/queues/rx-0/rps_cpus');
  assert.equal(path('bql_limit_max', 'tx-3'), '/sys/class/net/eth1/queues/tx-3/byte_queue_limits/limit_max');
  assert.equal(path('smp_affinity', '17'), '/proc/irq/17/smp_affinity');
});

test('the text of an option is as it would be written', () => {
  assert.equal(textOfOption('txqueuelen', 128), '128');
  assert.equal(textOfOption('gro_flush_timeout', 20), '20us');
  assert.equal(textOfOption('txqueuelen', undefined), undefined);
  assert.equal(textOfOption('no_such_option', 1), undefined);
});
