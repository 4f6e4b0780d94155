import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatIssue } from '../lib/issue.ts';
import { encodeUtf8 } from '../lib/utf8.ts';
import { allShaperRows, type ParsedConfig, parseConfig } from '../model/config.ts';
import { bridgeRows, hostRows, interfaceMappingRows, vlanMappingRows } from '../schema/bridge.ts';
import { globalsRows } from '../schema/globals.ts';
import { tuningRows } from '../tunable/rows.ts';
import { formatUciExport } from '../wire/uciprint.ts';
import { parseUci, type UciFile, UciSyntaxError } from '../wire/ucitext.ts';
import { sampleConfig, TREE_EXAMPLE } from './sample_config.ts';

const text = sampleConfig();
const LINES = text.split('\n');

function read(file: string): { file: UciFile; parsed: ParsedConfig } {
  const uci = parseUci(encodeUtf8(file));
  assert.ok(!(uci instanceof UciSyntaxError), String(uci));
  return { file: uci, parsed: parseConfig(uci.sections, 'weir') };
}

const EXAMPLE = /^\t#(option|list) (\S+) /;
const beginOfShaper = LINES.indexOf("config shaper 'wan'");
const beginOfBridge = LINES.indexOf('#config bridge');
const namesIn = (lines: readonly string[]): string[] =>
  lines.flatMap((line) => /^\t#?(?:option|list) (\S+) /.exec(line)?.[1] ?? []).sort();

test('the installed configuration is right as it is, and shapes nothing', () => {
  const { parsed } = read(text);
  assert.deepEqual(parsed.issues.map(formatIssue), []);
  assert.deepEqual(
    parsed.config.shapers.map((shaper) => [shaper.name, shaper.interface, shaper.enabled]),
    [['wan', 'wan', false]],
  );
});

test('every option is in it once, in its section', () => {
  assert.deepEqual(namesIn(LINES.slice(0, beginOfShaper)), Object.keys(globalsRows).sort());
  const plain = Object.keys(allShaperRows).filter((name) => !/^(down|up)load_/.test(name));
  assert.deepEqual(namesIn(LINES.slice(beginOfShaper, beginOfBridge)), plain.sort());
  const sections = LINES.join('\n').split('\n#config ').slice(1);
  assert.deepEqual(
    sections.map((section) => namesIn(section.split('\n'))),
    [bridgeRows, interfaceMappingRows, vlanMappingRows, hostRows, tuningRows].map((rows) => Object.keys(rows).sort()),
  );
});

test('a section of the bridge can be had by taking the # away', () => {
  const lines = LINES.map((line, i) =>
    i >= beginOfBridge ? line.replace(/^(\t?)#(config|option|list) /, '$1$2 ') : line,
  );
  const { config, issues } = read(lines.filter((line) => !line.includes('stick')).join('\n')).parsed;
  assert.deepEqual(issues.filter(({ severity }) => severity === 'error').map(formatIssue), []);
  assert.equal(config.bridge?.ports.length, 2);
  assert.equal(config.bridge.hosts.length, 1);
});

test('each example can be had by taking the # away, and says something else than the default', () => {
  const before = read(text.replace("enabled '0'", "enabled '1'")).parsed.config;
  const examples = LINES.slice(0, beginOfBridge).flatMap((line) => EXAMPLE.exec(line)?.[2] ?? []);
  assert.ok(examples.length > 15);
  for (const name of examples) {
    const lines = LINES.slice(0, beginOfBridge)
      .map((line) => (EXAMPLE.exec(line)?.[2] === name ? line.replace('#', '') : line))
      .map((line) => line.replace("enabled '0'", "enabled '1'"))
      .filter((line) => name !== 'device' || !line.startsWith('\toption interface'));
    const { config, issues } = read(lines.join('\n')).parsed;
    assert.deepEqual(issues.map(formatIssue), [], name);
    assert.notDeepEqual(config, before, name);
  }
});

test('uci commit, which leaves comments out, changes nothing of what it says', () => {
  const { file, parsed } = read(text);
  const committed = formatUciExport(file, 'weir', { named: false });
  assert.ok(!committed.includes('#'));
  const withoutLines = (config: ParsedConfig['config']): unknown =>
    config.shapers.map(({ where: _line, ...shaper }) => shaper);
  const again = read(committed).parsed;
  assert.deepEqual(withoutLines(again.config), withoutLines(parsed.config));
  assert.deepEqual({ ...again.config, shapers: [] }, { ...parsed.config, shapers: [] });
});

test('the tree in its comments is right', () => {
  const { config, issues } = read(TREE_EXAMPLE.join('\n')).parsed;
  assert.deepEqual(issues.map(formatIssue), []);
  assert.deepEqual(
    config.trees?.sections.map(({ name }) => name),
    ['lan', 'all', 'voice', 'rest'],
  );
});

test('a line of it fits on a screen', () => {
  for (const line of LINES) assert.ok(line.replace('\t', '        ').length <= 150, line);
});
