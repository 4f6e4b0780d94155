import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commonBytes } from '../../test/common_bytes.ts';
import { encodeUtf8 } from '../lib/utf8.ts';
import { parseUci, type UciFile, UciSyntaxError } from './ucitext.ts';
import { changedSections, type OutlinedFile, type UciChange } from './ucitext_change.ts';

const FILE = `# of the house
config globals 'main'
	option enabled '1'

config class voice
	option rate 1mbit
	option label 'two
lines'
config class
	option rate '2mbit'
config class 'web'
	option rate '3mbit'
`;

function outlined(text: string): OutlinedFile {
  const { outline } = parsed(text);
  assert.ok(outline !== undefined, text);
  return { content: encodeUtf8(text), outline };
}

function change(before: OutlinedFile, text: string): UciChange | undefined {
  const content = encodeUtf8(text);
  return changedSections(before, content, commonBytes(before.content, content));
}

function parsed(text: string): UciFile {
  const file = parseUci(encodeUtf8(text));
  assert.ok(!(file instanceof UciSyntaxError), text);
  return file;
}

/** The names of the sections that were read of FILE with the one in place of the other, which agree with those of the whole file. */
function changed(old: string, now: string): string[] | undefined {
  const text = FILE.replace(old, now);
  assert.notEqual(text, FILE);
  const found = change(outlined(FILE), text);
  if (found === undefined) return undefined;
  const whole = parsed(text);
  whole.sections.forEach((_, i) => {
    assert.equal(found.file.outline.start(i), whole.outline?.start(i), `section ${i}`);
  });
  for (const section of found.after) {
    const same = whole.sections.find(({ name }) => name === section.name);
    assert.deepEqual({ ...section, index: same?.index }, same);
  }
  return found.after.map(({ name }) => name);
}

const ANONYMOUS = parsed(FILE).sections[2]?.name;

test('an option that changes is read with its section alone', () => {
  assert.deepEqual(changed('1mbit', '1500kbit'), ['voice']);
  assert.deepEqual(changed("'3mbit'", '3gbit'), ['web']);
  assert.deepEqual(changed('two\n', 'other\n'), ['voice']);
});

test('a section without a name keeps the one that its place in the file gives it', () => {
  assert.deepEqual(changed('2mbit', '20mbit'), [ANONYMOUS]);
});

test('changes of several sections are read with what is between them', () => {
  assert.deepEqual(
    changed(
      "1mbit\n\toption label 'two\nlines'\nconfig class\n\toption rate '2",
      "5\n\toption label 'x\ny'\nconfig class\n\toption rate '7",
    ),
    ['voice', ANONYMOUS],
  );
});

test('one change after the other is found, however the sections have moved', () => {
  let file = outlined(FILE);
  let text = FILE;
  for (let i = 0; i < 200; i++) {
    const section = i % 3 === 0 ? 'voice' : 'web';
    text = text.replace(/(class '?(voice|web)'?\n\toption rate )\S+/g, (all, before, name) =>
      name === section ? `${before}${10 ** (i % 9)}kbit` : all,
    );
    const found = change(file, text);
    assert.deepEqual(
      found?.after.map(({ name }) => name),
      [section],
      text,
    );
    file = found?.file ?? file;
  }
  const whole = outlined(text);
  for (let i = 0; i < 4; i++) assert.equal(file.outline.start(i), whole.outline.start(i));
});

const WHOLE: readonly (readonly [name: string, old: string, now: string])[] = [
  ['a line more', '1mbit\n', '1mbit\n\toption prio 1\n'],
  ['a line more before a section', "'1'\n\n", "'1'\n\n\toption log_level 'info'\n"],
  ['a line less', "\toption enabled '1'\n", ''],
  ['a section more', 'config class\n', "config class 'new'\nconfig class\n"],
  ['another name', "'web'", "'wab'"],
  ['another type', "class 'web'", "qdisc 'web'"],
  ['no UCI', 'option rate 1mbit', 'optoin rate 1mbit'],
  ['a quote that is not closed', "'2mbit'", "'2mbit"],
  ['a backslash that joins what follows', "lines'\n", 'lines\\\n'],
  ['a section in the line of another statement', 'option rate 1mbit', "option rate '1'; config class a"],
  ['something before the first section', 'house', 'flat'],
  ['no newline at the end', "'3mbit'\n", "'3mbit' "],
];
for (const [name, old, now] of WHOLE) {
  test(`${name}: the file is to be read as a whole`, () => assert.equal(changed(old, now), undefined));
}

test('a file in which a section is repeated, or begins behind another statement, has no outline', () => {
  for (const text of ['config a x\nconfig b y\nconfig a x\n', "config a 'x'; config b y\n"]) {
    assert.equal(parsed(text).outline, undefined);
  }
});
