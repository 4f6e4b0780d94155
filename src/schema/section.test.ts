import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeUtf8 } from '../lib/utf8.ts';
import { parseUci, UciSyntaxError } from '../wire/ucitext.ts';
import { boolean, choice, integer } from './field.ts';
import { parseSection, type SectionText, whereSection } from './section.ts';

const rows = {
  enabled: { field: boolean(), label: 'Enabled', help: '', example: '' },
  overhead: { field: integer(-64, 256), label: 'Overhead', help: '', example: '' },
  link: { field: choice(['atm', 'vlan']), repeatable: true, label: 'Link', help: '', example: '' },
} as const;

function firstSection(text: string): SectionText {
  const file = parseUci(encodeUtf8(text));
  assert.ok(!(file instanceof UciSyntaxError));
  const [section] = file.sections;
  assert.ok(section !== undefined);
  return section;
}

const parse = (text: string) => parseSection(firstSection(text), rows, '/etc/config/weir');

test('a section gives its values typed, and nothing for what is not set', () => {
  const { values, issues } = parse("config x 'a'\n option enabled 'off'\n option overhead '-4'\n");
  assert.deepEqual(values, { enabled: false, overhead: -4 });
  assert.deepEqual(issues, []);
  assert.deepEqual(parse('config x\n'), { values: {}, issues: [] });
});

test('a repeatable option is a list, several words in one, or both', () => {
  for (const text of ["list link 'atm'\n list link 'vlan'", "option link 'atm vlan'", "list link ' atm\tvlan '"]) {
    assert.deepEqual(parse(`config x\n ${text}\n`).values, { link: ['atm', 'vlan'] });
  }
});

test('a wrong value says where it is, what was found and what would be right', () => {
  const { values, issues } = parse("config x 'a'\n option enabled '1'\n\n option overhead '300'\n");
  assert.deepEqual(values, { enabled: true });
  assert.deepEqual(issues, [
    {
      severity: 'error',
      where: "/etc/config/weir:4: x 'a', option 'overhead'",
      what: 'wrong value',
      expected: 'a whole number from -64 to 256',
      got: "'300'",
    },
  ]);
});

test('a wrong item of a list is told with its own line, and the list does not count', () => {
  const { values, issues } = parse("config x\n list link 'atm'\n list link 'dsl'\n list link 'vlan fddi'\n");
  assert.deepEqual(values, {});
  assert.deepEqual(
    issues.map(({ where, got }) => [where, got]),
    [
      ["/etc/config/weir:3: x, option 'link'", "'dsl'"],
      ["/etc/config/weir:4: x, option 'link'", "'fddi'"],
    ],
  );
});

test('a list where one value belongs is an error, even with a single item', () => {
  for (const text of ["list overhead '1'\n list overhead '2'", "list overhead '1'"]) {
    const { values, issues } = parse(`config x\n ${text}\n`);
    assert.deepEqual(values, {});
    assert.deepEqual(
      issues.map(({ what }) => what),
      ['a list where one value belongs'],
    );
  }
});

test('an unknown option is an error that names what may have been meant', () => {
  const expected = (option: string) => parse(`config x\n option ${option} '1'\n`).issues[0]?.expected;
  assert.equal(expected('enable'), "'enabled'");
  assert.equal(expected('overhed'), "'overhead'");
  assert.equal(expected('lnk'), "'link'");
  assert.equal(expected('bandwidth'), 'one of enabled overhead link');
});

test('names that every object has are unknown options like others', () => {
  for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
    const { values, issues } = parse(`config x\n option ${name} '1'\n`);
    assert.deepEqual(Object.keys(values), []);
    assert.equal(issues[0]?.what, 'unknown option');
  }
});

test('of an option given twice the last one counts, with its line', () => {
  const { values, issues } = parse("config x\n option overhead '300'\n option overhead '3'\n");
  assert.deepEqual(values, { overhead: 3 });
  assert.deepEqual(issues, []);
  const [issue] = parse("config x\n option overhead '3'\n option overhead '300'\n").issues;
  assert.equal(issue?.where, "/etc/config/weir:3: x, option 'overhead'");
});

test('a section without a name of its own goes without', () => {
  assert.equal(whereSection('f', firstSection('\nconfig x\n')), 'f:2: x');
  assert.equal(whereSection('f', firstSection("config x 'wan'\n")), "f:1: x 'wan'");
});

test('a name of ten thousand letters is answered at once', () => {
  const { issues } = parse(`config x\n option ${'a'.repeat(10_000)} '1'\n`);
  assert.equal(issues[0]?.expected, 'one of enabled overhead link');
});
