import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Machine } from '../../test/kernel/machine.ts';
import type { TunableResource } from '../model/resource.ts';
import { MACHINE } from '../model/resource.ts';
import { TunableKernel } from './tunable_kernel.ts';

const ETH1 = '/sys/class/net/eth1';

function machine(): Machine {
  const one = new Machine();
  one.kernel.plugIn({ name: 'eth1' });
  return one;
}

const resource = (tunable: string, value: string, part = ''): TunableResource => ({
  type: 'tunable',
  device: 'eth1',
  tunable,
  part,
  value,
});

function readings(host: Machine, ...names: readonly string[]): (readonly (string | undefined)[])[] {
  const kernel = new TunableKernel(host);
  const found = kernel.read(names, ['eth1']).readings;
  kernel.close();
  return found.map(({ device, part, value, why }) => [device, part, value, why]);
}

test('files are read: of the machine, of a device, and of its queues in the order of their numbers', () => {
  const host = machine();
  host.addFile('/proc/sys/net/core/netdev_budget', '300\n');
  host.addFile(`${ETH1}/tx_queue_len`, '1000\n');
  for (const queue of ['rx-10', 'rx-2', 'tx-0'])
    host.addFile(`${ETH1}/queues/${queue}/rps_cpus`, '00000000,00000003\n');
  assert.deepEqual(readings(host, 'netdev_budget', 'txqueuelen', 'rps_cpus'), [
    [MACHINE, '', '300', undefined],
    ['eth1', '', '1000', undefined],
    ['eth1', 'rx-2', '3', undefined],
    ['eth1', 'rx-10', '3', undefined],
  ]);
});

test('why there is no value is told: no file, no queues, no such parameter, not allowed, or something strange in it', () => {
  const host = machine();
  host.addFile('/proc/sys/net/core/netdev_budget', 'many\n');
  host.failures.set('readFile /proc/sys/net/core/netdev_budget_usecs', host.errno.EACCES ?? 0);
  assert.deepEqual(readings(host, 'txqueuelen', 'xps_cpus', 'ring_rx', 'smp_affinity'), [
    ['eth1', '', undefined, 'neither this kernel nor the driver has it'],
    ['eth1', '', undefined, 'this kernel shows no such queues of it'],
    ['eth1', '', undefined, 'the driver does not have it'],
    ['eth1', '', undefined, 'the device has no interrupts of its own'],
  ]);
  assert.deepEqual(readings(host, 'netdev_budget'), [[MACHINE, '', undefined, 'the kernel shows no number: many']]);
  assert.match(readings(host, 'netdev_budget_usecs')[0]?.[3] ?? '', /^it cannot be read: .*\(EACCES\)$/);
});

test('a value is written in the form of the kernel, and a refusal is that of the driver', () => {
  const host = machine();
  const kernel = new TunableKernel(host);
  const path = `${ETH1}/queues/rx-0/rps_cpus`;
  host.addFile(path, '');
  assert.equal(kernel.write(resource('rps_cpus', 'f00000000', 'rx-0')), undefined);
  assert.equal(host.fileText(path), 'f,00000000');
  host.failures.set(`write ${path}`, host.errno.EPERM ?? 0);
  const refusal = kernel.write(resource('rps_cpus', '1', 'rx-0'));
  assert.deepEqual([refusal?.name, refusal?.byDriver], ['EPERM', true]);
  const missing = kernel.write(resource('rps_cpus', '1', 'rx-9'));
  assert.deepEqual([missing?.name, missing?.byDriver], ['ENOENT', true]);
  const ring = kernel.write(resource('ring_rx', '512'));
  assert.deepEqual([ring?.name, ring?.byDriver], ['EOPNOTSUPP', true]);
  kernel.close();
  assert.equal(host.openDescriptors, 0);
});

test('the CPUs that are online are counted', () => {
  const cpus = (text: string): number => {
    const host = machine();
    host.addFile('/sys/devices/system/cpu/online', text);
    return new TunableKernel(host).read([], []).cpus;
  };
  assert.deepEqual(['0\n', '0-3\n', '0-3,6\n', '', 'x-y'].map(cpus), [1, 4, 5, 1, 1]);
  assert.equal(new TunableKernel(machine()).read([], []).cpus, 1);
});

test('a name that no row has is a mistake of the program', () => {
  assert.throws(() => readings(machine(), 'no_such_tunable'), TypeError);
});
