/** A copy of build/feed with openwrt/rules and the engine's tarball beside it, in a directory of its own, and make run there. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a package becomes: the files of its control part as text, and the tree as `MODE PATH` lines, sorted. */
export interface Package {
  readonly control: string;
  readonly parts: ReadonlyMap<string, string>;
  readonly tree: readonly string[];
}

export class FeedCopy {
  readonly directory = mkdtempSync(join(tmpdir(), 'weir-feed-'));
  readonly feed = join(this.directory, 'feed');
  readonly downloads = join(this.directory, 'dl');
  readonly out = join(this.directory, 'out');
  readonly staging = join(this.directory, 'staging');
  /** What an executable would be made of: any file, for the packages that nothing is compiled for. */
  readonly built = join(this.directory, 'built');

  constructor() {
    cpSync('build/feed', this.feed, { recursive: true });
    cpSync('openwrt/rules', join(this.directory, 'rules'), { recursive: true });
    mkdirSync(this.downloads);
    copyFileSync(engineTarball(), join(this.downloads, basename(engineTarball())));
    mkdirSync(this.built);
    for (const file of ['weir', 'weir.trees', 'weir.bridge']) writeFileSync(join(this.built, file), 'not compiled');
  }

  /** Runs a target of openwrt/rules for a package, without anything of the environment but where programs are. */
  make(target: string, name: string, settings: Readonly<Record<string, string>> = {}): Run {
    const variables = {
      PKG: name,
      FEED: this.feed,
      OUT: this.out,
      DL_DIR: this.downloads,
      STAGING_DIR: this.staging,
      ...settings,
    };
    const words = Object.entries(variables).map(([key, value]) => `${key}=${value}`);
    const run = spawnSync(
      'make',
      ['-C', join(this.directory, 'rules'), target, '--warn-undefined-variables', ...words],
      {
        encoding: 'utf8',
        env: { PATH: process.env.PATH, HOME: this.directory },
        cwd: this.directory,
      },
    );
    return { status: run.status, stdout: run.stdout, stderr: run.stderr };
  }

  /** What the build of weir would leave for that of weir-bridge. */
  stage(): void {
    const run = this.make('stage', 'weir', { BUILD_DIR: this.built });
    assert.equal(run.status, 0, run.stdout + run.stderr);
    assert.deepEqual(undefinedVariables(run), []);
  }

  /** @returns the package of that name for the CPU `arch`; with `settings` as variables of make */
  package(name: string, arch: string, settings: Readonly<Record<string, string>> = {}): Package {
    const run = this.make('package', name, { ARCH: arch, ...settings });
    assert.equal(run.status, 0, run.stdout + run.stderr);
    assert.deepEqual(undefinedVariables(run), []);
    return packageIn(this.out);
  }

  /** Changes a file of a package. */
  edit(path: string, change: (text: string) => string): void {
    const before = readFileSync(join(this.feed, path), 'utf8');
    const after = change(before);
    assert.notEqual(after, before, path);
    writeFileSync(join(this.feed, path), after);
  }

  remove(): void {
    rmSync(this.directory, { recursive: true });
  }
}

/** @returns the package in a directory that has its control part and, below data/, its files */
export function packageIn(directory: string): Package {
  const parts = new Map(
    readdirSync(directory)
      .filter((part) => part !== 'data')
      .map((part) => [`${part} ${mode(join(directory, part))}`, readFileSync(join(directory, part), 'utf8')]),
  );
  const data = join(directory, 'data');
  const paths = readdirSync(data, { recursive: true }).map(String);
  const tree = paths.map((path) => `${mode(join(data, path))} /${path}`).sort();
  return { control: parts.get('control 644') ?? '', parts, tree };
}

export async function withFeed(body: (feed: FeedCopy) => void | Promise<void>): Promise<void> {
  const feed = new FeedCopy();
  try {
    await body(feed);
  } finally {
    feed.remove();
  }
}

/** Variables that make had no value for. Symbols of the SDK's .config are absent where they are off. */
export function undefinedVariables({ stderr }: Run): string[] {
  return [...stderr.matchAll(/undefined variable '([^']*)'/g)]
    .map(([, name = '']) => name)
    .filter((name) => !name.startsWith('CONFIG_'));
}

/** The value of a variable in one of the packages' Makefiles, as it is written there. */
export function setting(name: string, variable: string): string {
  const found = new RegExp(`^${variable}:=(.*)$`, 'm').exec(readFileSync(`openwrt/${name}/Makefile`, 'utf8'))?.[1];
  assert.ok(found !== undefined, `${name} has no ${variable}`);
  return found;
}

/** The engine's source as the project itself takes it. */
export function engineTarball(): string {
  return `build/quickjs_${setting('weir', 'QUICKJS_VERSION')}.orig.tar.xz`;
}

function mode(path: string): string {
  return (statSync(path).mode & 0o7777).toString(8);
}
