import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countHost } from '../../test/kernel/bridge_hosts.ts';
import { BRIDGE_CONFIG, bridgeRouter, HOSTS } from '../../test/kernel/bridge_router.ts';
import type { Machine } from '../../test/kernel/machine.ts';
import { run } from '../../test/kernel/router.ts';
import { EXIT } from './exit.ts';

function bridged(): Machine {
  const machine = bridgeRouter(BRIDGE_CONFIG + HOSTS);
  assert.equal(run(machine, 'start').exit, 0);
  return machine;
}

const LISTED = `address         class  upload  cpu
192.0.2.128/25   10:3    10:3    -
192.0.2.7       10:2a   20:2a    -
`;
const trimmed = (text: string): string => text.replace(/ +\n/g, '\n');

test('list tells the classes that are in force, and which of them a reload would change', () => {
  const machine = bridged();
  assert.equal(trimmed(run(machine, 'map').stdout), LISTED);
  assert.equal(trimmed(run(machine, 'map', 'list').stdout), LISTED);
  assert.deepEqual(
    run(machine, 'map', 'add', '--ip', '192.0.2.9', '--classid', '10:9', '--upload', '20:9', '--cpu', '1'),
    {
      exit: EXIT.ok,
      stdout: '',
      stderr: '',
    },
  );
  assert.match(run(machine, 'map').stdout, /^192\.0\.2\.9 +10:9 +20:9 +1 +until reload$/m);
  const entries: unknown = JSON.parse(run(machine, 'map', 'list', '--json').stdout);
  assert.ok(Array.isArray(entries));
  assert.deepEqual(entries.at(-1), {
    address: '192.0.2.9',
    class: '10:9',
    uploadClass: '20:9',
    cpu: 1,
    volatile: true,
  });
  assert.equal(run(machine, 'map', 'del', '--ip', '192.0.2.9').exit, EXIT.ok);
  assert.equal(trimmed(run(machine, 'map').stdout), LISTED);
  assert.equal(run(machine, 'map', 'flush').exit, EXIT.ok);
  assert.equal(run(machine, 'map', 'clear').exit, EXIT.ok);
  assert.equal(trimmed(run(machine, 'map').stdout), 'address  class  upload  cpu\n');
  assert.equal(run(machine, 'reload').exit, EXIT.ok);
  assert.equal(trimmed(run(machine, 'map').stdout), LISTED);
  assert.equal(machine.openDescriptors, 0);
});

test('wrong words are named and change nothing', () => {
  const machine = bridged();
  for (const [words, said] of [
    [['show'], /unknown 'weir map show'/],
    [['toString'], /unknown 'weir map toString'/],
    [['add'], /--ip is missing: /],
    [['add', '--ip', '192.0.2.9'], /--classid is missing: /],
    [['add', '--ip', '192.0.2.999', '--classid', '10:9'], /--ip: expected .*, got '192\.0\.2\.999'/],
    [['add', '--ip', '192.0.2.9', '--classid', '9'], /--classid: expected .*, got '9'/],
    [['add', '--ip', '192.0.2.9', '--classid', '10:9', '--cpu', '1.5'], /--cpu: expected .*, got '1\.5'/],
    [['add', '--ip'], /--ip needs a value/],
    [['del', '192.0.2.7'], /'weir map' takes no '192\.0\.2\.7'/],
    [['clear', '--all', 'yes'], /'--all'/],
  ] as const) {
    const { exit, stdout, stderr } = run(machine, 'map', ...words);
    assert.deepEqual([exit, stdout], [EXIT.usage, ''], words.join(' '));
    assert.match(stderr, said);
  }
  assert.equal(trimmed(run(machine, 'map').stdout), LISTED);
});

test('what is not there cannot be taken away, and without a bridge there is no map', () => {
  const { exit, stderr } = run(bridged(), 'map', 'del', '--ip', '192.0.2.99');
  assert.equal(exit, EXIT.failed);
  assert.match(stderr, /there is no 192\.0\.2\.99 in the map/);
  for (const words of [['map'], ['map', 'clear'], ['pping'], ['pping', '--classes']]) {
    const without = run(bridgeRouter(), ...words);
    assert.equal(without.exit, EXIT.failed, words.join(' '));
    assert.equal(without.stderr, 'error: no bridge is loaded; see weir status\n');
  }
});

test('pping prints round trips of hosts that have any, in ms, or of classes', () => {
  const machine = bridged();
  const classes = [0x10_002a, 0x20_002a] as const;
  countHost(machine, '192.0.2.7', { classes, rttMs: [[4, 4], [1]] });
  countHost(machine, '192.0.2.8', { classes, rttMs: [[6, 6], []] });
  countHost(machine, '192.0.2.9', {});
  const hosts: unknown = JSON.parse(run(machine, 'pping').stdout);
  assert.deepEqual(hosts, [
    {
      address: '192.0.2.7',
      name: 'tv',
      class: '10:2a',
      internet: { minMs: 4, p50Ms: 4.5, p90Ms: 4.9, samples: 2 },
      local: { minMs: 1, p50Ms: 1.5, p90Ms: 1.9, samples: 1 },
    },
    {
      address: '192.0.2.8',
      name: null,
      class: '10:2a',
      internet: { minMs: 6, p50Ms: 6.5, p90Ms: 6.9, samples: 2 },
      local: null,
    },
  ]);
  const byClass: unknown = JSON.parse(run(machine, 'pping', '--classes').stdout);
  assert.deepEqual(byClass, [
    {
      class: '10:2a',
      internet: { minMs: 4, p50Ms: 5, p90Ms: 6.8, samples: 4 },
      local: { minMs: 1, p50Ms: 1.5, p90Ms: 1.9, samples: 1 },
    },
    { class: null, internet: null, local: null },
  ]);
});
