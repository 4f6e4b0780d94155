import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cases } from '../../test/effort.ts';
import { BRIDGE_CONFIG, bridgeRouter, HOSTS, UPLOAD_SHAPER } from '../../test/kernel/bridge_router.ts';
import type { Machine } from '../../test/kernel/machine.ts';
import { CONFIG_PATH, run } from '../../test/kernel/router.ts';
import { installBridge } from '../../test/kernel/set_up_bridge.ts';
import { bpfSnapshot, snapshot } from '../../test/kernel/snapshot.ts';

/** On an emulated router every operation takes long: there few are tried. */
const STRIDE = cases(20) === 20 ? 1 : 60;
const TC = BRIDGE_CONFIG.replace("bridge '1'", "bridge '1'\n\toption path 'tc'");

/** Without an offload that would be switched: that is another group of changes, which is put back by itself. */
function machineWith(config: string): Machine {
  const machine = bridgeRouter(config);
  machine.kernel.named('eth1').features.clear();
  return machine;
}

function prepared(config: string): Machine {
  const machine = machineWith(config);
  assert.equal(run(machine, 'start').exit, 0, machine.stderr);
  return machine;
}

function reconfigured(machine: Machine, config: string): Machine {
  machine.addFile(CONFIG_PATH, config);
  return machine;
}

const SITUATIONS = [
  { what: 'start', before: () => machineWith(BRIDGE_CONFIG + HOSTS), command: 'start' },
  { what: 'start with tc', before: () => machineWith(TC), command: 'start' },
  {
    what: 'hosts and VLANs changed',
    before: () =>
      reconfigured(
        prepared(`${BRIDGE_CONFIG}\toption scan_vlans '1'\n`),
        `${BRIDGE_CONFIG}\toption scan_vlans '1'\n${HOSTS}
config vlan_mapping\n\toption parent 'eth1'\n\toption tag '3'\n\toption redirect_to '4'\n\toption reciprocal '1'\n`,
      ),
    command: 'reload',
  },
  {
    what: 'another size of the table of hosts',
    before: () =>
      reconfigured(
        prepared(BRIDGE_CONFIG + HOSTS),
        BRIDGE_CONFIG.replace("bridge '1'", "bridge '1'\n\toption host_table '512'") + HOSTS,
      ),
    command: 'reload',
  },
  {
    what: 'from xdp to tc',
    before: () => reconfigured(prepared(BRIDGE_CONFIG), BRIDGE_CONFIG + UPLOAD_SHAPER),
    command: 'reload',
  },
  {
    what: 'from tc to xdp',
    before: () => reconfigured(prepared(BRIDGE_CONFIG + UPLOAD_SHAPER), BRIDGE_CONFIG),
    command: 'reload',
  },
  { what: 'stop', before: () => prepared(BRIDGE_CONFIG + HOSTS), command: 'stop' },
  { what: 'stop with tc', before: () => prepared(TC), command: 'stop' },
] as const;

const stateOf = (machine: Machine): string[] => [...snapshot(machine.kernel), ...bpfSnapshot(machine)];

/** Lets the n-th of all operations on bpf(2) and the file system of it be refused; gives how many there were. */
function refuseNth(machine: Machine, n: number, errno: string): () => number {
  let count = 0;
  const isRefused = (path: string): boolean => path.startsWith('/sys/fs/bpf') && ++count === n;
  machine.bpfKernel.refuse = () => (++count === n ? errno : undefined);
  const refusal = -(machine.errno[errno] ?? 0);
  const { rename, unlink, mkdir, rmdir, readDirectory } = machine;
  machine.rename = (from, to) => (isRefused(from) ? refusal : rename.call(machine, from, to));
  machine.unlink = (path) => (isRefused(path) ? refusal : unlink.call(machine, path));
  machine.mkdir = (path, mode) => (isRefused(path) ? refusal : mkdir.call(machine, path, mode));
  machine.rmdir = (path) => (isRefused(path) ? refusal : rmdir.call(machine, path));
  machine.readDirectory = (path) => (isRefused(path) ? refusal : readDirectory.call(machine, path));
  return () => count;
}

/** What is refused, each n-th operation with it. */
const REFUSALS = [
  ['EIO', 1],
  ['EPERM', 5],
  ['ENOMEM', 7],
] as const;

/** Calls `check` with a machine for each operation of `command` that is refused on it. */
function forEachRefusal(
  before: () => Machine,
  command: string,
  check: (machine: Machine, result: ReturnType<typeof run>, wanted: string[], where: string) => void,
): void {
  const smooth = before();
  const operations = refuseNth(smooth, 0, 'EIO');
  assert.equal(run(smooth, command).exit, 0, smooth.stderr);
  const wanted = stateOf(smooth);
  const total = operations();
  assert.ok(total > 30, `${total} operations`);
  for (const [errno, step] of REFUSALS) {
    for (let n = 1; n <= total; n += step * STRIDE) {
      const machine = before();
      refuseNth(machine, n, errno);
      const result = run(machine, command);
      const where = `operation ${n} of ${total}, ${errno}: exit ${result.exit}: ${result.stderr}`;
      check(machine, result, wanted, where);
      refuseNth(machine, 0, errno);
      assert.equal(run(machine, command).exit, 0, where);
      assert.deepEqual(stateOf(machine), wanted, where);
      assert.equal(machine.openDescriptors, 0, where);
    }
  }
}

for (const { what, before, command } of SITUATIONS) {
  test(`${what}: whichever one operation of bpf(2) is refused, all is as before or as wanted, and the next try makes it right`, () => {
    const original = stateOf(before());
    forEachRefusal(before, command, (machine, { exit }, wanted, where) => {
      assert.ok([0, 3, 5, 77].includes(exit), where);
      // Two groups of changes, of which one was put back.
      if (exit !== 5) assert.deepEqual(stateOf(machine), exit === 0 ? wanted : original, where);
    });
  });
}

test('an upgrade of the programs that breaks off anywhere goes on forwarding, and the next try makes it right', () => {
  const before = (): Machine => {
    const machine = prepared(BRIDGE_CONFIG + HOSTS);
    installBridge(machine, 'another');
    return machine;
  };
  const original = stateOf(before());
  let broken = 0;
  forEachRefusal(before, 'start', (machine, { exit }, wanted, where) => {
    for (const device of ['eth1', 'eth2']) {
      const { ifindex } = machine.kernel.named(device);
      assert.ok(machine.bpfKernel.linkOn(ifindex) !== undefined, `${device}: ${where}`);
    }
    assert.ok([0, 3, 4, 77].includes(exit), where);
    // The object of before is nowhere any more: once its pins are gone, it cannot be put back.
    if (exit === 4 || exit === 77) broken++;
    else assert.deepEqual(stateOf(machine), exit === 0 ? wanted : original, where);
  });
  assert.ok(broken > 0 || STRIDE > 1);
});

for (const { what, before, command } of SITUATIONS) {
  test(`${what}: whichever one operation of netlink is refused, all is as before or as wanted`, () => {
    const smooth = before();
    const first = smooth.kernel.modifications + 1;
    run(smooth, command);
    const wanted = stateOf(smooth);
    const original = stateOf(before());
    for (let number = first; number <= smooth.kernel.modifications; number += STRIDE) {
      const machine = before();
      machine.kernel.refuse = (modification) => (modification.number === number ? 'EPERM' : undefined);
      const { exit, stderr } = run(machine, command);
      const where = `operation ${number}: exit ${exit}: ${stderr}`;
      if (exit !== 5) assert.deepEqual(stateOf(machine), exit === 0 ? wanted : original, where);
      machine.kernel.refuse = undefined;
      assert.equal(run(machine, command).exit, 0, where);
      assert.deepEqual(stateOf(machine), wanted, where);
    }
  });
}

/** Thrown in place of the signal that nobody can catch. */
class Killed extends Error {}

for (const { what, before, command } of SITUATIONS) {
  test(`${what}: killed at any operation of bpf(2), the next try makes it right, and stop brings back what was first`, () => {
    const smooth = before();
    const operations = refuseNth(smooth, 0, 'EIO');
    run(smooth, command);
    const wanted = stateOf(smooth);
    const untouched = stateOf(machineWith(BRIDGE_CONFIG));
    const total = operations();
    for (let n = 1; n <= total; n += 2 * STRIDE) {
      const machine = before();
      let count = 0;
      machine.bpfKernel.refuse = () => {
        if (++count === n) throw new Killed();
        return undefined;
      };
      try {
        run(machine, command);
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
      }
      machine.killProgram();
      machine.bpfKernel.refuse = undefined;
      const where = `operation ${n} of ${total}`;
      assert.equal(run(machine, command).exit, 0, `${where}: ${machine.stderr}`);
      assert.deepEqual(stateOf(machine), wanted, where);
      assert.equal(run(machine, 'stop').exit, 0, `${where}: ${machine.stderr}`);
      assert.deepEqual(stateOf(machine), untouched, where);
    }
  });
}
