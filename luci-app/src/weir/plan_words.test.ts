import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { RenderedChange } from '../../../src/model/render.ts';
import { commandsOf, pathOf } from '../../../src/model/resource/registry.ts';
import { MACHINE, type TunableResource } from '../../../src/model/resource.ts';
import '../../../test/luci_globals.ts';

const { planWords } = await import('./plan_words.ts');

/** The plans of all cases, as `weir plan` prints them, back as data. */
function everyPlan(): RenderedChange[][] {
  return readdirSync('test/cases').map((name) => {
    const changes: RenderedChange[] = [];
    for (const line of readFileSync(`test/cases/${name}/plan.txt`, 'utf8').split('\n')) {
      const [, action = '', path = ''] = /^# (\w+) (.+)$/.exec(line) ?? [];
      const [, what = '', found = '', wanted = ''] = /^# {3}(\S.*?): (.*) -> (.*)$/.exec(line) ?? [];
      const [, loses = ''] = /^# {3}loses (.+)$/.exec(line) ?? [];
      const last = changes.at(-1);
      if (what !== '' || loses !== '') {
        assert.ok(last !== undefined);
        changes[changes.length - 1] = {
          ...last,
          differences: what === '' ? last.differences : [...last.differences, { what, found, wanted }],
          loses: loses === '' ? last.loses : [...last.loses, loses],
        };
      } else if (path !== '') {
        changes.push({ action, path, differences: [], loses: [], commands: [] });
      } else if (line !== '' && last !== undefined) {
        changes[changes.length - 1] = { ...last, commands: [...last.commands, line] };
      }
    }
    return changes;
  });
}

function planOf(name: string): RenderedChange[] {
  return everyPlan()[readdirSync('test/cases').indexOf(name)] ?? [];
}

test('a first start is told in words, what was asked for first', () => {
  assert.deepEqual(
    planWords(planOf('download-only')).map(({ words }) => words),
    [
      'Download is shaped to 20mbit, on ifb-eth1.',
      'A helper device, ifb-eth1, is made, on which download is shaped.',
      'eth1 gets a hook for what arrives.',
      'What arrives on eth1 is sent through ifb-eth1.',
    ],
  );
});

test('every change of every case has words, with all of its values and losses', () => {
  const plans = everyPlan();
  assert.ok(plans.flat().length > 100);
  for (const plan of plans) {
    const told = planWords(plan);
    assert.equal(told.length, plan.length);
    for (const { words, details, loses } of told) {
      assert.doesNotMatch([words, ...details].join('\n'), /undefined|NaN|%s|true|false|BitPerS|Bytes:|Us:/);
      assert.ok(Array.isArray(loses));
    }
    assert.deepEqual(told.flatMap(({ loses }) => loses).sort(), plan.flatMap(({ loses }) => loses).sort());
  }
});

test('what changes in place is told by the names of the options, as a person would write the values', () => {
  const change: RenderedChange = {
    action: 'change',
    path: 'eth1 > cake',
    differences: [
      { what: 'rateBitPerS', found: '5000000', wanted: '9500000' },
      { what: 'rttUs', found: '100000', wanted: '50000' },
      { what: 'targetUs', found: '5000', wanted: '2500' },
      { what: 'nat', found: 'false', wanted: 'true' },
      { what: 'memoryLimitBytes', found: '0', wanted: '8388608' },
      { what: 'isolation', found: 'triple-isolate', wanted: 'dual-srchost' },
    ],
    loses: ['2 of 3 tins go away, and packets queued in them are lost'],
    commands: ['tc qdisc change dev eth1 root handle 7e00: cake bandwidth 9500kbit'],
  };
  const [told] = planWords([change]);
  assert.deepEqual(told, {
    words: 'Upload, on eth1, changes in place:',
    details: [
      'Rate: 5mbit → 9500kbit',
      'Round-trip time: 100ms → 50ms',
      'Look behind NAT: off → on',
      'Memory limit: 0 → 8mb',
      'Fairness between: triple-isolate → dual-srchost',
    ],
    loses: change.loses,
  });
});

test('what is tuned is told by the label of its option where it has that name, with the values', () => {
  const words = (device: string, tunable: string, part: string): string => {
    const resource: TunableResource = { type: 'tunable', device, tunable, part, value: '1' };
    const differences = [{ what: tunable, found: '0', wanted: '1' }];
    const commands = commandsOf('change', resource);
    const [told] = planWords([{ action: 'change', path: pathOf(resource), differences, loses: [], commands }]);
    assert.deepEqual(told?.details, []);
    return told.words;
  };
  assert.equal(words('eth1', 'bql_limit_max', 'tx-0'), 'Byte queue limit of eth1 tx-0: 0 → 1');
  assert.equal(words('eth1', 'ring_tx', ''), 'Transmit ring of eth1: 0 → 1');
  assert.equal(words('eth1', 'smp_affinity', '24'), 'smp_affinity of eth1 24: 0 → 1');
  assert.equal(words(MACHINE, 'tcp_limit_output_bytes', ''), 'TCP small queues: 0 → 1');
  assert.equal(words(MACHINE, 'irqbalance', ''), 'irqbalance: 0 → 1');
});
