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
import { type Edit, shownKeys, Trees } from '../trees/random_tree.ts';
import { type Printed, plainOf, plainOfSpec } from '../trees/reader.ts';
import { type TreeSpec, uciOf } from '../trees/spec.ts';

const TREES = 50;
const SEED = 20_001;
/** Devices of one guest, each with a tree of one configuration. */
const DEVICES = 25;

/** A configuration with a tree for each device, and the same after an edit of each. */
interface Round {
  readonly before: readonly TreeSpec[];
  readonly after: readonly TreeSpec[];
  readonly edits: readonly Edit[];
}

function rounds(): Round[] {
  const trees = new Trees(new Random(SEED));
  return Array.from({ length: TREES / DEVICES }, () => {
    const before = Array.from({ length: DEVICES }, (_, i) => trees.on(`t${i}`));
    const edits = before.map((tree) => trees.edit(tree));
    return { before, after: edits.map(({ tree }) => tree), edits };
  });
}

const SCRIPT = `
for i in $(seq 0 ${DEVICES - 1}); do
  printf 'link add t%s numtxqueues 4 type dummy\\nlink set t%s up\\n' "$i" "$i"
done >/run/links
host router
on router ip -batch /run/links
# All devices by one process of tc for each of the three lists: of qdiscs a line a device, and of classes and filters what is
# between two lines of lo, a qdisc at a time: a list of all classes of a device ends too soon below ets.
for i in $(seq 0 ${DEVICES - 1}); do
  echo "qdisc show dev t$i" >>/run/qdiscs
  printf 'class show dev t%s\nqdisc show dev lo\n' "$i" >>/run/classes
done
show() {
  local out=/run/lab/out/$1
  on router tc -j -batch /run/qdiscs >"$out.qdiscs"
  awk '{
    while (match($0, /"kind":"(htb|hfsc|drr|qfq|prio|ets)","handle":"[0-9a-f]+:"/)) {
      split(substr($0, RSTART, RLENGTH), words, /"/)
      print "filter show dev t" (NR - 1) " parent " words[8] "\\nqdisc show dev lo"
      $0 = substr($0, RSTART + RLENGTH)
    }
  }' "$out.qdiscs" >"$out.parents"
  on router tc -batch "$out.parents" >"$out.filters"
  sed 's/^filter/class/' "$out.parents" >/run/classes
  on router tc -batch /run/classes >"$out.classes"
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

/** What was printed, by device. */
function printedOf(read: (what: string) => string): Printed[] {
  const lines = (what: string): string[] =>
    read(what)
      .split('\n')
      .filter((line) => line !== '');
  const qdiscs = lines('qdiscs');
  const parts = (what: string): string[] => read(what).split(/^qdisc .*\n/m);
  const [classes, filters] = [parts('classes'), parts('filters')];
  const parents = lines('parents').filter((line) => line.startsWith('filter'));
  return qdiscs.map((line, i) => {
    const own = (_: string, k: number): boolean => parents[k]?.startsWith(`filter show dev t${i} `) === true;
    return { qdiscs: line, classes: classes.filter(own).join(''), filters: filters.filter(own).join('') };
  });
}

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
      assert.equal(again?.stdout, '# nothing to change\n', `${n}.${moment}: nothing is left to do`);
      const printed = printedOf((what) => run.out.get(`${n}.${moment}.${what}`) ?? assert.fail());
      round[moment].forEach((tree, i) => {
        const found = plainOf(printed[i] ?? assert.fail(), shownKeys);
        assert.deepEqual(found, plainOfSpec(tree, shownKeys), `${n}.${moment} ${tree.device}`);
      });
      if (moment === 'before') return;
      const changes = plan.parse(JSON.parse(planned?.stdout ?? ''));
      round.edits.forEach(({ tree, operations, what }) => {
        const done = changes.filter(({ path }) => path.startsWith(`${tree.device} `));
        assert.ok(done.length <= operations, `${n} ${tree.device}, ${what}: ${JSON.stringify(done, undefined, 1)}`);
      });
    });
  });
  t.diagnostic(`${(run.hostMs / 1000).toFixed(0)} s of the host`);
});
