/** The whole build of the package weir, from the feed alone. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import {
  engineTarball,
  type FeedCopy,
  type Package,
  packageIn,
  setting,
  undefinedVariables,
  withFeed,
} from './feed_copy.ts';

/** A compiler that writes down what it is asked for, and makes the file it was asked for: a tool that does the same, or an empty one. */
const RECORDER = `#!/bin/sh
case $0 in */part_writer) : >"$1.trees" && : >"$1.bridge" && exit ;; esac
case $* in *-print-file-name=*) exec gcc "$@" ;; esac
echo "$*" >>"$COMPILER_LOG"
while [ $# -gt 1 ] && [ "$1" != -o ]; do shift; done
case $2 in
  */qjsc | */part_writer) cp "$0" "$2" ;;
  *) : >"$2" ;;
esac
`;

interface Command {
  readonly output: string;
  readonly flags: readonly string[];
}

interface RecordedBuild {
  readonly made: Package;
  /** Of the router's compiler, the host's, and qjsc, by what each makes. */
  readonly commands: ReadonlyMap<string, Command>;
}

/** A build with the recorder in place of the compilers. */
function recordedBuild(feed: FeedCopy, settings: Readonly<Record<string, string>> = {}): RecordedBuild {
  const log = join(feed.directory, 'commands');
  const recorder = join(feed.directory, 'recorder');
  writeFileSync(recorder, RECORDER.replace('$COMPILER_LOG', log));
  chmodSync(recorder, 0o755);
  rmSync(log, { force: true });
  const made = feed.package('weir', 'x86_64', {
    TARGET_CC: recorder,
    HOSTCC: recorder,
    TARGET_CFLAGS: '-DTARGET',
    TARGET_LDFLAGS: '-Ltarget',
    HOST_CFLAGS: '-DHOST',
    STRIP: 'true',
    ...settings,
  });
  return { made, commands: commandsOf(readFileSync(log, 'utf8')) };
}

/** By the name of what each makes. */
function commandsOf(lines: string): ReadonlyMap<string, Command> {
  const commands = lines
    .trimEnd()
    .split('\n')
    .map((line): [string, Command] => {
      const words = line.split(' ').filter((word) => word !== '');
      const output = words[words.indexOf('-o') + 1] ?? '';
      return [output, { output, flags: words }];
    });
  assert.equal(new Set(commands.map(([output]) => output)).size, commands.length, 'a file is made twice');
  return new Map(commands);
}

function command(commands: ReadonlyMap<string, Command>, output: string): Command {
  const found = commands.get(output);
  assert.ok(found !== undefined, `nothing makes ${output}`);
  return found;
}

/** Runs a program in `root` as its root directory. */
function runIn(root: string, argv: readonly string[]): { status: number | null; said: string } {
  const program = process.getuid?.() === 0 ? ['chroot', root] : ['unshare', '--map-root-user', '--root', root];
  const [name = '', ...words] = [...program, ...argv];
  const run = spawnSync(name, words, { encoding: 'utf8', env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } });
  return { status: run.status, said: run.stdout + run.stderr };
}

test('the feed alone becomes packages whose executable, without trees and with them, does what test.sh asks on a router', () =>
  withFeed((feed) => {
    const made = (name: string): string => {
      const out = join(feed.directory, name);
      const compilers = { TARGET_CC: 'musl-gcc', TARGET_LDFLAGS: '-static', HOST_CFLAGS: '-O0' };
      const run = feed.make('package', 'weir', { ...compilers, PACK: name, OUT: out });
      assert.equal(run.status, 0, run.stdout + run.stderr);
      assert.deepEqual(undefinedVariables(run), []);
      assert.ok(!(run.stdout + run.stderr).includes(process.cwd()), 'something outside of the copy was used');
      return join(out, 'data');
    };

    const root = made('weir');
    const executable = join(root, 'usr/sbin/weir');
    assert.ok(statSync(executable).size < 887_000, `${statSync(executable).size} bytes`);
    assert.doesNotMatch(execFileSync('readelf', ['-S', executable], { encoding: 'utf8' }), /\.symtab|\.debug/);

    mkdirSync(join(root, 'bin'));
    mkdirSync(join(root, 'tmp'));
    copyFileSync(execFileSync('which', ['busybox'], { encoding: 'utf8' }).trim(), join(root, 'bin/busybox'));
    runIn(root, ['/bin/busybox', '--install', '-s', '/bin']);
    copyFileSync(join(feed.feed, 'weir/test.sh'), join(root, 'tmp/test.sh'));
    const tested = runIn(root, ['/bin/sh', '/tmp/test.sh', 'weir', setting('weir', 'PKG_VERSION')]);
    assert.equal(tested.status, 0, tested.said);
    const other = runIn(root, ['/bin/sh', '/tmp/test.sh', 'weir', '9.9.9']);
    assert.equal(other.status, 1, other.said);

    const trees = join(made('weir-trees'), 'usr/lib/weir/trees');
    const testTrees = (): ReturnType<typeof runIn> =>
      runIn(root, ['/bin/sh', '/tmp/test.sh', 'weir-trees', setting('weir', 'PKG_VERSION')]);
    assert.match(testTrees().said, /^FAIL: check says of a tree: .*need the package weir-trees/m);
    mkdirSync(join(root, 'usr/lib/weir'), { recursive: true });
    copyFileSync(trees, join(root, 'usr/lib/weir/trees'));
    const withTrees = testTrees();
    assert.equal(withTrees.status, 0, withTrees.said);

    const [ofTrees, ofBridge] = [trees, join(feed.staging, 'usr/lib/weir/bridge')].map((file) => readFileSync(file));
    assert.ok((ofBridge?.length ?? 0) > 30_000);
    const header = (file: Buffer | undefined): string | undefined => file?.subarray(0, 43).toString('latin1');
    assert.equal(header(ofBridge), header(ofTrees), 'not of one build');
  }));

test('what is compiled gives the same control part and tree as an executable that is there already', () =>
  withFeed((feed) => {
    const already = feed.package('weir', 'x86_64', { BUILD_DIR: feed.built });
    assert.deepEqual(recordedBuild(feed).made, already);
  }));

/** What of an object reaches the kernel, by section. */
const PARTS_OF_PROGRAMS = ['xdp', 'tc', '.maps', 'license'];

function partsOfPrograms(object: string, directory: string): Buffer[] {
  return PARTS_OF_PROGRAMS.map((name) => {
    const part = join(directory, 'section');
    execFileSync('llvm-objcopy', [`--dump-section=${name}=${part}`, object, '/dev/null']);
    return readFileSync(part);
  });
}

/** Headers of a C library for MIPS, beside which only bpf-headers has those of libbpf. */
const MIPS_HEADERS = `${execFileSync('clang', ['-print-resource-dir'], { encoding: 'utf8' }).trim()}/include /usr/mips-linux-gnu/include`;

for (const [arch, order, headers] of [
  ['x86_64', 'el', undefined],
  ['mipsel', 'el', MIPS_HEADERS],
  ['mips', 'eb', MIPS_HEADERS],
] as const) {
  test(`weir-bridge for ${arch}: the programs are those that weir's own tests load, with what weir's build has left`, () =>
    withFeed((feed) => {
      feed.stage();
      feed.package('weir-bridge', arch, headers === undefined ? {} : { TOOLCHAIN_INC_DIRS: headers });
      const object = join(feed.out, 'data/lib/bpf/weir.bpf.o');
      const ours = partsOfPrograms(`build/bpf/router/${order}/weir.bpf.o`, feed.directory);
      const theirs = partsOfPrograms(object, feed.directory);
      PARTS_OF_PROGRAMS.forEach((name, i) => {
        assert.ok((ours[i]?.length ?? 0) > 0, name);
        assert.deepEqual(theirs[i], ours[i], name);
      });
      const sections = execFileSync('llvm-readelf', ['-SW', object], { encoding: 'utf8' });
      assert.doesNotMatch(sections, /BTF|debug/);
      const bytes = readFileSync(object);
      for (const place of [feed.directory, process.cwd()]) assert.ok(!bytes.includes(place), place);
      assert.equal(readFileSync(join(feed.out, 'data/usr/lib/weir/bridge'), 'utf8'), 'not compiled');
    }));
}

for (const [name, source, ipk] of [
  ['weir', 'weir', 'weir_VERSION_x86_64.ipk'],
  ['weir-trees', 'weir', 'weir-trees_VERSION_all.ipk'],
  ['weir-bridge', 'weir-bridge', 'weir-bridge_VERSION_x86_64.ipk'],
  ['luci-app-weir', 'luci-app-weir', 'luci-app-weir_VERSION_all.ipk'],
] as const) {
  test(`${name}: what \`make ipk\` packs has the fields, scripts and files that the SDK's rules give it`, () =>
    withFeed((feed) => {
      const version = `${setting(source, 'PKG_VERSION')}-r${setting(source, 'PKG_RELEASE')}`;
      const unpacked = join(feed.directory, 'ipk');
      mkdirSync(join(unpacked, 'data'), { recursive: true });
      const unpack = (archive: string, directory: string) => execFileSync('tar', ['-xpzf', archive, '-C', directory]);
      unpack(join('build/ipk', ipk.replace('VERSION', version)), feed.directory);
      unpack(join(feed.directory, 'control.tar.gz'), unpacked);
      unpack(join(feed.directory, 'data.tar.gz'), join(unpacked, 'data'));

      const ours = packageIn(unpacked);
      feed.stage();
      const theirs = feed.package(source, 'x86_64', source === 'weir' ? { PACK: name, BUILD_DIR: feed.built } : {});
      // Whoever packs it knows these two.
      const control = ours.control.replace(/^(Installed-Size|SourceDateEpoch): \d+\n/gm, '');
      assert.equal(control, theirs.control);
      assert.deepEqual(
        [...ours.parts].filter(([part]) => !part.startsWith('control ')).sort(),
        [...theirs.parts].filter(([part]) => !part.startsWith('control ')).sort(),
      );
      assert.deepEqual(ours.tree, theirs.tree);
    }));
}

test("the package compiles the project's C files with the project's flags", () =>
  withFeed((feed) => {
    // -B: as if nothing were there; FORCE and the stamps are only printed.
    const dry = execFileSync('make', ['-nB', 'build/weir'], { encoding: 'utf8', env: { PATH: process.env.PATH } });
    const ours = commandsOf([...dry.matchAll(/^musl-gcc .*$/gm)].map(([line]) => line.replaceAll("'", '')).join('\n'));
    const { commands: theirs } = recordedBuild(feed);

    const objects = [...ours.keys()].filter((output) => /^build\/(engine|native)\//.test(output));
    const expected = objects.map((output) => output.replace(/^build\/(engine|native)\/release\//, '$1/'));
    const compiled = [...theirs.keys()].filter((output) => /^(engine|native)\//.test(output));
    assert.ok(expected.length > 5);
    assert.deepEqual(compiled.sort(), [...expected, 'native/main.o'].sort());

    // Where things lie, the engine's version for its own --help, and what OpenWrt decides for all its packages.
    const apart =
      /^(musl-gcc|-o|-c|-isystem|-fno-stack-protector|-fno-pie|-DCONFIG_VERSION=.*|-DTARGET)$|[/]|\.[co]$|^quickjs-/;
    const flags = ({ flags }: Command): string[] => flags.filter((word) => !apart.test(word)).sort();
    for (const output of objects) {
      const same = output.replace(/^build\/(engine|native)\/release\//, '$1/');
      assert.deepEqual(flags(command(theirs, same)), flags(command(ours, output)), same);
    }
    for (const [output, { flags }] of theirs) {
      if (/^(engine|native)\//.test(output)) assert.ok(flags.includes('-fwrapv') && flags.includes('-DTARGET'), output);
    }
    assert.ok(command(theirs, 'engine/quickjs.o').flags.includes('native/hot.h'));

    const { flags: linked } = command(theirs, 'weir');
    for (const flag of ['-Wl,--gc-sections', '-Ltarget', '-lm']) assert.ok(linked.includes(flag), flag);
    // Only on some CPUs something is taken from it.
    assert.match(linked.at(-1) ?? '', /^\/.*\/libatomic\.a$/);
  }));

test('the bytecode is made with the flags of the release, by a qjsc of the same source for the machine that builds', () =>
  withFeed((feed) => {
    const dry = execFileSync('make', ['-nB', 'build/weir'], { encoding: 'utf8', env: { PATH: process.env.PATH } });
    const ours = /^cd .*\/qjsc (.*) -o release\.c bundle\.js && cat chunks\.c >>release\.c$/m.exec(dry)?.[1];
    assert.ok(ours !== undefined);
    assert.match(ours, / -s /);
    const parts = readFileSync(join(feed.feed, 'weir/src/bundle/qjsc-options'), 'utf8');
    const { commands } = recordedBuild(feed);
    const source = `quickjs-${setting('weir', 'QUICKJS_VERSION')}`;
    assert.equal(
      command(commands, 'bundle.c').flags.join(' '),
      `${ours.replace('$(cat qjsc-options)', parts)} -o bundle.c bundle.js`,
    );
    const host = [...commands.values()].filter(({ output }) => output.startsWith('host/') && output.endsWith('.o'));
    assert.ok(host.length > 5);
    for (const { flags, output } of host) {
      assert.ok(flags.includes('-DHOST') && !flags.includes('-DTARGET') && flags.includes('-fwrapv'), output);
      assert.ok(flags.includes(`${source}/${basename(output, '.o')}.c`), output);
    }
  }));

test('CONFIG_WEIR_ENGINE_SPEED compiles the interpreter with -O2, and only that', () =>
  withFeed((feed) => {
    const { commands: size } = recordedBuild(feed);
    const { commands: speed } = recordedBuild(feed, { CONFIG_WEIR_ENGINE_SPEED: 'y' });
    assert.ok(command(size, 'engine/quickjs.o').flags.includes('-Os'));
    assert.ok(command(speed, 'engine/quickjs.o').flags.includes('-O2'));
    assert.ok(!command(speed, 'engine/quickjs.o').flags.includes('-Os'));
    const others = (commands: ReadonlyMap<string, Command>) =>
      [...commands.keys()].filter((output) => output !== 'engine/quickjs.o').sort();
    for (const output of others(size)) {
      assert.deepEqual(command(speed, output).flags, command(size, output).flags, output);
    }
    assert.deepEqual(others(speed), others(size));
  }));

/** What is done to the feed's weir-bridge, and what the build must then say. */
const BROKEN_BRIDGE: ReadonlyArray<readonly [string, (feed: FeedCopy) => void, RegExp]> = [
  ['no programs', (feed) => rmSync(join(feed.feed, 'weir-bridge/src/weir.bpf.c')), /no input files|weir\.bpf\.c/],
  ['no flags', (feed) => rmSync(join(feed.feed, 'weir-bridge/src/flags.mk')), /src\/flags\.mk/],
  ['no script', (feed) => rmSync(join(feed.feed, 'weir-bridge/files/weir-bridge.postrm')), /weir-bridge\.postrm/],
  ['nothing left by the build of weir', (feed) => rmSync(feed.staging, { recursive: true }), /usr\/lib\/weir\/bridge/],
  [
    'a program that is no C',
    (feed) => feed.edit('weir-bridge/src/weir.bpf.c', (text) => `${text}int xdp_other(`),
    /error: expected/,
  ],
];
for (const [what, breakIt, says] of BROKEN_BRIDGE) {
  test(`weir-bridge, ${what}: no package`, () =>
    withFeed((feed) => {
      feed.stage();
      breakIt(feed);
      assert.throws(() => feed.package('weir-bridge', 'x86_64'), says);
    }));
}

/** What is done to a feed, and what the build must then say. */
const BROKEN: ReadonlyArray<readonly [string, (feed: FeedCopy) => void, RegExp]> = [
  [
    'another hash in the Makefile',
    (feed) => feed.edit('weir/Makefile', (text) => text.replace(/^(PKG_HASH:=)./m, '$1f')),
    /has not the hash f/,
  ],
  [
    'one bit of the tarball changed',
    (feed) => {
      const path = join(feed.downloads, basename(engineTarball()));
      const bytes = readFileSync(path);
      bytes.writeUInt8(bytes.readUInt8(1000) ^ 1, 1000);
      writeFileSync(path, bytes);
    },
    /has not the hash/,
  ],
  ['no tarball', (feed) => rmSync(join(feed.downloads, basename(engineTarball()))), /is not in/],
  ['a C file missing', (feed) => rmSync(join(feed.feed, 'weir/src/native/sockets.c')), /native\/sockets\.o/],
  ['no bundle', (feed) => rmSync(join(feed.feed, 'weir/src/bundle/bundle.js')), /bundle\.js/],
  ['no parts', (feed) => rmSync(join(feed.feed, 'weir/src/bundle/qjsc-options')), /qjsc-options/],
  ['no init script', (feed) => rmSync(join(feed.feed, 'weir/files/weir.init')), /weir\.init/],
  ['no tool that writes the parts', (feed) => rmSync(join(feed.feed, 'weir/src/native/part_writer.c')), /part_writer/],
  ['no prerm script', (feed) => rmSync(join(feed.feed, 'weir/files/weir.prerm')), /weir\.prerm/],
  ['no version', (feed) => feed.edit('weir/Makefile', (text) => text.replace(/^PKG_VERSION:=.*/m, '')), /PKG_VERSION/],
  ['no title', (feed) => feed.edit('weir/Makefile', (text) => text.replace(/^ *TITLE:=.*/m, '')), /has no TITLE/],
];
for (const [what, breakIt, says] of BROKEN) {
  test(`${what}: no package`, () =>
    withFeed((feed) => {
      breakIt(feed);
      assert.throws(() => recordedBuild(feed), says);
    }));
}

test('weir-trees without one of its scripts: no package', () =>
  withFeed((feed) => {
    rmSync(join(feed.feed, 'weir/files/weir-trees.prerm'));
    const settings = { PACK: 'weir-trees', BUILD_DIR: feed.built };
    assert.throws(() => feed.package('weir', 'x86_64', settings), /weir-trees\.prerm/);
  }));
