/** Random and damaged sections of trees: whatever they say, each is a node or an issue, and the nodes fit together. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatIssue, type Issue } from '../../src/lib/issue.ts';
import { encodeUtf8 } from '../../src/lib/utf8.ts';
import type { Place, TreeNode } from '../../src/model/tree/nodes.ts';
import { parseTrees } from '../../src/model/tree/parse.ts';
import { resolveTrees } from '../../src/model/tree/resolve.ts';
import { kindTexts, treeSectionTexts } from '../../src/model/tree/texts.ts';
import { parseUci, UciSyntaxError } from '../../src/wire/ucitext.ts';
import { cases } from '../effort.ts';
import { mutate, Random } from './mutate.ts';

const FILES = cases(2_000);
const SEED = 8_808;
const FILE = 'weir';
const SECTIONS_OF_BASE = 3;

/** Options with the values of their examples, by type of section and, where a kind has them, by kind. */
const OPTIONS = new Map<string, [name: string, value: string][]>();
for (const { type, options } of treeSectionTexts()) {
  OPTIONS.set(
    type,
    options.map(({ name, example }) => [name, example]),
  );
}
const KINDS = new Map<string, string[]>();
for (const { type, kind, options } of kindTexts()) {
  OPTIONS.set(
    `${type} ${kind}`,
    options.map(({ name, example }) => [name, example]),
  );
  KINDS.set(type, [...(KINDS.get(type) ?? []), kind]);
}

const TYPES = ['qdisc', 'class', 'class', 'class', 'filter', 'action', 'device_group'];
const RATES = [
  '1mbit',
  '1mbit',
  '2mbit',
  '10%',
  '40%',
  'link * 0.01',
  'upload of wan * 0.4',
  'rate of a',
  'fast',
  '3gbit',
];
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'root', '10'];
const PLACES = ['all', 'all', 'all', 'top', 'lan', ...NAMES, 'ingress', '1:', '5:10', 'nowhere'];
const DEVICES = ['eth0', 'eth1', 'lan1'];
/** What is right, for the others to stand on. */
const BASE = `
config qdisc 'top'
	option device 'eth1'
	option kind 'htb'
	option handle '1:'
config class 'all'
	option parent 'top'
	option rate '100mbit'
config class 'lan'
	option parent 'all'
	option rate '50%'
`;

function randomSection(random: Random, name: string): string {
  const type = random.pick(TYPES);
  const kind = random.pick(KINDS.get(type) ?? ['htb']);
  const leaf = random.pick(KINDS.get('qdisc') ?? ['sfq']);
  const lines = [`config ${type} '${name}'`];
  const add = (option: string, value: string): number => lines.push(`\toption ${option} '${value}'`);
  const maybe = (option: string, values: readonly string[], chance = 2): void => {
    if (random.below(chance) === 0) add(option, random.pick(values));
  };
  if (type === 'device_group') {
    add('device', random.pick(DEVICES));
    return lines.join('\n');
  }
  if (type !== 'class') add('kind', random.below(10) === 0 ? 'no_kind' : kind);
  if (type !== 'action') {
    maybe('parent', PLACES, type === 'qdisc' ? 2 : 1);
    maybe('device', DEVICES, type === 'qdisc' ? 2 : 12);
    maybe('group', NAMES, 20);
  }
  if (type === 'class') {
    maybe('rate', RATES, 1);
    maybe('ceil', RATES);
    maybe('leaf', [leaf], 3);
    maybe('existing', ['1'], 20);
    maybe('mark', ['1', '2', '0x10/0xff'], 3);
  }
  if (type === 'filter') {
    maybe('class', ['all', 'lan', ...NAMES]);
    if (random.below(2) === 0) lines.push(`\tlist action '${random.pick(NAMES)}'`);
  }
  const known = [...(OPTIONS.get(type) ?? []), ...(OPTIONS.get(`${type} ${kind}`) ?? [])];
  for (let i = random.below(3); i > 0; i--) add(...random.pick(known));
  for (let i = lines.some((line) => line.includes('leaf')) ? random.below(3) : 0; i > 0; i--) {
    const [option, value] = random.pick(OPTIONS.get(`qdisc ${leaf}`) ?? known);
    add(`leaf_${option}`, value);
  }
  return lines.join('\n');
}

function randomFile(random: Random): string {
  return [BASE, ...NAMES.map((name) => randomSection(random, name))].join('\n');
}

function isThere(place: Place | undefined, names: ReadonlySet<string>): boolean {
  return place === undefined || place.at !== 'node' || names.has(place.node);
}

function checkNodes(nodes: readonly TreeNode[], text: string): void {
  const seen = new Set<string>();
  const all = new Set(nodes.map(({ name }) => name));
  for (const node of nodes) {
    assert.ok(!seen.has(node.name), `${node.name} twice in\n${text}`);
    assert.ok(isThere(node.parent, seen), `${node.name} before its parent in\n${text}`);
    if (node.node === 'filter') assert.ok(isThere(node.target, seen), `${node.name} before its class in\n${text}`);
    if (node.node === 'qdisc')
      assert.ok(
        Object.values(node.minors ?? {}).every((name) => all.has(name)),
        text,
      );
    seen.add(node.name);
  }
}

/** Parses and resolves; what comes of it is held against what must be so for any text. */
function check(bytes: Uint8Array, text: string): number {
  const file = parseUci(bytes);
  if (file instanceof UciSyntaxError) return 0;
  const issues: Issue[] = [];
  const shaper = { name: 'wan', enabled: true, device: 'eth0', uploadBitPerS: 10e6, downloadBitPerS: 0 };
  const trees = parseTrees(file.sections, FILE, [shaper], issues);
  if (trees === undefined) return 0;
  const told = issues.map(formatIssue);
  for (const issue of issues) assert.match(issue.where, /^weir:[1-9]\d*: /, formatIssue(issue));
  const held = new Set(trees.sections.map(({ name }) => name));
  for (const { type, name, line, options } of file.sections) {
    if (!['qdisc', 'class', 'filter'].includes(type) || held.has(name)) continue;
    const isOff = options.some((option) => option.name === 'enabled' || option.name === 'group');
    const isTold = issues.some(({ where, what }) => {
      const at = Number(/^weir:(\d+)/.exec(where)?.[1] ?? 0);
      const isOwn = at >= line && at <= Math.max(line, ...options.map((option) => option.line));
      return isOwn || what.includes(`${type} '${name}'`) || what.includes(' more');
    });
    const isOnWhatIsOff = file.sections.some((one) => one.options.some((option) => option.name === 'enabled'));
    assert.ok(isOff || isTold || isOnWhatIsOff, `${type} '${name}' went without a word: ${told.join('\n')}\n${text}`);
  }
  for (const linkBitPerS of [undefined, 1e6, 1e9]) {
    const { nodes, issues: later } = resolveTrees(trees, () => linkBitPerS);
    for (const issue of later) assert.match(issue.where, /^weir:[1-9]\d*: /, formatIssue(issue));
    checkNodes(nodes, text);
  }
  return trees.sections.length;
}

test(`${FILES} random trees: each section is a node or an issue, and the nodes fit together`, () => {
  const random = new Random(SEED);
  let held = 0;
  for (let i = 0; i < FILES; i++) {
    const text = randomFile(random);
    held += check(encodeUtf8(`${text}\n`), text) - SECTIONS_OF_BASE;
  }
  // Not all of them have errors.
  assert.ok(held > FILES / 4, `${held} sections`);
});

test(`${FILES} damaged trees: none throws`, () => {
  const random = new Random(SEED + 1);
  const tokens = [
    "\n\toption parent 'a'",
    "\nconfig class 'b'",
    '%',
    'link',
    ' * ',
    '1:1',
    "\n\toption kind 'htb'",
  ].map(encodeUtf8);
  for (let i = 0; i < FILES; i++) {
    const text = randomFile(random);
    const damaged = mutate(encodeUtf8(`${text}\n`), random, { tokens });
    const file = parseUci(damaged);
    if (file instanceof UciSyntaxError) continue;
    const issues: Issue[] = [];
    const trees = parseTrees(file.sections, FILE, [], issues);
    if (trees !== undefined) checkNodes(resolveTrees(trees, () => undefined).nodes, text);
  }
});
