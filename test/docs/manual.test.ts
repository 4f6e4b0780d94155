/** The manual page as a formatter sees it: without a complaint, and with everything that the program knows. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { COMMAND_ROWS } from '../../src/cli/command_rows.ts';
import { allShaperRows } from '../../src/model/config.ts';
import { globalsRows } from '../../src/schema/globals.ts';

const PAGE = readFileSync('docs/weir.8', 'utf8');

function mandoc(page: string, ...options: readonly string[]): { status: number | null; text: string } {
  const { status, stdout, stderr, error } = spawnSync('mandoc', options, { input: page, encoding: 'utf8' });
  if (error !== undefined) throw error;
  return { status, text: stdout + stderr };
}

const lint = (page: string): { status: number | null; text: string } => mandoc(page, '-Tlint', '-Wwarning');

test('mandoc has nothing to remark on the manual page', () => {
  assert.deepEqual(lint(PAGE), { status: 0, text: '' });
});

test('on a page that is wrong it has', () => {
  for (const [right, wrong] of [
    ['.Sh FILES', '.Sj FILES'],
    ['.El', ''],
    ['.Nm weir', ''],
  ] as const) {
    assert.ok(PAGE.includes(right));
    assert.notDeepEqual(lint(PAGE.replace(right, wrong)), { status: 0, text: '' }, wrong);
  }
});

test('the page reads as it should: every command, every option, words to type as they are typed', () => {
  // Bold and underlined characters are printed twice, with a backspace between.
  const text = mandoc(PAGE, '-Tascii', '-Owidth=200').text.split(/.[\b]/).join('');
  for (const { name } of COMMAND_ROWS) assert.match(text, new RegExp(`^ {3}weir ${name}\\b`, 'm'));
  for (const name of [...Object.keys(globalsRows), ...Object.keys(allShaperRows)]) {
    const plain = name.replace(/^(down|up)load_/, '');
    assert.match(text, new RegExp(`^ {5}${plain}(\\s|$)`, 'm'));
  }
  assert.match(text, /^ {5}64 +wrong usage$/m);
  assert.match(text, /^ {5}SIGUSR1 /m);
  assert.match(text, /^\s*ubus call weir set '\{"shaper":"wan",/m);
  assert.doesNotMatch(text, /\\/);
});
