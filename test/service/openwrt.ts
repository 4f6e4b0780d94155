/** Runs the scripts of openwrt/weir/files with the shells of this machine, in a directory that stands for the router's root. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const FILES = 'openwrt/weir/files';
/** Debian's shell, and the one that OpenWrt has. */
export const SHELLS: readonly (readonly string[])[] = [['dash'], ['busybox', 'ash']];

export interface Ran {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What procd was asked for: the words of each request, in order. */
  readonly requests: readonly (readonly string[])[];
}

/** A root directory with the scripts in their places, what they call, and nothing else. */
export class Root {
  readonly path = mkdtempSync(join(tmpdir(), 'weir-service-'));

  constructor() {
    cpSync('test/service/openwrt/rc.common', join(this.path, 'etc/rc.common'));
    cpSync('test/service/openwrt', join(this.path, 'lib'), { recursive: true });
    for (const [file, place] of [
      ['weir.init', 'etc/init.d/weir'],
      ['weir.defaults', 'etc/uci-defaults/weir'],
      ['weir.prerm', 'weir.prerm'],
    ] as const) {
      // The script as it would read if this directory were the root.
      const text = readFileSync(join(FILES, file), 'utf8');
      this.write(place, text.replaceAll(/(?<![\w.])\/(?=(?:etc|lib|usr|var)\/)/g, `${this.path}/`));
    }
    this.program('usr/sbin/weir', `exec ${resolve('build/weir')} -c ${this.path}/etc/config/weir "$@"`);
    this.program('bin/uci', `exec ${resolve('build/weir')} uci -c ${this.path}/etc/config -C '' "$@"`);
  }

  write(path: string, content: string | Uint8Array): void {
    mkdirSync(dirname(join(this.path, path)), { recursive: true });
    writeFileSync(join(this.path, path), content);
  }

  /** A program of shell. */
  program(path: string, script: string): void {
    this.write(path, `#!/bin/sh\n${script}\n`);
    chmodSync(join(this.path, path), 0o755);
  }

  read(path: string): string {
    return this.readBytes(path).toString();
  }

  readBytes(path: string): Buffer {
    return readFileSync(join(this.path, path));
  }

  list(path: string): string[] {
    return execFileSync('find', ['.', '-mindepth', '1'], { cwd: join(this.path, path), encoding: 'utf8' })
      .split('\n')
      .filter((line) => line !== '')
      .sort();
  }

  /** `/etc/init.d/weir ACTION`, by that shell. */
  init(shell: readonly string[], action: string, environment: Record<string, string> = {}): Ran {
    return this.run(
      [...shell, join(this.path, 'etc/rc.common'), join(this.path, 'etc/init.d/weir'), action],
      environment,
    );
  }

  run([command = '', ...args]: readonly string[], environment: Record<string, string> = {}): Ran {
    const log = join(this.path, 'procd.log');
    writeFileSync(log, '');
    const { status, stdout, stderr } = spawnSync(command, args, {
      encoding: 'utf8',
      env: {
        PATH: `${this.path}/bin:${process.env.PATH}`,
        OPENWRT_LIB: `${this.path}/lib`,
        PROCD_LOG: log,
        ...environment,
      },
    });
    const lines = readFileSync(log, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
    return { exit: status ?? -1, stdout, stderr, requests: lines.map((line) => line.split('|')) };
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Runs `body` with a root of its own for each shell. */
export function inEachShell(body: (root: Root, shell: readonly string[]) => void): void {
  for (const shell of SHELLS) {
    const root = new Root();
    try {
      body(root, shell);
    } finally {
      root.remove();
    }
  }
}
