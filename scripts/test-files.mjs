/** Which unit tests there are: `X.test.ts` beside the code in src/ and luci-app/src/, and in test/. */
import { existsSync, readdirSync } from 'node:fs';

/** Suites of their own, which have a suite.mk, and the tests of QuickJS itself. */
const OTHER_SUITES = readdirSync('test')
  .filter((name) => name === 'quickjs' || existsSync(`test/${name}/suite.mk`))
  .map((name) => `test/${name}/`);
/** Tools of the development machine, which run on Node and may use what it has. */
const NODE_ONLY = ['src/gen/', 'luci-app/src/', 'test/demo/'];
const DEPENDS_ON_CPU = [
  'src/lib/',
  'src/wire/',
  'src/tc/',
  'src/bpf/',
  'src/net/recorded.test.ts',
  'test/cases.test.ts',
  'test/quickjs/native.test.ts',
  'test/quickjs/netlink.test.ts',
];

function testFilesUnder(directory) {
  return readdirSync(directory, { recursive: true })
    .map((name) => `${directory}/${name}`)
    .filter((path) => path.endsWith('.test.ts'))
    .sort();
}

function isUnder(path, directories) {
  return directories.some((directory) => path.startsWith(directory));
}

function sharedTestFiles() {
  const all = ['src', 'luci-app/src', 'test'].flatMap(testFilesUnder);
  return all.filter((path) => !isUnder(path, OTHER_SUITES));
}

export function nodeTestFiles() {
  return sharedTestFiles();
}

/** Of a suite with machinery of its own that runs on Node, in test/NAME. */
export function suiteTestFiles(name) {
  return testFilesUnder(`test/${name}`);
}

export function quickjsTestFiles() {
  const shared = sharedTestFiles().filter((path) => !isUnder(path, NODE_ONLY));
  return [...shared, ...testFilesUnder('test/quickjs')];
}

/** Of those the ones whose outcome may depend on the CPU: bytes in both orders, captures, cases, system calls. */
export function cpuTestFiles() {
  return quickjsTestFiles().filter((path) => isUnder(path, DEPENDS_ON_CPU));
}
