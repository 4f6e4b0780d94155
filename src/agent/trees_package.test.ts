/** What holds while the package of trees is not there, or is not of this version: weir on a machine that has trees in force. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Machine } from '../../test/kernel/machine.ts';
import { CONFIG, type Run, router, run } from '../../test/kernel/router.ts';
import { runService } from '../../test/kernel/service.ts';
import { snapshot } from '../../test/kernel/snapshot.ts';
import { withTreesFile } from '../parts/trees.ts';
import { MissingPackageError } from './methods/method.ts';

/** A tree with a root of a number of its own, and a filter at the hook of another device. */
const TREES = `
config qdisc 'top'
	option device 'eth2'
	option kind 'tbf'
	option handle '1:'
	option rate '10mbit'
	option latency '50ms'
config action 'drop'
	option kind 'gact'
	option control 'drop'
config filter 'nothing'
	option parent 'ingress'
	option device 'eth3'
	option kind 'matchall'
	list action 'drop'
`;
const SAVED = '/var/run/weir/saved.json';
const SECTIONS_NEED = "/etc/config/weir:6: qdisc 'top': these sections need the package weir-trees";

function machineWith(config: string): Machine {
  const machine = router(config);
  for (const name of ['eth2', 'eth3']) machine.kernel.plugIn({ name, kind: 'veth' });
  return machine;
}

const linesOf = (machine: Machine, device: string): string[] =>
  snapshot(machine.kernel).filter((line) => line.startsWith(`${device} `) && !/ (veth|device) /.test(line));

const savedTrees = (machine: Machine): Record<string, unknown>[] => {
  const text = machine.files.has(SAVED) ? machine.fileText(SAVED) : undefined;
  return JSON.parse(text ?? '{}').trees ?? [];
};

/** A machine with the shaper and the trees in force. */
function inForce(): Machine {
  const machine = machineWith(CONFIG + TREES);
  assert.deepEqual(run(machine, 'start'), { exit: 0, stdout: '', stderr: '' });
  assert.match(linesOf(machine, 'eth2').join('\n'), /^eth2 root tbf 1: /m);
  assert.match(linesOf(machine, 'eth3').join('\n'), /^eth3 ingress matchall /m);
  assert.deepEqual(
    savedTrees(machine)
      .map(({ device }) => device)
      .sort(),
    ['eth2', 'eth3'],
  );
  return machine;
}

const without = (machine: Machine, ...args: readonly string[]): Run =>
  withTreesFile('missing', false, () => run(machine, ...args));

test('sections of trees are told of once, with what to install, and the shaper is in force', () => {
  const machine = machineWith(CONFIG + TREES);
  const { exit, stderr } = without(machine, 'start');
  assert.equal(exit, 5);
  assert.equal(stderr, `error: ${SECTIONS_NEED} (expected opkg install weir-trees, or apk add weir-trees)\n`);
  assert.match(linesOf(machine, 'eth1').join('\n'), /^eth1 root cake 7e00: /m);
  assert.deepEqual([...linesOf(machine, 'eth2'), ...linesOf(machine, 'eth3')], []);
  assert.equal(without(machine, 'check').exit, 1);
  assert.match(run(machine, 'reload').stderr, /^$/);
  assert.match(linesOf(machine, 'eth2').join('\n'), /^eth2 root tbf 1: /m);
});

test('a file that is no good is told apart from none', () => {
  const said = (['of another build', 'not trusted', 'unreadable'] as const).map((file) =>
    withTreesFile(file, false, () => run(machineWith(TREES), 'check').stderr.split('\n')[0]),
  );
  assert.match(
    said[0] ?? '',
    /need the package weir-trees of this very version of weir \(expected weir and weir-trees/,
  );
  assert.match(said[1] ?? '', /whose file others than root may write to \(expected root as its owner, and mode 644\)/);
  assert.match(said[2] ?? '', /whose file cannot be read \(expected weir-trees installed again\)/);
});

test('without sections of trees nobody asks for the package', () => {
  assert.deepEqual(without(machineWith(CONFIG), 'start'), { exit: 0, stdout: '', stderr: '' });
});

test('when the package has gone, a reload takes away the root that weir made, and says what it has to leave', () => {
  const machine = inForce();
  const shaped = linesOf(machine, 'eth1');
  const { exit, stderr } = without(machine, 'reload');
  assert.equal(exit, 5);
  assert.match(
    stderr,
    /^warning: eth3: what weir has put at a hook, or on what others have set up, stays there: trees need the package weir-trees/m,
  );
  assert.doesNotMatch(stderr, /eth2/);
  assert.deepEqual(linesOf(machine, 'eth2'), []);
  assert.match(linesOf(machine, 'eth3').join('\n'), /^eth3 ingress matchall /m);
  assert.deepEqual(linesOf(machine, 'eth1'), shaped);
  assert.deepEqual(
    savedTrees(machine).map(({ device, root }) => [device, root]),
    [['eth3', null]],
  );
});

test('stop without the package does the same to trees, and what is left goes with the package', () => {
  const machine = inForce();
  const { exit, stderr } = without(machine, 'stop');
  assert.equal(exit, 5);
  assert.match(stderr, /^warning: eth3: .* stays there/m);
  assert.deepEqual(
    [...linesOf(machine, 'eth1').filter((line) => / root | hook /.test(line)), ...linesOf(machine, 'eth2')],
    [],
  );
  assert.match(linesOf(machine, 'eth3').join('\n'), /^eth3 ingress matchall /m);
  assert.deepEqual(run(machine, 'stop'), { exit: 0, stdout: '', stderr: '' });
  assert.deepEqual(linesOf(machine, 'eth3'), []);
  assert.deepEqual(savedTrees(machine), []);
});

test('with the package of another version trees stay as they are, and are ours again with the right one', () => {
  const machine = inForce();
  const before = snapshot(machine.kernel);
  const saved = savedTrees(machine);
  const { exit, stderr } = withTreesFile('of another build', false, () => run(machine, 'reload'));
  assert.equal(exit, 5);
  assert.match(
    stderr,
    /^warning: eth2: the tree stays as it is: trees need the package weir-trees of this very version/m,
  );
  assert.deepEqual(snapshot(machine.kernel), before);
  assert.deepEqual(savedTrees(machine), saved);
  assert.deepEqual(run(machine, 'reload'), { exit: 0, stdout: '', stderr: '' });
  assert.deepEqual(snapshot(machine.kernel), before);
  withTreesFile('of another build', false, () => run(machine, 'stop'));
  assert.deepEqual(linesOf(machine, 'eth2'), []);
});

test('a shaper in the place of a tree that would stay has it', () => {
  const machine = inForce();
  const filterOnly = TREES.slice(TREES.indexOf('config action'));
  const shaper = "config shaper 'other'\n\toption device 'eth2'\n\toption upload '5mbit'\n";
  machine.addFile('/etc/config/weir', CONFIG + shaper + filterOnly);
  const { exit, stderr } = withTreesFile('of another build', false, () => run(machine, 'reload'));
  assert.equal(exit, 5);
  assert.doesNotMatch(stderr, /eth2/);
  assert.match(linesOf(machine, 'eth2').join('\n'), /^eth2 root cake 7e00: /);
  assert.match(linesOf(machine, 'eth3').join('\n'), /^eth3 ingress matchall /m);
});

test('a daemon that has loaded trees takes them all away when their file has gone, and puts them in force when it is back', () => {
  const machine = machineWith(CONFIG + TREES);
  const { daemon, call } = runService(machine);
  const before = snapshot(machine.kernel);
  const shaped = linesOf(machine, 'eth1');
  withTreesFile('missing', true, () => {
    assert.match(String(daemon.reload()[0]?.what), /these sections need the package weir-trees/);
    assert.deepEqual([...linesOf(machine, 'eth2'), ...linesOf(machine, 'eth3')], []);
    assert.deepEqual(linesOf(machine, 'eth1'), shaped);
    assert.deepEqual(savedTrees(machine), []);
    assert.match(JSON.stringify(call('status')?.issues), /these sections need the package weir-trees/);
  });
  assert.deepEqual(daemon.reload(), []);
  assert.deepEqual(snapshot(machine.kernel), before);
});

test('the bus says that it takes the package, where it does', () => {
  const { call } = runService(machineWith(CONFIG + TREES));
  const refusal = (error: unknown): boolean =>
    error instanceof MissingPackageError && /^trees need the package weir-trees \(expected opkg/.test(error.message);
  assert.deepEqual(call('info')?.trees, { usable: true });
  withTreesFile('missing', false, () => {
    assert.match(JSON.stringify(call('info')?.trees), /^\{"usable":false,"problem":"trees need the package weir-trees/);
    assert.throws(() => call('tree', { device: 'eth2' }), refusal);
    assert.throws(() => call('options', { section: 'qdisc' }), refusal);
    assert.throws(() => call('set_section', { section: 'top', option: 'rate', value: '1mbit' }), refusal);
    assert.ok(Array.isArray(call('tree')?.devices));
  });
});

test('the commands say so too', () => {
  const machine = machineWith(TREES);
  const problem = 'trees need the package weir-trees (expected opkg install weir-trees, or apk add weir-trees)';
  assert.deepEqual(without(machine, 'show', 'eth2'), { exit: 3, stdout: '', stderr: `error: ${problem}\n` });
  const kind = without(machine, 'help', 'config', 'htb');
  assert.deepEqual([kind.exit, kind.stderr.split('\n')[0]], [64, `error: ${problem}`]);
  const all = without(machine, 'help', 'config');
  assert.equal(all.exit, 0);
  assert.ok(all.stdout.endsWith(`\nconfig device_group, qdisc, class, filter, action, qos, queue: ${problem}\n`));
});
