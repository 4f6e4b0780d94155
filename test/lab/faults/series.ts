/** What scenarios about faults share: configurations, plans, and what may be said of a run. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import * as z from 'zod/mini';
import { boot } from '../boot.ts';
import { labKernel } from '../kernel.ts';
import type { LabRun } from '../labrun.ts';
import type { SweepPlan } from './sweep.ts';

export const EXIT = { ok: 0, failed: 3, broken: 4, partial: 5, noPermission: 77 };

const count = z.int().check(z.nonnegative());
const run = z.strictObject({
  at: z.array(count),
  exit: z.int(),
  state: z.enum(['before', 'wanted', 'mixed', 'other']),
  said: z.optional(z.string()),
  difference: z.optional(z.array(z.string())),
});
export const sweepResult = z.strictObject({
  name: z.string(),
  mode: z.string(),
  gap: count,
  steps: count,
  runs: z.array(run),
});
type Run = z.output<typeof run>;
type SweepResult = z.output<typeof sweepResult>;

const WAN = { device: 'wan0', download: '18500', upload: '4750', offloads: 'none' };
const LAN = { device: 'lan0', upload: '9000', offloads: 'none' };

/** Options with several words are lists. */
function section(name: string, options: Readonly<Record<string, string>>): string {
  const lines = Object.entries(options).flatMap(([option, value]) =>
    value.split(' ').map((word) => `\t${value.includes(' ') ? 'list' : 'option'} ${option} '${word}'`),
  );
  return `config shaper '${name}'\n${lines.join('\n')}\n`;
}

/** A tree on wan0 with these classes below the one of 10 Mbit/s: `voice 2mbit pfifo`, each with a mark of its own. */
function tree(...classes: readonly string[]): string {
  const root = "config qdisc 'root'\n\toption device 'wan0'\n\toption kind 'htb'\n\toption handle '1:'\n";
  const all = "config class 'all'\n\toption parent 'root'\n\toption minor '1'\n\toption rate '10mbit'\n";
  const below = classes.map((one, i) => {
    const [name, rate, leaf, parent = 'all'] = one.split(' ');
    const options = { parent, rate, leaf, mark: String(i + 1) };
    const lines = Object.entries(options).flatMap(([option, value]) =>
      value === undefined || value === '-' ? [] : [`\toption ${option} '${value}'\n`],
    );
    return `config class '${name}'\n${lines.join('')}`;
  });
  return [root, all, ...below].join('');
}

export const CONFIGS = {
  plain: section('wan', WAN),
  offloads: section('wan', { ...WAN, offloads: 'gro gso tso' }),
  rates: section('wan', { ...WAN, download: '9000', upload: '2000', overhead: '34', rtt: '50ms' }),
  upload: section('wan', { device: 'wan0', upload: '4750', offloads: 'none' }),
  tins: section('wan', { ...WAN, diffserv: 'diffserv8' }),
  queues: section('wan', { ...WAN, multi_queue: 'on' }),
  slowQueues: section('wan', { ...WAN, download: '9000', upload: '2000', multi_queue: 'on' }),
  two: section('wan', WAN) + section('lan', LAN),
  tree: tree('voice 2mbit pfifo', 'web 3mbit fq_codel', 'bulk 1mbit pfifo'),
  treeEdited: tree('voice 3mbit pfifo', 'web 3mbit pfifo', 'guests 1mbit fq_codel'),
  treeFaster: tree('voice 3mbit pfifo', 'web 3mbit fq_codel', 'bulk 1mbit pfifo'),
  treeMoved: tree('voice 2mbit pfifo', 'web 3mbit -', 'bulk 1mbit pfifo web'),
};

/** The option that names one of them, in the guest. */
export const conf = (name: keyof typeof CONFIGS): string[] => ['-c', `/run/lab/files/${name}`];

/** What the kernel says to a type that it does not know, and a lost answer. */
export const MODES = ['kernel', 'lost'];

/** Requests fail with `MODES`, one at a time, unless `more` says otherwise. */
export function plan(
  name: string,
  before: string[] | null,
  command: string[],
  more: Partial<SweepPlan> = {},
): SweepPlan {
  return { name, before, command, modes: MODES, gaps: [0], fileModes: [], bpfModes: [], lacks: [], ...more };
}

/** A router with two cables, the first with so many queues. */
export const hosts = (queues: number | '' = '') => `
host router peer
link router wan0 peer eth0 ${queues}
link router lan0 peer eth1
settle router peer
`;

/** What other programs may have set up on a router, on the devices that are shaped and on others. */
export const FOREIGN_THINGS = `
ip -n router link add ifb0 up type ifb
tc -n router -batch - <<END
qdisc add dev wan0 root handle 8001: fq_codel limit 500 target 7ms interval 80ms quantum 300 noecn
qdisc add dev wan0 clsact
filter add dev wan0 ingress pref 10 protocol ip u32 match ip dst 192.0.2.9/32 action drop
filter add dev wan0 egress pref 10 protocol all matchall action pass
qdisc add dev lan0 root handle 1: htb default 10
qdisc add dev ifb0 root handle 1: pfifo limit 50
class add dev lan0 parent 1: classid 1:10 htb rate 5mbit
END
`;

/** Runs the plans in one guest, after `setUp`. */
export async function sweeps(plans: readonly SweepPlan[], setUp: string, kernel = labKernel()): Promise<LabRun> {
  return boot({
    kernel,
    timeoutMs: 400_000,
    script: `${setUp}\non router weir-faults sweep /run/lab/files/plans\n`,
    files: { ...CONFIGS, plans: JSON.stringify(plans) },
  });
}

/** What is wrong with a run, or undefined. */
export function lie({ exit, state }: Run, mode: string, twoShapers: boolean): string | undefined {
  switch (exit) {
    case EXIT.ok:
      return state === 'wanted' ? undefined : 'says done';
    case EXIT.failed:
      return state === 'before' ? undefined : 'says that the link is as before';
    case EXIT.noPermission:
      return state === 'before' && mode === 'EPERM' ? undefined : 'says no permission';
    case EXIT.partial:
      return state === 'mixed' && twoShapers ? undefined : 'says in part';
    default:
      return 'ended so';
  }
}

/** Notes every series and fails where `judge` finds a run wrong. */
export function check(t: TestContext, results: readonly SweepResult[], judge: typeof lie): void {
  const lies: string[] = [];
  for (const { name, mode, gap, steps, runs } of results) {
    const tally = new Map<string, number>();
    for (const one of runs) {
      const outcome = `${one.exit} ${one.state}`;
      tally.set(outcome, (tally.get(outcome) ?? 0) + 1);
      const wrong = judge(one, mode, name.includes('two shapers'));
      if (wrong === undefined) continue;
      const about = [
        `${name}, ${mode} at ${one.at.join(' and ')} of ${steps}`,
        `${wrong}: exit ${one.exit}, state ${one.state}`,
      ];
      lies.push([...about, one.said ?? '', ...(one.difference ?? [])].join('\n  '));
    }
    const outcomes = [...tally].map(([outcome, times]) => `${times} x ${outcome}`).join(', ');
    t.diagnostic(`${name}, ${mode}${gap === 0 ? '' : ` and ${gap} later`}: ${steps} steps, ${outcomes}`);
  }
  assert.equal(lies.length, 0, `${lies.length} lies:\n${lies.join('\n')}`);
}
