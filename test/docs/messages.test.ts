/**
 * Holds docs/troubleshooting.md against the source: what the program can say about something that it cannot do stands there word for
 * word, and what stands there is still said. The messages are the string literals of the source that read like words.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type Node, parse } from 'acorn';
import { fullAncestor } from 'acorn-walk';
import { transformSync } from 'esbuild';

const PAGE = 'docs/troubleshooting.md';
const page = readFileSync(PAGE, 'utf8').replace(/\s+/g, ' ');

/** Properties whose text is help, a heading, or what a field expects: that is in other pages, and in every message that needs it. */
const HELP = ['help', 'label', 'summary', 'result', 'example', 'expected', 'otherwise', 'title'];

/** Files with texts that report no trouble: what top, show and metrics print, commands of the plan, help. */
const NO_TROUBLE = [
  /^src\/cli\/(exit|format_show|help_config|top_frame|top_text|top_screen)\.ts$/,
  /^src\/model\/(metrics|option_text)\.ts$/,
  /^src\/schema\/(field|shaper)\.ts$/,
  /^src\/host\/fake/,
  /^src\/(gen|uapi)\//,
];

/** Texts elsewhere that report none, or that only a bug in weir can bring out. */
const OTHERS: readonly RegExp[] = [
  /^(Usage: |Exit codes:|The options of )/,
  /^(error: \{\}|\{\}: \{\} \{\}, no errors)/,
  /^(ip|tc) [a-z]/,
  /^(root handle|dev \{\} ingress pref)/,
  /^(until reset|for another \{\}| {2}\{\} is set to \{\}| {2}\{\} is off: \{\})/,
  /^told the running daemon/,
  /^someone else$/,
  /^the configuration says so$|^merged packets cannot be split|^a superpacket takes/,
  /^(a|an|one|true|text|no) ?(\{\}|of|or|,|argument|arguments)/,
  /^leaves that direction alone$/,
  /^option (en|dis)abled /,
  /^(a change of nothing|not there)$/,
  /^a \{\} (cannot be compared with|cannot go over the bus)/,
  /^no number for /,
  /^(a name|a string|unknown type|more than \{\} levels|too many levels|no value at|\{\} bytes for type|a method without)/,
  /^(Interrupted system call|Operation not supported)$/,
];

interface Message {
  readonly path: string;
  /** With `{}` for what is put in. */
  readonly text: string;
}

function messages(): Message[] {
  const names = readdirSync('src', { recursive: true }).map((name) => `src/${String(name)}`);
  const paths = names.filter((path) => path.endsWith('.ts') && !/\.(test|d)\.ts$/.test(path)).sort();
  const found = paths.filter((path) => !NO_TROUBLE.some((pattern) => pattern.test(path))).flatMap(messagesIn);
  return found.filter(({ text }) => !OTHERS.some((pattern) => pattern.test(text)));
}

function messagesIn(path: string): Message[] {
  const { code } = transformSync(readFileSync(path, 'utf8'), { loader: 'ts', target: 'es2022' });
  const found: Message[] = [];
  fullAncestor(parse(code, { ecmaVersion: 'latest', sourceType: 'module' }), (node, _state, ancestors) => {
    const text = textOf(node);
    if (text === undefined || !/[a-z]{2,} [a-z]{2,}/.test(text)) return;
    if (!ancestors.some((ancestor) => isNamed(ancestor, HELP))) found.push({ path, text: text.trim() });
  });
  return found;
}

/** The text of a literal; acorn's types know the nodes only by their kind. */
function textOf(
  node: Node & { value?: unknown; quasis?: readonly { value: { cooked?: string | null } }[] },
): string | undefined {
  if (node.type === 'Literal') return typeof node.value === 'string' ? node.value : undefined;
  return node.type === 'TemplateLiteral' ? node.quasis?.map(({ value }) => value.cooked ?? '').join('{}') : undefined;
}

function isNamed(node: Node & { key?: { name?: string } }, names: readonly string[]): boolean {
  return node.type === 'Property' && names.includes(node.key?.name ?? '');
}

/** Whether the text is in the page, with anything short in place of what is put in. */
function isIn(text: string): boolean {
  const parts = text
    .replace(/^error: /, '')
    .split(/\{\}|\n/)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(parts.join('[^|]{0,80}?')).test(page);
}

test('what the program can say about something that it cannot do is in the page', () => {
  const all = messages();
  assert.ok(all.length > 100, `${all.length} messages`);
  const missing = all.filter(({ text }) => !isIn(text));
  assert.deepEqual(
    missing.map(({ path, text }) => `${path}: ${text}`),
    [],
  );
});

test('a message that is not in the page would be missed', () => {
  assert.equal(isIn('the interface {} is made of cheese'), false);
  assert.equal(isIn('the kernel module {} may be missing: on OpenWrt instal {}'), false);
});
