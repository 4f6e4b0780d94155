/**
 * Configured trees of qdiscs, classes and filters in the kernel, read back by the independent tc: a tree is built as it is written, an edit
 * changes what it is about and nothing else, what others undo is repaired, and after stop all is as before.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { boot } from '../boot.ts';
import { cakeMqKernel, type Kernel, labKernel } from '../kernel.ts';
import type { LabRun } from '../labrun.ts';
import { QUIET } from '../quiet.ts';
import { command, udpSink } from '../results.ts';

const CAKE_MQ_KERNEL = cakeMqKernel();
const KERNELS: readonly (readonly [name: string, kernel: Kernel])[] = [
  ['Linux 6.1', labKernel()],
  ...(CAKE_MQ_KERNEL === undefined ? [] : [['Linux 7', CAKE_MQ_KERNEL] as const]),
];

/** A section of the file: `class 'voice'` and its options. */
function section(type: string, name: string, options: Readonly<Record<string, string>>): string {
  const lines = Object.entries(options).map(([option, value]) => `\toption ${option} '${value}'\n`);
  return `config ${type} '${name}'\n${lines.join('')}\n`;
}

type Options = Readonly<Record<string, string>>;
/** By type and name. */
type Sections = Readonly<Record<string, Options>>;

const fileOf = (sections: Sections): string =>
  Object.entries(sections)
    .map(([key, options]) => {
      const [type = '', name = ''] = key.split(' ');
      return section(type, name, options);
    })
    .join('');

const TREE: Sections = {
  'qdisc wan_root': { device: 'wan0', handle: '1:', kind: 'htb', default: 'other' },
  'class all': { parent: 'wan_root', minor: '1', rate: '10mbit' },
  'class home': { parent: 'all', minor: '10', rate: '6mbit', ceil: '10mbit' },
  'class voice': {
    parent: 'home',
    minor: '11',
    rate: '2mbit',
    ceil: '10mbit',
    prio: '0',
    mark: '0x10/0xff',
    leaf: 'pfifo',
    leaf_limit: '1000',
  },
  'class bulk': { parent: 'home', rate: '40%', prio: '2', mark: '0x20/0xff', leaf: 'sfq', leaf_perturb: '10' },
  'class other': { parent: 'all', rate: '4mbit', ceil: '10mbit', leaf: 'cake' },
  'filter dns': { parent: 'wan_root', kind: 'u32', protocol: 'ip', dport: '53', class: 'voice', action: 'few' },
  'action few': { kind: 'police', rate: '1mbit', burst: '10kb' },
};

const configure = (sections: Sections): string => `weir_config <<'END'\n${fileOf(sections)}END\n`;

/** What tc shows of wan0, as its text and as its JSON. */
const SHOW = `
show() {
  emit "$1" "$(traffic json "$(tc -n router -d qdisc show dev wan0; tc -n router -d class show dev wan0; tc -n router filter show dev wan0; tc -n router filter show dev wan0 ingress)")"
}
`;

const text = z.string();

/** The lines of tc, each a text with single spaces. */
const linesOf = (shown: string): string[] => shown.split('\n').map((line) => line.replaceAll(/\s+/g, ' ').trim());

function assertHasLines(shown: string, patterns: readonly RegExp[]): void {
  for (const pattern of patterns) {
    assert.ok(
      linesOf(shown).some((line) => pattern.test(line)),
      `no line is as ${pattern}:\n${shown}`,
    );
  }
}

const commandsOf = (run: LabRun) => run.values('weir', command);

for (const [name, kernel] of KERNELS) {
  test(`a tree is built as it is written, and goes without a trace, on ${name}`, async () => {
    const run = await boot({
      kernel,
      script: `
topology_router
${SHOW}
tc -n router qdisc add dev wan0 root handle 8011: fq_codel limit 777
show before
${configure(TREE)}
weir check
weir start
show built
weir plan
weir start
weir status
weir stop
show after
`,
    });
    const [check, start, plan, again, status, stop] = commandsOf(run);
    assert.deepEqual([check?.exit, start?.exit, start?.stderr], [0, 0, '']);
    assert.equal(plan?.stdout, '# nothing to change\n');
    assert.deepEqual([again?.exit, stop?.exit], [0, 0]);
    assert.equal(status?.stdout, 'tree of wan0: applied, 4 qdiscs, 5 classes, 3 filters\n');
    assertHasLines(run.value('built', text), [
      /^qdisc htb 1: root .* default 0x3 /,
      /^class htb 1:1 root rate 10Mbit ceil 10Mbit/,
      /^class htb 1:10 parent 1:1 rate 6Mbit ceil 10Mbit/,
      /^class htb 1:11 parent 1:10 leaf [0-9a-f]+: prio 0 .* rate 2Mbit ceil 10Mbit/,
      /^class htb 1:2 parent 1:10 leaf [0-9a-f]+: prio 2 .* rate 2400Kbit ceil 2400Kbit/,
      /^qdisc pfifo [0-9a-f]+: parent 1:11 limit 1000p/,
      /^qdisc sfq [0-9a-f]+: parent 1:2 .*perturb 10sec/,
      /^qdisc cake [0-9a-f]+: parent 1:3 /,
      /^filter parent 1: protocol all pref \d+ fw (chain 0 )?handle 0x10\/0xff classid 1:11/,
      /^filter parent 1: protocol ip pref \d+ u32 .*\*?flowid 1:11/,
      /police .* rate 1Mbit burst 10Kb/,
    ]);
    assert.equal(run.value('after', text), run.value('before', text));
  });

  test(`an edit loses none of 300 packets in a class that it is not about, on ${name}`, async () => {
    const edited: Sections = {
      ...TREE,
      'class voice': { ...TREE['class voice'], rate: '3mbit' },
      'class bulk': { parent: 'home', rate: '40%', prio: '3', mark: '0x30/0xff', leaf: 'fq_codel' },
      'class guests': { parent: 'all', rate: '1mbit', ceil: '10mbit', leaf: 'fq_codel' },
      'class other': { ...TREE['class other'], rate: '3mbit' },
      'filter dns': { parent: 'wan_root', kind: 'u32', protocol: 'ip', dport: '53', class: 'other' },
    };
    const packets = '--count 300';
    const run = await boot({
      kernel,
      script: `
topology_router down=none up=none rtt_ms=2
${QUIET}
${SHOW}
${configure({ ...TREE, 'class voice': { ...TREE['class voice'], ceil: '2mbit' }, 'filter port': { parent: 'wan_root', kind: 'u32', protocol: 'ip', dport: '6001', class: 'voice' } })}
weir start
start up inet udp-sink 6001 ${packets} --for-ms 30000
launch sent lan udp-send 192.0.2.1 6001 ${packets} --size 1000
sleep 0.2
${configure({ ...edited, 'filter port': { parent: 'wan_root', kind: 'u32', protocol: 'ip', dport: '6001', class: 'voice' } })}
weir plan || [ $? = 2 ]
weir -v reload
weir plan
show edited
collect
weir stop
`,
    });
    const [start, plan, reload, after] = commandsOf(run);
    assert.deepEqual([start?.exit, start?.stderr, plan?.exit, reload?.exit], [0, '', 2, 0]);
    assert.equal(after?.stdout, '# nothing to change\n');
    const { received, reordered, duplicates } = run.value('up', udpSink);
    assert.deepEqual({ received, reordered, duplicates }, { received: 300, reordered: 0, duplicates: 0 });
    const lines = (reload?.stderr ?? '').split('\n').filter((line) => line.startsWith('tc '));
    assert.ok(
      lines.every((line) => line.endsWith(': ok')),
      reload?.stderr,
    );
    assert.deepEqual(
      lines.map((line) => line.split(' ').slice(0, 3).join(' ')).sort(),
      [
        'tc class add',
        'tc class change',
        'tc class change',
        'tc class change',
        'tc filter add',
        'tc filter change',
        'tc filter del',
        'tc qdisc add',
        'tc qdisc replace',
      ],
      reload?.stderr,
    );
  });

  test(`whatever becomes of a tree, one reload leads there, on ${name}`, async (t) => {
    const leaf = { parent: 'home', minor: '11', rate: '2mbit', leaf: 'pfifo' };
    const root = TREE['qdisc wan_root'] ?? {};
    const base: Sections = {
      'qdisc wan_root': { ...root, default: '10' },
      'class all': { parent: 'wan_root', minor: '1', rate: '10mbit' },
      'class home': { parent: 'all', minor: '10', rate: '6mbit', mark: '0x1' },
      'class away': { parent: 'all', minor: '20', rate: '3mbit', mark: '0x2' },
    };
    const steps: readonly (readonly [string, Sections])[] = [
      ['begin', base],
      ['a class gets a leaf', { ...base, 'class home': { ...base['class home'], leaf: 'fq_codel' } }],
      ['its leaf gives way to a class', { ...base, 'class voice': leaf }],
      ['that class moves to another parent', { ...base, 'class voice': { ...leaf, parent: 'away' } }],
      ['it goes, and its parent has a leaf again', { ...base, 'class away': { ...base['class away'], leaf: 'sfq' } }],
      [
        'a classful leaf with filters',
        {
          ...base,
          'qdisc inner': { parent: 'away', kind: 'prio', bands: '3' },
          'class low': { parent: 'inner', minor: '3', leaf: 'fq_codel', mark: '0x3' },
        },
      ],
      [
        'it moves to another class',
        {
          ...base,
          'qdisc inner': { parent: 'home', kind: 'prio', bands: '3' },
          'class low': { parent: 'inner', minor: '3', leaf: 'fq_codel', mark: '0x3' },
        },
      ],
      [
        'another kind with its handle',
        {
          'qdisc wan_root': { device: 'wan0', handle: '1:', kind: 'hfsc', default: '10' },
          'class all': { parent: 'wan_root', minor: '1', ls_m2: '10mbit', ul_m2: '10mbit' },
          'class home': { parent: 'all', minor: '10', ls_m2: '6mbit', mark: '0x1' },
        },
      ],
      ['another handle', { ...base, 'qdisc wan_root': { ...root, handle: '2:', default: '10' } }],
      ['an allotted handle', { ...base, 'qdisc wan_root': { device: 'wan0', kind: 'htb', default: 'home' } }],
      ['no tree', {}],
    ];
    const run = await boot({
      kernel,
      script: `topology_router\n${SHOW}show before\n${steps
        .map(
          ([, sections]) => `
${configure(sections)}
weir plan || [ $? = 2 ]
weir -v reload || true
weir plan || true
`,
        )
        .join('')}show after`,
    });
    const results = commandsOf(run);
    for (const [index, [what]] of steps.entries()) {
      await t.test(what, (t) => {
        const [plan, reload, after] = results.slice(3 * index, 3 * index + 3);
        t.diagnostic(`${plan?.stdout}\n${reload?.stderr}`);
        assert.deepEqual([plan?.exit, reload?.exit, after?.stdout], [2, 0, '# nothing to change\n']);
        assert.doesNotMatch(reload?.stderr ?? '', /putting back/);
      });
    }
    assert.equal(run.value('after', text), run.value('before', text));
  });

  test(`each kind with classes is built, changed and taken away, on ${name}`, async (t) => {
    const kinds: Readonly<Record<string, readonly [qdisc: Options, one: Options, other: Options]>> = {
      prio: [{}, { leaf: 'sfq' }, { leaf: 'fq_codel' }],
      ets: [{ bands: '3', strict: '1' }, { leaf: 'pfifo' }, { leaf: 'bfifo' }],
      drr: [{}, { quantum: '3000', leaf: 'fq_codel' }, { quantum: '1514', leaf: 'fq_codel' }],
      qfq: [{}, { weight: '10' }, { weight: '20' }],
      hfsc: [{ default: '1' }, { ls_m2: '5mbit' }, { ls_m2: '6mbit', ul_m2: '8mbit' }],
      mq: [{}, { leaf: 'fq_codel' }, { leaf: 'sfq' }],
      tbf: [{ rate: '5mbit', burst: '10kb', limit: '30kb' }, { leaf: 'pfifo' }, { leaf: 'fq_codel' }],
    };
    const sectionsOf = (kind: string, qdisc: Options, first: Options): Sections => ({
      'qdisc top': { device: 'wan0', kind, ...qdisc },
      'class first': { parent: 'top', minor: '1', ...first },
      ...(kind === 'tbf' || kind === 'mq'
        ? {}
        : { 'filter marked': { parent: 'top', kind: 'fw', mark: '1', class: 'first' } }),
    });
    const steps = Object.entries(kinds).flatMap(([kind, [qdisc, one, other]]): [string, Sections][] => [
      [kind, sectionsOf(kind, qdisc, one)],
      [`${kind}, changed`, sectionsOf(kind, qdisc, other)],
    ]);
    const run = await boot({
      kernel,
      script: `topology_router queues=4\n${SHOW}show before\n${steps
        .map(([, sections]) => `${configure(sections)}\nweir -v reload || true\nweir plan || true\n`)
        .join('')}weir stop\nshow after`,
    });
    const results = commandsOf(run);
    for (const [index, [what]] of steps.entries()) {
      await t.test(what, () => {
        const [reload, plan] = results.slice(2 * index, 2 * index + 2);
        assert.equal(reload?.exit, 0, reload?.stderr);
        assert.equal(plan?.stdout, '# nothing to change\n');
        if (what.endsWith('changed')) assert.doesNotMatch(reload?.stderr ?? '', /root/);
      });
    }
    assert.equal(run.value('after', text), run.value('before', text));
  });

  test(`a daemon repairs trees, and one that was killed leaves nothing to do, on ${name}`, async () => {
    const interference = [
      'tc -n router class change dev wan0 parent 1:10 classid 1:11 htb rate 1mbit ceil 10mbit',
      'tc -n router filter del dev wan0 parent 1: pref 100',
      'tc -n router qdisc replace dev wan0 parent 1:11 fq_codel',
      'tc -n router qdisc del dev wan0 parent 1:11',
      'tc -n router class add dev wan0 parent 1:10 classid 1:77 htb rate 1mbit',
      'tc -n router qdisc del dev wan0 root',
    ];
    const run = await boot({
      kernel,
      script: `
topology_router
${SHOW}
show before
${configure(TREE)}
on router weir daemon >/run/lab/out/daemon 2>&1 &
daemon=$!
is_whole() { on router weir plan; }
wait_until 1000 is_whole
show built
${interference.map((what) => `${what}\nsleep 0.1\nweir plan || true`).join('\n')}
pkill -9 -f 'weir daemon' || true
wait $daemon || true
weir start
weir plan
show killed
weir stop
show after
`,
    });
    const results = commandsOf(run);
    for (const [index, what] of interference.entries()) {
      assert.equal(results[index]?.stdout, '# nothing to change\n', `${what}\n${run.out.get('daemon')}`);
    }
    assert.deepEqual(
      results.slice(interference.length).map(({ exit }) => exit),
      [0, 0, 0],
    );
    assert.equal(run.value('after', text), run.value('before', text));
  });

  test(`below a class of another tool only our own is touched, on ${name}`, async () => {
    const run = await boot({
      kernel,
      script: `
topology_router
${SHOW}
tc -n router qdisc add dev wan0 root handle 1: htb default 10
tc -n router class add dev wan0 parent 1: classid 1:1 htb rate 10mbit
tc -n router class add dev wan0 parent 1:1 classid 1:10 htb rate 5mbit
tc -n router class add dev wan0 parent 1:1 classid 1:20 htb rate 5mbit
tc -n router filter add dev wan0 parent 1: prio 7 handle 9 fw classid 1:20
show before
${configure({
  'class ours': { device: 'wan0', parent: '1:1', minor: '30', kind: 'htb', rate: '2mbit', leaf: 'sfq' },
  'qdisc their_leaf': { device: 'wan0', parent: '1:10', kind: 'fq_codel' },
  'qdisc missing': { device: 'wan0', parent: '1:99', kind: 'fq_codel' },
  'filter sorted': { device: 'wan0', parent: '1:', kind: 'fw', mark: '0x30', class: 'ours' },
})}
weir -v start || [ $? = 5 ]
weir plan
show ours
weir stop
show after
`,
    });
    const [start, plan, stop] = commandsOf(run);
    assert.match(start?.stderr ?? '', /class 1:99 does not exist on wan0; waiting for it/);
    assert.deepEqual([start?.exit, plan?.exit, stop?.exit], [5, 0, 0]);
    assertHasLines(run.value('ours', text), [
      /^class htb 1:30 parent 1:1 leaf [0-9a-f]+: .* rate 2Mbit/,
      /^qdisc fq_codel [0-9a-f]+: parent 1:10 /,
      /^qdisc sfq [0-9a-f]+: parent 1:30 /,
      /fw .*handle 0x30 classid 1:30/,
    ]);
    // The order is that of a table of the kernel, which may have grown.
    const [after, before] = ['after', 'before'].map((key) => linesOf(run.value(key, text)).sort());
    assert.deepEqual(after, before);
  });

  test(`a tree comes with its device, each time, on ${name}`, async () => {
    const late: Sections = {
      'qdisc top': { device: 'late0', kind: 'htb', default: 'rest' },
      'class rest': { parent: 'top', rate: '5mbit', leaf: 'fq_codel' },
    };
    const run = await boot({
      kernel,
      script: `
topology_router
${configure(late)}
on router weir daemon >/run/lab/out/daemon 2>&1 &
daemon=$!
sleep 0.2
weir status
for round in 1 2; do
ip -n router link add late0 type dummy
sleep 0.1
weir plan
weir status
ip -n router link del late0
sleep 0.1
done
weir stop
wait $daemon
`,
    });
    const [waiting, plan, status, secondPlan, secondStatus] = commandsOf(run);
    assert.match(waiting?.stdout ?? '', /^tree of late0: waiting: device late0 does not exist$/m);
    assert.deepEqual([plan?.exit, secondPlan?.exit], [0, 0], run.out.get('daemon'));
    for (const one of [status, secondStatus]) {
      assert.equal(one?.stdout, 'tree of late0: applied, 2 qdiscs, 1 class, 0 filters\n');
    }
  });

  test(`filters at a hook stand beside a shaper's, on ${name}`, async () => {
    const shaper: Sections = { 'shaper wan': { device: 'wan0', download: '10mbit' } };
    const tree: Sections = {
      'qdisc top': { device: 'wan0', kind: 'htb', default: 'rest' },
      'class rest': { parent: 'top', rate: '5mbit', leaf: 'fq_codel' },
    };
    const filters: Sections = {
      'filter flood': { device: 'wan0', parent: 'ingress', kind: 'matchall', action: 'slow' },
      'action slow': { kind: 'police', rate: '5mbit', burst: '20kb' },
    };
    const run = await boot({
      kernel,
      script: `
topology_router
${SHOW}
show before
${configure({ ...shaper, ...filters, ...tree })}
weir start
weir plan
show both
${configure(filters)}
weir reload
weir plan
show filters
${configure(shaper)}
weir reload
weir plan
show shaper
weir stop
show after
`,
    });
    assert.deepEqual(
      commandsOf(run).map(({ exit }) => exit),
      [0, 0, 0, 0, 0, 0, 0],
    );
    assert.match(run.value('both', text), /mirred[\s\S]*police|police[\s\S]*mirred/);
    assert.doesNotMatch(run.value('filters', text), /mirred/);
    assert.doesNotMatch(run.value('shaper', text), /police/);
    assert.equal(run.value('after', text), run.value('before', text));
  });
}
