/**
 * Every option of every kind of qdiscs and classes, and of the size table: each is set, read back with the independent tc, changed in place
 * where the kernel can, and taken away again.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { everyQdisc, QDISC_NAMES } from '../../../src/tc/every_qdisc.ts';
import { stab } from '../../../src/tc/stab.ts';
import { boot } from '../boot.ts';
import { cakeMqKernel, type Kernel, labKernel } from '../kernel.ts';
import type { LabRun } from '../labrun.ts';
import { command } from '../results.ts';
import { CLASSFUL } from '../trees/classful_options.ts';
import { NETEM } from '../trees/netem_options.ts';
import { type OptionCase, type Options, type OptionTable, optionsOf } from '../trees/option_case.ts';
import { QUEUES } from '../trees/queue_options.ts';
import { PLAIN_KINDS, REFUSALS } from '../trees/refused_options.ts';
import { classesOf, isShown, keyOf, type Printed, qdiscsOf } from '../trees/tc_options.ts';

const CAKE_MQ_KERNEL = cakeMqKernel();
const KERNELS: readonly (readonly [name: string, kernel: Kernel, version: 6 | 7])[] = [
  ['Linux 6.1', labKernel(), 6],
  ...(CAKE_MQ_KERNEL === undefined ? [] : [['Linux 7', CAKE_MQ_KERNEL, 7] as const]),
];
const TABLES = [...QUEUES, ...NETEM, ...CLASSFUL];

/** A case with its place: the root of a device of its own, or a class of a tree that it shares with others. */
interface Trial {
  readonly table: OptionTable;
  readonly one: OptionCase;
  readonly device: string;
  /** In hexadecimal as tc has it. */
  readonly minor: string;
}

/** By the kind at their root; the first has a leaf in each class. */
const SHARED: Readonly<Record<string, string>> = { leaves: 'drr', htb: 'htb', hfsc: 'hfsc', drr: 'drr', qfq: 'qfq' };

const TRIALS: readonly Trial[] = TABLES.flatMap((table) => table.cases.map((one) => ({ table, one }))).map(
  ({ table, one }, index) => {
    const shared = table.of === 'class' ? table.kind : 'leaves';
    return { table, one, device: table.atRoot ? `d${index}` : shared, minor: (index + 1).toString(16) };
  },
);

function section(type: string, name: string, options: Options): string {
  const given = Object.entries(options).filter(([, value]) => value !== '');
  return [`config ${type} '${name}'`, ...given.map(([option, value]) => `\toption ${option} '${value}'`), ''].join(
    '\n',
  );
}

/** Before the first value and after the second the option is not given. */
const STEPS = [0, 1, 2, 3] as const;

function sectionsOf({ device, table, one, minor }: Trial, step: number): string {
  const { kind } = table;
  const options = optionsOf(table, one, one.values[step - 1]);
  if (table.atRoot) return section('qdisc', device, { device, handle: '1:', kind, ...options });
  const [name, place] = [`class_${minor}`, { parent: device, minor }];
  if (table.of === 'class') return section('class', name, { ...place, leaf: 'pfifo', ...options });
  return section('class', name, place) + section('qdisc', `leaf_${minor}`, { parent: name, kind, ...options });
}

function configOf(trials: readonly Trial[], step: number): string {
  const roots = Object.entries(SHARED).map(([device, kind]) =>
    section('qdisc', device, { device, handle: '1:', kind }),
  );
  return [...roots, ...trials.map((trial) => sectionsOf(trial, step))].join('\n');
}

/** An option that none of the devices takes, in the last class of a tree in which all else changes too. */
const REFUSED = section('class', 'refused', {
  parent: 'leaves',
  minor: 'ffff',
  leaf: 'fq',
  leaf_offload_horizon: '1ms',
});

/** With the first value a packet goes through each device with a qdisc of its own, which counts it. */
const SCRIPT = `
host router
on router ip -batch /run/lab/files/links
show() {
  on router tc -s -d -j qdisc show >"/run/lab/out/qdiscs.$1"
  on router tc -d qdisc show >"/run/lab/out/qdisc_lines.$1"
  on router tc -d -batch /run/lab/files/classes >"/run/lab/out/class_lines.$1"
}
for step in ${STEPS.join(' ')}; do
  weir_config <"/run/lab/files/config.$step"
  weir plan --json || [ $? = 2 ]
  weir start
  weir plan
  [ "$step" != 1 ] || on router bash /run/lab/files/packets
  show "$step"
done
weir_config </run/lab/files/config.refused
weir start || [ $? = 5 ]
show refused
`;

async function bootWith(trials: readonly Trial[], kernel: Kernel): Promise<LabRun> {
  const devices = [...new Set([...Object.keys(SHARED), ...trials.map(({ device }) => device)])];
  const lines = (make: (device: string, index: number) => string): string => `${devices.map(make).join('\n')}\n`;
  return await boot({
    kernel,
    files: {
      links: lines(
        (device, index) =>
          `link add ${device} numtxqueues 4 type dummy\nlink set ${device} up\naddress add 10.0.${index}.1/24 dev ${device}`,
      ),
      packets: lines((_device, index) => `echo >/dev/udp/10.0.${index}.2/9`),
      classes: `${Object.keys(SHARED)
        .map((device) => `class show dev ${device}`)
        .join('\n')}\n`,
      ...Object.fromEntries(STEPS.map((step) => [`config.${step}`, configOf(trials, step)])),
      'config.refused': configOf(trials, 1) + REFUSED,
    },
    script: SCRIPT,
  });
}

const ACTIONS = { change: 'change', rebuild: 'delete add', unseen: undefined } as const;
const plan = z.array(z.looseObject({ action: z.string(), path: z.string() }));

/** What weir meant to do at a step, by the path of what it is about. */
function actionsOf(run: LabRun, step: number): Map<string, string> {
  const planned = run.values('weir', command)[3 * step]?.stdout ?? '';
  const actions = new Map<string, string>();
  for (const { action, path } of plan.parse(JSON.parse(planned))) {
    actions.set(path, [actions.get(path), action].filter((one) => one !== undefined).join(' '));
  }
  return actions;
}

function pathOf({ table, device, minor }: Trial): string {
  if (table.atRoot) return `${device} > ${table.kind}`;
  return table.of === 'class' ? `${device} > ${table.kind} 1:${minor}` : `${device} > 1:${minor} > ${table.kind}`;
}

/** What tc printed at a step. */
interface Step {
  readonly qdiscs: ReadonlyMap<string, Printed>;
  readonly classes: ReadonlyMap<string, Printed>;
}

function stepOf(run: LabRun, step: number | 'refused'): Step {
  const out = (name: string): string => run.out.get(name) ?? assert.fail(name);
  return {
    qdiscs: qdiscsOf(out(`qdiscs.${step}`), out(`qdisc_lines.${step}`)),
    classes: classesOf(out(`class_lines.${step}`)),
  };
}

/** The qdiscs of the tree with a leaf in each class, as lines in the order of the classes. */
function leavesOf({ qdiscs }: Step): string[] {
  const leaves = [...qdiscs].filter(([key]) => key.startsWith('leaves '));
  return leaves.map(([key, { kind, line }]) => `${key} ${kind}${line}`).sort();
}

/** What tc printed of a trial, step by step. */
function printedOf(steps: readonly Step[], trial: Trial): readonly Printed[] {
  const { table, device, minor } = trial;
  return steps.map(({ qdiscs, classes }) => {
    const found =
      table.of === 'class'
        ? classes.get(`${table.kind} 1:${minor}`)
        : qdiscs.get(keyOf(device, table.atRoot ? 'root' : `1:${minor}`));
    if (found === undefined || table.kind !== 'cake_mq') return found ?? assert.fail(pathOf(trial));
    // tc knows no cake_mq, but the CAKE of each queue.
    const queues = [1, 2, 3, 4].flatMap((queue) => qdiscs.get(keyOf(device, `1:${queue}`)) ?? []);
    const sentPackets = queues.reduce((sum, queue) => sum + queue.sentPackets, 0);
    return { ...found, sentPackets, options: queues[0]?.options ?? {} };
  });
}

/** What is not as the table has it, as lines. */
function problemsOf(steps: readonly Step[], actions: ReadonlyMap<string, string>, trial: Trial): string[] {
  const { one, table, minor } = trial;
  const printed = printedOf(steps, trial);
  const [before, first, second, after] = printed;
  if (before === undefined || first === undefined || second === undefined || after === undefined) return ['nothing'];
  const wrong: string[] = [];
  if (typeof one.shown !== 'string') {
    one.shown.forEach((shown, index) => {
      const found = printed[index + 1];
      if (found !== undefined && isShown(found, shown)) return;
      wrong.push(`${one.values[index]} is ${JSON.stringify(found?.options)} ${found?.line}`);
    });
  }
  const action = actions.get(pathOf(trial));
  if (action !== ACTIONS[one.apply]) wrong.push(`${action} in place of ${ACTIONS[one.apply]}`);
  // A handle that weir has chosen stays with the section.
  const isChosen = !/^8/.test(first.handle);
  if (!isChosen && (first.handle === second.handle) !== (one.apply !== 'rebuild'))
    wrong.push(`${first.handle} became ${second.handle}`);
  if (table.atRoot && (first.sentPackets === 0 || second.sentPackets > 0 !== (one.apply === 'change'))) {
    wrong.push(`${first.sentPackets} packets, ${second.sentPackets} packets`);
  }
  const [ended, began] = [after, one.stays ? second : before].map(({ options, line }) =>
    JSON.stringify([options, line]),
  );
  if (ended !== began) {
    wrong.push(`before it was ${before.line}, and after it ${after.line}`);
  }
  return wrong.map((text) => `${table.of} ${table.kind} ${one.option} (${minor}): ${text}`);
}

for (const [name, kernel, version] of KERNELS) {
  test(`each option is set, told by tc, changed as the kernel can, and taken away, on ${name}`, async (t) => {
    const trials = TRIALS.filter(
      ({ table, one }) => version === 7 || (table.kind !== 'cake_mq' && one.since === undefined),
    );
    const run = await bootWith(trials, kernel);
    const [steps, actions] = [STEPS.map((step) => stepOf(run, step)), actionsOf(run, 2)];
    const problems = trials.flatMap((trial) => problemsOf(steps, actions, trial));
    const commands = run.values('weir', command);
    const errors = commands.slice(0, -1).flatMap(({ args, exit, stdout, stderr }) => {
      if (args.includes('--json')) return [];
      const isDone = exit === 0 && (args.includes('start') || stdout === '# nothing to change\n');
      return isDone ? [] : [`${args} ${exit} ${stdout}${stderr}`];
    });
    t.diagnostic(`${trials.length} options, ${(run.hostMs / 1000).toFixed(0)} s of the host`);
    assert.deepEqual([...errors, ...problems], []);
    assert.match(commands.at(-1)?.stderr ?? '', /offload_?horizon.*; the link is as it was before\n$/i);
    assert.deepEqual(leavesOf(stepOf(run, 'refused')), leavesOf(stepOf(run, 3)));
  });
}

for (const [name, kernel, version] of KERNELS) {
  test(`what cannot be had is told with its reason, and kinds without options are there, on ${name}`, async () => {
    const refusals = REFUSALS.filter(({ only = version }) => only === version);
    const plain = Object.entries(PLAIN_KINDS);
    const devices = [...refusals.map((_one, index) => `r${index}`), ...plain.map((_one, index) => `p${index}`)];
    const run = await boot({
      kernel,
      files: {
        links: devices.map((device) => `link add ${device} numtxqueues 4 type dummy\nlink set ${device} up\n`).join(''),
      },
      script: `
host router
on router ip -batch /run/lab/files/links
${refusals.map(({ kind, options }, index) => `weir_config <<'END'\n${section('qdisc', 'r', { device: `r${index}`, kind, ...options })}END\nweir start || true\n`).join('')}
weir_config <<'END'
${plain.map(([kind, parent], index) => section('qdisc', kind, { device: `p${index}`, kind, parent })).join('')}END
weir start
weir plan
emit plain "$(on router tc -j qdisc show)"
`,
    });
    const commands = run.values('weir', command);
    const problems = refusals.flatMap(({ kind, options, message }, index) => {
      const { exit, stderr } = commands[index] ?? assert.fail(kind);
      return exit !== 0 && message.test(stderr) ? [] : [`${kind} ${JSON.stringify(options)}: ${exit} ${stderr}`];
    });
    assert.deepEqual(problems, []);
    assert.deepEqual(
      commands.slice(refusals.length).map(({ exit, stderr }) => [exit, stderr]),
      [
        [0, ''],
        [0, ''],
      ],
    );
    const shown = run.value('plain', z.array(z.looseObject({ dev: z.string(), kind: z.string() })));
    plain.forEach(([kind], index) => {
      const there = shown.filter(({ dev }) => dev === `p${index}`).map((one) => one.kind);
      assert.ok(there.includes(kind), `${kind}: ${there}`);
    });
  });
}

test('every option of every kind is in the tables', () => {
  const tabled = new Set([
    ...TABLES.flatMap(({ of, kind, cases }) => cases.map(({ option }) => `${of} ${kind} ${option}`)),
    ...REFUSALS.flatMap(({ kind, options }) => Object.keys(options).map((option) => `qdisc ${kind} ${option}`)),
  ]);
  const plain = Object.keys(PLAIN_KINDS);
  const kinds = QDISC_NAMES.map((name) => everyQdisc(name) ?? assert.fail(name));
  const rows = kinds.flatMap((kind) => [
    ...kind.rows.map(([, { uci }]) => `qdisc ${kind.kind} ${uci?.name}`),
    ...(kind.classes?.rows ?? []).map(([, { uci }]) => `class ${kind.kind} ${uci?.name}`),
  ]);
  const table = stab().rows.map(([, { uci }]) => `stab fq_codel stab_${uci?.name}`);
  const missing = [...rows, ...table].filter((row) => !row.endsWith(' undefined') && !tabled.has(row));
  assert.deepEqual(missing, []);
  const others = kinds.filter(({ rows, kind }) => rows.length === 0 && kind !== 'noop').map(({ kind }) => kind);
  assert.deepEqual(others.sort(), plain.sort());
});
