/**
 * 500 random trees: what tc shows of each is exactly what the configuration says, nothing is left to do then, and an edit is done with as few
 * operations as it takes.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { Random } from '../../fuzz/mutate.ts';
import { boot } from '../boot.ts';
import { command } from '../results.ts';
import { shownKeys, Trees } from '../trees/random_tree.ts';
import { plainOf, plainOfSpec } from '../trees/reader.ts';
import { type TreeSpec, uciOf } from '../trees/spec.ts';

const TREES = 500;
const SEED = 20_001;
/** Devices of one guest, each with a tree of one configuration. */
const DEVICES = 25;

/** A configuration with a tree for each device, and the same after an edit of each. */
interface Round {
  readonly before: readonly TreeSpec[];
  readonly after: readonly TreeSpec[];
  readonly operations: number;
  readonly edits: readonly string[];
}

function rounds(): Round[] {
  const trees = new Trees(new Random(SEED));
  return Array.from({ length: TREES / DEVICES }, () => {
    const before = Array.from({ length: DEVICES }, (_, i) => trees.on(`t${i}`));
    const edits = before.map((tree) => trees.edit(tree));
    const operations = edits.reduce((sum, edit) => sum + edit.operations, 0);
    return { before, after: edits.map(({ tree }) => tree), operations, edits: edits.map(({ what }) => what) };
  });
}

const SCRIPT = `
for i in $(seq 0 ${DEVICES - 1}); do
  printf 'link add t%s numtxqueues 4 type dummy\\nlink set t%s up\\n' "$i" "$i"
done >/run/links
host router
on router ip -batch /run/links
show() {
  for i in $(seq 0 ${DEVICES - 1}); do
    on router tc -j qdisc show dev "t$i" >"/run/lab/out/$1.t$i.qdiscs"
    on router tc class show dev "t$i" >"/run/lab/out/$1.t$i.classes"
    for handle in $(grep -o '"handle":"[0-9a-f]*:"' "/run/lab/out/$1.t$i.qdiscs" | cut -d'"' -f4); do
      on router tc -j filter show dev "t$i" parent "$handle"
      echo
    done >"/run/lab/out/$1.t$i.filters" 2>/dev/null
  done
}
for n in $(seq 0 ROUNDS); do
  for moment in before after; do
    weir_config <"/run/lab/files/$n.$moment"
    weir plan --json || true
    weir start
    show "$n.$moment"
    weir plan || true
  done
  weir_config </dev/null
  weir start
done
`;

const plan = z.array(z.looseObject({ action: z.string(), path: z.string() }));

test('500 random trees, and an edit of each', { timeout: 600_000 }, async (t) => {
  const all = rounds();
  const files = Object.fromEntries(
    all.flatMap(({ before, after }, n) => [
      [`${n}.before`, uciOf(before)],
      [`${n}.after`, uciOf(after)],
    ]),
  );
  const run = await boot({ script: SCRIPT.replace('ROUNDS', String(all.length - 1)), files, timeoutMs: 600_000 });
  const commands = run.values('weir', command);
  all.forEach((round, n) => {
    (['before', 'after'] as const).forEach((moment, m) => {
      const [planned, started, again] = commands.slice(n * 7 + m * 3, n * 7 + m * 3 + 3);
      assert.equal(started?.exit, 0, `${n}.${moment}: ${started?.stderr}`);
      assert.equal(again?.stdout, '', `${n}.${moment}: nothing is left to do`);
      for (const tree of round[moment]) {
        const printed = (what: string): string => run.out.get(`${n}.${moment}.${tree.device}.${what}`) ?? assert.fail();
        const found = plainOf(
          { qdiscs: printed('qdiscs'), classes: printed('classes'), filters: printed('filters') },
          shownKeys,
        );
        assert.deepEqual(found, plainOfSpec(tree, shownKeys), `${n}.${moment} ${tree.device}`);
      }
      if (moment === 'before') return;
      const changes = plan.parse(JSON.parse(planned?.stdout ?? ''));
      assert.ok(changes.length <= round.operations, `${n}: ${changes.length} operations for ${round.edits.join(', ')}`);
    });
  });
  t.diagnostic(`${(run.hostMs / 1000).toFixed(0)} s of the host`);
});
