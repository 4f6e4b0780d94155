/** The packages in an image that is being built: nothing runs there, and the first boot does what an installation would have done. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { bridgeIpkOf, CPUS, ipkOf, TREES_IPK } from './ipk.ts';
import { DEPENDENCIES, HOST_CPU, onARouter, type Router } from './router.ts';

/** The shells of a machine that builds: OpenWrt runs these scripts with bash. */
const SHELLS: ReadonlyArray<readonly string[]> = [['bash'], ['dash'], ['busybox', 'ash']];

function run(root: string, [shell = '', ...words]: readonly string[], more: Readonly<Record<string, string>>): void {
  const { status, stdout, stderr } = spawnSync(shell, words, {
    cwd: root,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, IPKG_INSTROOT: root, PROCD_LOG: join(root, 'tmp/procd'), ...more },
  });
  assert.equal(status, 0, stdout + stderr);
}

/** As include/rootfs.mk calls opkg: the scripts are run, and told to do nothing yet. */
function opkg(root: string, shell: readonly string[], ...words: readonly string[]): void {
  const script = resolve('test/package/openwrt/opkg.sh');
  run(root, [...shell, script, '--offline-root', root, '--force-postinstall', ...words], { IPKG_NO_SCRIPT: '1' });
}

/** prepare_rootfs of include/rootfs.mk: each postinst again, then `enable` of each service, and the scripts are taken away. */
function prepare(root: string, shell: readonly string[]): void {
  const info = join(root, 'usr/lib/opkg/info');
  const settings = { TEST_SHELL: shell.join(' ') };
  for (const name of readdirSync(info).filter((each) => each.endsWith('.postinst'))) {
    run(root, [...shell, join(info, name)], settings);
  }
  assert.ok(lstatSync(join(root, 'etc/rc.d/S21weir')).isSymbolicLink());
  for (const name of readdirSync(join(root, 'etc/init.d'))) {
    run(root, [...shell, './etc/rc.common', `./etc/init.d/${name}`, 'enable'], settings);
  }
  for (const name of readdirSync(info)) if (/\.(postinst|prerm)/.test(name)) rmSync(join(info, name));
}

/** Where who builds is not root, the files are theirs. */
function withoutOwners(lines: readonly string[]): string[] {
  return lines.map((line) => line.replace(/ \d+:\d+ /, ' '));
}

function added(before: readonly string[], router: Router): string[] {
  const known = withoutOwners(before);
  return withoutOwners(router.files()).filter((line) => !known.includes(line));
}

const IN_THE_IMAGE = [
  '-rw------- /etc/config/weir',
  '-rw-r--r-- /lib/bpf/weir.bpf.o',
  '-rw-r--r-- /usr/lib/opkg/info/weir-bridge.control',
  '-rw-r--r-- /usr/lib/opkg/info/weir-bridge.list',
  '-rw-r--r-- /usr/lib/opkg/info/weir-trees.control',
  '-rw-r--r-- /usr/lib/opkg/info/weir-trees.list',
  '-rw-r--r-- /usr/lib/opkg/info/weir.conffiles',
  '-rw-r--r-- /usr/lib/opkg/info/weir.control',
  '-rw-r--r-- /usr/lib/opkg/info/weir.list',
  '-rw-r--r-- /usr/lib/opkg/status.d/weir',
  '-rw-r--r-- /usr/lib/opkg/status.d/weir-bridge',
  '-rw-r--r-- /usr/lib/opkg/status.d/weir-trees',
  '-rw-r--r-- /usr/lib/weir/bridge',
  '-rw-r--r-- /usr/lib/weir/trees',
  '-rwxr-xr-x /etc/init.d/weir',
  '-rwxr-xr-x /etc/uci-defaults/weir',
  '-rwxr-xr-x /usr/lib/opkg/info/weir-bridge.postrm',
  '-rwxr-xr-x /usr/lib/opkg/info/weir-trees.postrm',
  '-rwxr-xr-x /usr/sbin/weir',
  'drwxr-xr-x /lib/bpf',
  'drwxr-xr-x /usr/lib/weir',
  'lrwxrwxrwx /etc/rc.d/S21weir ../init.d/weir',
];

for (const [cpu, architecture] of CPUS) {
  test(`an image for ${cpu}: the service is enabled, the defaults wait, nothing runs`, () => {
    for (const shell of SHELLS) {
      onARouter(
        (router) => {
          const before = router.files();
          opkg(router.path, shell, 'install', resolve(ipkOf(cpu)));
          opkg(router.path, shell, 'install', resolve(bridgeIpkOf(cpu)));
          opkg(router.path, shell, 'install', resolve(TREES_IPK));
          assert.ok(!existsSync(join(router.path, 'etc/rc.d/S21weir')));
          prepare(router.path, shell);
          assert.deepEqual(added(before, router), IN_THE_IMAGE, shell.join(' '));
          assert.ok(!existsSync(join(router.path, 'tmp/procd')), 'procd was asked for something');
        },
        { shells: ['busybox'], architectures: [architecture] },
      );
    }
  });
}

test('at the first boot of an image the defaults are applied and gone, and the service runs', () =>
  onARouter((router) => {
    opkg(router.path, ['dash'], 'install', resolve(ipkOf(HOST_CPU)));
    prepare(router.path, ['dash']);
    // As /etc/init.d/boot and procd do it.
    const steps = router.run(`
step boot
cd /etc/uci-defaults && for file in *; do (. "./$file") && rm -f "$file"; done && uci commit
/etc/rc.d/S21weir boot
daemon
grep open_service $PROCD_LOG
ls /etc/uci-defaults
weir check
`);
    assert.equal(steps.exit, 0, steps.stderr);
    const [pid, ...others] = steps.lines.get('boot') ?? [];
    assert.match(pid ?? '', /^\d+$/);
    assert.deepEqual(others, ['open_service|weir|/etc/rc.d/S21weir', '/etc/config/weir: 1 shaper, no errors']);
  }));

test('an empty root gets the files of the package and nothing else, and is empty again when it is removed', () => {
  for (const shell of SHELLS) {
    const root = mkdtempSync(join(tmpdir(), 'weir-empty-'));
    try {
      const database = join(root, 'usr/lib/opkg/info');
      mkdirSync(database, { recursive: true });
      mkdirSync(join(root, 'etc/opkg'), { recursive: true });
      writeFileSync(join(root, 'etc/opkg/arch.conf'), `arch ${CPUS.get('arm')} 1\n`);
      for (const name of DEPENDENCIES) writeFileSync(join(database, `${name}.control`), '');
      const files = (): string[] =>
        readdirSync(root, { recursive: true })
          .map(String)
          .filter((path) => !/^usr\/lib\b/.test(path) && !/^etc\/opkg\b/.test(path))
          .sort();
      const before = files();
      opkg(root, shell, 'install', resolve(ipkOf('arm')));
      assert.deepEqual(files(), [
        'etc',
        'etc/config',
        'etc/config/weir',
        'etc/init.d',
        'etc/init.d/weir',
        'etc/uci-defaults',
        'etc/uci-defaults/weir',
        'usr',
        'usr/sbin',
        'usr/sbin/weir',
      ]);
      opkg(root, shell, 'remove', 'weir');
      assert.deepEqual(files(), before);
    } finally {
      rmSync(root, { recursive: true });
    }
  }
});
