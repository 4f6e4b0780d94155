/**
 * A root qdisc of someone else where weir wants to shape.
 *
 * One that weir can put back gives way to it, which the plan says, and is as it was after stop, with its handle and options.
 * One that it could not put back (with classes, filters or a size table, or of a kind whose options do not read back as they
 * were written) stays: the rest of the shaper is in force, and exit code 5 and a message say what to do.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { boot } from '../boot.ts';
import type { LabRun } from '../labrun.ts';
import { config } from '../life.ts';
import { command } from '../results.ts';

const BOTH = "option download '18500'\noption upload '4750'";

const RESTORED = [
  'pfifo limit 77',
  'bfifo limit 123456',
  'fq_codel limit 500 flows 512 target 7ms interval 80ms quantum 300 noecn memory_limit 4mb',
  'fq_codel',
  'codel limit 200 target 10ms interval 150ms ecn',
  'pie limit 300 target 12ms tupdate 20ms ecn',
  'fq_pie limit 400 flows 256 target 12ms tupdate 20ms',
  'fq limit 4000 flow_limit 50 quantum 3000 initial_quantum 9000 maxrate 50mbit nopacing',
  'cake bandwidth 12345kbit diffserv8 dual-srchost nat wash ack-filter rtt 30ms overhead 18 mpu 64 memlimit 8mb',
  'cake unlimited',
] as const;

/** As tc takes it, the kind, and whether a filter is put on it. */
const REFUSED: readonly { readonly root: string; readonly kind: string; readonly filter?: true }[] = [
  { root: 'htb default 1', kind: 'htb' },
  { root: 'prio', kind: 'prio' },
  { root: 'drr', kind: 'drr' },
  { root: 'hfsc default 1', kind: 'hfsc' },
  { root: 'tbf rate 9mbit burst 1600 limit 90000', kind: 'tbf' },
  { root: 'sfq perturb 10', kind: 'sfq' },
  { root: 'stab overhead 18 linklayer atm mtu 2048 fq_codel', kind: 'fq_codel' },
  { root: 'cake bandwidth 9mbit', kind: 'cake', filter: true },
];

/** What tc says of wan0; not all kinds have JSON that can be read. */
const SHOW = `
emit wan0 "$(traffic json "$(tc -n router -d qdisc show dev wan0; tc -n router filter show dev wan0)")"
`;

/** `commands` with someone's root on wan0, shown before and after. */
const withRoot = (root: string, commands: string, more = '') => `
tc -n router qdisc add dev wan0 root handle 8001: ${root}
${more}
${SHOW}
${commands}
${SHOW}
tc -n router qdisc del dev wan0 root
`;

/** What the n-th of `each` groups of commands printed, and its lines of SHOW. */
function groupOf(run: LabRun, index: number, commands: number, shows: number) {
  return {
    commands: run.values('weir', command).slice(index * commands, (index + 1) * commands),
    shown: run.values('wan0', z.string()).slice(index * shows, (index + 1) * shows),
  };
}

test("someone's root that can be put back gives way and comes back", async (t) => {
  const steps = RESTORED.map((root) => withRoot(root, 'weir plan || [ $? = 2 ]\nweir start\nweir stop'));
  const run = await boot({ script: `topology_router\n${config(BOTH)}${steps.join('')}` });
  for (const [index, root] of RESTORED.entries()) {
    await t.test(root, () => {
      const { commands, shown } = groupOf(run, index, 3, 2);
      const [plan, start, stop] = commands;
      const [kind] = root.split(' ');
      assert.match(plan?.stdout ?? '', new RegExp(`#   qdisc: ${kind} 8001: -> cake 7e00:\n#   loses packets queued`));
      for (const done of [start, stop]) assert.equal(`${done?.exit} ${done?.stderr}`, '0 ');
      assert.equal(shown[1], shown[0]);
      assert.match(shown[0] ?? '', new RegExp(`^qdisc ${kind} 8001: root `));
    });
  }
});

test("someone's root that could not be put back stays, and the rest is in force", async (t) => {
  const commands = `weir start || true\n${SHOW}\nweir status\nweir stop`;
  const filter = 'tc -n router filter add dev wan0 parent 8001: matchall action skbedit priority 8001:3';
  const steps = REFUSED.map((it) => withRoot(it.root, commands, it.filter ? filter : ''));
  const run = await boot({ script: `topology_router\n${config(BOTH)}${steps.join('')}` });
  for (const [index, { root, kind, filter }] of REFUSED.entries()) {
    await t.test(`${root}${filter ? ' with a filter' : ''}`, () => {
      const { commands, shown } = groupOf(run, index, 3, 3);
      const [start, status, stop] = commands;
      assert.equal(start?.exit, 5);
      assert.match(
        start.stderr,
        new RegExp(`^error: .*: upload: someone else has set up ${kind} 8001: on wan0, which`),
      );
      assert.match(start.stderr, /remove it with 'tc qdisc del dev wan0 root', or set upload to 0\n$/);
      assert.match(status?.stdout ?? '', /^wan: partial on wan0\n {2}download 18500kbit, cake on ifb-wan0\n/);
      assert.equal(stop?.exit, 0);
      const [before, started, stopped] = shown;
      assert.match(before ?? '', new RegExp(`^qdisc ${kind} 8001: root `));
      // Only the hook has come, a line of its own.
      assert.equal(started?.replace(/qdisc clsact .*\n?/, '').trimEnd(), before?.trimEnd());
      assert.equal(stopped, before);
    });
  }
});
