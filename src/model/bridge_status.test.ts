import assert from 'node:assert/strict';
import { test } from 'node:test';
import { finishCase, look, openCase, type RunningCase } from '../../test/cases.ts';
import { type BridgeStatus, bridgeStatus } from './bridge_status.ts';

function statusOf(running: RunningCase): BridgeStatus {
  const { desired, observed, changes } = look(running);
  return bridgeStatus(desired, observed, changes);
}

test('before anything is done about it, the bridge is as the kernel has it', () => {
  const states: readonly (readonly [string, BridgeStatus['state'], string | null])[] = [
    ['two-ports', 'stopped', null],
    ['killed', 'forwarding', null],
    ['killed-on-crash-stop', 'stopped', null],
    ['device-came-back', 'stopped', null],
    ['upgrade', 'stopped', null],
    ['hosts-changed', 'forwarding', null],
    ['device-missing', 'waiting', 'no port can be used yet'],
    ['not-installed', 'waiting', 'the BPF programs of the bridge are not installed'],
    ['globals-disabled', 'off', 'weir is disabled in section globals'],
    ['switched-off', 'off', 'no bridge is configured'],
  ];
  for (const [name, state, reason] of states) {
    const status = statusOf(openCase(`bridge-${name}`));
    assert.deepEqual([status.state, status.reason], [state, reason], name);
  }
});

test('a port says what it lacks, and the others go on', () => {
  const running = openCase('bridge-path-tc');
  finishCase(running);
  const { kernel } = running.machine;
  const reasons = (): (string | null)[] => statusOf(running).ports.map(({ reason }) => reason);
  assert.deepEqual(reasons(), [null, null]);
  kernel.named('eth1').promiscuous = false;
  assert.deepEqual(reasons(), ['eth1 > promiscuous mode is not there', null]);
  assert.equal(statusOf(running).state, 'partial');
  kernel.named('eth1').promiscuous = true;
  kernel.named('eth2').filters = [];
  assert.deepEqual(reasons(), [null, 'eth2 > ingress > tc_forward is not there']);
  kernel.named('eth2').hook = undefined;
  assert.match(reasons()[1] ?? '', /^eth2 > clsact.* is not there$/);
  kernel.named('eth1').mtu = 9000;
  kernel.named('eth2').mtu = 9000;
  assert.equal(reasons()[0], 'eth1 > bridge: largest frame is 1514 bytes, not 9014 bytes');
});

test('programs that are gone are missed by each port', () => {
  const running = openCase('bridge-two-ports');
  finishCase(running);
  running.machine.unlink('/sys/fs/bpf/weir/maps/ports');
  const { state, ports } = statusOf(running);
  assert.equal(state, 'stopped');
  for (const { reason } of ports)
    assert.match(reason ?? '', /^(bridge > programs: version is not whole|eth. > bridge is not)/);
});

test('whose XDP program it is, is told of each port', () => {
  const running = openCase('bridge-xdp-of-others');
  finishCase(running);
  assert.deepEqual(
    statusOf(running).ports.map(({ device, path, xdpProgramId, xdpIsOurs }) => [device, path, xdpProgramId, xdpIsOurs]),
    [
      ['eth1', 'tc', 77, false],
      ['eth2', 'xdp', 1, true],
    ],
  );
});
