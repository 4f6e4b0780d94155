/** What the packages say of themselves, and where their files go. Nothing is compiled. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { engineTarball, setting, undefinedVariables, withFeed } from './feed_copy.ts';

const PACKAGES = ['weir', 'luci-app-weir', 'weir-bridge'] as const;
const VERSION: string = JSON.parse(readFileSync('package.json', 'utf8')).version;
const DESCRIPTION = /\nDescription: {2}\S.*\n(?: \S.*\n)*$/;

test('every package has the version of the project, in digits and dots, which both opkg and apk can order', () => {
  assert.match(VERSION, /^\d+(\.\d+)*$/);
  for (const name of PACKAGES) {
    assert.equal(setting(name, 'PKG_VERSION'), VERSION, name);
    assert.match(setting(name, 'PKG_RELEASE'), /^[1-9]\d*$/, name);
  }
});

test("the engine's version and hash are those of the tarball that the project itself is built from", () => {
  const version = setting('weir', 'QUICKJS_VERSION');
  const ours = /^QUICKJS_VERSION := (.*)-\d+$/m.exec(readFileSync('Makefile', 'utf8'))?.[1];
  assert.equal(version, ours);
  assert.equal(setting('weir', 'PKG_SOURCE').replace('$(QUICKJS_VERSION)', version), basename(engineTarball()));
  assert.equal(createHash('sha256').update(readFileSync(engineTarball())).digest('hex'), setting('weir', 'PKG_HASH'));
});

const OPENWRT_NAMES = {
  x86_64: 'x86_64',
  aarch64: 'aarch64_cortex-a53',
  arm: 'arm_cortex-a7_neon-vfpv4',
  mips: 'mips_24kc',
  mipsel: 'mipsel_24kc',
} as const;
for (const [arch, name] of Object.entries(OPENWRT_NAMES)) {
  test(`weir for ${arch}: control fields, scripts, files and modes`, () =>
    withFeed((feed) => {
      const { control, parts, tree } = feed.package('weir', arch, { BUILD_DIR: feed.built });
      assert.equal(
        control.replace(DESCRIPTION, '\n'),
        [
          'Package: weir',
          `Version: ${VERSION}-r${setting('weir', 'PKG_RELEASE')}`,
          'Depends: libc, kmod-sched-core, kmod-sched-cake, kmod-ifb',
          'Source: feeds/weir/weir',
          'SourceName: weir',
          'License: Apache-2.0 MIT',
          `LicenseFiles: LICENSE quickjs-${setting('weir', 'QUICKJS_VERSION')}/LICENSE`,
          'Section: net',
          'CPE-ID: cpe:/a:weir_project:weir',
          'Maintainer: The weir developers',
          `Architecture: ${name}`,
          '',
        ].join('\n'),
      );
      assert.match(control, /\n Worth having too: kmod-sched-ctinfo\b/);
      assert.deepEqual([...parts.keys()].sort(), [
        'conffiles 644',
        'control 644',
        'postinst 755',
        'prerm 755',
        'prerm-pkg 755',
      ]);
      assert.equal(parts.get('conffiles 644'), '/etc/config/weir\n');
      assert.equal(parts.get('prerm-pkg 755'), readFileSync('openwrt/weir/files/weir.prerm', 'utf8'));
      assert.deepEqual(tree, [
        '600 /etc/config/weir',
        '755 /etc',
        '755 /etc/config',
        '755 /etc/init.d',
        '755 /etc/init.d/weir',
        '755 /etc/uci-defaults',
        '755 /etc/uci-defaults/weir',
        '755 /usr',
        '755 /usr/sbin',
        '755 /usr/sbin/weir',
      ]);
      for (const [path, source] of [
        ['etc/config/weir', 'weir.config'],
        ['etc/init.d/weir', 'weir.init'],
        ['etc/uci-defaults/weir', 'weir.defaults'],
      ] as const) {
        const installed = readFileSync(join(feed.out, 'data', path), 'utf8');
        assert.equal(installed, readFileSync(`openwrt/weir/files/${source}`, 'utf8'), path);
      }
    }));
}

test('the scripts of a package hand over to base-files, also in an image that is being built, and do nothing without it', () =>
  withFeed((feed) => {
    const { parts } = feed.package('weir', 'mips', { BUILD_DIR: feed.built });
    const root = join(feed.directory, 'root');
    mkdirSync(join(root, 'lib'), { recursive: true });
    const runs = (script: string, environment: Readonly<Record<string, string>>): string => {
      const text = parts.get(`${script} 755`);
      assert.ok(text !== undefined, script);
      const run = spawnSync('busybox', ['sh', '-s', 'a', 'b'], {
        input: text,
        encoding: 'utf8',
        env: { PATH: process.env.PATH, IPKG_INSTROOT: root, ...environment },
      });
      assert.equal(run.status, 0, run.stderr);
      return run.stdout;
    };
    assert.equal(runs('postinst', {}) + runs('prerm', {}), '');
    writeFileSync(
      join(root, 'lib/functions.sh'),
      'default_postinst() { shift; echo "postinst $*"; }\ndefault_prerm() { shift; echo "prerm $*"; }\n',
    );
    assert.equal(runs('postinst', {}), 'postinst a b\n');
    assert.equal(runs('prerm', {}), 'prerm a b\n');
    assert.equal(runs('postinst', { IPKG_NO_SCRIPT: '1' }), '');
  }));

test('weir-trees: for every CPU, with exactly the weir that it is made with, one file, and its scripts', () =>
  withFeed((feed) => {
    const { control, parts, tree } = feed.package('weir', 'mips', { PACK: 'weir-trees', BUILD_DIR: feed.built });
    const version = `${VERSION}-r${setting('weir', 'PKG_RELEASE')}`;
    assert.equal(
      control.replace(DESCRIPTION, '\n'),
      [
        'Package: weir-trees',
        `Version: ${version}`,
        `Depends: weir (=${version}), libc, weir`,
        'Source: feeds/weir/weir',
        'SourceName: weir',
        'License: Apache-2.0 MIT',
        `LicenseFiles: LICENSE quickjs-${setting('weir', 'QUICKJS_VERSION')}/LICENSE`,
        'Section: net',
        'CPE-ID: cpe:/a:weir_project:weir',
        'Maintainer: The weir developers',
        'Architecture: all',
        '',
      ].join('\n'),
    );
    for (const [part, source] of [
      ['postinst-pkg', 'postinst'],
      ['prerm-pkg', 'prerm'],
      ['postrm', 'postrm'],
    ] as const) {
      assert.equal(parts.get(`${part} 755`), readFileSync(`openwrt/weir/files/weir-trees.${source}`, 'utf8'), part);
    }
    assert.ok(!parts.has('conffiles 644'));
    assert.deepEqual(tree, ['644 /usr/lib/weir/trees', '755 /usr', '755 /usr/lib', '755 /usr/lib/weir']);
  }));

test('luci-app-weir: for every CPU, the files of luci-app/root, and a LuCI that sees them without a reboot', () =>
  withFeed((feed) => {
    const { control, parts, tree } = feed.package('luci-app-weir', 'mips');
    assert.equal(
      control.replace(DESCRIPTION, '\n'),
      [
        'Package: luci-app-weir',
        `Version: ${VERSION}-r${setting('luci-app-weir', 'PKG_RELEASE')}`,
        'Depends: libc, luci-base, weir',
        'Source: feeds/weir/luci-app-weir',
        'SourceName: luci-app-weir',
        'License: Apache-2.0',
        'Section: luci',
        'Maintainer: The weir developers',
        'Architecture: all',
        '',
      ].join('\n'),
    );
    assert.match(parts.get('postinst-pkg 755') ?? '', /rpcd reload/);
    const expected = readdirSync('luci-app/root', { recursive: true }).map((path) => `/${path}`);
    const installed = tree.map((line) => line.replace(/^\d+ /, '')).filter((path) => !path.startsWith('/www'));
    assert.ok(expected.length > 0);
    assert.deepEqual(installed.sort(), expected.sort());
    assert.deepEqual(
      tree.filter((line) => !/^(755|644) /.test(line)),
      [],
    );
  }));

test('every variable that the Makefiles name has a value, and nothing of what they say is left unexpanded', () =>
  withFeed((feed) => {
    for (const name of readdirSync(feed.feed).filter((entry) => existsSync(join(feed.feed, entry, 'Makefile')))) {
      const run = feed.make('metadata', name);
      assert.equal(run.status, 0, run.stderr);
      assert.deepEqual(undefinedVariables(run), [], name);
      const said = run.stdout.replace(/^Package\/[^/]*\/p(?:ost|re)(?:inst|rm)=[\s\S]*?(?=^\S+=|$(?![\s\S]))/gm, '');
      assert.match(said, new RegExp(`^PKG_NAME=${name}$`, 'm'));
      assert.doesNotMatch(said, /\$/, name);
    }
  }));

for (const arch of ['x86_64', 'mips', 'mipsel'] as const) {
  test(`weir-bridge for ${arch}: control fields, scripts, files and modes`, () =>
    withFeed((feed) => {
      feed.stage();
      const { control, parts, tree } = feed.package('weir-bridge', arch);
      // The weir whose build has left the bytecode.
      const version = `${VERSION}-r${setting('weir', 'PKG_RELEASE')}`;
      assert.equal(
        control.replace(DESCRIPTION, '\n'),
        [
          'Package: weir-bridge',
          `Version: ${VERSION}-r${setting('weir-bridge', 'PKG_RELEASE')}`,
          `Depends: weir (=${version}), libc, weir, kmod-sched-bpf`,
          'Source: feeds/weir/weir-bridge',
          'SourceName: weir-bridge',
          'License: (GPL-2.0-only OR BSD-2-Clause) AND Apache-2.0',
          'Section: net',
          'CPE-ID: cpe:/a:weir_project:weir',
          'Maintainer: The weir developers',
          `Architecture: ${OPENWRT_NAMES[arch]}`,
          '',
        ].join('\n'),
      );
      assert.deepEqual([...parts.keys()].sort(), [
        'control 644',
        'postinst 755',
        'postinst-pkg 755',
        'postrm 755',
        'prerm 755',
        'prerm-pkg 755',
      ]);
      for (const [part, source] of [
        ['postinst-pkg', 'postinst'],
        ['prerm-pkg', 'prerm'],
        ['postrm', 'postrm'],
      ] as const) {
        const written = readFileSync(`openwrt/weir-bridge/files/weir-bridge.${source}`, 'utf8');
        assert.equal(parts.get(`${part} 755`), written, part);
      }
      assert.deepEqual(tree, [
        '644 /lib/bpf/weir.bpf.o',
        '644 /usr/lib/weir/bridge',
        '755 /lib',
        '755 /lib/bpf',
        '755 /usr',
        '755 /usr/lib',
        '755 /usr/lib/weir',
      ]);
    }));
}

test('Config.in, read by a Kconfig of others, offers the engine for size or for speed, and size when nobody chooses', () =>
  withFeed((feed) => {
    mkdirSync(join(feed.directory, 'feeds'));
    execFileSync('cp', ['-r', feed.feed, join(feed.directory, 'feeds/weir')]);
    const source = /^Package\/weir\/config=\s*(.*)$/m.exec(feed.make('metadata', 'weir').stdout)?.[1];
    const config = (lines: string): string[] => {
      writeFileSync(join(feed.directory, 'Kconfig'), `config PACKAGE_weir\n\ttristate "weir"\n${source}\n`);
      writeFileSync(join(feed.directory, '.config'), lines);
      const run = spawnSync('kconfig-conf', ['--olddefconfig', 'Kconfig'], { cwd: feed.directory, encoding: 'utf8' });
      assert.equal(run.status, 0, run.stderr);
      assert.doesNotMatch(run.stderr, /warning/);
      return [...readFileSync(join(feed.directory, '.config'), 'utf8').matchAll(/^CONFIG_WEIR_\w+=y$/gm)].map(
        ([line]) => line,
      );
    };
    assert.deepEqual(config('CONFIG_PACKAGE_weir=m\n'), ['CONFIG_WEIR_ENGINE_SIZE=y']);
    assert.deepEqual(config('CONFIG_PACKAGE_weir=m\nCONFIG_WEIR_ENGINE_SPEED=y\n'), ['CONFIG_WEIR_ENGINE_SPEED=y']);
    assert.deepEqual(config(''), []);

    const symbols = new Set(readFileSync('openwrt/weir/Config.in', 'utf8').match(/\bWEIR_\w+/g));
    const named = new Set(readFileSync('openwrt/weir/Makefile', 'utf8').match(/(?<=CONFIG_)WEIR_\w+/g));
    assert.deepEqual(named, symbols);
  }));

test('the files that the licenses are in are there', () =>
  withFeed((feed) => {
    const inTarball = execFileSync('tar', ['-tf', engineTarball()], { encoding: 'utf8' }).split('\n');
    const files = setting('weir', 'PKG_LICENSE_FILES').replace(
      '$(QUICKJS_VERSION)',
      setting('weir', 'QUICKJS_VERSION'),
    );
    for (const file of files.split(' ')) {
      assert.ok(existsSync(join(feed.feed, 'weir/src', file)) || inTarball.includes(file), file);
    }
  }));

test("the feed's archive has the same bytes whoever makes it, and unpacks to the feed", () =>
  withFeed((feed) => {
    const again = join(feed.directory, 'again');
    const archive = `${again}.tar.xz`;
    execFileSync('bash', ['-c', `umask 077; make -s feed-archive FEED=${again} FEED_ARCHIVE=${archive}`], {
      env: { PATH: process.env.PATH, HOME: process.env.HOME, TZ: 'Asia/Tokyo', LC_ALL: 'C' },
    });
    assert.deepEqual(readFileSync(archive), readFileSync(`build/weir-feed-${VERSION}.tar.xz`));
    execFileSync('tar', ['-xf', archive, '-C', feed.directory]);
    execFileSync('diff', ['-r', feed.feed, join(feed.directory, `weir-feed-${VERSION}`)]);
    const listed = execFileSync('tar', ['-tvf', archive], { encoding: 'utf8' }).trimEnd().split('\n');
    for (const line of listed) assert.match(line, /^(drwxr-xr-x|-rw-r--r--|-rwxr-xr-x) 0\/0 /);
  }));
