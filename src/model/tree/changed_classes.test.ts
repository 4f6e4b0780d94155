import assert from 'node:assert/strict';
import { test } from 'node:test';
import { device } from '../../../test/devices.ts';
import { cases } from '../../../test/effort.ts';
import { Random } from '../../../test/fuzz/mutate.ts';
import { Trees } from '../../../test/lab/trees/random_tree.ts';
import { uciOf } from '../../../test/lab/trees/spec.ts';
import type { Issue } from '../../lib/issue.ts';
import { encodeUtf8 } from '../../lib/utf8.ts';
import type { SectionChange, SectionText } from '../../schema/section.ts';
import { parseUci, UciSyntaxError } from '../../wire/ucitext.ts';
import type { Observed } from '../observed.ts';
import { keyOf } from '../resource/registry.ts';
import type { SavedTree } from '../saved_tree.ts';
import { withChangedClasses } from './changed_classes.ts';
import { changedResources } from './changed_resources.ts';
import { parseTrees } from './parse.ts';
import { resolveTrees } from './resolve.ts';
import type { ClassSection, TreesConfig } from './sections.ts';
import { type DesiredTrees, desiredTrees } from './wanted.ts';

const FILE = `config qdisc 'top'
	option device 'eth0'
	option kind 'htb'
config class 'all'
	option parent 'top'
	option rate '100mbit'
config class 'home'
	option parent 'all'
	option rate '40mbit'
	option prio '3'
config class 'voice'
	option parent 'home'
	option rate '50%'
	option mark '1'
	option leaf 'pfifo'
	option leaf_limit '100'
config class 'web'
	option parent 'home'
	option rate '10mbit'
	option leaf 'tbf'
	option leaf_rate '50%'
	option leaf_burst '10kb'
	option leaf_limit '50kb'
config class 'guests'
	option parent 'all'
	option rate '20mbit'
	option minor '20'
config class 'twin'
	option parent 'all'
	option rate 'rate of guests * 0.5'
config filter 'dns'
	option parent 'top'
	option kind 'fw'
	option mark '9'
	option class 'voice'
config filter 'police'
	option parent 'top'
	option kind 'fw'
	option mark '8'
	option class 'twin'
`;

function sectionsOf(text: string): readonly SectionText[] {
  const file = parseUci(encodeUtf8(text));
  assert.ok(!(file instanceof UciSyntaxError), text);
  return file.sections;
}

/** Undefined where something is wrong. */
function treesOf(text: string): TreesConfig | undefined {
  const issues: Issue[] = [];
  const trees = parseTrees(sectionsOf(text), 'weir', [], issues);
  return issues.length === 0 ? trees : undefined;
}

function rightTrees(text: string): TreesConfig {
  return treesOf(text) ?? assert.fail(text);
}

function changedIn(before: string, after: string): SectionChange[] {
  const now = sectionsOf(after);
  return sectionsOf(before).flatMap((section, i) => {
    const is = now[i] ?? assert.fail();
    return JSON.stringify(is) === JSON.stringify(section) ? [] : [{ before: section, after: is }];
  });
}

const DEVICES = ['eth0', 'eth1'].map((name, i) => device({ name, ifindex: 2 + i, linkRateBitPerS: 1e9 }));

const OBSERVED: Observed = {
  devices: new Map(DEVICES.map((one) => [one.name, one])),
  resources: new Map(),
  capabilities: { cakeMq: false, matchall: true, withoutNativeXdp: new Set(), withoutXdp: new Set() },
  bpfAvailable: undefined,
  cpus: 1,
  tunables: new Map(),
};

function desiredOf(trees: TreesConfig, saved: readonly SavedTree[]): DesiredTrees {
  const issues: Issue[] = [];
  const desired = desiredTrees(trees, true, OBSERVED, saved, () => undefined, issues);
  assert.deepEqual(issues, []);
  return desired;
}

/** What is found to be different in the kernel is all that is different there; gives how many resources that is. */
function checkResources(before: TreesConfig, after: TreesConfig): number {
  const was = desiredOf(before, []);
  const is = desiredOf(after, was.saved);
  assert.deepEqual(is.saved, was.saved);
  const changed = changedResources(before, after, OBSERVED.devices, was.saved);
  if (changed === undefined) return 0;
  for (const [key, resource] of is.resources) {
    assert.deepEqual(changed.wanted.get(key) ?? was.resources.get(key), resource, key);
  }
  const keys = changed.withParents.map(keyOf);
  for (const key of changed.wanted.keys()) assert.ok(keys.includes(key), key);
  // A class that its qdisc has by itself is none of them.
  for (const one of changed.withParents)
    assert.ok(one.parent === 'root' || keys.includes(one.on ?? keyOf(one)), keyOf(one));
  return changed.wanted.size;
}

/** What comes of the trees on a link of 1 Gbit/s. */
const nodesOf = (trees: TreesConfig) => resolveTrees(trees, () => 1e9).nodes;

const CHANGES: readonly (readonly [name: string, old: string, now: string, classes: readonly string[]])[] = [
  ['a rate', "'10mbit'", "'12mbit'", ['web']],
  ['an option of a leaf', "'100'", "'200'", ['voice']],
  ['a rate of which others have a share', "'40mbit'", "'60mbit'", ['home', 'voice', 'web']],
  ['a priority that others have from it', "'3'", "'5'", ['home', 'voice', 'web']],
  ['a share', "option rate '50%'", "option rate '25%'", ['voice']],
  ['a share for a rate', "option rate '50%'", "option rate '5mbit'", ['voice']],
];

for (const [name, old, now, classes] of CHANGES) {
  test(`${name} of a class changes: the trees become what the whole file says, and no other section is touched`, () => {
    const text = FILE.replace(old, now);
    const before = rightTrees(FILE);
    const after = withChangedClasses(before, changedIn(FILE, text), 'weir');
    assert.deepEqual(
      after?.change?.classes.map((section) => section.name),
      classes,
    );
    assert.deepEqual(nodesOf(after ?? assert.fail()), nodesOf(rightTrees(text)));
    assert.ok(checkResources(before, after) >= classes.length);
    const touched = after.sections
      .filter((section, i) => section !== before.sections[i])
      .map((section) => section.name);
    assert.deepEqual(touched, [...classes, ...(classes.includes('voice') ? ['dns'] : [])]);
  });
}

test('several classes change at once, and again, one standing on the other', () => {
  let trees = rightTrees(FILE);
  let text = FILE;
  for (const mbit of [50, 30, 60, 45]) {
    const next = FILE.replace("'40mbit'", `'${mbit}mbit'`).replace("'10mbit'", `'${mbit / 5}mbit'`);
    // In any order.
    const changed = changedIn(text, next);
    for (const order of [changed, [...changed].reverse()]) {
      const after = withChangedClasses(trees, order, 'weir') ?? assert.fail();
      assert.deepEqual(nodesOf(after), nodesOf(rightTrees(next)));
      const places = after.change?.classes.map((section) => section.name) ?? [];
      assert.ok(places.indexOf('home') < places.indexOf('web'), `${places}`);
      const ofHome = after.sections.filter(({ stand }) => stand.at === 'section' && stand.section.name === 'home');
      const home = after.sections.find((section) => section.name === 'home');
      for (const { stand } of ofHome) assert.ok(stand.at === 'section' && stand.section === home);
    }
    trees = withChangedClasses(trees, changed, 'weir') ?? assert.fail();
    text = next;
  }
});

const WHOLE: readonly (readonly [name: string, old: string, now: string])[] = [
  ['another parent', "'web'\n\toption parent 'home'", "'web'\n\toption parent 'all'"],
  ['another minor', "'20'", "'21'"],
  ['another mark', "option mark '1'", "option mark '2'"],
  ['another leaf', "leaf 'pfifo'", "leaf 'bfifo'"],
  ['a rate elsewhere that is a share of it', "'20mbit'", "'30mbit'"],
  ['a value that is none', "'10mbit'", "'10mbot'"],
  ['a rate above that of the parent', "'10mbit'", "'45mbit'"],
  ['rates that are too much together', "'10mbit'", "'25mbit'"],
  ['rates below it that are too much together', "'40mbit'", "'15mbit'"],
];
for (const [name, old, now] of WHOLE) {
  test(`${name}: the file is to be read as a whole`, () => {
    const text = FILE.replace(old, now);
    assert.notEqual(text, FILE);
    assert.equal(withChangedClasses(rightTrees(FILE), changedIn(FILE, text), 'weir'), undefined);
  });
}

test('what a class becomes a share of is known from then on', () => {
  const share = FILE.replace("'10mbit'", "'rate of voice * 0.4'");
  const before = withChangedClasses(rightTrees(FILE), changedIn(FILE, share), 'weir') ?? assert.fail();
  assert.deepEqual(nodesOf(before), nodesOf(rightTrees(share)));
  const voice = changedIn(share, share.replace("option rate '50%'", "option rate '25%'"));
  assert.equal(withChangedClasses(before, voice, 'weir'), undefined);
});

test('a class that is not there, or has a qdisc below it, is read with the whole file', () => {
  const nested = `${FILE}config qdisc 'inner'\n\toption parent 'guests'\n\toption kind 'prio'\n`.replace(
    'guests * 0.5',
    'web * 0.5',
  );
  const [change] = changedIn(nested, nested.replace("'20mbit'", "'30mbit'"));
  assert.equal(withChangedClasses(rightTrees(nested), [change ?? assert.fail()], 'weir'), undefined);
  const other = { ...(change ?? assert.fail()).after, name: 'none' };
  assert.equal(withChangedClasses(rightTrees(FILE), [{ before: other, after: other }], 'weir'), undefined);
});

const TREES = cases(100);

/** A text with a number of one class made another one. */
function withAnotherNumber(text: string, name: string, random: Random): string {
  const begin = text.indexOf(`config class '${name}'`);
  const end = text.indexOf('\nconfig', begin);
  const own = text.slice(begin, end < 0 ? undefined : end);
  const options = [...own.matchAll(/option (rate|prio|quantum|weight|maxpkt|ls_m2|leaf_\w+) '(\d+)/g)];
  const found = options[random.below(Math.max(1, options.length))];
  if (found === undefined) return text;
  const at = begin + found.index + found[0].length - (found[2]?.length ?? 0);
  const number = String(Math.max(1, Math.floor(Number(found[2]) * (0.2 + random.below(100) / 60))));
  return text.slice(0, at) + number + text.slice(at + (found[2]?.length ?? 0));
}

test(`${TREES} random trees, and a number of some classes: what is read of them alone is what the whole file says`, () => {
  const random = new Random(4711);
  const trees = new Trees(random);
  let [changes, resources] = [0, 0];
  for (let i = 0; i < TREES; i++) {
    let text = uciOf([trees.on('eth0'), trees.on('eth1')]);
    let before = treesOf(text);
    for (let step = 0; step < 4 && before !== undefined; step++) {
      const classes = before.sections.filter((section): section is ClassSection => section.type === 'class');
      if (classes.length === 0) break;
      const next = withAnotherNumber(text, random.pick(classes).name, random);
      const changed = changedIn(text, next);
      const after = changed.length === 0 ? undefined : withChangedClasses(before, changed, 'weir');
      const whole = treesOf(next);
      if (after !== undefined) {
        changes++;
        const all = whole ?? assert.fail(`tree ${i}: there is something to say of\n${next}`);
        assert.deepEqual(nodesOf(after), nodesOf(all));
        resources += checkResources(before, after);
      }
      text = next;
      before = after ?? whole;
    }
  }
  assert.ok(changes > TREES && resources > changes, `${changes} changes of ${resources} resources`);
});

test('of trees that do not follow from the ones before nobody knows what changes', () => {
  const trees = rightTrees(FILE);
  const saved = desiredOf(trees, []).saved;
  const changed = (text: string, from: TreesConfig): TreesConfig =>
    withChangedClasses(from, changedIn(FILE, text), 'weir') ?? assert.fail();
  const once = changed(FILE.replace("'10mbit'", "'12mbit'"), trees);
  const twice = changed(FILE.replace("'10mbit'", "'14mbit'"), once);
  assert.equal(changedResources(trees, rightTrees(FILE), OBSERVED.devices, saved), undefined);
  assert.equal(changedResources(trees, trees, OBSERVED.devices, saved), undefined);
  assert.equal(changedResources(trees, twice, OBSERVED.devices, saved), undefined);
  assert.equal(changedResources(trees, once, OBSERVED.devices, []), undefined);
  assert.notEqual(changedResources(once, twice, OBSERVED.devices, saved), undefined);
});
