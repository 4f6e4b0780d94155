/**
 * The same files give the same bytes: a package that is built from nothing but downloads, in a copy of the project elsewhere, by
 * somebody with another time zone, umask and language, is the package that is here.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { bridgeIpkOf, ipkOf, LUCI_IPK } from './ipk.ts';

const CPU = 'aarch64';
/** What a build downloads or installs: these come along. QuickJS is used where it lies, so its path is another one there. */
const DOWNLOADED = ['node_modules', `build/libc/${CPU}`];
const STAMPS = ['node-modules', `tools-${CPU}`, 'tools-bpf', 'tools-host'];

/** The project's files at `copy` as they are now, with their history where there is one. */
function copyProject(copy: string): void {
  const output = (command: string, ...words: readonly string[]): string[] =>
    execFileSync(command, words, { encoding: 'utf8' })
      .split('\0')
      .filter((path) => path !== '');
  let files: readonly string[];
  if (existsSync('.git')) {
    execFileSync('git', ['clone', '--quiet', '--shared', '.', copy]);
    for (const path of output('git', 'ls-files', '-z', '--deleted')) rmSync(join(copy, path));
    files = output('git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard').filter(existsSync);
  } else {
    const apart = ['./build', './node_modules'].flatMap((path) => ['-path', path, '-prune', '-o']);
    files = output('find', '.', ...apart, '-type', 'f', '-print0');
  }
  for (const path of files) cpSync(path, join(copy, path), { preserveTimestamps: true });
}

/** A locale in which, unlike in C, `a` comes before `B`. */
function otherLocale(directory: string): Record<string, string> {
  mkdirSync(directory);
  execFileSync('localedef', ['-i', 'en_US', '-f', 'UTF-8', join(directory, 'en_US.UTF-8')]);
  const settings = { LOCPATH: directory, LC_ALL: 'en_US.UTF-8' };
  const sorted = execFileSync('sort', {
    input: 'B\na\n',
    env: { PATH: process.env.PATH, ...settings },
    encoding: 'utf8',
  });
  assert.equal(sorted, 'a\nB\n', 'the locale is not in force');
  return settings;
}

test(`the packages for ${CPU}, built in another place, time zone, language and with another umask, have the same bytes`, () => {
  const directory = mkdtempSync(join(tmpdir(), 'weir-another-place-'));
  try {
    const copy = join(directory, 'a-copy-of-weir');
    copyProject(copy);
    for (const path of DOWNLOADED) cpSync(path, join(copy, path), { recursive: true, verbatimSymlinks: true });
    mkdirSync(join(copy, 'build/stamps'), { recursive: true });
    for (const name of STAMPS) writeFileSync(join(copy, 'build/stamps', name), '');
    const made = spawnSync('sh', ['-c', 'umask 077 && exec "$@"', 'sh', 'make', 'ipk', `ARCH=${CPU}`], {
      cwd: copy,
      encoding: 'utf8',
      env: {
        PATH: process.env.PATH,
        HOME: directory,
        TZ: 'Asia/Kolkata',
        QUICKJS_SRC: resolve(quickjsSource()),
        ...otherLocale(join(directory, 'locale')),
      },
    });
    assert.equal(made.status, 0, made.stdout + made.stderr);
    for (const path of [ipkOf(CPU), bridgeIpkOf(CPU), LUCI_IPK]) {
      assert.ok(readFileSync(path).equals(readFileSync(join(copy, path))), path);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});

/** Where the Makefile has it. */
function quickjsSource(): string {
  return execFileSync('make', ['--silent', '--eval', 'where:;@echo $(QUICKJS_SRC)', 'where'], {
    encoding: 'utf8',
  }).trim();
}
