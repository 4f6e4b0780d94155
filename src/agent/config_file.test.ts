import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeHost } from '../host/fake.ts';
import { formatIssue } from '../lib/issue.ts';
import { disabled, EMPTY_CONFIG, loadConfig } from './config_file.ts';
import { FileError } from './files.ts';

const PATH = '/etc/config/weir';

function load(content?: string) {
  const host = new FakeHost();
  if (content !== undefined) host.addFile(PATH, content);
  const { config, issues } = loadConfig(host, PATH);
  return { config, issues: issues.map(formatIssue) };
}

test('a file is read to its shapers', () => {
  const { config, issues } = load("config shaper 'wan'\n option device 'eth1'\n option upload '5mbit'\n");
  assert.deepEqual(
    config?.shapers.map(({ name }) => name),
    ['wan'],
  );
  assert.deepEqual(issues, []);
});

test('an empty file is a configuration of nothing', () => {
  assert.deepEqual(load('').config, EMPTY_CONFIG);
});

test('no file is an error that names it', () => {
  assert.deepEqual(load(), {
    config: undefined,
    issues: [`error: ${PATH}: there is no such file (expected the configuration)`],
  });
});

test('one line that is no UCI spoils the file, and is named', () => {
  const { config, issues } = load("config shaper 'wan'\n option device 'eth1\n");
  assert.equal(config, undefined);
  assert.equal(issues.length, 1);
  assert.match(issues[0] ?? '', /^error: \/etc\/config\/weir:2: .*unterminated/);
});

test('a file that cannot be read is no missing file', () => {
  const host = new FakeHost();
  host.addDirectory(PATH);
  assert.throws(() => loadConfig(host, PATH), FileError);
});

test('disabled, a configuration keeps its names and shapes nothing', () => {
  const { config } = load("config shaper 'wan'\n option device 'eth1'\n option upload '5mbit'\n");
  assert.ok(config !== undefined);
  assert.deepEqual(disabled(config), { ...config, enabled: false });
});
