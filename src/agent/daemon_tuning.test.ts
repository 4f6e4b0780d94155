import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Machine } from '../../test/kernel/machine.ts';
import { CONFIG, CONFIG_PATH, router, run, runDaemon, wanFeatures } from '../../test/kernel/router.ts';
import { linkSet } from '../wire/link.ts';

const HOUR_MS = 3_600_000;
const SAVED = '/var/run/weir/saved.json';
const QUEUE = '/sys/class/net/eth1/tx_queue_len';
const THREADED = '/sys/class/net/eth1/threaded';
const BUDGET = '/proc/sys/net/core/netdev_budget';

const tuning = (...lines: readonly string[]): string =>
  `config tuning\n\tlist device 'eth1'\n${lines.map((line) => `\t${line}\n`).join('')}`;
const LENGTH_AND_BUDGET = tuning("option txqueuelen '128'", "option netdev_budget_packets '600'");

function tuned(config: string): Machine {
  const machine = router(config);
  addFiles(machine);
  machine.addFile(BUDGET, '300\n');
  return machine;
}

/** What a driver shows of its device when that comes. */
function addFiles(machine: Machine): void {
  machine.addFile(QUEUE, '1000\n');
  machine.addFile(THREADED, '0\n');
}

/** The kernel ends a value with a new line; what is written to a file in memory stays as it was written, over the longer one. */
const value = (machine: Machine, path: string): string | undefined => machine.fileText(path)?.split('\n')[0]?.trim();

/** As the kernel has it: what is written replaces all that is there. */
function whole(machine: Machine, ...paths: readonly string[]): Machine {
  const write = machine.write.bind(machine);
  machine.write = (fd, bytes, offset, length) => {
    const before = new Map(paths.map((path) => [path, machine.fileText(path)]));
    const written = write(fd, bytes, offset, length);
    for (const [path, text] of before) {
      if (written > 0 && machine.fileText(path) !== text && text !== undefined) {
        machine.addFile(path, bytes.slice(offset, offset + length));
      }
    }
    return written;
  };
  return machine;
}

const machineWith = (config: string): Machine => whole(tuned(config), QUEUE, THREADED, BUDGET);

/** Runs the daemon through the script, an act an hour, and ends it an hour after the last. */
function live(machine: Machine, acts: readonly ((machine: Machine) => void)[]) {
  acts.forEach((act, index) => {
    machine.later((index + 1) * HOUR_MS, () => act(machine));
  });
  machine.later((acts.length + 1) * HOUR_MS, () => machine.raise(machine.constants.SIGTERM));
  return runDaemon(machine);
}

const linesWith = (text: string, word: string): string[] => text.split('\n').filter((line) => line.includes(word));

test('values are set at start, a second start changes nothing, and stop puts them back', () => {
  const machine = machineWith(LENGTH_AND_BUDGET);
  assert.equal(run(machine, 'start').exit, 0);
  assert.deepEqual([value(machine, QUEUE), value(machine, BUDGET)], ['128', '600']);
  assert.equal(run(machine, 'plan').stdout, '# nothing to change\n');
  assert.equal(run(machine, 'start').exit, 0);
  assert.equal(run(machine, 'stop').exit, 0);
  assert.deepEqual([value(machine, QUEUE), value(machine, BUDGET)], ['1000', '300']);
  assert.equal(machine.fileText(SAVED), undefined);
});

test('what another program has changed meanwhile stays, is told once, and is forgotten', () => {
  const machine = machineWith(LENGTH_AND_BUDGET);
  run(machine, 'start');
  machine.addFile(QUEUE, '77\n');
  const { exit, stderr } = run(machine, 'stop');
  assert.equal(exit, 0);
  assert.deepEqual(linesWith(stderr, 'somebody else'), [
    "warning: eth1 > txqueuelen: it is 77 by somebody else's doing, and stays so; before weir changed it to 128 it was 1000",
  ]);
  assert.deepEqual([value(machine, QUEUE), value(machine, BUDGET)], ['77', '300']);
  assert.equal(run(machine, 'stop').stderr, '');
});

test('a killed daemon leaves values that the next start keeps and stop puts back', () => {
  const machine = machineWith(LENGTH_AND_BUDGET);
  run(machine, 'start');
  machine.killProgram();
  assert.equal(run(machine, 'start').exit, 0);
  assert.equal(value(machine, QUEUE), '128');
  run(machine, 'stop');
  assert.equal(value(machine, QUEUE), '1000');
});

test('a file of saved values that cannot be written leaves the values alone', () => {
  const machine = machineWith(LENGTH_AND_BUDGET);
  machine.failures.set(`rename ${SAVED}.new`, machine.errno.ENOSPC ?? 0);
  assert.notEqual(run(machine, 'start').exit, 0);
  assert.deepEqual([value(machine, QUEUE), value(machine, BUDGET)], ['1000', '300']);
});

test('a refusal stops nothing else, and is not tried again by each look of the daemon', () => {
  const machine = machineWith(tuning("option txqueuelen '128'", "option threaded_napi '1'") + CONFIG);
  machine.failures.set(`write ${THREADED}`, machine.errno.EPERM ?? 0);
  let tries = 0;
  const { open } = machine;
  machine.open = (path, ...rest) => {
    if (path === THREADED) tries++;
    return open.call(machine, path, ...rest);
  };
  const tried: number[] = [];
  const { stderr } = live(machine, [
    () => {
      tried.push(tries);
      machine.kernel.carryOut(linkSet('ifb-eth1', { up: false }));
    },
    () => {
      tried.push(tries);
      assert.equal(value(machine, QUEUE), '128');
      assert.equal(machine.kernel.named('eth1').root?.kind, 'cake');
      machine.failures.clear();
      machine.raise(machine.constants.SIGHUP);
    },
    () => {
      tried.push(tries);
      assert.equal(value(machine, THREADED), '1', 'a reload tries it again');
    },
  ]);
  assert.equal(tried[1], tried[0], 'a repair does not');
  assert.ok((tried[2] ?? 0) > (tried[1] ?? 0));
  assert.equal(linesWith(stderr, 'EPERM').length, 1, stderr);
});

test('what was refused while a device was down is tried again when it is up', () => {
  const machine = machineWith(tuning("option threaded_napi '1'"));
  machine.kernel.carryOut(linkSet('eth1', { up: false }));
  machine.failures.set(`write ${THREADED}`, machine.errno.EOPNOTSUPP ?? 0);
  const seen: (string | undefined)[] = [];
  live(machine, [
    () => {
      seen.push(value(machine, THREADED));
      machine.failures.clear();
      machine.kernel.carryOut(linkSet('eth1', { up: true }));
    },
    () => {
      seen.push(value(machine, THREADED));
    },
  ]);
  assert.deepEqual(seen, ['0', '1']);
  assert.equal(value(machine, THREADED), '0', 'and is put back at the end');
});

test('a device that is only tuned is waited for, and tuned when it appears, each time anew', () => {
  const machine = machineWith(LENGTH_AND_BUDGET);
  machine.kernel.unplug('eth1');
  machine.files.delete(QUEUE);
  const plugIn = (): void => {
    addFiles(machine);
    machine.kernel.plugIn({ name: 'eth1', kind: 'veth', features: wanFeatures() });
  };
  const seen: (string | undefined)[] = [];
  const { stderr } = live(machine, [
    () => {
      seen.push(value(machine, BUDGET));
      plugIn();
    },
    () => {
      seen.push(value(machine, QUEUE));
      machine.kernel.unplug('eth1');
      plugIn();
    },
    () => {
      seen.push(value(machine, QUEUE));
    },
  ]);
  assert.deepEqual(seen, ['600', '128', '128']);
  assert.deepEqual([value(machine, QUEUE), value(machine, BUDGET)], ['1000', '300']);
  assert.equal(linesWith(stderr, 'waiting for it').length, 1);
});

test('a device made anew while nobody looked keeps its own values at stop', () => {
  const machine = machineWith(LENGTH_AND_BUDGET);
  run(machine, 'start');
  machine.kernel.unplug('eth1');
  machine.kernel.plugIn({ name: 'eth1', kind: 'veth', features: wanFeatures() });
  machine.addFile(QUEUE, '128\n');
  run(machine, 'stop');
  assert.equal(value(machine, QUEUE), '128');
  assert.equal(value(machine, BUDGET), '300');
});

test('a reload with another value keeps the first one for stop, and one without the option puts it back at once', () => {
  const machine = machineWith(LENGTH_AND_BUDGET);
  run(machine, 'start');
  machine.addFile(CONFIG_PATH, LENGTH_AND_BUDGET.replace('128', '64'));
  run(machine, 'reload');
  assert.equal(value(machine, QUEUE), '64');
  machine.addFile(CONFIG_PATH, tuning("option netdev_budget_packets '600'"));
  run(machine, 'reload');
  assert.deepEqual([value(machine, QUEUE), value(machine, BUDGET)], ['1000', '600']);
});
