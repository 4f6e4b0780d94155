import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cases } from '../../test/effort.ts';
import { encodeUtf8 } from '../lib/utf8.ts';
import { findUciTarget, parseUciPath } from './ucipath.ts';
import { formatUciExport, formatUciShow } from './uciprint.ts';
import { eachUciSection, isUciName, isUciType, parseUci, type UciFile, UciSyntaxError } from './ucitext.ts';

function parse(text: string): UciFile {
  const result = parseUci(encodeUtf8(text));
  if (result instanceof UciSyntaxError) assert.fail(result.message);
  return result;
}

function rejection(text: string): string {
  const result = parseUci(encodeUtf8(text));
  return result instanceof UciSyntaxError ? result.message : 'accepted';
}

/** Options of the first section as `name line` or `name line [item lines]`. */
function optionLines(text: string): string[] {
  const options = parse(text).sections[0]?.options ?? [];
  return options.map(({ name, line, itemLines }) => `${name} ${line}${itemLines.length > 0 ? ` [${itemLines}]` : ''}`);
}

test('every option knows its line, past comments and blank lines', () => {
  const file = parse("# weir\n\nconfig shaper 'wan'\n\toption a 1\n\n\toption b 2 # why\nconfig shaper\n\toption c 3");
  assert.deepEqual(file.sections, [
    {
      type: 'shaper',
      name: 'wan',
      anonymous: false,
      index: 0,
      line: 3,
      options: [
        { name: 'a', value: '1', line: 4, itemLines: [] },
        { name: 'b', value: '2', line: 6, itemLines: [] },
      ],
    },
    {
      type: 'shaper',
      name: 'cfg025428',
      anonymous: true,
      index: 1,
      line: 7,
      options: [{ name: 'c', value: '3', line: 8, itemLines: [] }],
    },
  ]);
});

test('a repeated option has the line of the value that won, at its first place', () => {
  const text = 'config s s\noption a 1\noption b 2\noption a 3\n';
  assert.deepEqual(optionLines(text), ['a 4', 'b 3']);
  assert.deepEqual(optionLines('config s s\noption a 1\noption a 1\n'), ['a 3']);
});

test('every item of a list knows its line', () => {
  assert.deepEqual(optionLines('config s s\nlist l a\noption x 1\nlist l b\n'), ['l 2 [2,4]', 'x 3']);
});

test('a list that begins as an option takes over its value and line', () => {
  const text = 'config s s\noption l a\nlist l b\n';
  assert.deepEqual(optionLines(text), ['l 2 [2,3]']);
  assert.deepEqual(parse(text).sections[0]?.options[0]?.value, ['a', 'b']);
});

test('an option replaces the list of its name', () => {
  assert.deepEqual(optionLines('config s s\nlist l a\nlist l b\noption z 1\noption l c\n'), ['l 5', 'z 4']);
});

test('a value over several lines is where its statement begins, and lines after it still count right', () => {
  const text = 'config s s\noption a \'x\n\ny\'\noption b \\\nz\nlist l "1\n2" ;list l 3\noption c 4\n';
  assert.deepEqual(optionLines(text), ['a 2', 'b 5', 'l 7 [7,8]', 'c 9']);
});

test('lines end with LF and with CRLF alike', () => {
  assert.deepEqual(optionLines('config s s\r\n\r\noption a 1\r\noption b x\\\r\ny\r\noption c 2\r\n'), [
    'a 3',
    'b 4',
    'c 6',
  ]);
});

test('a section that is repeated keeps the line of its first statement', () => {
  const { sections } = parse('config s x\noption a 1\nconfig s\nconfig s x\noption b 2\n');
  assert.deepEqual(
    sections.map(({ name, line, index }) => `${name} ${line} ${index}`),
    ['x 1 0', 'cfg02b618 3 1'],
  );
  assert.deepEqual(
    sections[0]?.options.map(({ line }) => line),
    [2, 5],
  );
});

test('an empty value neither sets an option nor unsets one', () => {
  assert.deepEqual(optionLines("config s s\noption a 1\noption a ''\noption b ''\noption c\nlist l a\noption l\n"), [
    'a 2',
    'l 6 [6]',
  ]);
});

test('a name that an anonymous section was given leads to that section, which stays anonymous', () => {
  const file = parse('config s\nconfig s cfg01b618\noption a 1\n');
  assert.equal(formatUciShow(file, 't'), "t.@s[0]=s\nt.@s[0].a='1'\n");
  const other = 'section of different type overwrites prior section with same name';
  assert.equal(rejection('config s\nconfig t cfg01b618\n'), `Parse error (${other}) at line 2, byte 19`);
});

test('an anonymous section never joins an earlier one of the same name', () => {
  const file = parse('config s cfg02b618\nconfig s\noption a 1\n');
  assert.deepEqual(
    file.sections.map(({ name, options }) => `${name} ${options.length}`),
    ['cfg02b618 0', 'cfg02b618 1'],
  );
});

test('a semicolon separates where a word was shortened by quotes or a backslash, and else drops the rest of the line', () => {
  const show = (line: string) => formatUciShow(parse(`config s s\n${line}\n`), 't').replace('t.s=s\n', '');
  assert.equal(show("option a '1'; option b 2"), "t.s.a='1'\nt.s.b='2'\n");
  assert.equal(show('option a \\1; option b 2'), "t.s.a='1'\nt.s.b='2'\n");
  assert.equal(show('option a 1; option b 2'), "t.s.a='1'\n");
  assert.equal(show('option a; option b 2'), '');
  assert.equal(rejection('config s s\noption a 1 ;\n'), 'Parse error (invalid command) at line 2, byte 12');
  assert.equal(rejection('config s s\noption ;\n'), 'Parse error (insufficient arguments) at line 2, byte 8');
});

test('a comment needs no space before it and ends the line after a semicolon too', () => {
  assert.equal(
    formatUciShow(parse("config s s#x\noption a 1#'2\noption b 'x'#y ;option c 3\n"), 't'),
    "t.s=s\nt.s.a='1'\nt.s.b='x'\n",
  );
  assert.equal(formatUciShow(parse('config s s ;# option a 1\n'), 't'), 't.s=s\n');
});

test('a word that a backslash continues on an indented line ends before its first letter', () => {
  assert.equal(rejection('config s s\noption a \\\n\tx\n'), 'Parse error (too many arguments) at line 3, byte 13');
  assert.equal(rejection('config s s\noption a \\'), 'accepted');
  assert.equal(rejection('config s s\noption a "x\\'), 'Parse error (EOF with unterminated ") at line 1, byte 12');
});

test('a keyword is rejected right before the end of its line, for another reason than before the end of the file', () => {
  assert.equal(rejection('config\n'), 'Parse error (invalid command) at line 1, byte 0');
  assert.equal(rejection('config'), 'Parse error (config without name) at line 0, byte 0');
  assert.equal(rejection('config s s\no'), 'Parse error (option without name) at line 1, byte 0');
  assert.equal(rejection('p'), 'Parse error (package without name) at line 0, byte 0');
});

test('a package line is checked but has no effect', () => {
  assert.equal(formatUciExport(parse('package other-name\nconfig s s\n'), 't'), "package t\n\nconfig s 's'\n\n");
  assert.equal(rejection('package a.b\n'), 'Parse error (invalid character in name field) at line 1, byte 12');
});

test('a rejection carries its reason, line and byte', () => {
  const error = parseUci(encodeUtf8('config s s\n\toption a 1 2\n'));
  assert.ok(error instanceof UciSyntaxError);
  assert.deepEqual([error.reason, error.line, error.byte], ['too many arguments', 2, 14]);
});

test('a NUL byte cuts its line, which goes on with the next one', () => {
  const text = 'config s ab\0 lost\ncd\noption a 1\n';
  assert.equal(formatUciShow(parse(text), 't'), "t.abcd=s\nt.abcd.a='1'\n");
  assert.deepEqual(optionLines(text), ['a 3'], 'lines are those of the file, though libuci counts one less');
});

test('a NUL byte swallows no more than was read with it', () => {
  // 31 bytes are read at first, as into a buffer of 32.
  const swallowed = '\0'.padEnd(31 - 'config s ab'.length, '.');
  assert.equal(formatUciShow(parse(`config s ab${swallowed}cd\n`), 't'), 't.abcd=s\n');
});

test('a file of NUL bytes is an empty file, and each can double the read size without harm', () => {
  assert.deepEqual(parse('\0'.repeat(5000)).sections, []);
  assert.deepEqual(parse('#\0\n'.repeat(5000)).sections, []);
});

test('bytes that are not UTF-8 come out as they went in', () => {
  const bytes = new Uint8Array([...encodeUtf8("config s s\n\toption a '"), 0xff, 0xe2, 0x82, 0x27, 0x0a]);
  const file = parseUci(bytes);
  assert.ok(!(file instanceof UciSyntaxError));
  const printed = encodeUtf8(formatUciShow(file, 't'));
  assert.deepEqual([...printed.slice(-5)], [0xff, 0xe2, 0x82, 0x27, 0x0a]);
});

test('generated names count all sections, in more than two digits where needed', () => {
  const { sections } = parse(`${'config s\n'.repeat(256)}config other\nconfig other\n`);
  assert.deepEqual(
    [sections[0], sections[255], sections[256], sections[257]].map((section) => section?.name),
    ['cfg01b618', 'cfg100b618', 'cfg10103e7', 'cfg10203e7'],
  );
});

test('names and types are what libuci takes', () => {
  assert.deepEqual(['a_Z9', '', 'a-b', 'a.b', 'é', 'a\n'].map(isUciName), [true, false, false, false, false, false]);
  assert.deepEqual(['we!rd@', "a'b", '', 'a b', '\u007f', 'é', 'a\n'].map(isUciType), [
    true,
    true,
    false,
    false,
    false,
    false,
    false,
  ]);
});

test('one value of a megabyte over many lines, and many options and sections, take linear time', () => {
  const lines = cases(50_000);
  const many = cases(20_000);
  const line = `${'x'.repeat(19)}\n`;
  const file = parse(`config s s\noption a '${line.repeat(lines)}'\n`);
  assert.equal(file.sections[0]?.options[0]?.value.length, 20 * lines);
  let options = 'config s s\n';
  for (let i = 0; i < many; i++) options += `list l${i} ${i}\nlist l${i} ''\n`;
  assert.equal(parse(options).sections[0]?.options.length, many);
  let sections = '';
  for (let i = 0; i < many; i++) sections += `config s n${i}\nconfig s n0\noption a ${i}\n`;
  assert.equal(parse(sections).sections.length, many);
});

test('a reference is followed to its section and option', () => {
  const file = parse('config s a\noption x 1\nconfig u\nconfig s\noption x 2\n');
  const follow = (text: string) => {
    const path = parseUciPath(text);
    const target = path === undefined ? 'malformed' : findUciTarget(file, path);
    return typeof target === 'string' ? target : (target.option?.value ?? target.section?.name ?? 'file');
  };
  const found = ['t', 't.a', 't.a.x', 't.@s[1].x', 't.@s[-1].x', 't.@[1]', 't.@[].x', 't.@s[ +1].x', 't.a.x=9'];
  assert.deepEqual(found.map(follow), ['file', 'a', '1', '2', '2', 'cfg02b61a', '1', '2', '1']);
  assert.deepEqual(['t.b', 't.a.y', 't.@s[2]', 't.@s[-3]', 't.@v[0]'].map(follow), Array(5).fill('missing'));
  assert.deepEqual(['t.', 't.@s', 't.@s[1', 't.@s[1]]', 't.@s[1 ]', 't.@ [0]'].map(follow), Array(6).fill('invalid'));
  assert.deepEqual(['', '.a', 'a b', 't.a.', 't.a.b.c', 't.a.b-c'].map(follow), Array(6).fill('malformed'));
});

test('sections handed out one by one are those of the file read as a whole, as long as no name comes twice', () => {
  const text =
    "config host\n\toption name 'a'\nconfig host 'b'\n\tlist ip '192.0.2.1'\n\tlist ip '192.0.2.2'\nconfig host\n";
  const handed: unknown[] = [];
  assert.equal(
    eachUciSection(encodeUtf8(text), (section) => handed.push(section)),
    undefined,
  );
  assert.deepEqual(handed, parse(text).sections);
  assert.ok(eachUciSection(encodeUtf8(`${text}nonsense\n`), () => {}) instanceof UciSyntaxError);
});

test('lines as uci writes them mean what the lexer makes of them', () => {
  const lines = [
    "config s 'x'",
    "\toption a '1'",
    "\toption a '; # \" \\'",
    "\toption empty ''",
    "\tlist l 'a b'",
    "\tlist l ''",
    "\tlist a 'second'",
    "\toption b 'grün'",
    'config s',
    "\toption long 'a value that is longer than the first buffer of libuci'",
    "\toption long 'and another one that is as long as the first one of them'",
    "config s 'x'",
    "\toption c '3'",
    "config t 'y'",
    "option d '4'",
  ];
  const plain = parse(`${lines.join('\n')}\n`);
  // With a blank more in front of it a line takes the longer way.
  const other = parse(`${lines.map((line) => ` ${line}`).join('\n')}\n`);
  assert.deepEqual(plain, other);
  assert.equal(plain.sections.length, 3);
});

test('a plain line that is wrong is rejected as any other', () => {
  const other = 'section of different type overwrites prior section with same name';
  assert.equal(rejection("config s 'x'\nconfig t 'x'\n"), `Parse error (${other}) at line 2, byte 13`);
  assert.match(rejection("\toption a 'x'\n"), /before the first section\) at line 1/);
  assert.match(rejection("config s 'x-y'\n"), /invalid character in name field/);
  assert.match(rejection("config s 'x'\n\toption a-b 'x'\n"), /invalid character in name field/);
  assert.match(rejection("config s 'x'\n\toption a 'x\n"), /unterminated '/);
});
