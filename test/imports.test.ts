/** Holds the import lines of src/ and luci-app/ against the layers of ARCHITECTURE.md. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

/** What each folder of src/ may import besides itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  uapi: ['lib'],
  wire: ['lib', 'uapi'],
  schema: ['lib'],
  tc: ['lib', 'uapi', 'wire', 'schema'],
  tunable: ['lib', 'uapi', 'wire', 'schema'],
  model: ['lib', 'uapi', 'wire', 'schema', 'tc', 'tunable'],
  host: ['lib'],
  net: ['lib', 'uapi', 'wire', 'host'],
  bpf: ['lib', 'uapi', 'wire', 'host'],
  agent: ['lib', 'uapi', 'wire', 'schema', 'tc', 'tunable', 'model', 'host', 'net', 'bpf'],
  cli: ['lib', 'uapi', 'wire', 'schema', 'tc', 'tunable', 'model', 'host', 'net', 'bpf', 'agent'],
};
/** Packages, and the folders that may import them. src/gen runs on Node when weir is built, and may import what it likes. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  zod: ['schema', 'tc', 'model', 'agent'],
  'weir:native': ['host'],
};
const BUILD_TIME = 'gen';
/** The doors to what is loaded on demand: anybody may import one, and one may import anything, which keeps its own layer. */
const DOORS = 'parts';
/** What the LuCI pages may take from src/ into the browser; types, which are gone by then, they may import from anywhere. */
const IN_PAGES: readonly string[] = ['lib', 'schema'];

function sourcesUnder(directory: string): string[] {
  return readdirSync(directory).flatMap((name) => {
    const path = `${directory}/${name}`;
    if (!name.includes('.')) return sourcesUnder(path);
    const isSource = name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.endsWith('.d.ts');
    return isSource ? [path] : [];
  });
}

/** What the import and re-export lines of a file name, also of statements over several lines. */
function importsOf(text: string): string[] {
  const statements = text.matchAll(/^(?:import |export .*from |\} from )(?:.* from )?'([^']+)';$/gm);
  return Array.from(statements, ([, specifier]) => specifier ?? '');
}

/** The folder of src/ that a relative import from `path` leads to, or undefined when it leads out of src. */
function folderOf(path: string, specifier: string): string | undefined {
  const parts = path.split('/').slice(0, -1);
  for (const part of specifier.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts[0] === 'src' && parts.length > 2 ? parts[1] : undefined;
}

function isDoorTarget(specifier: string): boolean {
  return /^\.\.\/.*\/part\.ts$/.test(specifier);
}

function problemOf(path: string, specifier: string): string | undefined {
  const folder = path.split('/')[1] ?? '';
  if (specifier.startsWith('.')) {
    const target = folderOf(path, specifier);
    if (target === undefined) return `${path} imports ${specifier} from outside of src`;
    if (target === DOORS) return undefined;
    if (folder === DOORS)
      return isDoorTarget(specifier) ? undefined : `${path}: a door leads to a part.ts, not to ${specifier}`;
    if (target === folder || MAY_IMPORT[folder]?.includes(target)) return undefined;
    return `${path}: ${folder} may not import ${target}`;
  }
  const name = Object.keys(PACKAGES).find((key) => specifier === key || specifier.startsWith(`${key}/`)) ?? specifier;
  return PACKAGES[name]?.includes(folder) ? undefined : `${path}: ${folder} may not import ${name}`;
}

test('every file of src imports only from the layers below its own', () => {
  const problems: string[] = [];
  let imports = 0;
  for (const path of sourcesUnder('src')) {
    if (path.startsWith(`src/${BUILD_TIME}/`)) continue;
    for (const specifier of importsOf(readFileSync(path, 'utf8'))) {
      imports++;
      const problem = problemOf(path, specifier);
      if (problem !== undefined) problems.push(problem);
    }
  }
  assert.deepEqual(problems, []);
  assert.ok(imports > 100);
});

/** The same without `import type`. */
function valueImportsOf(text: string): string[] {
  return importsOf(text.replace(/^import type [^;]*;$/gm, ''));
}

function problemOfPage(path: string, specifier: string): string | undefined {
  if (specifier.startsWith('luci/')) return undefined;
  const folder = folderOf(path, specifier);
  const isOwn = specifier.startsWith('./') || /^(\.\.\/)+(weir|view)\//.test(specifier);
  return isOwn || IN_PAGES.includes(folder ?? '') ? undefined : `${path}: a page may not import ${specifier}`;
}

/** A part that something else imports would be there from the beginning. */
test('only its door imports what a part is', () => {
  const doors = sourcesUnder(`src/${DOORS}`);
  assert.ok(doors.length > 0);
  for (const path of sourcesUnder('src')) {
    const toParts = valueImportsOf(readFileSync(path, 'utf8')).filter((specifier) => specifier.endsWith('/part.ts'));
    assert.deepEqual(toParts.length, doors.includes(path) ? 1 : 0, path);
  }
});

test('the LuCI pages take nothing from src into the browser but lib and schema', () => {
  const problems: string[] = [];
  let imports = 0;
  for (const path of sourcesUnder('luci-app/src')) {
    for (const specifier of valueImportsOf(readFileSync(path, 'utf8'))) {
      imports++;
      const problem = problemOfPage(path, specifier);
      if (problem !== undefined) problems.push(problem);
    }
  }
  assert.deepEqual(problems, []);
  assert.ok(imports > 20);
  const page = 'luci-app/src/weir/page.ts';
  assert.equal(problemOfPage(page, '../../../src/lib/units.ts'), undefined);
  assert.match(problemOfPage(page, '../../../src/model/config.ts') ?? '', /may not import/);
  assert.match(problemOfPage(page, 'node:fs') ?? '', /may not import/);
  assert.deepEqual(valueImportsOf("import type {\n  A,\n} from '../x.ts';\nimport { b } from './b.ts';\n"), ['./b.ts']);
});

test('an import against the layers is found, whichever way it is written', () => {
  assert.deepEqual(
    importsOf("import {\n  a,\n} from '../model/diff.ts';\nexport * from './b.ts';\nimport './c.ts';\n"),
    ['../model/diff.ts', './b.ts', './c.ts'],
  );
  assert.equal(problemOf('src/wire/nla.ts', '../lib/bytes.ts'), undefined);
  assert.match(problemOf('src/wire/nla.ts', '../model/diff.ts') ?? '', /wire may not import model/);
  assert.match(problemOf('src/model/resource/link.ts', '../../net/netlink.ts') ?? '', /model may not import net/);
  assert.match(problemOf('src/net/netlink.ts', 'zod/mini') ?? '', /net may not import zod/);
  assert.match(problemOf('src/cli/main.ts', 'node:fs') ?? '', /cli may not import node:fs/);
  assert.equal(problemOf('src/agent/daemon.ts', '../parts/commands.ts'), undefined);
  assert.equal(problemOf('src/parts/commands.ts', '../cli/part.ts'), undefined);
  assert.match(problemOf('src/parts/commands.ts', '../cli/top.ts') ?? '', /a door leads to a part.ts/);
  assert.match(problemOf('src/cli/main.ts', '../../test/cases.ts') ?? '', /outside of src/);
});
