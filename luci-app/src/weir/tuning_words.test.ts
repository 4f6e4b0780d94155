import assert from 'node:assert/strict';
import { test } from 'node:test';
import { partsTogether } from '../../../src/lib/parts.ts';
import type { TuningStatus } from '../../../src/model/tuning_status.ts';
import { TUNES } from '../../../src/tunable/registry.ts';
import { tuningRows } from '../../../src/tunable/rows.ts';
import '../../../test/luci_globals.ts';

const { cpusOf, isInTuning, issueTitle, titleOf, tuningValue } = await import('./tuning_words.ts');

function told(option: string, tunable: string, parts: readonly string[] = []) {
  const one: TuningStatus = {
    option,
    tunable,
    device: 'eth1',
    part: null,
    wanted: null,
    inForce: null,
    unit: '',
    state: 'applied',
    reason: null,
  };
  const [line] = partsTogether(parts.length === 0 ? [one] : parts.map((part) => ({ ...one, part })));
  assert.ok(line !== undefined);
  return titleOf(line);
}

test('an item is called as in the form, and below it as in the kernel, with its parts', () => {
  assert.deepEqual(told('packet_steering', 'rps_cpus', ['rx-0', 'rx-1']), ['Packet steering', 'rps_cpus rx-0 rx-1']);
  assert.deepEqual(told('txqueuelen', 'txqueuelen'), ['txqueuelen', '']);
  assert.deepEqual(told('disable_offload', 'gro', ['rx-gro']), ['Offload gro', 'rx-gro']);
  assert.deepEqual(told('stop_irq_balance', 'irqbalance'), ['irqbalance', '']);
  assert.deepEqual(told('', ''), ['All of it', '']);
});

test('every tunable has the title of its option, and values with their unit', () => {
  for (const [option, tunes] of TUNES) {
    for (const { tunable } of tunes) {
      const [title] = told(option, tunable.name);
      if (tunable.format !== 'switch')
        assert.equal(title, Object.entries(tuningRows).find(([name]) => name === option)?.[1].label);
      const text = tuningValue({ option, unit: tunable.unit }, '1');
      const expected = {
        switch: /^on$/,
        mask: /^CPU 0$/,
        number: /^(1|0\.001)( (byte|packet|descriptor|queue|µs|ms))?$/,
      };
      assert.match(text, expected[tunable.format], `${option} ${tunable.name}`);
      assert.match(tuningValue({ option, unit: tunable.unit }, '0'), tunable.format === 'number' ? /^0/ : /^off$/);
    }
  }
});

test('values are as a person reads them', () => {
  assert.equal(tuningValue({ option: 'gro_flush_timeout', unit: 'ns' }, '20000'), '20 µs');
  assert.equal(tuningValue({ option: 'bql_limit_max', unit: 'bytes' }, '1879048192'), '1879048192 bytes');
  assert.equal(tuningValue({ option: 'disable_offload', unit: '' }, '1'), 'on');
  assert.equal(tuningValue({ option: 'from_tomorrow', unit: 'turns' }, '3'), '3 turns');
});

test('a mask is told as its CPUs, also of more than 32', () => {
  const masks = ['1', '2', 'f', '4f', 'a', '1ffffffff', `1${'0'.repeat(64)}`];
  assert.deepEqual(masks.map(cpusOf), ['0', '1', '0–3', '0–3, 6', '1, 3', '0–32', '256']);
});

test('issues of sections tuning are told by the option that they are about', () => {
  const where = "/etc/config/weir:5: tuning 'fast', option 'netdev_budget_packets'";
  assert.ok(isInTuning(where));
  assert.equal(issueTitle(where), 'Packets of a softirq');
  assert.ok(isInTuning('/etc/config/weir:17: tuning'));
  assert.equal(issueTitle('/etc/config/weir:17: tuning'), 'In the configuration');
  for (const other of ["/etc/config/weir:1: shaper 'tuning'", '/etc/config/weir:1: tunings', 'eth1 > ring_tx']) {
    assert.ok(!isInTuning(other), other);
  }
});
