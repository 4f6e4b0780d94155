import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cases } from '../../../test/effort.ts';
import { formatIssue, type Issue } from '../../lib/issue.ts';
import { encodeUtf8 } from '../../lib/utf8.ts';
import { parseUci, UciSyntaxError } from '../../wire/ucitext.ts';
import { parseTrees } from './parse.ts';
import type { ShaperOnDevice, TreesConfig } from './sections.ts';

const WAN: ShaperOnDevice = {
  name: 'wan',
  enabled: true,
  device: 'eth0',
  uploadBitPerS: 10e6,
  downloadBitPerS: 50e6,
};

function parse(lines: string, shapers: readonly ShaperOnDevice[] = []): { trees: TreesConfig; issues: string[] } {
  const file = parseUci(encodeUtf8(`${lines}\n`));
  assert.ok(!(file instanceof UciSyntaxError), String(file));
  const issues: Issue[] = [];
  const trees = parseTrees(file.sections, 'weir', shapers, issues);
  assert.ok(trees !== undefined);
  return { trees, issues: issues.map(formatIssue) };
}

const issuesOf = (lines: string, shapers: readonly ShaperOnDevice[] = []): string[] => parse(lines, shapers).issues;
const namesOf = ({ trees }: { trees: TreesConfig }): string[] => trees.sections.map(({ name }) => name);

const section = (type: string, name: string, options: Readonly<Record<string, string>>): string =>
  [
    `config ${type} '${name}'`,
    ...Object.entries(options).map(([option, value]) => `\toption ${option} '${value}'`),
  ].join('\n');
const qdisc = (name: string, options: Readonly<Record<string, string>>): string => section('qdisc', name, options);
const klass = (name: string, options: Readonly<Record<string, string>>): string => section('class', name, options);

/** Lines 1 to 4: a root, and lines 5 to 8: a class of 10 Mbit/s on it. What is added begins at line 10. */
const ROOT = qdisc('top', { device: 'eth1', kind: 'htb', handle: '1:' });
const TREE = [ROOT, klass('all', { parent: 'top', rate: '10mbit', minor: '1' }), ''].join('\n');

test('a file without such sections has no trees', () => {
  assert.equal(parseTrees([], 'weir', [], []), undefined);
});

test('sections may stand in any order; parents come first', () => {
  const lines = [
    klass('leaf', { parent: 'all', rate: '1mbit' }),
    klass('all', { parent: 'top', rate: '10mbit' }),
    ROOT,
  ].join('\n');
  const parsed = parse(lines);
  assert.deepEqual(parsed.issues, []);
  assert.deepEqual(namesOf(parsed), ['top', 'all', 'leaf']);
});

test('a section called root can be a parent', () => {
  const lines = [
    qdisc('root', { device: 'eth1', kind: 'htb' }),
    klass('all', { parent: 'root', rate: '10mbit' }),
    section('filter', 'f', { parent: 'root', kind: 'matchall', class: 'all' }),
  ].join('\n');
  assert.deepEqual(issuesOf(lines), []);
});

test('a parent may be given by its handle, where its section has one', () => {
  const lines = [
    TREE,
    klass('voice', { parent: '1:1', rate: '10%', device: 'eth1' }),
    klass('rest', { parent: '1:1', rate: '20%' }),
  ];
  const { trees, issues } = parse(lines.join('\n'));
  assert.deepEqual(issues, []);
  for (const name of ['voice', 'rest']) {
    const stand = trees.sections.find((one) => one.name === name)?.stand;
    assert.ok(stand?.at === 'section' && stand.section.name === 'all', name);
  }
});

test('classes that stand on themselves are left out, with what stands on them, and the rest holds', () => {
  const lines = [
    TREE,
    klass('a', { parent: 'b', rate: '1mbit' }),
    klass('b', { parent: 'a', rate: '1mbit' }),
    klass('c', { parent: 'b', rate: '1mbit' }),
    klass('self', { parent: 'self', rate: '1mbit' }),
  ].join('\n');
  const parsed = parse(lines);
  assert.deepEqual(parsed.issues, [
    "error: weir:10: class 'a': it stands on itself: 'a' on 'b' on 'a'",
    "error: weir:13: class 'b': it stands on itself: 'a' on 'b' on 'a'",
    "warning: weir:16: class 'c': left out, since what it stands on is",
    "error: weir:19: class 'self': it stands on itself: 'self' on 'self'",
  ]);
  assert.deepEqual(namesOf(parsed), ['top', 'all']);
});

test('a section with an error takes along what stands on it', () => {
  const lines = [
    ROOT,
    klass('all', { parent: 'top', rate: 'fast' }),
    klass('voice', { parent: 'all', rate: '40%' }),
    section('filter', 'f', { parent: 'top', kind: 'matchall', class: 'voice' }),
    klass('other', { parent: 'top', rate: '1mbit' }),
  ].join('\n');
  const parsed = parse(lines);
  assert.equal(parsed.issues.length, 2);
  assert.match(parsed.issues[1] ?? '', /weir:7: class 'all', option 'rate': wrong value/);
  assert.equal(
    parsed.issues[0],
    "warning: weir:5: class 'all': left out, and so is what stands on it: class 'voice', filter 'f'",
  );
  assert.deepEqual(namesOf(parsed), ['top', 'other']);
});

const WRONG: readonly (readonly [title: string, lines: readonly string[], issue: string])[] = [
  [
    'a missing parent',
    [klass('x', { parent: 'al', rate: '1mbit' })],
    "error: weir:10: class 'x': option 'parent': there is no section 'al' of a qdisc or class (expected 'all'",
  ],
  [
    'an unknown kind',
    [qdisc('x', { device: 'eth9', kind: 'fq_codell' })],
    "error: weir:12: qdisc 'x', option 'kind': unknown kind of qdisc 'fq_codell' (expected 'fq_codel')",
  ],
  [
    'an unknown kind of leaf, whose options are not looked at',
    [klass('x', { parent: 'all', rate: '1mbit', leaf: 'sfqq', leaf_perturb: '10' })],
    "error: weir:13: class 'x', option 'leaf': unknown kind of qdisc 'sfqq' (expected 'fq' or 'qfq' or 'sfq')",
  ],
  [
    'a rate above what the parent may reach',
    [klass('x', { parent: 'all', rate: '11mbit' })],
    "error: weir:10: class 'x': its rate 11mbit is above what 'all' may reach (expected at most 10mbit)",
  ],
  [
    'a ceiling below the rate',
    [klass('x', { parent: 'all', rate: '2mbit', ceil: '1mbit' })],
    "error: weir:10: class 'x': the ceiling is below the rate",
  ],
  [
    'a ceiling that is never reached',
    [klass('x', { parent: 'all', rate: '2mbit', ceil: '20mbit' })],
    "warning: weir:10: class 'x': its ceiling 20mbit is above that of 'all', and is never reached (expected at most 10mbit)",
  ],
  [
    'a class without a rate',
    [klass('x', { parent: 'all' })],
    "error: weir:10: class 'x': no rate (expected option 'rate', such as 10mbit or 40%)",
  ],
  [
    'a relative rate at the root',
    [klass('x', { parent: 'top', rate: '40%' })],
    "error: weir:10: class 'x': option 'rate': nothing above it has a rate for it to be a share of",
  ],
  [
    'a share of a shaper that is not there',
    [klass('x', { parent: 'all', rate: 'upload of wam' })],
    "error: weir:10: class 'x': option 'rate': there is no shaper 'wam', but 'wan'",
  ],
  [
    'a share of a class that is not there',
    [klass('x', { parent: 'all', rate: 'rate of nobody' })],
    "error: weir:10: class 'x': option 'rate': there is no class 'nobody'",
  ],
  [
    'a share of its own',
    [klass('x', { parent: 'all', rate: 'rate of x * 0.5' })],
    "error: weir:10: class 'x': option 'rate': 'x' has none: 'rate of x * 0.5' follows from itself",
  ],
  [
    'a share that is no rate any more',
    [klass('x', { parent: 'all', rate: '0.00001%' })],
    "error: weir:10: class 'x': option 'rate': it becomes 1bit, which is not within 8bit to 1000gbit",
  ],
  [
    'a number given twice',
    [klass('x', { parent: 'all', rate: '1mbit', minor: '1' })],
    "error: weir:10: class 'x': its number 1 is that of class 'all' (expected another one)",
  ],
  [
    'a handle given twice',
    [qdisc('x', { parent: 'all', kind: 'sfq', handle: '1:' })],
    "error: weir:10: qdisc 'x': the handle 1: of eth1 is that of qdisc 'top'",
  ],
  [
    'a handle of a class with another major',
    [klass('x', { parent: 'all', rate: '1mbit', handle: '2:5' })],
    "error: weir:10: class 'x': option 'handle': its qdisc has another major (expected 1:5)",
  ],
  [
    'a second root',
    [qdisc('x', { device: 'eth1', kind: 'sfq' })],
    "error: weir:10: qdisc 'x': the root of eth1 belongs to qdisc 'top' (expected one qdisc there)",
  ],
  [
    'a root that a shaper has',
    [qdisc('x', { device: 'eth0', kind: 'htb' })],
    "error: weir:10: qdisc 'x': the root of eth0 belongs to shaper 'wan', for its upload (expected another device)",
  ],
  [
    'a class on a classless qdisc',
    [qdisc('x', { device: 'eth2', kind: 'sfq' }), klass('y', { parent: 'x' })],
    "error: weir:13: class 'y': 'x' (sfq) has no classes (expected a qdisc with classes such as htb)",
  ],
  [
    "an option of another kind's classes",
    [qdisc('x', { device: 'eth2', kind: 'drr' }), klass('y', { parent: 'x', rate: '1mbit' })],
    "error: weir:15: class 'y', option 'rate': unknown option (expected one of quantum",
  ],
  [
    'a kind of another qdisc',
    [klass('x', { parent: 'all', rate: '1mbit', kind: 'hfsc' })],
    "error: weir:10: class 'x': option 'kind': its qdisc 'top' is htb (expected 'htb')",
  ],
  [
    'a class on a class where they do not nest',
    [qdisc('x', { device: 'eth2', kind: 'drr' }), klass('y', { parent: 'x' }), klass('z', { parent: 'y' })],
    "error: weir:15: class 'z': a class of drr stands on the qdisc itself (expected 'x' as parent)",
  ],
  [
    'a band that is not there',
    [qdisc('x', { device: 'eth2', kind: 'prio' }), klass('y', { parent: 'x', minor: '4' })],
    "error: weir:13: class 'y': option 'minor': 'x' has 3 classes (expected 1 to 3)",
  ],
  [
    'a band without a number',
    [qdisc('x', { device: 'eth2', kind: 'prio' }), klass('y', { parent: 'x' })],
    "error: weir:13: class 'y': no minor, and the classes of prio are there by themselves (expected option 'minor')",
  ],
  [
    'a mark given twice',
    [
      klass('x', { parent: 'all', rate: '1mbit', mark: '0x10/0xff' }),
      klass('y', { parent: 'all', rate: '1mbit', mark: '16/255' }),
    ],
    "error: weir:14: class 'y': option 'mark': it is that of class 'x' (expected another one)",
  ],
  [
    'two defaults',
    [
      klass('x', { parent: 'all', rate: '1mbit', default: '1' }),
      klass('y', { parent: 'all', rate: '1mbit', default: '1' }),
    ],
    "error: weir:14: class 'y': option 'default': 'x' is the default of 'top' already (expected one class)",
  ],
  [
    'another default than the qdisc says',
    [
      qdisc('x', { device: 'eth2', kind: 'htb', default: '20' }),
      klass('y', { parent: 'x', rate: '1mbit', default: '1' }),
    ],
    "error: weir:14: class 'y': option 'default': 'x' has the default 20 (expected one class)",
  ],
  [
    'a default that is no class',
    [qdisc('x', { device: 'eth2', kind: 'htb', default: 'rest' })],
    "error: weir:10: qdisc 'x': option 'default': there is no class 'rest'",
  ],
  [
    'a default in another tree',
    [qdisc('x', { device: 'eth2', kind: 'htb', default: 'all' })],
    "error: weir:10: qdisc 'x': option 'default': 'all' is no class of it (expected a class of it)",
  ],
  [
    'a leaf in a class that has classes',
    [klass('x', { parent: 'all', rate: '1mbit', leaf: 'sfq' }), klass('y', { parent: 'x', rate: '1mbit' })],
    "error: weir:10: class 'x': it has classes below it, such as 'y', and so no leaf (expected no 'leaf')",
  ],
  [
    'a mark where no filter can be',
    [qdisc('x', { device: 'eth2', kind: 'mq' }), klass('y', { parent: 'x', minor: '1', mark: '3' })],
    "error: weir:13: class 'y': option 'mark': mq takes no filters (expected a class of another kind)",
  ],
  [
    'two qdiscs in a class',
    [qdisc('x', { parent: 'all', kind: 'sfq' }), qdisc('y', { parent: 'all', kind: 'sfq' })],
    "error: weir:13: qdisc 'y': 'x' stands on 'all' already (expected one qdisc, or classes)",
  ],
  [
    'a qdisc on a qdisc',
    [qdisc('x', { parent: 'top', kind: 'sfq' })],
    "error: weir:10: qdisc 'x': option 'parent': 'top' is a qdisc, and a qdisc stands in a class of it (expected the name of a class, or root)",
  ],
  [
    'a filter into another tree',
    [
      qdisc('x', { device: 'eth2', kind: 'htb' }),
      section('filter', 'f', { parent: 'x', kind: 'matchall', class: 'all' }),
    ],
    "error: weir:13: filter 'f': option 'class': 'all' is no class of the qdisc that it stands on",
  ],
  [
    'a filter of an unknown kind',
    [section('filter', 'f', { parent: 'top', kind: 'matchal', class: 'all' })],
    "error: weir:12: filter 'f', option 'kind': unknown kind of filter 'matchal' (expected 'matchall')",
  ],
  [
    'an action that is not there',
    [
      section('filter', 'f', { parent: 'top', kind: 'matchall', action: 'pol' }),
      section('action', 'poll', { kind: 'gact' }),
    ],
    "error: weir:10: filter 'f': list 'action': there is no action 'pol' (expected 'poll')",
  ],
  [
    'an action with an error',
    [
      section('filter', 'f', { parent: 'top', kind: 'matchall', action: 'x' }),
      section('action', 'x', { kind: 'gact', foo: '1' }),
    ],
    "error: weir:10: filter 'f': left out, since action 'x' has an error",
  ],
  [
    'a filter without a purpose',
    [section('filter', 'f', { parent: 'top', kind: 'matchall' })],
    "warning: weir:10: filter 'f': it does nothing with what it finds (expected option 'class' or list 'action')",
  ],
  [
    'a group that is not there',
    [section('device_group', 'lan', { device: 'lan1' }), qdisc('x', { group: 'lam', kind: 'sfq' })],
    "error: weir:12: qdisc 'x': there is no device_group 'lam' (expected 'lan')",
  ],
  [
    'a qdisc nowhere',
    [qdisc('x', { kind: 'sfq' })],
    "error: weir:10: qdisc 'x': no device (expected option 'device' or option 'group')",
  ],
  [
    'sums above the rate',
    [klass('x', { parent: 'all', rate: '6mbit' }), klass('y', { parent: 'all', rate: '6mbit' })],
    "warning: weir:5: class 'all': the classes below it have 12mbit together, more than its rate (expected at most 10mbit)",
  ],
  [
    'PTM for a kind that cannot count it',
    [qdisc('x', { device: 'eth2', kind: 'htb', link: 'pppoe-ptm' })],
    "warning: weir:10: qdisc 'x': option 'link': the kernel counts no PTM for this kind; take 1/65 off its rate (expected cake)",
  ],
];

for (const [title, lines, issue] of WRONG) {
  test(`${title}: told with its line`, () => {
    const issues = issuesOf([TREE, ...lines].join('\n'), [WAN]);
    assert.ok(
      issues.some((one) => one.startsWith(issue)),
      issues.join('\n'),
    );
  });
}

test('a chain of rates, and of classes, ends somewhere', () => {
  const count = cases(3000);
  const chain = Array.from({ length: count + 100 }, (_, i) =>
    klass(`c${i}`, { parent: 'top', rate: i === count + 99 ? '1mbit' : `rate of c${i + 1}` }),
  );
  const issues = issuesOf([ROOT, ...chain].join('\n'));
  assert.match(issues[0] ?? '', /it follows from more than 64 others, one after the other/);
  const deep = Array.from({ length: count + 100 }, (_, i) =>
    klass(`c${i}`, { parent: i === 0 ? 'top' : `c${i - 1}`, rate: '1mbit' }),
  );
  const parsed = parse([ROOT, ...deep].join('\n'));
  assert.match(
    parsed.issues[0] ?? '',
    /class 'c8': it is the 9th class one on the other \(expected at most 8 with htb\)/,
  );
  assert.equal(namesOf(parsed).length, 9);
});

// Where the engine is slow this many sections take minutes.
test('a qdisc of a hook stands there without being told so', () => {
  const { trees, issues } = parse(qdisc('hook', { device: 'eth1', kind: 'clsact' }));
  assert.deepEqual(issues, []);
  assert.deepEqual(
    trees.sections.map(({ stand }) => stand),
    [{ at: 'ingress' }],
  );
});

// More than an emulated router has time and memory for.
if (cases(10) === 10) {
  test('there is a number for 65,535 classes and no more', () => {
    const options = [{ name: 'parent', value: 'top', line: 2, itemLines: [] }];
    const classes = Array.from({ length: 65_536 }, (_, i) => ({ ...NAMELESS, name: `c${i}`, options }));
    const top = [
      { name: 'device', value: 'eth1', line: 1, itemLines: [] },
      { name: 'kind', value: 'drr', line: 1, itemLines: [] },
    ];
    const root = { ...NAMELESS, type: 'qdisc', name: 'top', options: top };
    const issues: Issue[] = [];
    parseTrees([root, ...classes.slice(1)], 'weir', [], issues);
    assert.equal(issues.length, 0);
    parseTrees([root, ...classes], 'weir', [], issues);
    assert.equal(issues[0]?.what, 'more than 65535 classes, for which there are no numbers');
  });
}

const NAMELESS = { type: 'class', anonymous: false, line: 1 };

test('every issue is told at once, and in the order of the lines', () => {
  const lines = [
    TREE,
    klass('x', { parent: 'all', rate: '11mbit', foo: '1' }),
    klass('y', { parent: 'x', rate: '12mbit', minor: '1' }),
    qdisc('z', { parent: 'y', kind: 'nothing' }),
    section('filter', 'f', { parent: 'top', kind: 'fw', mark: '5', class: 'nobody' }),
  ].join('\n');
  const kinds = issuesOf(lines).map((issue) => issue.replace(/^(\w+: weir:\d+).*/, '$1'));
  assert.deepEqual(kinds, [
    'error: weir:10',
    'error: weir:13',
    'error: weir:14',
    'error: weir:14',
    'error: weir:20',
    'error: weir:21',
  ]);
});

test('what is switched off goes without a word, with what stands on it', () => {
  const lines = [
    qdisc('top', { device: 'eth1', kind: 'htb', enabled: '0' }),
    klass('all', { parent: 'top', rate: '1mbit' }),
    section('filter', 'f', { parent: 'top', kind: 'matchall', class: 'all' }),
  ].join('\n');
  const parsed = parse(lines);
  assert.deepEqual(parsed.issues, []);
  assert.deepEqual(namesOf(parsed), []);
});
