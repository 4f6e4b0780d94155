/**
 * Holds docs/troubleshooting.md against the source: what the program can say about something that it cannot do stands there word for
 * word, and what stands there is still said. The messages are the string literals of the source that read like words.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type AnyNode, parse } from 'acorn';
import { fullAncestor } from 'acorn-walk';
import { transformSync } from 'esbuild';

const PAGE = 'docs/troubleshooting.md';
const page = readFileSync(PAGE, 'utf8').replace(/\s+/g, ' ');

/** Properties whose text is help, a heading, or what a field expects: that is in other pages, and in every message that needs it. */
const HELP = ['help', 'label', 'summary', 'result', 'example', 'expected', 'otherwise'];

/** Files with texts that report no trouble: what top, show and metrics print, commands of the plan, help. */
const NO_TROUBLE = [
  /^src\/cli\/(exit|format_qos|format_show|help_config|top_frame|top_hosts_frame|top_text|top_screen)\.ts$/,
  /^src\/model\/(metrics|option_text)\.ts$/,
  /^src\/model\/resource\/(port|steering)\.ts$/,
  /^src\/schema\/(bit_rate|bridge|field|kind_fields|open_vswitch|shaper|tree|tree_fields)\.ts$/,
  // Labels, and what a kind wants of its own options, in words that need no cure.
  /^src\/tc\/(action|filter|qdisc|spelled)/,
  /^src\/model\/tree\/texts\.ts$/,
  /^src\/tunable\/rows\.ts$/,
  /^src\/host\/fake/,
  /^src\/(gen|uapi)\//,
];

/** Texts elsewhere that report none, or that only a bug in weir can bring out. */
const OTHERS: readonly RegExp[] = [
  /^(Usage: |Options:|Exit codes:|The options of )/,
  /^(error: \{\}|\{\}: \{\}, no errors)/,
  /^(ip6?|tc) (\{\})?[a-z]/,
  /^(goto chain|set 0x|meta\()/,
  /^(root handle|dev \{\} ingress pref|# load weir\.bpf\.o|\{\} > promiscuous mode$)/,
  /^(until reset|until reload$|places for \{\}$|xdp generic$|for another \{\}|\{\} is set to \{\}|\{\} is off: \{\})/,
  /^told the running daemon/,
  /^someone else$/,
  /^the configuration says so$|^merged packets cannot be split|^a superpacket takes/,
  /^(an argument that|a whole number|one of|true or|text,|text of|no arguments)/,
  /^(leaves that direction alone|is unlimited)$/,
  /^with(out)? the link$/,
  /^option (en|dis)abled /,
  /^(a change of nothing|not there)$/,
  /^(only the programs (count|write hosts)|hosts are read where they lie|map \{\} is not open|an array has no entry|\{\} is not loaded)$/,
  /^a \{\} (cannot be compared with|cannot go over the bus)/,
  /^no (number for|tunable is called) /,
  /^(a name|a string|unknown type|more than \{\} levels|too many levels|no value at|\{\} bytes for type|a method without)/,
  /^(Interrupted system call|Operation not supported)$/,
  // What the kernel says, and a state.
  /^(classifier not found|action module|tree of \{\}: )/,
  /^(over the limit \{\}, requeued|, of what (arrives|leaves)|, which is not there)/,
];

interface Message {
  readonly path: string;
  /** With `{}` for what is put in. */
  readonly text: string;
}

const paths = readdirSync('src', { recursive: true }).map((name) => `src/${String(name)}`);
const sources = paths.filter((path) => path.endsWith('.ts') && !/\.(test|d)\.ts$/.test(path)).sort();
/** Every literal of the source that is no help. */
const literals = sources.flatMap(literalsIn);
const messages = literals.filter(
  ({ path, text }) =>
    /[a-z]{2,} [a-z]{2,}/.test(text) &&
    !NO_TROUBLE.some((pattern) => pattern.test(path)) &&
    !OTHERS.some((pattern) => pattern.test(text)),
);

function literalsIn(path: string): Message[] {
  const { code } = transformSync(readFileSync(path, 'utf8'), { loader: 'ts', target: 'es2022' });
  const found: Message[] = [];
  fullAncestor(parse(code, { ecmaVersion: 'latest', sourceType: 'module' }), (node, _state, ancestors) => {
    const text = textOf(node);
    if (text === undefined) return;
    const isHelp = (ancestor: AnyNode): boolean => isNamed(ancestor, HELP) || isExpectation(ancestor, ancestors);
    if (!ancestors.some(isHelp)) found.push({ path, text: text.trim() });
  });
  return found;
}

function textOf(node: AnyNode): string | undefined {
  if (node.type === 'Literal') return typeof node.value === 'string' ? node.value : undefined;
  return node.type === 'TemplateLiteral' ? node.quasis.map(({ value }) => value.cooked ?? '').join('{}') : undefined;
}

function isNamed(node: AnyNode, names: readonly string[]): boolean {
  if (node.type === 'VariableDeclarator') return node.id.type === 'Identifier' && node.id.name === 'expected';
  return node.type === 'Property' && node.key.type === 'Identifier' && names.includes(node.key.name);
}

/** `report.error(section, what, expected)`: whether the path leads to its last argument. */
function isExpectation(node: AnyNode, path: readonly AnyNode[]): boolean {
  if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression') return false;
  const { property } = node.callee;
  const [, , expected] = node.arguments;
  const isReport = property.type === 'Identifier' && ['error', 'warning'].includes(property.name);
  return isReport && expected !== undefined && path.includes(expected);
}

/** The first line of a text, in parts between which something is put in. */
function partsOf(text: string): string[] {
  const [line = ''] = text.replace(/^error: /, '').split('\n');
  return line.split('{}');
}

/** With anything short in place of what is put in. */
function patternOf(text: string): RegExp {
  const parts = partsOf(text).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(parts.join('[^|]{0,80}?'));
}

const isIn = (text: string): boolean => patternOf(text).test(page);

/** What tables with the heading "weir says" have between backticks in their first column. */
function quotations(): string[] {
  const tables = readFileSync(PAGE, 'utf8')
    .split('\n\n')
    .filter((part) => /^\| (weir|the plan) says/.test(part));
  const cells = tables.flatMap((table) =>
    table
      .split('\n')
      .slice(2)
      .map((row) => row.split(' | ')[0] ?? ''),
  );
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, quotation = '']) => quotation));
}

/** Put together from parts that are no words by themselves. */
const PUT_TOGETHER = [
  'hardware',
  'start: add …',
  'reload: change …',
  'repair: add …',
  'interface: …',
  'set: …',
  '(loses …)',
];

/** Whether the source has a text, of more than a word or two, that the quotation has, or a longer one that it is a part of. */
function isSaid(quotation: string): boolean {
  const own = quotation.replace(/^…;? ?|:? …$/g, '');
  return literals.some(({ text }) => {
    const longest = Math.max(...partsOf(text).map((part) => part.length));
    return (longest >= 8 && patternOf(text).test(quotation)) || text.includes(own);
  });
}

test('what the program can say about something that it cannot do is in the page', () => {
  assert.ok(messages.length > 100, `${messages.length} messages`);
  const missing = messages.filter(({ text }) => !isIn(text));
  assert.deepEqual(
    missing.map(({ path, text }) => `${path}: ${text}`),
    [],
  );
});

test('a message that is not in the page would be missed', () => {
  assert.equal(isIn('the interface {} is made of cheese'), false);
  assert.equal(isIn('the kernel module {} may be missing: on OpenWrt instal {}'), false);
});

test('what the page quotes is said somewhere in the source', () => {
  const quoted = quotations().filter((quotation) => !PUT_TOGETHER.includes(quotation));
  assert.ok(quoted.length > 100, `${quoted.length} quotations`);
  assert.deepEqual(
    quoted.filter((quotation) => !isSaid(quotation)),
    [],
  );
  assert.equal(isSaid('device eth1 is made of cheese'), false);
});
