/**
 * What the unit tests use of `node:test`, for QuickJS: tests run in the order of the files, one at a time, and are told as they
 * end. The last line counts them.
 */
import { host } from '../../src/host/native.ts';
import { encodeUtf8 } from '../../src/lib/utf8.ts';

type TestBody = () => void | Promise<void>;

interface TestOptions {
  /** True, or why not. */
  readonly skip?: boolean | string;
}

interface RegisteredTest {
  readonly file: string;
  readonly name: string;
  readonly options: TestOptions;
  readonly body: TestBody;
}

const STDOUT = 1;
const registered: RegisteredTest[] = [];
let currentFile = '';

/** Read by test/effort.ts. */
const share = Number(host.environment('WEIR_TEST_SHARE') ?? 1);

/** The bundler puts a call of beginTestFile in front of each test file. */
Object.assign(globalThis, {
  weirTestShare: share,
  beginTestFile: (file: string) => {
    currentFile = file;
  },
});

export function test(name: string, optionsOrBody: TestOptions | TestBody, body?: TestBody): void {
  if (typeof optionsOrBody === 'function') {
    registered.push({ file: currentFile, name, options: {}, body: optionsOrBody });
  } else if (body !== undefined) {
    registered.push({ file: currentFile, name, options: optionsOrBody, body });
  }
}

export default test;

function print(line: string): void {
  const bytes = encodeUtf8(`${line}\n`);
  for (let at = 0; at < bytes.length; ) {
    const written = host.write(STDOUT, bytes, at, bytes.length - at);
    if (written < 0 && written !== -(host.errno.EINTR as number)) host.exit(1);
    at += Math.max(written, 0);
  }
}

function indent(text: string): string {
  return text.trimEnd().replaceAll(/^/gm, '    ');
}

async function failureOf(body: TestBody): Promise<string | undefined> {
  try {
    await body();
    return undefined;
  } catch (error) {
    return error instanceof Error ? `${error}\n${error.stack ?? ''}` : String(error);
  }
}

/**
 * Runs every test, a turn of the host each, so that the bound on the CPU time of a turn holds for one test. With arguments,
 * only the tests whose file and name contain one of them. WEIR_TEST_PART=1/4 in the environment: every fourth, from the second on.
 */
export function runTests(): void {
  const wanted = host.args.slice(1);
  const isWanted = (name: string): boolean => wanted.length === 0 || wanted.some((part) => name.includes(part));
  const [part = 0, parts = 1] = (host.environment('WEIR_TEST_PART') ?? '').split('/').map(Number);
  const tests = registered.filter(
    ({ file, name }, i) => isWanted(`${file}: ${name}`) && (parts === 1 || i % parts === part),
  );
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const failures: string[] = [];
  let next = 0;
  let running = false;
  let file = '';

  const runOne = async ({ file: testFile, name, options, body }: RegisteredTest): Promise<void> => {
    if (testFile !== file) print(testFile);
    file = testFile;
    if (options.skip !== undefined && options.skip !== false) {
      counts.skipped++;
      print(`  skipped: ${name} (${options.skip})`);
      return;
    }
    const startMs = host.monotonicMs();
    const failure = await failureOf(body);
    const ms = (host.monotonicMs() - startMs).toFixed(0);
    if (failure === undefined) {
      counts.passed++;
      print(`  passed: ${name} (${ms} ms)`);
    } else {
      counts.failed++;
      failures.push(`${testFile}: ${name}\n${indent(failure)}`);
      print(`  FAILED: ${name} (${ms} ms)\n${indent(failure)}`);
    }
  };

  host.run(() => {
    // A test that waits for a promise which nobody settles would keep the program here for ever.
    if (running) throw new Error(`the test "${tests[next - 1]?.name}" never ends`);
    const test = tests[next++];
    if (test !== undefined) {
      running = true;
      runOne(test).then(() => {
        running = false;
      });
      return true;
    }
    if (failures.length > 0) print(`\nFailed:\n${failures.join('\n')}`);
    print(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
    host.exitCode(counts.failed > 0 || counts.passed === 0 ? 1 : 0);
    return false;
  });
}
