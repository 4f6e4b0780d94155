import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EXIT } from '../../src/cli/exit.ts';
import type { PointerPatch } from '../../src/host/host.ts';
import { cases } from '../effort.ts';
import { countHost } from '../kernel/bridge_hosts.ts';
import { BRIDGE_CONFIG, bridgeRouter, HOSTS, UPLOAD_SHAPER } from '../kernel/bridge_router.ts';
import type { Machine } from '../kernel/machine.ts';
import { CONFIG_PATH, run } from '../kernel/router.ts';
import { setUpBridge } from '../kernel/set_up_bridge.ts';
import { bpfSnapshot, snapshot } from '../kernel/snapshot.ts';
import { Random } from './mutate.ts';

const ROUTERS = cases(250);
const SEED = 6_006;

const VLANS = `
config vlan_mapping
	option parent 'eth1'
	option tag '3'
	option redirect_to '4'
`;
const CONFIGS = [
  BRIDGE_CONFIG + HOSTS,
  `${BRIDGE_CONFIG}\toption scan_vlans '1'\n${VLANS}`,
  BRIDGE_CONFIG + UPLOAD_SHAPER,
  BRIDGE_CONFIG.replace("bridge '1'", "bridge '1'\n\toption host_table '512'\n\toption path 'xdp'"),
  BRIDGE_CONFIG.replace("bridge '1'", "bridge '1'\n\toption on_crash 'stop'\n\toption path 'tc'") + HOSTS,
];
const COMMANDS: readonly (readonly string[])[] = [
  ['start'],
  ['reload'],
  ['plan'],
  ['status'],
  ['stop'],
  ['map'],
  ['map', 'add', '--ip', '192.0.2.9', '--classid', '10:9'],
  ['map', 'clear'],
  ['pping'],
];
const ERRORS = [
  'EINVAL',
  'EPERM',
  'ENOENT',
  'ENOMEM',
  'EBUSY',
  'EBADF',
  'ENOSPC',
  'E2BIG',
  'EOPNOTSUPP',
  'EEXIST',
  'EIO',
];
/** Of union bpf_attr for batches: where the kernel says how many there are. */
const COUNT_AT = 32;

/** Lets bpf(2) lie now and then: refuse, give what is no descriptor, or scribble over what it tells. */
function makeHostile(machine: Machine, random: Random): () => void {
  const { bpf } = machine;
  machine.bpf = (command: number, attributes: Uint8Array, pointers: readonly PointerPatch[] = []): number => {
    if (random.below(25) > 0) return bpf.call(machine, command, attributes, pointers);
    switch (random.below(4)) {
      case 0:
        return -(machine.errno[random.pick(ERRORS)] ?? 1);
      case 1:
        return random.below(3) * 1000;
      case 2: {
        const result = bpf.call(machine, command, attributes, pointers);
        for (let i = random.below(8); i >= 0 && pointers.length > 0; i--) {
          const [, buffer] = random.pick(pointers);
          if (buffer.length > 0) buffer[random.below(buffer.length)] = random.below(256);
        }
        return result;
      }
      default: {
        const result = bpf.call(machine, command, attributes, pointers);
        new DataView(attributes.buffer, attributes.byteOffset).setUint32(
          Math.min(COUNT_AT, attributes.length - 4),
          random.below(0x1_0000_0000),
          true,
        );
        return result;
      }
    }
  };
  return () => {
    machine.bpf = bpf;
  };
}

function router(): Machine {
  const machine = bridgeRouter('');
  machine.kernel.plugIn({ name: 'eth3', kind: 'veth' });
  setUpBridge(machine, { devices: { eth3: { xdp: 'native' } } });
  return machine;
}

const untouched = router();
const UNTOUCHED = snapshot(untouched.kernel);
const EXITS: readonly number[] = Object.values(EXIT);

test('whatever bpf(2) answers, each command ends with a known exit code, nothing of others is touched, and then all can be made right', () => {
  let failed = 0;
  for (let n = 0; n < ROUTERS; n++) {
    const random = new Random(SEED + n);
    const machine = router();
    const isPrepared = random.below(3) > 0;
    const config = random.pick(CONFIGS);
    machine.addFile(CONFIG_PATH, random.pick(CONFIGS));
    if (isPrepared) {
      assert.equal(run(machine, 'start').exit, EXIT.ok);
      for (let host = random.below(20); host > 0; host--) countHost(machine, `192.0.2.${host}`, { bytes: [host, 1] });
    }
    machine.addFile(CONFIG_PATH, config);
    const relent = makeHostile(machine, random);
    for (let i = 0; i < 4; i++) {
      const words = random.pick(COMMANDS);
      const { exit, stderr } = run(machine, ...words);
      const where = `router ${n}: ${words.join(' ')}: exit ${exit}: ${stderr}`;
      assert.ok(EXITS.includes(exit), where);
      if (exit !== EXIT.ok && exit !== EXIT.changes) {
        failed++;
        assert.match(stderr, /^(error|warning|notice): /m, where);
      }
      assert.equal(machine.openDescriptors, 0, where);
    }
    relent();
    assert.ok(snapshot(machine.kernel).includes("eth3 xdp native someone else's 77"), `router ${n}`);
    const start = run(machine, 'start');
    assert.equal(start.exit, EXIT.ok, `router ${n}: ${start.stderr}`);
    // With on_crash stop it ended with the command that began it.
    if (!config.includes('on_crash')) assert.equal(run(machine, 'plan').stdout, '# nothing to change\n', `router ${n}`);
    assert.equal(run(machine, 'stop').exit, EXIT.ok, `router ${n}: ${machine.stderr}`);
    assert.deepEqual(snapshot(machine.kernel), UNTOUCHED, `router ${n}`);
    assert.deepEqual(bpfSnapshot(machine), [], `router ${n}`);
  }
  assert.ok(failed > ROUTERS / 4, `${failed} failures`);
});
