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
  type TableCase,
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
weir start || [ $? = 77 ]
export WEIR_BPF_OBJECT=/tmp/weir.o
weir start || [ $? = 3 ]
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
    const run = await boot({ kernel, script, files });
    const [withoutBpf, refused, , started, planned, changing, changed, again] = run.values('weir', command);
    assert.deepEqual([started?.stderr, changed?.stderr], ['', '']);
    assert.deepEqual([planned?.stdout, again?.stdout], ['# nothing to change\n', '# nothing to change\n']);
    const changes = plan.parse(JSON.parse(changing?.stdout ?? ''));
    for (const device of KIND_DEVICES) {
      await t.test(device, () => {
        for (const one of CASES) if (one.device === device) assertCase(one, changes, run.out);
      });
    }
    for (const { device, refusal, why } of REFUSED) {
      await t.test(`${device}: ${why}`, () => assert.match(aboutDevice(refused?.stderr, device), refusal));
    }
    assert.match(aboutDevice(withoutBpf?.stderr, 'f_bpf_2'), /\(EPERM\); a filter bpf takes the package weir-bridge,/);
    t.diagnostic(`${(run.hostMs / 1000).toFixed(1)} s of the host`);
  });
}

function aboutDevice(messages: string | undefined, device: string): string {
  const lines = (messages ?? '').split('\n').filter((line) => line.includes(` ${device} > `));
  return lines.join('\n');
}

/** What was planned for the filter of the case, and what tc showed before and after it. */
function assertCase(
  { device, preference, given, shown, inPlace }: TableCase,
  changes: z.output<typeof plan>,
  out: ReadonlyMap<string, string>,
): void {
  const what = `${device} ${JSON.stringify(given)}`;
  const done = changes.filter(({ path }) => path.startsWith(`${device} > `) && path.endsWith(` ${preference}`));
  const actions = done.map(({ action }) => action).sort();
  assert.deepEqual(actions, inPlace ? ['change'] : ['add', 'delete'], what);
  const printed = ([0, 1] as const).map((round) => {
    const read = (form: string): string => out.get(`${round}.${device}.${form}`) ?? assert.fail(what);
    const one = printedOf(read('text'), read('json'), preference);
    const wanted = shown?.[round];
    if (wanted !== undefined) assert.ok(shows(one, wanted), `${what}: ${JSON.stringify([wanted, one])}`);
    return one;
  });
  if (inPlace) assert.equal(new Set(printed.map(handleOf)).size, 1, what);
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
