import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeHost } from '../host/fake.ts';
import { interruptsOf } from './interrupts.ts';

const DEVICE = '/sys/class/net/eth1/device';
const TABLE = `           CPU0       CPU1
 17:       1234          0   IO-APIC  17-fasteoi   eth1
 24:          0          9   PCI-MSI 524288-edge      eth1-rx-1
 25:          0          9   PCI-MSI 524289-edge      eth10
 26:          1          0   GICv3  66 Level     1e100000.ethernet, other
 27:          1          0   GICv3  67 Level     other, eth1
NMI:          0          0   Non-maskable interrupts of eth1
`;

test('what its bus lists is taken, in the order of the numbers', () => {
  const host = new FakeHost();
  for (const number of [101, 9, 100]) host.addFile(`${DEVICE}/msi_irqs/${number}`, 'msix\n');
  host.addFile(`${DEVICE}/irq`, '11\n');
  host.addFile('/proc/interrupts', TABLE);
  assert.deepEqual(interruptsOf(host, 'eth1'), [9, 100, 101]);
});

test('without such a list its one line is taken, but not the number that stands for none', () => {
  const host = new FakeHost();
  host.addFile(`${DEVICE}/irq`, '11\n');
  assert.deepEqual(interruptsOf(host, 'eth1'), [11]);
  host.addFile(`${DEVICE}/irq`, '0\n');
  assert.deepEqual(interruptsOf(host, 'eth1'), []);
});

test('without either, those that carry its name, or the name that its bus has for it', () => {
  const host = new FakeHost();
  host.addFile('/proc/interrupts', TABLE);
  assert.deepEqual(interruptsOf(host, 'eth1'), [17, 24, 27]);
  host.links.set(DEVICE, '../../../1e100000.ethernet');
  assert.deepEqual(interruptsOf(host, 'eth1'), [17, 24, 26, 27]);
  assert.deepEqual(interruptsOf(host, 'eth'), []);
});

test('a device of software has none, and neither has a machine that does not tell', () => {
  const host = new FakeHost();
  assert.deepEqual(interruptsOf(host, 'br0'), []);
  host.addFile('/proc/interrupts', TABLE);
  assert.deepEqual(interruptsOf(host, 'br0'), []);
});
