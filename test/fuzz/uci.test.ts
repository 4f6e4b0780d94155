import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runUci } from '../../src/cli/uci.ts';
import { decodeUtf8, encodeUtf8 } from '../../src/lib/utf8.ts';
import { formatUciExport } from '../../src/wire/uciprint.ts';
import { parseUci, type UciFile, type UciSection, UciSyntaxError } from '../../src/wire/ucitext.ts';
import { changedSections } from '../../src/wire/ucitext_change.ts';
import { commonBytes } from '../common_bytes.ts';
import { cases } from '../effort.ts';
import { readUciRecordings } from '../uci_recordings.ts';
import { mutate, Random } from './mutate.ts';

const FILES = cases(10_000);
const SEED = 20_261;

const REALISTIC_CONFIG = `# home line, measured 2026-03
config globals
	option enabled '1'
	option log_level 'info'
	option on_exit 'remove'

config shaper 'wan'
	option enabled '1'
	option device 'pppoe-wan'
	option download '85mbit'
	option upload '9500'
	option diffserv 'diffserv4'
	option download_isolation "dual-dsthost"
	option upload_isolation 'dual-srchost'
	option nat 1
	option ack_filter aggressive # slow upload
	option rtt '50ms'
	option link 'pppoe-ptm'
	list ether_vlan '1'
	list ether_vlan "2"
	list offloads 'gro'
	list offloads tso

config bridge
	option use_xdp_bridge '1'
	list host_file '/etc/weir/hosts'

config interface_mapping
	option name 'eth1'
	option redirect_to 'eth2'
	option scan_vlans '1'

config vlan_mapping
	option parent 'eth1'
	option tag '3'
	option redirect_to '4'

config host 'tv'
	list ip '192.0.2.7'
	list ip "2001:db8::/32"
	option class '10:2a'

config shaper guest
	option device 'br-guest'; option upload 2000
	option label 'Günther'\\''s "guest" net \\
second line'
`;

const seeds = [encodeUtf8(REALISTIC_CONFIG), ...readUciRecordings().flatMap(({ before }) => [...before.values()])];
const words = [
  'config ',
  'option ',
  'list ',
  'package ',
  'wan',
  'rule',
  'x',
  '#',
  ';',
  ' ;',
  "'",
  '"',
  '\\',
  '\\\n',
  '\n',
  '\r\n',
  '\r',
];
const tokens = [...words, '\0', '\t', ' ', '\v'].map((text) => encodeUtf8(text));

/** The export writes types bare, as libuci's does: with these characters they read back as something else. */
function hasPlainTypes({ sections }: UciFile): boolean {
  return sections.every(({ type }) => !/[#;'"\\]/.test(type));
}

/** All but the lines, which an export is free to change. */
function meaning({ sections }: UciFile): unknown {
  const withoutLine = ({ options, ...section }: UciSection) => ({
    ...section,
    line: 0,
    options: options.map(({ name, value }) => ({ name, value })),
  });
  return sections.map(withoutLine);
}

function checkLines(file: UciFile, newlines: number): void {
  for (const { line, options } of file.sections) {
    assert.ok(line >= 1 && line <= newlines + 1);
    for (const option of options) {
      assert.ok(option.line >= 1 && option.line <= newlines + 1);
      assert.equal(option.itemLines.length, typeof option.value === 'string' ? 0 : option.value.length);
      assert.ok(option.value.length > 0);
    }
  }
}

test(`${FILES} damaged UCI files: each is rejected with a place, or its export reads back as the same`, () => {
  const random = new Random(SEED);
  let rejected = 0;
  let sections = 0;
  let roundTrips = 0;
  for (let i = 0; i < FILES; i++) {
    const bytes = mutate(random.pick(seeds), random, { tokens, donors: seeds });
    const file = parseUci(bytes);
    if (file instanceof UciSyntaxError) {
      assert.match(file.message, /^Parse error \([^)]+\) at line [0-9]+, byte [0-9]+$/);
      rejected += 1;
      continue;
    }
    checkLines(file, bytes.filter((byte) => byte === 0x0a).length);
    if (!hasPlainTypes(file)) continue;
    const again = parseUci(encodeUtf8(formatUciExport(file, 't')));
    if (again instanceof UciSyntaxError) assert.fail(`file ${i}: its export is rejected: ${again.message}`);
    assert.deepEqual(meaning(again), meaning(file), `file ${i}`);
    sections += file.sections.length;
    roundTrips += 1;
  }
  // A mutator that only ever made rubbish, or nothing of interest, would prove little.
  assert.ok(rejected > FILES / 10, `${rejected} rejected`);
  assert.ok(roundTrips > FILES / 10, `${roundTrips} read back`);
  assert.ok(sections > roundTrips, `${sections} sections`);
});

test(`${FILES} UCI files and a damaged copy of each: what is read of it alone is what the whole copy says`, () => {
  const random = new Random(SEED + 2);
  const numbers = ['1', '22', "'3'"].map((text) => encodeUtf8(text));
  let found = 0;
  for (let i = 0; i < FILES; i++) {
    const content = random.pick(seeds);
    const before = parseUci(content);
    if (before instanceof UciSyntaxError || before.outline === undefined) continue;
    const copy = mutate(content, random, { tokens: random.below(2) === 0 ? tokens : numbers, donors: seeds });
    const change = changedSections({ content, outline: before.outline }, copy, commonBytes(content, copy));
    if (change === undefined) continue;
    found++;
    const after = parseUci(copy);
    assert.ok(!(after instanceof UciSyntaxError) && after.outline !== undefined, `file ${i}: ${decodeUtf8(copy)}`);
    const [first] = change.after;
    const at = after.sections.findIndex(({ line }) => line === first?.line);
    const merged = before.sections.map((section, place) => {
      const changed = change.after[place - at];
      return changed === undefined ? section : { ...changed, index: section.index };
    });
    assert.deepEqual(after.sections, merged, `file ${i}: ${decodeUtf8(copy)}`);
    for (const place of merged.keys()) {
      assert.equal(change.file.outline.start(place), after.outline.start(place), `file ${i}: ${decodeUtf8(copy)}`);
    }
  }
  assert.ok(found > FILES / 20, `${found} found`);
});

test(`${FILES / 5} damaged UCI files: show, export and get print something sensible or one line of error`, () => {
  const random = new Random(SEED + 1);
  for (let i = 0; i < FILES / 5; i++) {
    const bytes = mutate(random.pick(seeds), random, { tokens, donors: seeds });
    const host = { errno: { ENOENT: 2 }, readDirectory: () => ['t'], readFile: () => bytes };
    for (const args of [
      ['show', 't'],
      ['-n', 'export', 't'],
      ['get', 't.@[0].a'],
    ]) {
      let stderr = '';
      const exit = runUci(host, args, {
        stdout: () => {},
        stderr: (text) => {
          stderr += text;
        },
      });
      assert.match(stderr, exit === 0 ? /^$/ : /^uci: (?:Parse error|Entry not found)[^\n]*\n$/, `file ${i}`);
    }
  }
});

test('the mutator makes the same damage from the same seed, and different damage otherwise', () => {
  const first = mutate(encodeUtf8(REALISTIC_CONFIG), new Random(7), { tokens });
  assert.deepEqual(mutate(encodeUtf8(REALISTIC_CONFIG), new Random(7), { tokens }), first);
  const other = mutate(encodeUtf8(REALISTIC_CONFIG), new Random(8), { tokens });
  assert.ok(decodeUtf8(other) !== decodeUtf8(first));
  assert.equal(mutate(new Uint8Array(0), new Random(1)).length, 0);
});
