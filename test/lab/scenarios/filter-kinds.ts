/**
 * Every option of every kind of filters and actions, in the kernel: what the independent tc shows is what the table says by hand, another
 * value is changed in place where the kernel can do that, and nothing is left to do then.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { ACTION_NAMES, actionKind } from '../../../src/tc/action/registry.ts';
import { FILTER_NAMES, filterKind } from '../../../src/tc/filter/registry.ts';
import type { OptionSet } from '../../../src/tc/kind.ts';
import { boot } from '../boot.ts';
import { cakeMqKernel, type Kernel, labKernel } from '../kernel.ts';
import { command } from '../results.ts';
import { ACTION_CASES, REFUSED_ACTIONS } from '../trees/action_cases.ts';
import { FILTER_CASES, REFUSED_FILTERS } from '../trees/filter_cases.ts';
import {
  casesOf,
  filterSection,
  handleOf,
  printedOf,
  refusalsOf,
  shows,
  treeSections,
} from '../trees/option_tables.ts';

const CAKE_MQ_KERNEL = cakeMqKernel();
const KERNELS: readonly (readonly [name: string, kernel: Kernel])[] = [
  ['Linux 6.1', labKernel()],
  ...(CAKE_MQ_KERNEL === undefined ? [] : [['Linux 7', CAKE_MQ_KERNEL] as const]),
];

const CASES = [...casesOf(FILTER_CASES, 'f'), ...casesOf(ACTION_CASES, 'a')];
const KIND_DEVICES = [...new Set(CASES.map(({ device }) => device))];
const REFUSED = [...refusalsOf(REFUSED_FILTERS, 'f'), ...refusalsOf(REFUSED_ACTIONS, 'a')];

const configOf = (round: 0 | 1): string =>
  [
    ...KIND_DEVICES.map(treeSections),
    ...CASES.map(({ device, preference, given }) => filterSection(device, preference, given[round])),
  ].join('');

const REFUSED_CONFIG = REFUSED.map(
  ({ device, preference, given }) => treeSections(device) + filterSection(device, preference, given),
).join('');

/** With the programs of the bridge pinned as if they were somebody else's, and `show NAME` for what tc prints. */
const BEGIN = `
here() { shift; "$@"; }
weir_on=here
for name in in0 in1 ${[...KIND_DEVICES, ...REFUSED.map(({ device }) => device)].join(' ')}; do
  echo "link add $name up type dummy"
done | ip -batch -
show() {
  for name in ${KIND_DEVICES.join(' ')}; do
    tc filter show dev $name >/run/lab/out/$1.$name.text
    tc -j filter show dev $name >/run/lab/out/$1.$name.json
  done
}
cp /run/lab/files/weir.o /tmp
WEIR_BPF_OBJECT=/tmp/weir.o weir-bpf 'load 1 1 1'
for pin in first second; do bpftool prog pin pinned /sys/fs/bpf/weir/programs/tc_forward /sys/fs/bpf/$pin; done
weir-bpf unload
`;

const plan = z.array(z.looseObject({ action: z.string(), path: z.string() }));

for (const [name, kernel] of KERNELS) {
  test(`every option is set, read back and changed, on ${name}`, async (t) => {
    const script = `${BEGIN}
weir_config </run/lab/files/refused
weir start || [ $? = 5 ]
export WEIR_BPF_OBJECT=/tmp/weir.o
for round in 0 1; do
  weir_config </run/lab/files/$round
  weir plan --json || [ $? = 2 ]
  weir start
  weir plan
  show $round
done
`;
    const files = {
      0: configOf(0),
      1: configOf(1),
      refused: REFUSED_CONFIG,
      'weir.o': readFileSync('build/bpf/el/weir.bpf.o'),
    };
    const run = await boot({ kernel, script, files, mayFail: true });
    const [refused, , started, planned, changing, changed, again] = run.values('weir', command);
    t.diagnostic(run.log.slice(-3000));
    assert.deepEqual([started?.exit, changed?.exit], [0, 0]);
    assert.deepEqual([planned?.stdout, again?.stdout], ['# nothing to change\n', '# nothing to change\n']);
    const changes = plan.parse(JSON.parse(changing?.stdout ?? ''));
    for (const { device, preference, given, shown, inPlace } of CASES) {
      await t.test(`${device.replace('_', ' ')}: ${JSON.stringify(given)}`, () => {
        const done = changes.filter(({ path }) => path.startsWith(`${device} > `) && path.endsWith(` ${preference}`));
        assert.equal(done.map(({ action }) => action).join(' '), inPlace ? 'change' : 'delete add');
        const printed = ([0, 1] as const).map((round) => {
          const out = (what: string): string => run.out.get(`${round}.${device}.${what}`) ?? assert.fail();
          const one = printedOf(out('text'), out('json'), preference);
          const wanted = shown?.[round] ?? '';
          assert.ok(shows(one, wanted), `not ${JSON.stringify(wanted)}\n${one.text}\n${JSON.stringify(one.json)}`);
          return one;
        });
        if (inPlace) assert.equal(new Set(printed.map(handleOf)).size, 1);
      });
    }
    for (const { device, refusal, why } of REFUSED) {
      await t.test(`${device.replaceAll('_', ' ')}: ${why}`, () => {
        const lines = (refused?.stderr ?? '').split('\n').filter((line) => line.includes(` ${device} > `));
        assert.match(lines.join('\n'), refusal);
      });
    }
    t.diagnostic(`${(run.hostMs / 1000).toFixed(1)} s of the host`);
  });
}

test('no option of a kind is left out', () => {
  const kinds = [
    ...FILTER_NAMES.map((name) => [name, filterKind(name), FILTER_CASES[name], REFUSED_FILTERS] as const),
    ...ACTION_NAMES.map((name) => [name, actionKind(name), ACTION_CASES[name], REFUSED_ACTIONS] as const),
  ];
  for (const [name, kind, cases = [], refused] of kinds) {
    const of = refused.filter(({ kind }) => kind === name).flatMap(({ options }) => options);
    assert.deepEqual([...new Set([...cases.map(({ option }) => option), ...of])].sort(), optionsOf(kind), name);
  }
});

function optionsOf(set: OptionSet | undefined): string[] {
  return (set?.rows ?? []).flatMap(([, { uci }]) => (uci === undefined ? [] : [uci.name])).sort();
}
