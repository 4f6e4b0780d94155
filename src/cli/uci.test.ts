import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readUciRecordings, type UciRecording, type UciRun } from '../../test/uci_recordings.ts';
import { decodeUtf8, encodeUtf8 } from '../lib/utf8.ts';
import { runUci, type UciHost, uci } from './uci.ts';

const { help } = uci;
const ERRNO = { ENOENT: 2, EIO: 5, EACCES: 13, ENOTDIR: 20, EISDIR: 21, EFBIG: 27 };

/** Files by path; a directory is there when a file is below it. */
function hostWith(files: ReadonlyMap<string, Uint8Array | number>): UciHost {
  const namesIn = (directory: string): string[] => {
    const below = [...files.keys()].filter((path) => path.startsWith(`${directory}/`));
    return [...new Set(below.map((path) => path.slice(directory.length + 1).split('/')[0] ?? ''))];
  };
  return {
    errno: ERRNO,
    readDirectory: (path) => {
      const names = namesIn(path);
      return names.length > 0 ? names : -(files.has(path) ? ERRNO.ENOTDIR : ERRNO.ENOENT);
    },
    readFile: (path, limitBytes) => {
      const content = files.get(path);
      if (content === undefined) return -(namesIn(path).length > 0 ? ERRNO.EISDIR : ERRNO.ENOENT);
      if (typeof content === 'number') return content;
      return content.length > limitBytes ? -ERRNO.EFBIG : content;
    },
  };
}

function textFiles(files: Record<string, string>): Map<string, Uint8Array> {
  return new Map(Object.entries(files).map(([path, text]) => [path, encodeUtf8(text)]));
}

/** Bytes as text that a failed assertion can show; decodeUtf8 loses nothing, so equal text is equal bytes. */
interface Printed {
  exit: number;
  stdout: string;
  stderr: string;
}

function run(files: ReadonlyMap<string, Uint8Array | number>, args: readonly string[]): Printed {
  const printed = { exit: 0, stdout: '', stderr: '' };
  printed.exit = runUci(hostWith(files), args, {
    stdout: (text) => {
      printed.stdout += decodeUtf8(encodeUtf8(text));
    },
    stderr: (text) => {
      printed.stderr += decodeUtf8(encodeUtf8(text));
    },
  });
  return printed;
}

function runText(files: Record<string, string>, ...args: string[]): Printed {
  return run(textFiles(files), ['-c', 'D', ...args]);
}

function expected({ exit, stdout, stderr }: UciRun): Printed {
  return { exit, stdout: decodeUtf8(stdout), stderr: decodeUtf8(stderr) };
}

function isEdit({ args }: UciRun): boolean {
  return args.some((word) => ['set', 'add_list', 'del_list', 'commit'].includes(word));
}

/**
 * The runs that read, each with the files it finds. Where edits came before, the recording's last state is taken: nothing
 * changes after its last edit, and pending changes that the real `uci` merged into `show` are in the committed file by then.
 */
function readingRuns({ before, after, runs }: UciRecording): { run: UciRun; files: ReadonlyMap<string, Uint8Array> }[] {
  const firstEdit = runs.findIndex(isEdit);
  return runs.flatMap((run, i) => {
    if (isEdit(run)) return [];
    const files = firstEdit >= 0 && i > firstEdit ? after : before;
    return files === undefined ? [] : [{ run, files }];
  });
}

const recordings = readUciRecordings();

for (const recording of recordings) {
  test(`uci recording ${recording.name}: prints and exits as the real uci`, () => {
    for (const { run: recorded, files } of readingRuns(recording)) {
      assert.deepEqual(run(files, recorded.args), expected(recorded), recorded.args.join(' '));
    }
  });
}

test('the recordings are all there, and only edits are left out', () => {
  assert.equal(recordings.length, 78);
  assert.equal(recordings.flatMap(readingRuns).length, 482);
  assert.equal(recordings.flatMap(({ runs }) => runs.filter(isEdit)).length, 8);
});

test('what the real uci could export and read back as the same, we can too', () => {
  let checked = 0;
  for (const { name, before, roundTrips } of recordings) {
    if (!roundTrips) continue;
    const exported = run(before, ['-c', 'DIR/c', 'export', 't']);
    const again = run(textFiles({ 'D/t': exported.stdout }), ['-c', 'D', 'show', 't']);
    assert.equal(again.stdout, run(before, ['-c', 'DIR/c', 'show', 't']).stdout, name);
    checked += 1;
  }
  assert.equal(checked, 50);
});

test('without a config every file is printed, in order of bytes, but for directories and names with a dot', () => {
  const section = 'config s s\n';
  const files = {
    'D/b': section,
    'D/B': section,
    'D/a-b': section,
    'D/.a': section,
    'D/a.bak': section,
    'D/d/x': section,
  };
  assert.deepEqual(runText(files, 'show'), { exit: 0, stdout: 'B.s=s\na-b.s=s\nb.s=s\n', stderr: '' });
  assert.equal(
    runText(files, 'export')
      .stdout.match(/^package .*$/gm)
      ?.join(),
    'package B,package a-b,package b',
  );
});

test('without a config a bad file costs an error message, not the others and not the exit code', () => {
  const files = { 'D/a': 'config s s\n', 'D/b': 'nonsense\n', 'D/c': 'config s s\n' };
  const stderr = 'uci: Parse error (invalid command) at line 1, byte 0\n';
  assert.deepEqual(runText(files, 'show'), { exit: 0, stdout: 'a.s=s\nc.s=s\n', stderr });
});

test('a missing or empty directory is an entry not found', () => {
  const missing = { exit: 1, stdout: '', stderr: 'uci: Entry not found\n' };
  assert.deepEqual(runText({}, 'show'), missing);
  assert.deepEqual(runText({ 'D/.hidden': 'config s s\n' }, 'export'), missing);
});

test('a directory in the place of a config is an entry not found, in the override directory too', () => {
  const files = { 'D/t/x': '', 'D/u': 'config s s\n', 'O/u/x': '' };
  assert.equal(runText(files, 'show', 't').stderr, 'uci: Entry not found\n');
  assert.equal(runText(files, '-C', 'O', 'show', 'u').stderr, 'uci: Entry not found\n');
});

test('an unreadable override is an error, not a reason to show what it stands in for', () => {
  const files = new Map<string, Uint8Array | number>([
    ['D/t', encodeUtf8('config s s\n')],
    ['O/t', -ERRNO.EACCES],
  ]);
  assert.equal(run(files, ['-c', 'D', '-C', 'O', 'show', 't']).stderr, 'uci: I/O error\n');
  assert.equal(run(files, ['-c', 'D', '-C', '', 'show', 't']).stdout, 't.s=s\n');
});

test('a file larger than any config is refused with its limit', () => {
  const files = new Map([['D/t', new Uint8Array((4 << 20) + 1)]]);
  const stderr = 'uci: I/O error (more than 4194304 bytes)\n';
  assert.deepEqual(run(files, ['-c', 'D', 'show', 't']), { exit: 1, stdout: '', stderr });
});

test('a config can be given by its absolute path and is shown under its last part', () => {
  assert.equal(runText({ '/tmp/weir': 'config s s\n' }, 'show', '/tmp/weir').stdout, 'weir.s=s\n');
});

test('options may be joined, hold their value and follow the command', () => {
  const files = { 'D/t': 'config s\n\tlist l a\n\tlist l b\n' };
  const stdout = "t.cfg01b618=s\nt.cfg01b618.l='a'|'b'\n";
  assert.equal(run(textFiles(files), ['show', 't', '-qXd|', '-cD']).stdout, stdout);
  assert.equal(runText(files, '-n', '-N', 'export', 't').stdout, runText(files, 'export', 't').stdout);
});

test('a section of no type and no name is an invalid argument in every command', () => {
  const files = { 'D/t': 'config s s\n' };
  for (const tuple of ['t.@s', 't.@s[x]', 't.@s[0]x', 't.a-b', 't.@s é[0]']) {
    for (const command of ['show', 'export', 'get']) {
      assert.equal(runText(files, command, tuple).stderr, 'uci: Invalid argument\n', `${command} ${tuple}`);
    }
  }
});

test('wrong usage prints the help to stderr with the exit code of the real uci', () => {
  assert.deepEqual(run(new Map(), []), { exit: 0, stdout: '', stderr: help });
  assert.deepEqual(run(new Map(), ['set', 't.s.a=1']), { exit: 255, stdout: '', stderr: help });
  assert.deepEqual(run(new Map(), ['show', 'a', 'b']), { exit: 255, stdout: '', stderr: help });
  assert.deepEqual(run(new Map(), ['get']), { exit: 255, stdout: '', stderr: help });
  assert.deepEqual(run(new Map(), ['-Z']), { exit: 0, stdout: '', stderr: `uci: invalid option -- 'Z'\n${help}` });
  const noValue = `uci: option requires an argument -- 'c'\n${help}`;
  assert.deepEqual(run(new Map(), ['show', '-c']), { exit: 0, stdout: '', stderr: noValue });
});
