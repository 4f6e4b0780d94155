/**
 * The texts of the LuCI pages: collects those in `_()` and `N_()` of luci-app/src, the titles of the menu and what the access list is
 * for into po/templates/weir.pot, and brings the translations up to it. With --check it writes nothing, and fails where something is
 * not up to date or not translated.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'acorn';
import { simple } from 'acorn-walk';
import { transformSync } from 'esbuild';
import { moduleFiles } from './luci-modules.mjs';
import { formatPo, keyOf, parsePo } from './po.mjs';

const SOURCE = 'luci-app/src';
const MENU = 'luci-app/root/usr/share/luci/menu.d/luci-app-weir.json';
const ACL = 'luci-app/root/usr/share/rpcd/acl.d/luci-app-weir.json';
const PO = 'luci-app/po';
const TEMPLATE = `${PO}/templates/weir.pot`;
const HEAD = 'Content-Type: text/plain; charset=UTF-8\n';
/** Of gettext, by the language's directory. */
const PLURAL_FORMS = { de: 'nplurals=2; plural=(n != 1);', zh_Hans: 'nplurals=1; plural=0;' };

/** LuCI looks a text up with its spaces so. */
const spaced = (text) => text.trim().replace(/[ \t\n]+/g, ' ');

/** A literal's text. Throws for anything else: nobody could translate it. */
function literal(node, file) {
  if (node?.type === 'Literal' && typeof node.value === 'string') return spaced(node.value);
  if (node?.type === 'TemplateLiteral' && node.expressions.length === 0) return spaced(node.quasis[0].value.cooked);
  throw new Error(`${file}: _() takes a literal text, and this is ${node?.type ?? 'nothing'}`);
}

/** The messages of a file, as of po.mjs. */
function messagesOf(file) {
  const messages = [];
  const reference = `${SOURCE}/${file}`;
  const { code } = transformSync(readFileSync(reference, 'utf8'), { loader: 'ts', target: 'esnext' });
  simple(parse(code, { ecmaVersion: 'latest', sourceType: 'module' }), {
    CallExpression({ callee, arguments: args }) {
      if (callee.type !== 'Identifier' || (callee.name !== '_' && callee.name !== 'N_')) return;
      // What a name stands for is a literal elsewhere, which is looked up when the page runs.
      if (callee.name === '_' && args[0]?.type === 'Identifier') return;
      const [first, second, third] = callee.name === '_' ? [args[0], undefined, args[1]] : [args[1], args[2], args[3]];
      messages.push({
        references: [reference],
        context: third === undefined ? undefined : literal(third, reference),
        id: literal(first, reference),
        plural: second === undefined ? undefined : literal(second, reference),
        texts: [''],
      });
    },
  });
  return messages;
}

/** Of a file that LuCI reads, what stands under a name in each of its entries. */
function messagesUnder(name, file) {
  const ids = Object.values(JSON.parse(readFileSync(file, 'utf8'))).map((entry) => entry[name]);
  return ids.map((id) => ({ references: [file], context: undefined, id, plural: undefined, texts: [''] }));
}

/** Each message once, with all the files that have it. */
function merged(messages) {
  const byKey = new Map();
  for (const message of messages) {
    const known = byKey.get(keyOf(message));
    if (known === undefined) byKey.set(keyOf(message), message);
    else {
      known.references = [...new Set([...known.references, ...message.references])];
      known.plural ??= message.plural;
    }
  }
  return [...byKey.values()];
}

/** The template's messages with what is translated in a catalogue. */
function translated(template, catalogue, language) {
  const known = new Map(catalogue.map((message) => [keyOf(message), message]));
  const forms = Number(/nplurals=(\d)/.exec(PLURAL_FORMS[language])[1]);
  const texts = (message) => {
    const before = known.get(keyOf(message))?.texts ?? [];
    return Array.from({ length: message.plural === undefined ? 1 : forms }, (_, i) => before[i] ?? '');
  };
  const head = `${HEAD}Language: ${language}\nPlural-Forms: ${PLURAL_FORMS[language]}\n`;
  return [
    { ...template[0], texts: [head] },
    ...template.slice(1).map((message) => ({ ...message, texts: texts(message) })),
  ];
}

const head = { references: [], context: undefined, id: '', plural: undefined, texts: [HEAD] };
const messages = moduleFiles(SOURCE).flatMap(messagesOf);
const template = [
  head,
  ...merged([...messages, ...messagesUnder('title', MENU), ...messagesUnder('description', ACL)]),
];
const forms = (message) => (message.plural === undefined ? [''] : ['', '']);
const files = { [TEMPLATE]: [head, ...template.slice(1).map((message) => ({ ...message, texts: forms(message) }))] };
const problems = [];
for (const language of readdirSync(PO).filter((name) => name !== 'templates')) {
  const path = `${PO}/${language}/weir.po`;
  files[path] = translated(template, existsSync(path) ? parsePo(readFileSync(path, 'utf8')) : [], language);
  for (const { id, texts } of files[path]) if (texts.includes('')) problems.push(`${path}: not translated: ${id}`);
}
const check = process.argv.includes('--check');
for (const [path, messages] of Object.entries(files)) {
  const text = formatPo(messages);
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
  if (check) problems.push(`${path} is not up to date: make gen writes it`);
  else writeFileSync(path, text);
}
for (const problem of problems) console.log(problem);
console.log(`${TEMPLATE}: ${template.length - 1} texts`);
if (check && problems.length > 0) process.exit(1);
