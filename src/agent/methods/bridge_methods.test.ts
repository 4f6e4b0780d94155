import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countHost } from '../../../test/kernel/bridge_hosts.ts';
import { BRIDGE_CONFIG, bridgeRouter, HOSTS } from '../../../test/kernel/bridge_router.ts';
import { router } from '../../../test/kernel/router.ts';
import { type Running, runService } from '../../../test/kernel/service.ts';
import type { BlobRecord } from '../../wire/blobmsg.ts';
import { ArgumentError } from './method.ts';

const CONFIG = BRIDGE_CONFIG + HOSTS;

/** Calls with wrong arguments, and what is said of them. */
const WRONG: readonly (readonly [method: string, args: BlobRecord, said: RegExp])[] = [
  ['bridge', { limit: 1 }, /'limit': expected no arguments/],
  ['hosts', { sort: 'name' }, /'sort': expected one of download, upload, bytes, rtt, address, got 'name'/],
  ['hosts', { sort: 7 }, /'sort': expected text, got 7/],
  ['hosts', { limit: 0 }, /'limit': expected a whole number from 1 to 1000, got 0/],
  ['hosts', { limit: 1001 }, /'limit'/],
  ['hosts', { limit: '10' }, /'limit'/],
  ['map_list', { ip: '192.0.2.7' }, /'ip': expected no arguments/],
  ['map_add', {}, /'ip': expected text, got nothing/],
  ['map_add', { ip: '192.0.2.7' }, /'classid': expected text, got nothing/],
  ['map_add', { ip: '192.0.2.300', classid: '10:1' }, /'ip': expected .*, got '192\.0\.2\.300'/],
  ['map_add', { ip: '192.0.2.7/33', classid: '10:1' }, /'ip'/],
  ['map_add', { ip: '192.0.2.7', classid: '10' }, /'classid': expected .*, got '10'/],
  ['map_add', { ip: '192.0.2.7', classid: '10:1', upload: 'x:1' }, /'upload': expected .*, got 'x:1'/],
  ['map_add', { ip: '192.0.2.7', classid: '10:1', cpu: 1024 }, /'cpu': expected a whole number from 0 to 1023/],
  ['map_add', { ip: '192.0.2.7', classid: '10:1', cpu: -1 }, /'cpu'/],
  ['map_add', { ip: '192.0.2.7', classid: '10:1', mac: 'x' }, /'mac': expected only ip, classid, upload, cpu/],
  ['map_add', { ip: 'x'.repeat(300), classid: '10:1' }, /'ip'/],
  ['map_del', {}, /'ip'/],
  ['map_del', { ip: 'tv' }, /'ip': expected/],
  ['map_del', { ip: '192.0.2.99' }, /'ip': expected an entry of map_list, got '192\.0\.2\.99'/],
  ['map_clear', { ip: '192.0.2.7' }, /'ip': expected no arguments/],
];

test('a wrong argument is named, with what was expected, and nothing is changed', () => {
  const running = runService(bridgeRouter(CONFIG));
  const before = running.call('map_list');
  for (const [method, args, said] of WRONG) {
    assert.throws(
      () => running.call(method, args),
      (error: unknown) => error instanceof ArgumentError && said.test(error.message),
      `${method} ${JSON.stringify(args)}`,
    );
  }
  assert.deepEqual(running.call('map_list'), before);
});

const NOT_LOADED = { ok: false, issues: ['error: bridge: it is not loaded; see status'] };

test('without a bridge there is none to tell of, and changes say so', () => {
  const running = runService(router());
  assert.deepEqual(running.call('bridge'), { bridge: null });
  assert.deepEqual(running.call('hosts'), { total: 0, hosts: [] });
  assert.deepEqual(running.call('map_list'), { entries: [] });
  for (const [method, args] of [
    ['map_add', { ip: '192.0.2.7', classid: '10:1' }],
    ['map_del', { ip: '192.0.2.7' }],
    ['map_clear', {}],
  ] as const) {
    assert.deepEqual(running.call(method, args), NOT_LOADED, method);
  }
});

test('a bridge that waits is told with the reason', () => {
  const machine = bridgeRouter(CONFIG);
  machine.kernel.unplug('eth2');
  const { bridge } = runService(machine).call('bridge') ?? assert.fail();
  assert.ok(typeof bridge === 'object' && bridge !== null && 'state' in bridge && 'reason' in bridge);
  assert.deepEqual([bridge.state, bridge.reason], ['waiting', 'no port can be used yet']);
});

function addressesOf(running: Running, args: BlobRecord): unknown[] {
  const { hosts } = running.call('hosts', args) ?? assert.fail();
  assert.ok(Array.isArray(hosts));
  return hosts.map((host: unknown) =>
    typeof host === 'object' && host !== null ? Reflect.get(host, 'address') : host,
  );
}

test('hosts come in the order that was asked for, as many as were', () => {
  const machine = bridgeRouter(CONFIG);
  const running = runService(machine);
  for (let i = 1; i <= 60; i++) countHost(machine, `192.0.2.${i}`, { bytes: [i * 1000, 60_000 - i * 1000] });
  assert.equal(addressesOf(running, {}).length, 50);
  assert.deepEqual(addressesOf(running, { limit: 2 }), ['192.0.2.60', '192.0.2.59']);
  assert.deepEqual(addressesOf(running, { sort: 'upload', limit: 1 }), ['192.0.2.1']);
  assert.equal(addressesOf(running, { sort: 'address', limit: 1000 }).length, 60);
});
