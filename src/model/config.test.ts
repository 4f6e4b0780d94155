import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatIssue } from '../lib/issue.ts';
import { encodeUtf8 } from '../lib/utf8.ts';
import { cakeOptions } from '../tc/qdisc/cake.ts';
import { parseUci, UciSyntaxError } from '../wire/ucitext.ts';
import { allShaperRows, DIRECTIONS, type ParsedConfig, parseConfig, type ShaperConfig } from './config.ts';

const FILE = '/etc/config/weir';

function parse(text: string): ParsedConfig {
  const file = parseUci(encodeUtf8(text));
  assert.ok(!(file instanceof UciSyntaxError));
  return parseConfig(file.sections, FILE);
}

const SHAPER = "config shaper 'wan'\n option device 'eth1'\n option download '20mbit'\n option upload '5mbit'\n";

/** The shaper of a section with these lines more, which must be without issues. */
function shaperWith(...lines: readonly string[]): ShaperConfig {
  const { config, issues } = parse(`${SHAPER}${lines.map((line) => ` ${line}\n`).join('')}`);
  assert.deepEqual(issues, []);
  const [shaper] = config.shapers;
  assert.ok(shaper !== undefined);
  return shaper;
}

function issuesOf(text: string): string[] {
  return parse(text).issues.map(formatIssue);
}

type Samples = Readonly<Record<string, unknown>>;

/** Of each option of CAKE some texts with what they mean, and some that mean nothing. */
const CAKE_SAMPLES: Readonly<Record<string, { good: Samples; bad: readonly string[] }>> = {
  autorate_ingress: { good: { '0': false, no: false }, bad: ['ingress', '2'] },
  diffserv: {
    good: {
      besteffort: 'besteffort',
      precedence: 'precedence',
      diffserv3: 'diffserv3',
      diffserv4: 'diffserv4',
      diffserv8: 'diffserv8',
    },
    bad: ['diffserv5', '4', 'Besteffort'],
  },
  isolation: {
    good: {
      flowblind: 'flowblind',
      srchost: 'srchost',
      dsthost: 'dsthost',
      hosts: 'hosts',
      flows: 'flows',
      'dual-srchost': 'dual-srchost',
      'dual-dsthost': 'dual-dsthost',
      'triple-isolate': 'triple-isolate',
    },
    bad: ['dual_srchost', 'hosts flows', 'none'],
  },
  nat: { good: { '1': true, off: false }, bad: ['nonat', 'maybe'] },
  wash: { good: { yes: true, '0': false }, bad: ['nowash'] },
  ingress: { good: { enabled: true, disabled: false }, bad: ['egress'] },
  ack_filter: {
    good: { no: 'no', yes: 'yes', aggressive: 'aggressive', '0': 'no', '1': 'yes' },
    bad: ['ack-filter', '2'],
  },
  split_gso: { good: { true: true, false: false }, bad: ['no-split-gso'] },
  rtt: {
    good: { '100ms': 100_000, '1.5ms': 1500, lan: 1000, satellite: 1_000_000, '1us': 1 },
    bad: ['100', '0ms', '2000s', 'mars', '-1ms'],
  },
  overhead: { good: { '44': 44, '-64': -64, '256': 256, '0': 0 }, bad: ['-65', '257', '0x10', '1.5', 'pppoe'] },
  raw: { good: { '1': true, '0': false }, bad: ['raw'] },
  atm: { good: { none: 'none', atm: 'atm', ptm: 'ptm', '0': 'none', '1': 'atm' }, bad: ['noatm', 'adsl', '2'] },
  mpu: { good: { '0': 0, '84': 84, '256': 256 }, bad: ['-1', '257', ''] },
  memlimit: { good: { '4mb': 4_194_304, '64kb': 65_536, '0': 0, '8388608': 8_388_608 }, bad: ['1kb', '4gb', '4mib'] },
  fwmark: { good: { '0xff': 255, '0': 0, '0xffffffff': 0xffffffff }, bad: ['ff', '0x1ffffffff', '-1'] },
};

const PREFIXES = ['', 'download_', 'upload_'] as const;

/** Given plain, these two say something about arriving traffic only. */
const DOWNLOAD_ONLY = ['ingress', 'autorate_ingress'];

function nameInside(uciName: string): string {
  const found = Object.entries(cakeOptions).find(([, row]) => 'uci' in row && row.uci.name === uciName);
  assert.ok(found !== undefined, uciName);
  return found[0];
}

const optionOf = (shaper: ShaperConfig, direction: (typeof DIRECTIONS)[number], name: string): unknown =>
  Object.entries(shaper[direction].options).find(([key]) => key === name)?.[1];

test('there is a sample of every option that a direction can have', () => {
  const known = Object.keys(allShaperRows)
    .filter((name) => name.startsWith('download_'))
    .map((name) => name.slice('download_'.length));
  assert.deepEqual(known.sort(), ['link', ...Object.keys(CAKE_SAMPLES)].sort());
  for (const prefix of PREFIXES) for (const name of known) assert.ok(`${prefix}${name}` in allShaperRows);
});

test('every option of CAKE is taken plain for both directions, and with a prefix for one', () => {
  for (const [uciName, { good }] of Object.entries(CAKE_SAMPLES)) {
    const name = nameInside(uciName);
    for (const [text, value] of Object.entries(good)) {
      for (const prefix of PREFIXES) {
        const shaper = shaperWith(`option ${prefix}${uciName} '${text}'`);
        for (const direction of DIRECTIONS) {
          const isMeant =
            prefix === '' ? direction === 'download' || !DOWNLOAD_ONLY.includes(uciName) : prefix.startsWith(direction);
          assert.equal(optionOf(shaper, direction, name), isMeant ? value : undefined, `${prefix}${uciName} ${text}`);
        }
      }
    }
  }
});

test('a wrong value of any option leaves the section out and says where, what and what would be right', () => {
  for (const [uciName, { bad }] of Object.entries(CAKE_SAMPLES)) {
    for (const text of bad.filter((sample) => sample !== '')) {
      for (const prefix of PREFIXES) {
        const option = `${prefix}${uciName}`;
        const { config, issues } = parse(`\n${SHAPER} option ${option} '${text}'\n`);
        assert.deepEqual(config.shapers, [], `${option} ${text}`);
        const { expected } = allShaperRows[option]?.field ?? { expected: '' };
        assert.deepEqual(issues, [
          {
            severity: 'error',
            where: `${FILE}:6: shaper 'wan', option '${option}'`,
            what: 'wrong value',
            expected,
            got: `'${text}'`,
          },
        ]);
      }
    }
  }
});

test('an option with the prefix of a direction wins over the plain one, wherever it stands', () => {
  for (const lines of [
    ["option rtt '50ms'", "option download_rtt '10ms'"],
    ["option download_rtt '10ms'", "option rtt '50ms'"],
  ]) {
    const shaper = shaperWith(...lines);
    assert.equal(shaper.download.options.rttUs, 10_000);
    assert.equal(shaper.upload.options.rttUs, 50_000);
  }
});

test('a list where a single value belongs is an error', () => {
  for (const name of Object.keys(allShaperRows)) {
    if (allShaperRows[name]?.repeatable === true) continue;
    const { issues } = parse(`${SHAPER} list ${name} '1'\n`);
    // Of a name given before as an option, libuci makes a list of both.
    assert.match(
      formatIssue(issues[0] ?? { severity: 'error', where: '', what: '' }),
      /a list where one value belongs/,
      name,
    );
  }
});

test('links add up in the order given, as a list or as words', () => {
  for (const lines of [["list link 'pppoe-ptm'", "list link 'ether-vlan'"], ["option link 'pppoe-ptm ether_vlan'"]]) {
    const { download, upload } = shaperWith(...lines);
    assert.deepEqual(download.link, { raw: false, overheadBytes: 34, mpuBytes: 0, atm: 'ptm' });
    assert.deepEqual(upload.link, download.link);
  }
  const { download, upload } = shaperWith("option link 'docsis'", "option upload_link 'ethernet'");
  assert.equal(download.link?.overheadBytes, 18);
  assert.equal(upload.link?.overheadBytes, 38);
  assert.equal(shaperWith().download.link, undefined);
});

test('rates: a bare number is kbit/s, a suffix says otherwise, 0 leaves the direction alone', () => {
  const rates = (download: string, upload: string): number[] => {
    const { config } = parse(
      `config shaper\n option device 'eth1'\n option download '${download}'\n option upload '${upload}'\n`,
    );
    return config.shapers.flatMap((shaper) => DIRECTIONS.map((direction) => shaper[direction].rateBitPerS));
  };
  assert.deepEqual(rates('85000', '1.5gbit'), [85_000_000, 1_500_000_000]);
  assert.deepEqual(rates('0', '12345678bit'), [0, 12_345_678]);
  assert.deepEqual(rates('8kbit', '1tbit'), [8000, 1e12]);
  for (const wrong of ['7', '1001gbit', '85mbps', '1.5bit', 'fast', '-1', '85 mbit', '1e6']) {
    assert.deepEqual(rates(wrong, '1mbit'), [], wrong);
  }
});

test('what a section does not say has its default', () => {
  const shaper = shaperWith();
  const { enabled, multiQueue, offloads, interface: netifd, device } = shaper;
  assert.deepEqual(
    { enabled, multiQueue, offloads, netifd, device },
    {
      enabled: true,
      multiQueue: 'auto',
      offloads: 'auto',
      netifd: undefined,
      device: 'eth1',
    },
  );
  assert.deepEqual(shaper.download.options, {});
});

test('the options of the shaper itself', () => {
  assert.equal(shaperWith("option enabled '0'").enabled, false);
  assert.equal(shaperWith("option multi_queue 'on'").multiQueue, 'on');
  assert.deepEqual(shaperWith("option offloads 'none'").offloads, []);
  assert.equal(shaperWith("option offloads 'auto'").offloads, 'auto');
  assert.deepEqual(shaperWith("list offloads 'gro'", "list offloads 'tso lro'").offloads, ['gro', 'tso', 'lro']);
  const { config } = parse("config shaper 'wan'\n option interface 'wan6'\n option upload '1mbit'\n");
  assert.equal(config.shapers[0]?.interface, 'wan6');
  for (const line of ["option multi_queue 'yes'", "option offloads 'rss'", "option enabled 'please'"]) {
    assert.equal(parse(`${SHAPER} ${line}\n`).config.shapers.length, 0, line);
  }
});

test('auto and none stand alone among the offloads', () => {
  for (const words of ['auto gro', 'gro none', 'auto none', 'auto auto']) {
    const [issue = ''] = issuesOf(`${SHAPER} option offloads '${words}'\n`);
    assert.match(issue, /^error: \/etc\/config\/weir:1: shaper 'wan': .*auto and none stand alone/, words);
    assert.ok(issue.endsWith(`got ${words})`), issue);
  }
});

test('a section names either a device or an interface', () => {
  assert.deepEqual(issuesOf("config shaper 'a'\n option upload '1mbit'\n"), [
    `error: ${FILE}:1: shaper 'a': no device (expected option 'device' or option 'interface')`,
  ]);
  assert.deepEqual(issuesOf("config shaper 'a'\n option device 'e'\n option interface 'w'\n option upload '1mbit'\n"), [
    `error: ${FILE}:1: shaper 'a': 'device' and 'interface' are both given (expected one of them)`,
  ]);
});

test('a section without a rate is a warning and nothing more', () => {
  const { config, issues } = parse("config shaper 'a'\n option device 'eth1'\n");
  assert.equal(config.shapers.length, 1);
  assert.deepEqual(issues.map(formatIssue), [
    `warning: ${FILE}:1: shaper 'a': neither download nor upload has a rate, so nothing is shaped`,
  ]);
});

test('the rate of departing traffic cannot be estimated', () => {
  const [issue = ''] = issuesOf(`${SHAPER} option upload_autorate_ingress '1'\n`);
  assert.match(issue, /^error: .*upload_autorate_ingress.* \(expected download_autorate_ingress\)$/);
  assert.equal(shaperWith("option autorate_ingress '1'").upload.options.autorateIngress, undefined);
});

test('a device belongs to the first section that claims it, unless that one is disabled', () => {
  const section = (name: string, ...lines: string[]): string =>
    `config shaper '${name}'\n option device 'eth1'\n option upload '1mbit'\n${lines.map((line) => ` ${line}\n`).join('')}`;
  const { config, issues } = parse(section('a') + section('b') + section('c', "option enabled '0'"));
  assert.deepEqual(
    config.shapers.map(({ name }) => name),
    ['a', 'c'],
  );
  assert.deepEqual(issues.map(formatIssue), [
    `error: ${FILE}:4: shaper 'b': device eth1 already belongs to shaper 'a'; this section is ignored`,
  ]);
  const second = parse(section('a', "option enabled '0'") + section('b'));
  assert.deepEqual(
    second.config.shapers.map(({ name }) => name),
    ['a', 'b'],
  );
  assert.deepEqual(second.issues, []);
});

test('a section with an error is left out and the others hold', () => {
  const { config, issues } = parse(`${SHAPER.replace("'wan'", "'bad'").replace('20mbit', 'x')}${SHAPER}`);
  assert.deepEqual(
    config.shapers.map(({ name }) => name),
    ['wan'],
  );
  assert.equal(issues.length, 1);
});

test('an unknown option is an error with what may have been meant', () => {
  const [issue = ''] = issuesOf(`${SHAPER} option downlaod_rtt '50ms'\n`);
  assert.equal(
    issue,
    `error: ${FILE}:5: shaper 'wan', option 'downlaod_rtt': unknown option (expected 'download_rtt')`,
  );
});

test('an unknown type of section is a warning, an empty file is nothing', () => {
  assert.deepEqual(issuesOf("config line 'wan'\n option rate '1'\n"), [
    `warning: ${FILE}:1: line 'wan': unknown type of section, ignored (expected globals, shaper, bridge, interface_mapping, vlan_mapping, host, tuning, device_group, qdisc, class, filter, action, qos, queue)`,
  ]);
  assert.deepEqual(parse(''), {
    config: {
      enabled: true,
      logLevel: 'info',
      onExit: 'remove',
      bus: 'auto',
      history: false,
      shapers: [],
      tuning: [],
      trees: undefined,
      bridge: undefined,
    },
    issues: [],
  });
});

test('globals', () => {
  const globals = (...lines: string[]) => parse(`config globals\n${lines.map((line) => ` ${line}\n`).join('')}`);
  const { config } = globals("option enabled 'no'", "option log_level 'trace'", "option on_exit 'keep'");
  assert.deepEqual(config, {
    enabled: false,
    logLevel: 'trace',
    onExit: 'keep',
    bus: 'auto',
    history: false,
    shapers: [],
    tuning: [],
    trees: undefined,
    bridge: undefined,
  });
  const { config: unchanged, issues } = globals("option on_exit 'leave'", "option log_level '7'");
  assert.deepEqual([unchanged.onExit, unchanged.logLevel], ['remove', 'info']);
  assert.deepEqual(
    issues.map(({ where }) => where),
    [`${FILE}:2: globals, option 'on_exit'`, `${FILE}:3: globals, option 'log_level'`],
  );
});

test('of several sections of globals what was said last counts', () => {
  const { config } = parse(
    "config globals\n option on_exit 'keep'\n option enabled '0'\nconfig globals 'g'\n option enabled '1'\n",
  );
  assert.deepEqual([config.onExit, config.enabled], ['keep', true]);
});
