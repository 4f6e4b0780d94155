import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Machine } from '../../test/kernel/machine.ts';
import { runProgram } from '../cli/program.ts';
import { encodeUtf8 } from '../lib/utf8.ts';

const CONFIG = `config shaper 'wan'
	option device 'wan0'
	option download '18500'
	option upload '4750'
`;

function routerWith(config: string): Machine {
  const machine = new Machine();
  machine.kernel.addDevice({ name: 'wan0' });
  machine.addDirectory('/etc/config');
  machine.files.set('/etc/config/weir', encodeUtf8(config));
  return machine;
}

function run(machine: Machine, ...args: string[]): number {
  machine.args = ['weir', ...args];
  return runProgram(machine);
}

function deviceNames(machine: Machine): string[] {
  return [...machine.kernel.devices.values()].map(({ name }) => name);
}

test('an IFB that was made, but refused its alias, goes again', () => {
  const machine = routerWith(CONFIG);
  // The first modification makes the IFB, the second sets it up.
  machine.kernel.refuse = ({ number }) => (number === 2 ? 'ENOMEM' : undefined);
  assert.equal(run(machine, 'start'), 3);
  assert.match(machine.stderr, /the link is as it was before/);
  assert.deepEqual(deviceNames(machine), ['lo', 'wan0']);
});

test('what was carried out, but not answered, is put back too', () => {
  const machine = routerWith(CONFIG);
  const answer = machine.onSend;
  let lost = 0;
  machine.onSend = (fd, bytes) => {
    const answers = answer?.(fd, bytes) ?? [];
    if (typeof answers === 'number' || machine.kernel.modifications < 3 || lost > 0) return answers;
    // The refusal or consent to the first request that makes a qdisc.
    lost++;
    return answers.slice(1);
  };
  assert.equal(run(machine, 'start'), 3);
  assert.equal(lost, 1);
  assert.deepEqual(deviceNames(machine), ['lo', 'wan0']);
  machine.onSend = answer;
  assert.equal(run(machine, 'plan'), 2);
});

test('a putting back that is refused once is tried again', () => {
  const machine = routerWith(CONFIG);
  const refused: number[] = [];
  machine.kernel.refuse = ({ number, type }) => {
    if (number !== 5 && number !== 6) return undefined;
    refused.push(type);
    return 'EBUSY';
  };
  assert.equal(run(machine, 'start'), 3);
  assert.equal(refused.length, 2);
  assert.deepEqual(deviceNames(machine), ['lo', 'wan0']);
});

test('two shapers, one of which the kernel refuses: in force in part', () => {
  const second = CONFIG.replaceAll('wan', 'lan');
  const machine = routerWith(CONFIG + second);
  machine.kernel.addDevice({ name: 'lan0' });
  machine.kernel.refuse = ({ number }) => (number === 7 ? 'EINVAL' : undefined);
  assert.equal(run(machine, 'start'), 5);
  assert.deepEqual(deviceNames(machine).sort(), ['ifb-wan0', 'lan0', 'lo', 'wan0']);
});

test('what cannot be saved is not touched', () => {
  const machine = routerWith(CONFIG);
  machine.failures.set('open /var/run/weir/saved.json.new', machine.errno.ENOSPC ?? 0);
  assert.equal(run(machine, 'start'), 3);
  assert.equal(machine.kernel.modifications, 0);
  assert.match(machine.stderr, /cannot write .*saved\.json\.new/);
});
