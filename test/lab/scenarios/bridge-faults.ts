/**
 * Every request to the kernel of a start, a reload and a stop of a bridge fails once, those of bpf(2) too, and weir dies at each of them:
 * devices, pins and maps must end up exactly as they were or exactly as wanted, and the exit code must say which; after a death a plain
 * start leads to the right state, and a stop to the one before everything.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import * as z from 'zod/mini';
import { bootWithBridge } from '../bridge.ts';
import type { CrashPlan } from '../faults/crashes.ts';
import { check, EXIT, lie, plan, sweepResult } from '../faults/series.ts';

const bridge = (path: string, more = '', hosts = ''): string => `
config bridge
	option use_xdp_bridge '1'
	option path '${path}'
	${more}
config interface_mapping
	option name 'wan0'
	option redirect_to 'lan0'
	option scan_vlans '1'
	option faces 'internet'
	option reciprocal '1'
config vlan_mapping
	option parent 'wan0'
	option tag '3'
	option redirect_to '4'
	option reciprocal '1'
${hosts}`;

const HOSTS = `
config host 'one'
	list ip '10.0.0.2'
	list ip 'fd00::/64'
	option class '1:10'
`;

const CONFIGS = {
  xdp: bridge('xdp'),
  tc: bridge('tc'),
  hosts: bridge('xdp', "option control_frames '1'", HOSTS),
};
const conf = (name: keyof typeof CONFIGS): string[] => ['-c', `/run/lab/files/${name}`];

const SET_UP = `
host router peer
link router wan0 peer eth0
link router lan0 peer eth1
settle router peer
`;

const WITH_BPF = { bpfModes: ['ENOMEM'] };
/** Each in a guest of its own: they are long. */
const SWEEPS = {
  start: [
    plan('start, xdp', null, ['start', ...conf('xdp')], WITH_BPF),
    plan('start, tc', null, ['start', ...conf('tc')], { ...WITH_BPF, fileModes: ['ENOSPC'] }),
  ],
  // Those that change what is in the maps are held by src/agent/bridge_faults.test.ts, with hundreds of operations of bpf(2).
  reload: [plan('reload from xdp to tc', ['start', ...conf('xdp')], ['reload', ...conf('tc')], WITH_BPF)],
  stop: [
    plan('stop, xdp', ['start', ...conf('hosts')], ['stop'], WITH_BPF),
    plan('stop, tc', ['start', ...conf('tc')], ['stop'], WITH_BPF),
  ],
};

for (const [what, plans] of Object.entries(SWEEPS)) {
  test(`one refused request of a ${what} leaves all as before or as wanted`, async (t) => {
    const guest = await bootWithBridge({
      timeoutMs: 400_000,
      script: `${SET_UP}\non_with_pins router weir-faults sweep /run/lab/files/plans\n`,
      files: { ...CONFIGS, plans: JSON.stringify(plans) },
    });
    t.diagnostic(`host time ${guest.hostMs.toFixed(0)} ms`);
    check(t, guest.values('sweep', sweepResult), (run, mode, twoShapers) => {
      // What drivers do to frames is switched apart from the rest.
      return run.exit === EXIT.partial && run.state === 'mixed' ? undefined : lie(run, mode, twoShapers);
    });
  });
}

const wrong = z.strictObject({
  step: z.int(),
  command: z.string(),
  exit: z.int(),
  said: z.string(),
  different: z.array(z.string()),
});
const crashResult = z.strictObject({ name: z.string(), steps: z.int(), exit: z.int(), wrong: z.array(wrong) });

const dying = (name: string, command: string[], more: Partial<CrashPlan> = {}): CrashPlan => ({
  name,
  before: null,
  command,
  half: false,
  events: [],
  from: 1,
  start: ['start', ...conf('xdp')],
  ...more,
});

const CRASHES = [
  dying('start', ['start', ...conf('xdp')]),
  dying('reload', ['reload', ...conf('tc')], { before: ['start', ...conf('xdp')], start: ['start', ...conf('tc')] }),
  dying('stop', ['stop'], { before: ['start', ...conf('xdp')] }),
];

async function crash(t: TestContext, plans: readonly CrashPlan[]): Promise<void> {
  const guest = await bootWithBridge({
    timeoutMs: 400_000,
    script: `${SET_UP}\non_with_pins router weir-faults crashes /run/lab/files/plans\n`,
    files: { ...CONFIGS, plans: JSON.stringify(plans) },
  });
  t.diagnostic(`host time ${guest.hostMs.toFixed(0)} ms`);
  const lines: string[] = [];
  for (const { name, steps, exit, wrong } of guest.values('crashes', crashResult)) {
    t.diagnostic(`${name}: died at each touch up to ${steps}, else ended with ${exit}`);
    if (exit !== EXIT.ok) lines.push(`${name}: exit ${exit} where it did not die`);
    for (const { step, command, exit, said, different } of wrong) {
      lines.push([`${name} died at touch ${step}: ${command} gave ${exit}`, said, ...different].join('\n  '));
    }
  }
  assert.equal(lines.length, 0, `${lines.length} wrong:\n${lines.join('\n')}`);
}

test('wherever a start, a reload or a stop dies, start and stop put everything right', (t) => crash(t, CRASHES));
