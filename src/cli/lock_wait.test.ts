import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Run, router, run } from '../../test/kernel/router.ts';
import { takeLock } from '../agent/lock.ts';

const PATHS = { directory: '/var/run/weir', savedFile: '/var/run/weir/saved.json', lockFile: '/var/run/weir/lock' };
const HELD_MS = 500;

/** Runs a command while another one has the lock for some time, and says how long it took. */
function runBeside(...args: string[]): Run & { tookMs: number } {
  const machine = router();
  const other = takeLock(machine, PATHS);
  assert.ok(typeof other !== 'number');
  machine.later(HELD_MS, () => other.release());
  return { ...run(machine, ...args), tookMs: machine.clockMs };
}

test('a start, a reload or a stop waits for a command that has the lock, and then does its work', () => {
  for (const command of ['start', 'reload', 'stop']) {
    const { exit, stdout, stderr, tookMs } = runBeside(command);
    assert.deepEqual([exit, stdout, stderr], [0, '', ''], command);
    assert.ok(tookMs >= HELD_MS && tookMs < HELD_MS + 50, `${command}: ${tookMs} ms`);
  }
});

test('a stop whose daemon somebody else has ended, and who is taking its shaping down, waits for it', () => {
  const machine = router();
  const other = takeLock(machine, PATHS);
  assert.ok(typeof other !== 'number');
  machine.addFile(PATHS.lockFile, '1234\n');
  assert.equal(machine.kill(1234, machine.constants.SIGTERM), -(machine.errno.ESRCH ?? 0));
  machine.later(HELD_MS, () => other.release());
  const { exit, stdout, stderr } = run(machine, 'stop');
  assert.deepEqual([exit, stdout, stderr], [0, '', '']);
});

test('a command that holds the lock for ever is given up on, and gets no signal', () => {
  for (const command of ['start', 'reload', 'stop', 'daemon']) {
    const machine = router();
    takeLock(machine, PATHS);
    const { exit, stderr } = run(machine, command);
    assert.equal(exit, 3, command);
    assert.match(stderr, /^error: another weir has had \/var\/run\/weir\/lock for 10 s/, command);
  }
});

test('stop needs no configuration that can be read', () => {
  const machine = router();
  assert.equal(run(machine, 'start').exit, 0);
  machine.failures.set('readFile /etc/config/weir', machine.errno.EISDIR ?? 0);
  assert.equal(run(machine, 'stop').exit, 0);
  assert.equal(machine.kernel.named('eth1').root, undefined);
});
