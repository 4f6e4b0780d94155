/**
 * A directory that is a router's root: busybox, a shell, the stand-ins for OpenWrt's scripts and for opkg, the C library, and the
 * packages that weir depends on as far as opkg's database knows of them. Commands run in it with a network, processes and mounts
 * of their own.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { bridgeIpkOf, CPUS, ipkOf, VERSION } from './ipk.ts';

/** The CPU of this machine, whose package runs here as it is. */
export const HOST_CPU = process.arch === 'arm64' ? 'aarch64' : 'x86_64';

/** Debian's shell, and the one that OpenWrt has. */
const SHELLS = ['dash', 'busybox'] as const;
type Shell = (typeof SHELLS)[number];

interface RouterKind {
  readonly shells?: readonly Shell[];
  /** OpenWrt's names of what it can run. */
  readonly architectures?: readonly string[];
}

/** What base-files brings. */
const DIRECTORIES = [
  'bin',
  'dev',
  'etc/config',
  'etc/init.d',
  'etc/opkg',
  'etc/rc.d',
  'etc/uci-defaults',
  'lib/functions',
  'proc',
  'sbin',
  'tmp',
  'usr/bin',
  'usr/lib/opkg/info',
  'usr/lib/opkg/status.d',
  'usr/sbin',
  'var/run/procd',
];
const DEVICES = ['null', 'urandom'];
/** Of weir, and the one that only weir-bridge has. */
export const DEPENDENCIES = ['libc', 'kmod-sched-core', 'kmod-sched-cake', 'kmod-ifb', 'kmod-sched-bpf'];

/** weir's own reading of UCI files stands in for uci; there is nothing to commit. */
const UCI = '#!/bin/sh\n[ "$1" = commit ] || exec /usr/sbin/weir uci "$@"\n';

/** For the scripts of the tests. `part NAME` begins what is told apart in the output, `step NAME` the logs as well. */
const PRELUDE = `
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/ SCRIPT_LOG=/tmp/scripts PROCD_LOG=/tmp/procd PROCD_RUN=/var/run/procd
part() { echo "@$1"; }
step() { part "$1"; : >$SCRIPT_LOG; : >$PROCD_LOG; }
# The number of the service's process, once it runs the program that is installed.
daemon() {
  tries=0
  while [ $tries -lt 1000 ]; do
    read -r pid 2>/dev/null </var/run/procd/weir.pid && [ "$(readlink /proc/$pid/exe)" = /usr/sbin/weir ] && echo $pid && return
    tries=$((tries + 1))
    sleep 0.01
  done
  echo none
}
`;

export interface Steps {
  readonly exit: number;
  readonly stderr: string;
  /** What was printed, by step. */
  readonly lines: ReadonlyMap<string, readonly string[]>;
}

export class Router {
  readonly path = mkdtempSync(join(tmpdir(), 'weir-router-'));

  constructor(shell: Shell, architectures: readonly string[]) {
    chmodSync(this.path, 0o755);
    for (const directory of DIRECTORIES) mkdirSync(join(this.path, directory), { recursive: true });
    this.putPrograms(shell);
    this.putScripts();
    cpSync(`build/libc/${HOST_CPU}/root/lib`, join(this.path, 'lib'), { recursive: true, verbatimSymlinks: true });
    const all = ['all', 'noarch', ...architectures];
    this.write('etc/opkg/arch.conf', all.map((name, i) => `arch ${name} ${i + 1}\n`).join(''));
    this.write('etc/config/network', "config interface 'wan'\n\toption device 'eth1'\n");
    for (const name of DEPENDENCIES) this.write(`usr/lib/opkg/info/${name}.control`, `Package: ${name}\n`);
    const paths = execFileSync('find', ['.', '-mindepth', '1', '-type', 'd', '-printf', '/%P\n'], { cwd: this.path });
    writeFileSync(join(this.path, 'usr/lib/opkg/info/base-files.list'), paths);
  }

  private putPrograms(shell: Shell): void {
    const busybox = programPath('busybox');
    cpSync(busybox, join(this.path, 'bin/busybox'));
    for (const applet of execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trimEnd().split('\n')) {
      if (applet !== 'busybox' && applet !== 'sh') symlinkSync('busybox', join(this.path, 'bin', applet));
    }
    if (shell === 'busybox') symlinkSync('busybox', join(this.path, 'bin/sh'));
    else {
      const dash = programPath('dash');
      cpSync(dash, join(this.path, 'bin/sh'), { dereference: true });
      for (const [library] of execFileSync('ldd', [dash], { encoding: 'utf8' }).matchAll(/\/\S+/g)) {
        mkdirSync(dirname(join(this.path, library)), { recursive: true });
        cpSync(library, join(this.path, library), { dereference: true });
      }
    }
    this.write('bin/opkg', readFileSync('test/package/openwrt/opkg.sh', 'utf8'), 0o755);
    this.write('sbin/uci', UCI, 0o755);
  }

  private putScripts(): void {
    const service = 'test/service/openwrt';
    cpSync(`${service}/functions`, join(this.path, 'lib/functions'), { recursive: true });
    cpSync(`${service}/rc.common`, join(this.path, 'etc/rc.common'));
    chmodSync(join(this.path, 'etc/rc.common'), 0o755);
    const parts = [`${service}/functions.sh`, 'test/package/openwrt/default_scripts.sh'];
    this.write('lib/functions.sh', parts.map((part) => readFileSync(part, 'utf8')).join('\n'));
  }

  write(path: string, content: string | Uint8Array, mode = 0o644): void {
    mkdirSync(dirname(join(this.path, path)), { recursive: true });
    writeFileSync(join(this.path, path), content);
    chmodSync(join(this.path, path), mode);
  }

  read(path: string): string {
    return readFileSync(join(this.path, path), 'utf8');
  }

  /** Every file and directory as `MODE OWNER:GROUP PATH`, links with where they lead. /tmp, /proc and /dev are not looked at. */
  files(): string[] {
    const unseen = ['tmp', 'proc', 'dev'].flatMap((name) => ['-path', `./${name}`, '-prune', '-o']);
    const format = ['-printf', '%M %U:%G /%P %l\n'];
    const text = execFileSync('find', ['.', ...unseen, ...format], { cwd: this.path, encoding: 'utf8' });
    return text
      .trimEnd()
      .split('\n')
      .map((line) => line.trimEnd())
      .sort();
  }

  /** Runs a script as root of the router; its processes end with it. */
  run(script: string): Steps {
    this.write('tmp/script', `${PRELUDE}${script}`);
    // Everything that `opkg` and the scripts leave behind is in the directory, and nothing of the machine can be reached but it.
    const isRoot = process.getuid?.() === 0;
    const own = [...(isRoot ? [] : ['--map-root-user']), '--net', '--pid', '--fork', '--kill-child', '--mount'];
    for (const device of DEVICES) this.write(`dev/${device}`, '');
    const mounts = DEVICES.map((device) => `mount --bind /dev/${device} "$1/dev/${device}"`);
    const enter = ['mount -t proc proc "$1/proc"', ...mounts, 'exec chroot "$1" /bin/sh /tmp/script'].join(' && ');
    const { status, stdout, stderr } = spawnSync('unshare', [...own, 'sh', '-c', enter, 'sh', this.path], {
      encoding: 'utf8',
      env: { PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
    });
    const lines = new Map<string, string[]>();
    let step: string[] = [];
    for (const line of stdout.trimEnd().split('\n')) {
      if (line.startsWith('@')) {
        step = [];
        lines.set(line.slice(1), step);
      } else step.push(line);
    }
    return { exit: status ?? -1, stderr, lines };
  }

  /** Puts a package where the router's scripts find it, and gives its path there. */
  putIpk(path: string): string {
    const place = `tmp/${path.slice(path.lastIndexOf('/') + 1)}`;
    cpSync(path, join(this.path, place));
    return `/${place}`;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

function programPath(name: string): string {
  return execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
}

/** Runs `body` with a router of its own for each shell. */
export function onARouter(
  body: (router: Router) => void,
  { shells = SHELLS, architectures = [CPUS.get(HOST_CPU) ?? ''] }: RouterKind = {},
): void {
  for (const shell of shells) {
    const router = new Router(shell, architectures);
    try {
      body(router);
    } finally {
      router.remove();
    }
  }
}

export const OLD_VERSION = '0.0.9-r1';
/** The first line of the older package's configuration. */
export const OLD_LINE = '# An older default.';
/** A file that only the older package has. */
export const OLD_FILE = '/usr/share/weir/of-old';

/** What the object of the older weir-bridge ends with. */
export const OLD_TRAILER = 'of old\n';
/** What weir-bridge brings. */
export const BRIDGE_OBJECT = '/lib/bpf/weir.bpf.o';

/** An older weir for the machine's CPU: another version and default configuration, and a file that is no more. */
export function olderIpk(directory: string): string {
  return older(ipkOf(HOST_CPU), directory, (data) => {
    const config = join(data, 'etc/config/weir');
    writeFileSync(config, `${OLD_LINE}\n${readFileSync(config, 'utf8')}`);
    mkdirSync(dirname(join(data, OLD_FILE)), { recursive: true });
    writeFileSync(join(data, OLD_FILE), 'of old\n');
  });
}

/** An older weir-bridge: another version, and an object of other bytes behind which its programs work as well. */
export function olderBridgeIpk(directory: string): string {
  return older(bridgeIpkOf(HOST_CPU), directory, (data) => appendFileSync(join(data, BRIDGE_OBJECT), OLD_TRAILER));
}

/** The package as it was at an older version; `edit` makes its files those of then. */
function older(ipk: string, directory: string, edit: (data: string) => void): string {
  const parts = join(directory, 'older');
  const data = join(parts, 'data');
  mkdirSync(data, { recursive: true });
  const unpack = (archive: string, place: string): void => {
    const bytes = execFileSync('tar', ['-xzOf', ipk, archive], { maxBuffer: 1 << 24 });
    execFileSync('tar', ['-xpz', '-C', place], { input: bytes });
  };
  unpack('./control.tar.gz', parts);
  unpack('./data.tar.gz', data);
  const control = readFileSync(join(parts, 'control'), 'utf8')
    .replace(`Version: ${VERSION}`, `Version: ${OLD_VERSION}`)
    .replace(/Installed-Size: .*\n/, '');
  writeFileSync(join(parts, 'control'), control);
  edit(data);
  const made = execFileSync('scripts/ipk.sh', [parts, directory, '1000000000'], { encoding: 'utf8' }).trim();
  rmSync(parts, { recursive: true });
  return made;
}
