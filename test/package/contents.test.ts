/** Every file, mode, owner and field of the packages, and the index that makes their directory a feed. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import {
  bridgeIpkOf,
  CPUS,
  FEED,
  filesOfFeed,
  type Ipk,
  ipkOf,
  LUCI_IPK,
  listedByTar,
  readIpk,
  TREES_IPK,
  VERSION,
  withFiles,
} from './ipk.ts';

/** The most that a package may take of a router's flash, on any CPU; the C library is another package. */
const MOST_BYTES = 435_000;
/** The same of trees, for all CPUs. */
const MOST_TREES_BYTES = 110_000;
/** The same of the bridge: the package, and the object unpacked. */
const MOST_BRIDGE_BYTES = { package: 28_000, object: 100_000 };

const OUTER = ['-rw-r--r-- 0/0 ./debian-binary', '-rw-r--r-- 0/0 ./data.tar.gz', '-rw-r--r-- 0/0 ./control.tar.gz'];

const CONTROL_PART = [
  'drwxr-xr-x 0/0 ./',
  '-rw-r--r-- 0/0 ./conffiles',
  '-rw-r--r-- 0/0 ./control',
  '-rwxr-xr-x 0/0 ./postinst',
  '-rwxr-xr-x 0/0 ./prerm',
  '-rwxr-xr-x 0/0 ./prerm-pkg',
];

const BRIDGE_CONTROL_PART = [
  'drwxr-xr-x 0/0 ./',
  '-rw-r--r-- 0/0 ./control',
  '-rwxr-xr-x 0/0 ./postinst',
  '-rwxr-xr-x 0/0 ./postinst-pkg',
  '-rwxr-xr-x 0/0 ./postrm',
  '-rwxr-xr-x 0/0 ./prerm',
  '-rwxr-xr-x 0/0 ./prerm-pkg',
];

const TREES_CONTROL_PART = BRIDGE_CONTROL_PART;

const LUCI_CONTROL_PART = [
  'drwxr-xr-x 0/0 ./',
  '-rw-r--r-- 0/0 ./control',
  '-rwxr-xr-x 0/0 ./postinst',
  '-rwxr-xr-x 0/0 ./postinst-pkg',
  '-rwxr-xr-x 0/0 ./prerm',
];

const FILES = [
  'drwxr-xr-x 0/0 ./',
  'drwxr-xr-x 0/0 ./etc/',
  'drwxr-xr-x 0/0 ./etc/config/',
  '-rw------- 0/0 ./etc/config/weir',
  'drwxr-xr-x 0/0 ./etc/init.d/',
  '-rwxr-xr-x 0/0 ./etc/init.d/weir',
  'drwxr-xr-x 0/0 ./etc/uci-defaults/',
  '-rwxr-xr-x 0/0 ./etc/uci-defaults/weir',
  'drwxr-xr-x 0/0 ./usr/',
  'drwxr-xr-x 0/0 ./usr/sbin/',
  '-rwxr-xr-x 0/0 ./usr/sbin/weir',
];

const BRIDGE_OBJECT = './lib/bpf/weir.bpf.o';
const BRIDGE_FILE = './usr/lib/weir/bridge';
const BRIDGE_FILES = [
  'drwxr-xr-x 0/0 ./',
  'drwxr-xr-x 0/0 ./lib/',
  'drwxr-xr-x 0/0 ./lib/bpf/',
  `-rw-r--r-- 0/0 ${BRIDGE_OBJECT}`,
  'drwxr-xr-x 0/0 ./usr/',
  'drwxr-xr-x 0/0 ./usr/lib/',
  'drwxr-xr-x 0/0 ./usr/lib/weir/',
  `-rw-r--r-- 0/0 ${BRIDGE_FILE}`,
];

const TREES_FILE = './usr/lib/weir/trees';
const TREES_FILES = [
  'drwxr-xr-x 0/0 ./',
  'drwxr-xr-x 0/0 ./usr/',
  'drwxr-xr-x 0/0 ./usr/lib/',
  'drwxr-xr-x 0/0 ./usr/lib/weir/',
  `-rw-r--r-- 0/0 ${TREES_FILE}`,
];

/** The fields in their order; undefined takes any value, which something else holds. */
const FIELDS: ReadonlyArray<readonly [string, string | undefined]> = [
  ['Package', 'weir'],
  ['Version', VERSION],
  ['Depends', 'libc, kmod-sched-core, kmod-sched-cake, kmod-ifb'],
  ['Source', 'feeds/weir/weir'],
  ['SourceName', 'weir'],
  ['License', 'Apache-2.0 MIT'],
  ['LicenseFiles', 'LICENSE quickjs-2025.04.26/LICENSE'],
  ['Section', 'net'],
  ['SourceDateEpoch', undefined],
  ['CPE-ID', 'cpe:/a:weir_project:weir'],
  ['Maintainer', 'The weir developers'],
  ['Architecture', undefined],
  ['Installed-Size', undefined],
  ['Description', undefined],
];

const BRIDGE_FIELDS: typeof FIELDS = [
  ['Package', 'weir-bridge'],
  ['Version', VERSION],
  // What is taken is of this very build.
  ['Depends', `weir (=${VERSION}), libc, weir, kmod-sched-bpf`],
  ['Source', 'feeds/weir/weir-bridge'],
  ['SourceName', 'weir-bridge'],
  ['License', '(GPL-2.0-only OR BSD-2-Clause) AND Apache-2.0'],
  ['Section', 'net'],
  ['SourceDateEpoch', undefined],
  ['CPE-ID', 'cpe:/a:weir_project:weir'],
  ['Maintainer', 'The weir developers'],
  ['Architecture', undefined],
  ['Installed-Size', undefined],
  ['Description', undefined],
];

const TREES_FIELDS: typeof FIELDS = [
  ['Package', 'weir-trees'],
  ['Version', VERSION],
  // What is taken is of this very build.
  ['Depends', `weir (=${VERSION}), libc, weir`],
  ...FIELDS.slice(3, -3),
  ['Architecture', 'all'],
  ['Installed-Size', undefined],
  ['Description', undefined],
];

const LUCI_FIELDS: typeof FIELDS = [
  ['Package', 'luci-app-weir'],
  ['Version', VERSION],
  ['Depends', 'libc, luci-base, weir'],
  ['Source', 'feeds/weir/luci-app-weir'],
  ['SourceName', 'luci-app-weir'],
  ['License', 'Apache-2.0'],
  ['Section', 'luci'],
  ['SourceDateEpoch', undefined],
  ['Maintainer', 'The weir developers'],
  ['Architecture', 'all'],
  ['Installed-Size', undefined],
  ['Description', undefined],
];

/** `Name: value` lines with what continues them, in order. */
function fieldsOf(paragraph: string): Array<[string, string]> {
  return paragraph
    .trimEnd()
    .split(/\n(?! )/)
    .map((field) => {
      const colon = field.indexOf(': ');
      assert.ok(colon > 0, `no field: ${field}`);
      return [field.slice(0, colon), field.slice(colon + 2)];
    });
}

function textOf(members: Ipk['control'], name: string): string {
  const found = members.filter(({ line }) => line.endsWith(` ${name}`));
  assert.equal(found.length, 1, name);
  return found[0]?.text ?? '';
}

/** As both readers find it: the lines of all three archives, exactly; one time for everything; and the control file's fields. */
function check(path: string, controlPart: readonly string[], files: readonly string[], fields: typeof FIELDS): Ipk {
  const ipk = readIpk(path);
  for (const [archive, expected] of [
    ['outer', OUTER],
    ['control', controlPart],
    ['data', files],
  ] as const) {
    assert.deepEqual(
      ipk[archive].map(({ line }) => line),
      expected,
      `${archive}, by tarfile`,
    );
    assert.deepEqual(listedByTar(path, archive), expected, `${archive}, by tar`);
  }
  assert.equal(textOf(ipk.outer, './debian-binary'), '2.0\n');

  const found = fieldsOf(textOf(ipk.control, './control'));
  assert.deepEqual(
    found.map(([name, value]) => [name, fields.find(([known]) => known === name)?.[1] === undefined ? '' : value]),
    fields.map(([name, value]) => [name, value ?? '']),
  );
  const values = new Map(found);
  const times = [...ipk.outer, ...ipk.control, ...ipk.data].map(({ mtime }) => mtime);
  assert.deepEqual([...new Set(times)], [Number(values.get('SourceDateEpoch'))]);
  // opkg holds it against what is free: a header for each, the files in blocks of 512 bytes, at most the 10 kB that end an archive.
  const blocks = ipk.data.reduce((sum, { size }) => sum + 512 + Math.ceil(size / 512) * 512, 0);
  const size = Number(values.get('Installed-Size'));
  assert.ok(size >= blocks && size <= blocks + 20_480, `${size}, for ${blocks}`);
  return ipk;
}

for (const [cpu, architecture] of CPUS) {
  test(`weir for ${cpu}: files, modes, owners, fields and scripts are exactly those that are written down`, () => {
    const ipk = check(ipkOf(cpu), CONTROL_PART, FILES, FIELDS);
    assert.match(textOf(ipk.control, './control'), new RegExp(`^Architecture: ${architecture}$`, 'm'));
    assert.equal(textOf(ipk.control, './conffiles'), '/etc/config/weir\n');
    for (const [name, place] of [
      ['weir.config', './etc/config/weir'],
      ['weir.init', './etc/init.d/weir'],
      ['weir.defaults', './etc/uci-defaults/weir'],
    ] as const) {
      assert.equal(textOf(ipk.data, place), readFileSync(`openwrt/weir/files/${name}`, 'utf8'), name);
    }
    assert.equal(textOf(ipk.control, './prerm-pkg'), readFileSync('openwrt/weir/files/weir.prerm', 'utf8'));
  });

  test(`weir for ${cpu} fits a router's flash`, () => {
    const { size } = statSync(ipkOf(cpu));
    assert.ok(size <= MOST_BYTES, `${size} bytes`);
  });
}

const BIG_ENDIAN: readonly string[] = ['mips'];

for (const [cpu, architecture] of CPUS) {
  test(`weir-bridge for ${cpu}: files, modes, owners, fields and scripts are exactly those that are written down`, () => {
    const ipk = check(bridgeIpkOf(cpu), BRIDGE_CONTROL_PART, BRIDGE_FILES, BRIDGE_FIELDS);
    assert.match(textOf(ipk.control, './control'), new RegExp(`^Architecture: ${architecture}$`, 'm'));
    for (const [part, name] of [
      ['postinst-pkg', 'postinst'],
      ['prerm-pkg', 'prerm'],
      ['postrm', 'postrm'],
    ] as const) {
      const written = readFileSync(`openwrt/weir-bridge/files/weir-bridge.${name}`, 'utf8');
      assert.equal(textOf(ipk.control, `./${part}`), written, part);
    }
  });

  test(`weir-bridge for ${cpu}: its programs are in the CPU's byte order, and fit a router's flash`, () =>
    withFiles(bridgeIpkOf(cpu), (directory) => {
      const object = join(directory, BRIDGE_OBJECT);
      const header = execFileSync('readelf', ['-h', object], {
        encoding: 'utf8',
        env: { ...process.env, LC_ALL: 'C' },
      });
      assert.match(header, new RegExp(`Data: .* ${BIG_ENDIAN.includes(cpu) ? 'big' : 'little'} endian`));
      assert.match(header, /Machine: .*BPF/);
      const sizes = { package: statSync(bridgeIpkOf(cpu)).size, object: statSync(object).size };
      assert.ok(sizes.package <= MOST_BRIDGE_BYTES.package, `${sizes.package} bytes`);
      assert.ok(sizes.object <= MOST_BRIDGE_BYTES.object, `${sizes.object} bytes`);
    }));
}

test('weir-trees, for every CPU: files, modes, owners, fields and scripts are exactly those that are written down', () => {
  const ipk = check(TREES_IPK, TREES_CONTROL_PART, TREES_FILES, TREES_FIELDS);
  for (const [part, name] of [
    ['postinst-pkg', 'postinst'],
    ['prerm-pkg', 'prerm'],
    ['postrm', 'postrm'],
  ] as const) {
    const written = readFileSync(`openwrt/weir/files/weir-trees.${name}`, 'utf8');
    assert.equal(textOf(ipk.control, `./${part}`), written, part);
  }
  const { size } = statSync(TREES_IPK);
  assert.ok(size <= MOST_TREES_BYTES, `${size} bytes`);
});

for (const [name, ipk, file] of [
  ['trees', TREES_IPK, TREES_FILE],
  ...[...CPUS.keys()].map((cpu) => ['bridge', bridgeIpkOf(cpu), BRIDGE_FILE] as const),
] as const) {
  test(`${basename(ipk)}: the file ${name} is the one that was written beside the executable of every CPU`, () =>
    withFiles(ipk, (directory) => {
      const packed = readFileSync(join(directory, file));
      assert.match(packed.subarray(0, 43).toString('latin1'), /^weir part [0-9a-f]{32}\n$/);
      for (const cpu of CPUS.keys()) assert.ok(packed.equals(readFileSync(`build/cpu/${cpu}/weir.${name}`)), cpu);
    }));
}

test('luci-app-weir, for every CPU, has what its directory in the feed has, where LuCI looks for it', () => {
  const source = 'build/feed/luci-app-weir';
  const places = [
    ['root', '.'],
    ['htdocs', './www'],
    ['ucode', './usr/share/ucode/luci'],
  ] as const;
  const lines = new Set(['drwxr-xr-x 0/0 ./']);
  for (const [part, place] of places) {
    for (const path of pathsUnder(`${source}/${part}`)) {
      const name = `${place}/${path}`;
      for (let slash = name.indexOf('/', 2); slash > 0; slash = name.indexOf('/', slash + 1)) {
        lines.add(`drwxr-xr-x 0/0 ${name.slice(0, slash + 1)}`);
      }
      if (statSync(`${source}/${part}/${path}`).isFile()) lines.add(`-rw-r--r-- 0/0 ${name}`);
    }
  }
  const nameOf = (line: string): string => line.slice(line.indexOf(' ./') + 1);
  // A directory with all that is in it, then the next name.
  const order = (line: string): string => nameOf(line).replaceAll('/', '\0');
  const files = [...lines].sort((a, b) => (order(a) < order(b) ? -1 : 1));
  assert.ok(files.length > 3);
  check(LUCI_IPK, LUCI_CONTROL_PART, files, LUCI_FIELDS);
});

function pathsUnder(directory: string): string[] {
  try {
    return readdirSync(directory, { recursive: true }).map(String);
  } catch {
    return [];
  }
}

test('there are the packages of this version, their index, and nothing else', () => {
  const ipks = [LUCI_IPK, TREES_IPK, ...[...CPUS.keys()].flatMap((cpu) => [ipkOf(cpu), bridgeIpkOf(cpu)])].map((path) =>
    basename(path),
  );
  assert.deepEqual(filesOfFeed(), [...ipks, 'Packages', 'Packages.gz'].sort());
});

test('the index has the fields of each package that opkg reads, and its name, size and hash', () => {
  const index = readFileSync(`${FEED}/Packages`, 'utf8');
  assert.equal(gunzipSync(readFileSync(`${FEED}/Packages.gz`)).toString(), index);
  assert.ok(index.endsWith('\n\n'));
  const paragraphs = index.trimEnd().split('\n\n').map(fieldsOf);
  const named = paragraphs.map((fields) => new Map(fields).get('Filename') ?? '');
  assert.deepEqual(
    named,
    filesOfFeed().filter((name) => name.endsWith('.ipk')),
  );
  for (const fields of paragraphs) {
    const path = `${FEED}/${new Map(fields).get('Filename')}`;
    const control = fieldsOf(textOf(readIpk(path).control, './control'));
    const builders = ['Source', 'SourceName', 'SourceDateEpoch', 'Maintainer', 'LicenseFiles'];
    const kept = control.filter(([name]) => !builders.includes(name));
    const description = kept.pop();
    const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
    assert.deepEqual(fields, [
      ...kept,
      ['Filename', basename(path)],
      ['Size', String(statSync(path).size)],
      ['SHA256sum', sha256],
      description,
    ]);
  }
});
